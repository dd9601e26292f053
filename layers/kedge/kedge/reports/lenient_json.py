"""A second parser for files that are almost JSON.

Python's own json module writes NaN and Infinity as bare words, which are not JSON. Other writers cut a surrogate pair
in half, or write Latin-1. A finding is worth more than a valid file, but only a small file is worth the memory.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Final

MENDED_BYTES: Final = 4 * 1024 * 1024

# A string with its closing quote, or to the end of the file if that is missing; or a bare word outside all strings. The
# quantifiers are possessive, so each byte is read only once.
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?+|(?P<word>-?\b(?:NaN|Infinity)\b)', re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\(?:u(?P<code>[0-9a-fA-F]{4})|.)", re.DOTALL)
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NUMBERS: Final = ("observed", "limit")


def utf8(data: bytes) -> memoryview | bytes:
    """Return the file without its byte-order mark. UTF-16, which some Windows tools write, becomes UTF-8."""
    if data.startswith(codecs.BOM_UTF8):
        return memoryview(data)[len(codecs.BOM_UTF8) :]
    if data.startswith(_UTF16) and len(data) <= MENDED_BYTES:
        return data.decode("utf-16", errors="replace").encode()
    return data


def repaired(data: bytes) -> bytes:
    """Return the same file with bare NaN and Infinity as strings, and without lone surrogates."""
    whole = data.decode(errors="replace").encode()
    out, done = bytearray(), 0
    for token in _TOKEN.finditer(whole):
        new = _mend(token)
        if new is not None:
            out += whole[done : token.start()]
            out += new
            done = token.end()
    out += whole[done:]
    return bytes(out)


def without_odd_numbers(report: object) -> object:
    """Return the same report without non-numeric `observed` or `limit`: other writers use these keys differently."""
    violations = report.get("violations") if isinstance(report, dict) else None
    for entry in violations if isinstance(violations, list) else ():
        if isinstance(entry, dict):
            for key in _NUMBERS:
                if isinstance(entry.get(key), bool) or not isinstance(entry.get(key, 0.0), int | float):
                    del entry[key]
    return report


def _mend(token: re.Match[bytes]) -> bytes | None:
    """Return the replacement of a token; None if it can stay."""
    word: bytes | None = token["word"]
    if word is not None:
        return b'"' + word + b'"'
    return b"".join(_whole_characters(token[0])) if b"\\u" in token[0] else None


def _whole_characters(text: bytes) -> Iterator[bytes]:
    """Yield the string in pieces, with U+FFFD in place of each lone surrogate."""
    done = 0
    high: re.Match[bytes] | None = None
    for escape in _ESCAPE.finditer(text):
        code = int(escape["code"], 16) if escape["code"] else 0
        paired = high is not None and high.end() == escape.start() and 0xDC00 <= code <= 0xDFFF
        if high is not None and not paired:
            yield text[done : high.start()] + rb"\ufffd"
            done = high.end()
        if 0xDC00 <= code <= 0xDFFF and not paired:
            yield text[done : escape.start()] + rb"\ufffd"
            done = escape.end()
        high = escape if 0xD800 <= code <= 0xDBFF else None
    if high is not None:
        yield text[done : high.start()] + rb"\ufffd"
        done = high.end()
    yield text[done:]
