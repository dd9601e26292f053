"""Pseudonyms for the names of an account: the same one for the same name, everywhere in a recording.

They are numbered in the order of their appearance, so they do not reveal the names. Some parts of a name stay,
because Kedge reads them. These are the kind of monitor and the hour in a job's name, and words such as `latency`
in an alarm's name. The file name of a key stays, too.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final

from kedge.policy.matchers import LONGEST_VALUE
from kedge.reports.location import NAMES, STATISTICS
from kedge.sources.monitor_type import ANALYZER, MERGER

_PLAIN: Final = frozenset({"", "true", "false"})
_FILES: Final = frozenset({*NAMES, STATISTICS})
_WORD: Final = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?"
_PIECES: Final = re.compile(
    r"(?P<uri>s3[an]?://[^\s\"'<>,;)\]]+)"
    r"|(?P<arn>arn:[\w-]+:[\w-]*:[\w-]*:\d*:[^\s\"'<>,;)\]]+)"
    r"|(?P<url>https?://[^\s\"'<>,;)\]]+)"
    # An address begins at the first of these characters: no later character reads the rest of a long text again. An
    # address that follows another one without a gap is part of it.
    r"|(?P<mail>(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.+@-]+)"
    rf"|(?P<word>{_WORD})"
)
_ARN: Final = re.compile(
    r"(?P<head>arn:[\w-]+:(?P<service>[\w-]*):[\w-]*:)(?P<account>\d*)(?P<colon>:)(?P<resource>.*)", re.DOTALL
)
_URI: Final = re.compile(r"(?P<scheme>s3[an]?://)(?P<bucket>[^/]*)(?P<slash>/?)(?P<key>.*)", re.DOTALL | re.IGNORECASE)
# These names may also be common words: they stay within a sentence, or AWS's own sentences could not be read any more.
_WORDS: Final = frozenset({"value", "part", "file", "step"})
_MARKED: Final = frozenset({"endpoint", "schedule", "alarm", "value", "job"})
_ACCOUNT: Final = re.compile(r"\d{12}")
_DEFAULT_BUCKET: Final = re.compile(r"(sagemaker-[a-z]{2}(?:-[a-z]+)+-\d-)(\d{12})")
_KINDS: Final = {"monitoring-schedule": "schedule", "s3": "bucket", "assumed-role": "role"}
_JOB: Final = re.compile(
    r"(?P<kind>groundtruth-merge-|baseline-suggestion-job-|pipelines-|(?:(?:model|data)-(?:quality|bias|explainability)-|model-)monitoring-)?"
    r"(?P<name>.*?)-?(?P<stamp>\d{12})?(?:-[0-9a-f]*)?",
    re.DOTALL | re.IGNORECASE,
)
# By these words of its name, Kedge treats an alarm without a metric as one about errors (decide/regression.py).
_TELLING: Final = re.compile(r"latency|error|fault|5xx|4xx|timeout|overhead", re.IGNORECASE)


class Names:
    """The pseudonyms of names. `table` has all of them so far, by the name that they replace.

    `marks` are expressions of the policy, each under a letter: the pseudonym of a matching name ends in that letter.
    The policy can then still distinguish the names.
    """

    def __init__(self, marks: Mapping[str, re.Pattern[str]] | None = None) -> None:
        self.marks = marks or {}
        self.table: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._counts: Counter[str] = Counter()
        self._taken: set[str] = set()
        self._odd: set[str] = set()
        self._common: set[str] = set()

    def of(self, kind: str, name: str) -> str:
        """Return the pseudonym of a name; a new name gets a new one after its kind."""
        if name in _PLAIN:
            return name
        if name not in self.table:
            self._meet(kind, name)
        return self.table[name]

    def account(self, number: str) -> str:
        """Return the pseudonym of an account's number, also with 12 digits."""
        return self._made("account", number, lambda count: f"{count:012d}") if _ACCOUNT.fullmatch(number) else number

    def value(self, text: str) -> str:
        """Return the pseudonym of a tag's or dimension's value."""
        if "://" in text or "@" in text or text.startswith("arn:"):
            return self.text(text)
        return self.of("value", text)

    def bucket(self, name: str) -> str:
        """Return the pseudonym of a bucket. SageMaker's own bucket keeps its form, with account and Region."""
        default = _DEFAULT_BUCKET.fullmatch(name)
        return default[1] + self.account(default[2]) if default else self.of("bucket", name)

    def key(self, key: str) -> str:
        """Return the pseudonym of an object's key, part by part; numbers and the names of reports stay."""
        return "/".join(map(self._part, key.split("/")))

    def uri(self, text: str) -> str:
        """Return the pseudonym of an S3 URI."""
        found = _URI.fullmatch(text)
        return (
            f"{found['scheme']}{self.bucket(found['bucket'])}{found['slash']}{self.key(found['key'])}"
            if found
            else text
        )

    def arn(self, text: str) -> str:
        """Return the pseudonym of an ARN: account and names change, everything else stays."""
        found = _ARN.fullmatch(text)
        if found is None:
            return text
        resource = self._resource(found["service"], found["resource"])
        return f"{found['head']}{self.account(found['account'])}{found['colon']}{resource}"

    def job(self, name: str) -> str:
        """Return the pseudonym of a processing job; SageMaker's own names reveal nothing, and stay."""
        found = _JOB.fullmatch(name)
        if found is None or (found["stamp"] and not found["name"]):
            return name
        kind, stamp = found["kind"] or "", f"-{found['stamp']}" if found["stamp"] else ""
        return self._made("job", name, lambda count: f"{kind}job-{count}{stamp}")

    def image(self, uri: str) -> str:
        """Return the pseudonym of a container's image, unless it is one of Model Monitor's."""
        return uri if ANALYZER in uri or MERGER in uri else self.of("image", uri)

    def alarm(self, name: str) -> str:
        """Return the pseudonym of an alarm, with the words that mark it as one about errors."""
        words = "".join(f"-{word.lower()}" for word in _TELLING.findall(name)[:1])
        return self._made("alarm", name, lambda count: f"alarm-{count}{words}")

    def text(self, text: str) -> str:
        """Return a text with pseudonyms for every known name, and for every ARN, URI, URL and mail address."""
        if text in self.table:
            return self.table[text]
        if _whole_uri(text):
            return self.uri(text)
        if text.startswith("arn:") and _ARN.fullmatch(text):
            return self.arn(text)
        if self._odd:
            text = _any_of(tuple(sorted(self._odd, key=lambda name: (-len(name), name)))).sub(
                lambda odd: self.table[odd[0]], text
            )
        return _PIECES.sub(self._piece, text)

    def _piece(self, found: re.Match[str]) -> str:
        said: str = found[0]
        match found.lastgroup:
            case "uri":
                return self.uri(said)
            case "arn":
                return self.arn(said)
            case "url":
                return f"https://example.com/{self.of('page', said)}"
            case "mail":
                return f"{self.of('person', said)}@example.com"
        if _ACCOUNT.fullmatch(said):
            return self.account(said)
        return said if said in self._common else self.table.get(said, said)

    def _resource(self, service: str, resource: str) -> str:
        kind, separator, rest = _parted(resource)
        if service == "s3":
            bucket, slash, key = resource.partition("/")
            return f"{self.bucket(bucket)}{slash}{self.key(key)}"
        if kind == "alarm":
            return f"{kind}{separator}{self.alarm(rest)}"
        if kind == "processing-job":
            return f"{kind}{separator}{self.job(rest)}"
        if not separator:
            return self.of(service or "name", resource)
        parts = re.split(r"([/:])", rest)
        return kind + separator + "".join(each if each in {"/", ":", "*"} else self.of(kind, each) for each in parts)

    def _part(self, part: str) -> str:
        if part in self.table:
            return self.table[part]
        if part in _FILES or part.isdecimal():
            return part
        stem, dot, ending = part.rpartition(".")
        return f"{self.of('file', stem)}{dot}{ending}" if ending.lower() == "json" else self.of("part", part)

    def _meet(self, kind: str, name: str) -> None:
        kind = _KINDS.get(kind, kind)
        self._made(kind, name, lambda count: f"{kind}-{count}")

    def _made(self, kind: str, name: str, spell: Callable[[int], str]) -> str:
        if name not in self.table:
            # ARNs have names in lower case: both spellings of one name must get the same pseudonym.
            number = self._numbers.get(name.lower()) or self._next(kind)
            marks = "".join(
                f"-{letter}"
                for letter, fits in self.marks.items()
                if kind in _MARKED and fits.fullmatch(name[:LONGEST_VALUE])
            )
            said = _cased(name, spell(number) + marks)
            while said in self._taken:
                said = _cased(name, spell(self._next(kind)) + marks)
            self._numbers.setdefault(name.lower(), number)
            for each, its in ((name, said), (name.lower(), said.lower())):
                if each not in self.table:
                    self._keep(kind, each, its)
        return self.table[name]

    def _next(self, kind: str) -> int:
        self._counts[kind] += 1
        return self._counts[kind]

    def _keep(self, kind: str, name: str, said: str) -> None:
        self.table[name] = said
        self._taken.add(said)
        if kind in _WORDS:
            self._common.add(name)
        elif re.fullmatch(_WORD, name) is None:
            self._odd.add(name)


def _cased(name: str, said: str) -> str:
    return said if name == name.lower() else said[:1].upper() + said[1:]


def _whole_uri(text: str) -> bool:
    return text.lower().startswith(("s3://", "s3a://", "s3n://")) and "\n" not in text


def _parted(resource: str) -> tuple[str, str, str]:
    found = re.search(r"[/:]", resource)
    return (resource, "", "") if found is None else (resource[: found.start()], found[0], resource[found.end() :])


@lru_cache(maxsize=4)
def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])" for name in names))
