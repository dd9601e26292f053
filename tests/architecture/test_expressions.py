"""The time of a regular expression grows linearly with the length of its input, never with the square."""

import re
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.expressions import (
    SUBSTITUTES,
    Built,
    Expression,
    Pump,
    held,
    imports_of_re,
    modules,
    pumps,
    written,
)
from tests.support.cpu import at_most, best, seconds

PACKAGES = ("kedge", "workbench")
LARGE = 64 * 1024
SMALL = LARGE // 8
# A text of 8 times the length may take 8 times as long, and 3 times that on a machine with other load.
GROWTH = 8 * 3
# An expression that reads 64 kB in this time has read each letter a few times. Its square would take 1,000 times as long.
AT_ONCE = 0.02
# This limit only stops an endless match: a linear expression needs a hundredth of it.
EMERGENCY = 0.5

# Expressions that are made from a function's arguments, and the reason why they are harmless.
BUILT = {
    Built(
        "kedge.domain.report_sentence", "_wording"
    ): "called for a list in the module, where `held` finds what it made",
    Built("kedge.policy.lint.schema_check", "text"): "made of the `pattern=` of a type, which `written` finds there",
    Built(
        "kedge.policy.matchers", "matcher"
    ): "of a policy: `danger` refuses what is slow on the 256 letters that are looked at",
    Built("kedge.policy.safe_regex", "danger"): "compiled to see whether it can be, and never asked",
    Built("workbench.scenarios.command", "play"): "typed by the person at the keyboard",
    Built(
        "workbench.record.names", "_any_of"
    ): "of names, each as it is spelled: no letter is read more than once for each",
    Built("workbench.local_sagemaker.protocol", "_pattern"): "of botocore's model, in a tool of developers",
}


MODULES = list(modules(*PACKAGES))
# Cheap, so that the collection of the tests imports nothing. `test_no_expression_escapes_the_measurement` checks all others.
WITH_EXPRESSIONS = [
    each for each in MODULES if re.search(r"\bre\.|\bPattern\b|pattern=", each[1].read_text(encoding="utf-8"))
]


def expressions(name: str, path: Path) -> set[Expression | Built]:
    return {*written(name, path), *held(name, path)}


def work(pattern: re.Pattern[Any], way: str, pump: Pump, size: int) -> Callable[[], object]:
    ask = getattr(pattern, SUBSTITUTES.get(way, way))
    text = pump.text(size)
    data = text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text
    return lambda: ask(data)


def too_slow(pattern: re.Pattern[Any], way: str, pump: Pump) -> bool:
    large = work(pattern, way, pump, LARGE)
    start = time.perf_counter()
    try:
        with at_most(EMERGENCY):
            large()
    except AssertionError:
        return True
    # The wall clock never shows less than the processor's clock.
    if time.perf_counter() - start <= AT_ONCE:
        return False
    small = work(pattern, way, pump, SMALL)
    # Measured without the timer: Linux counts in ticks of 4 ms while one runs. Other load of the machine can spoil one
    # comparison, but not all of them.
    return seconds(large) > AT_ONCE and all(best(large) > max(AT_ONCE, GROWTH * best(small)) for _ in range(4))


@cache
def slowing(pattern: re.Pattern[Any], way: str) -> Pump | None:
    """Return a text that slows an expression, None if there is none. Many modules hold the same expression, which is measured once."""
    return next((pump for pump in pumps(pattern) if too_slow(pattern, way, pump)), None)


def slow(found: Iterable[Expression]) -> dict[tuple[str, str], Pump]:
    """Return the expressions that are slow in one of their ways, each with a text that shows it."""
    distinct = {(each.pattern, way): each.place for each in found for way in each.ways}
    return {
        (place, way): pump for (pattern, way), place in distinct.items() if (pump := slowing(pattern, way)) is not None
    }


@pytest.mark.parametrize(("name", "path"), WITH_EXPRESSIONS, ids=[name for name, _ in WITH_EXPRESSIONS])
def test_no_expression_takes_longer_than_its_text_is_long(name: str, path: Path):
    assert slow(each for each in expressions(name, path) if isinstance(each, Expression)) == {}


@pytest.mark.parametrize(
    ("pattern", "way"),
    [
        (r"\s+:\s*|:\s+", "search"),
        (r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?) \(", "search"),
        (r"(?:a+)+b", "fullmatch"),
        (r"[a-z]+(-[a-z]+)+-\d", "search"),
        (r'"(?:[^"]|\\.)*"x', "search"),
        (r"x.*y", "findall"),
    ],
)
def test_an_expression_that_is_slow_would_be_noticed(pattern: str, way: str):
    assert any(too_slow(re.compile(pattern), way, pump) for pump in pumps(re.compile(pattern)))


def test_no_expression_escapes_the_measurement():
    found = {each: path for name, path in MODULES for each in expressions(name, path)}
    built = {each for each in found if isinstance(each, Built)}
    assert built == BUILT.keys()
    measured = {path for _, path in WITH_EXPRESSIONS}
    assert slow(each for each, path in found.items() if isinstance(each, Expression) and path not in measured) == {}
    assert {str(path): names for _, path in MODULES if (names := imports_of_re(path))} == {}
