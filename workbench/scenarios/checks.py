"""The rules for a file of policy tests beyond its schema."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kedge.domain.run import Monitor
from kedge.policy.durations import parse_duration
from kedge.policy.lint import Fault
from kedge.policy.lint.fault import near, parted, quoted
from kedge.policy.lint.tree import Node
from workbench.scenarios.document import Input, PolicyTest, PolicyTests
from workbench.scenarios.entry_points import By
from workbench.scenarios.expectations import expected
from workbench.scenarios.naming import misnamed, target_of
from workbench.scenarios.notation import Misread, samples
from workbench.scenarios.reach import is_in_reach, project_of

KINDS: Final = (
    "values",
    "report",
    "event",
    "alarm",
    "deployment",
    "ack",
    "mitigate",
    "resolve",
    "note",
    "mark",
    "approve",
    "reject",
    "pipeline",
    "package",
    "policy",
    "deleted",
    "made",
    "world",
)
"""The keys of an input. Each input has exactly one of them."""

POLICY_WORDS: Final = ("broken", "mended", "kill_switch_on", "kill_switch_off")
"""The changes of the policy, beside the publication of another one."""

_MOMENTS: Final = KINDS[1:]
_ONLY_WITH: Final[dict[str, tuple[str, ...]]] = {
    "interval": ("values",),
    "feature": ("values",),
    "metric": ("values",),
    "facet": ("values",),
    "check": ("values",),
    "limit": ("values",),
    "records": ("values",),
    "features": ("values",),
    "late": ("values", "alarm"),
    "schedule": ("values", "report", "deleted", "made"),
    "statistics": ("report", "event"),
}
_BY: Final[dict[By, tuple[str, ...]]] = {
    By.EVENTS: ("values", "report", "event", "alarm", "deployment", "pipeline", "package"),
    By.TOPIC: ("event", "alarm", "deployment", "pipeline", "package"),
    By.CALL: ("values", "report", "event", "alarm", "deployment", "pipeline", "package"),
    By.FILE: ("values", "report"),
}
_FIRST: Final = datetime(1980, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2900, 1, 1, tzinfo=UTC)
_MONITORED: Final = (
    Monitor.DATA_QUALITY,
    Monitor.MODEL_QUALITY,
    Monitor.MODEL_BIAS,
    Monitor.MODEL_EXPLAINABILITY,
    Monitor.CUSTOM,
)


def wrong(root: Node, document: PolicyTests, folder: Path) -> Iterator[Fault]:
    """Yield every fault of a document whose keys and types are correct. Paths are relative to `folder`."""
    for node in root.texts("policy_files"):
        yield from _missing(node, folder)
    yield from _times(root)
    if not document.tests and not document.routes:
        yield root.fault("there is no test in it", "add `tests:` or `routes:`")
    tests = root.each("tests")
    yield from _names(tests, document)
    for node, test in zip(tests, document.tests, strict=True):
        yield from _times(node)
        yield from target_of(node)
        for item, given in zip(node.each("input"), test.input, strict=True):
            yield from _input(item, given, folder)
            yield from _times(item)
            yield from target_of(item)
        for item in node.each("expect"):
            yield from expected(item)


def _times(node: Node) -> Iterator[Fault]:
    start, interval = node.get("start"), node.get("interval")
    if start is not None and not _FIRST <= datetime.fromisoformat(start.text).replace(tzinfo=UTC) <= _LAST:
        yield start.fault("nothing is monitored at that time", f"write one from {_FIRST:%Y} to {_LAST:%Y}")
    if interval is not None and not parse_duration(interval.text):
        yield interval.fault("all runs would be one", "write a time such as 1h")


def _names(tests: tuple[Node, ...], document: PolicyTests) -> Iterator[Fault]:
    known: dict[str, PolicyTest] = {}
    for node, test in zip(tests, document.tests, strict=True):
        here = node.get("name") or node
        if test.name in known:
            yield here.fault(f"there are two tests named {quoted(test.name)}", "give each its own name")
        known.setdefault(test.name, test)
    for node, test in zip(tests, document.tests, strict=True):
        extends = node.get("extends")
        if extends is None or test.extends is None:
            continue
        if test.extends not in known:
            yield extends.fault(f"there is no test {quoted(test.extends)}", near(test.extends, known))
        elif _goes_round(test, known):
            yield extends.fault(f"{quoted(test.name)} extends itself", "let it extend a test that does not extend it")


def _goes_round(test: PolicyTest, known: dict[str, PolicyTest]) -> bool:
    seen: set[str] = set()
    here: PolicyTest | None = test
    while here is not None:
        if here.name in seen:
            return True
        seen.add(here.name)
        here = known.get(here.extends) if here.extends is not None else None
    return False


def _input(node: Node, given: Input, folder: Path) -> Iterator[Fault]:
    kinds = [name for name in KINDS if node.get(name) is not None]
    if "event" in kinds and "report" in kinds:
        kinds.remove("report")  # the event points at it
    if len(kinds) != 1:
        why = f"{' and '.join(kinds)} cannot be one input" if kinds else "nothing happens here"
        yield node.fault(why, "make two of it" if kinds else f"give one of {', '.join(KINDS)}")
        return
    (kind,) = kinds
    for key, homes in _ONLY_WITH.items():
        if (found := node.get(key)) is not None and kind not in homes:
            yield found.fault(f"{key} says nothing about {kind}", f"it belongs to {' or '.join(homes)}")
    if (found := node.get("by")) is not None and given.by is not None and kind not in _BY[given.by]:
        ways = ", ".join(by for by, kinds_of in _BY.items() if kind in kinds_of)
        mend = f"write one of {ways}" if ways else "leave `by` out"
        yield found.fault(f"{kind} does not reach Kedge by {given.by}", mend)
    if kind in _MOMENTS and given.at is None:
        yield node.fault(f"{kind} has no moment", "add `at:`, a time since the start, such as 2h")
    if (found := node.get("made")) is not None and node.get("schedule") is None:
        yield found.fault("only a schedule is made so", "add `schedule:`; an endpoint is made by its next `deployment`")
    yield from _files(node, folder)
    yield from misnamed(node)
    if kind == "values":
        yield from _series(node, given)


def _files(node: Node, folder: Path) -> Iterator[Fault]:
    """Yield the faults of files that an input names and that must exist."""
    for key in ("report", "statistics", "event"):
        if (found := node.get(key)) is not None:
            yield from _missing(found, folder)
    if (found := node.get("policy")) is not None and found.text not in POLICY_WORDS:
        yield from _missing(found, folder, POLICY_WORDS)


def _series(node: Node, given: Input) -> Iterator[Fault]:
    values = node.get("values")
    if given.monitor is None:
        yield node.fault("the endpoint of these runs is unknown", f"add `monitor:`, one of {', '.join(_MONITORED)}")
    elif given.monitor not in _MONITORED:
        yield (node.get("monitor") or node).fault(
            f"{given.monitor} has no runs", f"write one of {', '.join(_MONITORED)}"
        )
    if given.feature == ():
        yield (node.get("feature") or node).fault("the list is empty", "name a feature, or leave the key out")
    if values is None or given.values is None:
        return
    try:
        found = samples(given.values)
    except Misread as error:
        why, mend = parted(str(error))
        quote = 0 if values.plain else 1
        yield Fault(line=values.line, column=values.column + error.at + quote, why=why, mend=mend)
        return
    if given.limit is None and any(isinstance(sample, float) for sample in found):
        yield values.fault("a number says nothing without a limit", "add `limit:`, or write clean and violated")


def _missing(node: Node, folder: Path, words: tuple[str, ...] = ()) -> Iterator[Fault]:
    if not is_in_reach(folder / node.text, folder):
        # This check comes first: a test must not learn whether a file outside its project exists, or which files are
        # beside it.
        why = f"{quoted(node.text)} lies outside of {project_of(folder)}"
        yield node.fault(why, "copy the file beside the test, or run the command from a folder that holds both")
        return
    if (folder / node.text).is_file():
        return
    others: Callable[[], list[str]] = lambda: [  # noqa: E731  asked for only where something is missing
        *words,
        *(str(each.relative_to(folder)) for each in (folder / node.text).parent.glob("*") if each.is_file()),
    ]
    yield node.fault(
        f"there is no file {quoted(node.text)}", near(node.text, others()) or "it is seen from this file's folder"
    )
