"""Files whose content is a msgspec struct: those of model quality, of bias and attribution, and Kedge's comparison."""

import re
from typing import Final

import msgspec

from kedge_monitor.files.json_reader import JsonNode, read_json
from kedge_monitor.files.json_writer import write_json

_AT: Final = re.compile(r" - at `(?P<path>[^`]*)`$")
_STEP: Final = re.compile(r"\.(?P<key>[^.\[]+)|\[(?P<index>[^\]]*)\]")


def write_struct(value: msgspec.Struct) -> bytes:
    """Return a file that holds a struct, in the layout of Model Monitor's files; fields that are UNSET are left out."""
    return write_json(msgspec.to_builtins(value))


def read_struct[T](data: bytes, kind: type[T], file: str) -> T:
    """Return the struct in a file. Numbers may be written as texts; unknown keys are ignored.

    Raises:
        FileUnreadable: the file is not JSON, or it does not have the shape of `kind`.
    """
    root = read_json(data, file)
    try:
        return msgspec.convert(root.value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _located(root, str(error)) from None


def _located(root: JsonNode, said: str) -> Exception:
    """Return the error of msgspec with its path as a JSON pointer; `…` stands for a key that msgspec does not name."""
    found = _AT.search(said)
    problem = said[: found.start()] if found else said
    steps = _STEP.finditer(found["path"].removeprefix("$")) if found else ()
    pointer = "".join(f"/{step['key'] or step['index'].replace('...', '…')}" for step in steps)
    lowered = f"{problem[:1].lower()}{problem[1:]}"
    return JsonNode(root.file, pointer, None).fault(lowered, "Correct the value, or write the file again")
