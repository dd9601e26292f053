"""Whatever is done to an event, it becomes a signal, is ignored, or is called malformed with its place."""

import contextlib
import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.domain.errors import MalformedSignal, Transient
from kedge.domain.signal import Ignored, Signal
from tests.support import samples
from tests.unit.sources.test_samples import world

SAMPLES = {name: samples.event(name) for name in samples.names()}
# Texts that some reader might trip over, beside any others.
TRAPS = [
    "",
    " ",
    "arn:aws:sagemaker:us-east-1:111122223333:",
    "arn:::::",
    "s3://",
    "s3:///",
    "9" * 500,
    "-1",
    "NaN",
    "\ud800",
    "\x00",
    "2026/11/20/10/constraint_violations.json",
    "/" * 50,
    "{}",
    "[]",
    "null",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
]
ODD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.just(10**400),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(TRAPS),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=8), inner, max_size=2)),
    max_leaves=4,
)


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside an event, also inside JSON texts (marked by None)."""
    found = [here] if here else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*here, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            found += places(inner, (*here, number))
    elif isinstance(value, str) and value.startswith("{"):
        with contextlib.suppress(json.JSONDecodeError):  # what was spoiled before may begin like JSON
            found += places(json.loads(value), (*here, None))
    return found


def changed(value: Any, way: tuple[Any, ...], new: Any, *, drop: bool) -> Any:
    """A copy of an event in which one place holds something else, or is gone."""
    if not way:
        return new
    key, *rest = way
    if key is None:
        return json.dumps(changed(json.loads(value), tuple(rest), new, drop=drop))
    value = copy.copy(value)
    if drop and not rest:
        del value[key]
    else:
        value[key] = changed(value[key], tuple(rest), new, drop=drop)
    return value


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """A sample event with one or two places changed."""
    event = copy.deepcopy(SAMPLES[draw(st.sampled_from(sorted(SAMPLES)))])
    for _ in range(draw(st.integers(1, 2))):
        ways = places(event)
        if ways:
            event = changed(event, draw(st.sampled_from(ways)), draw(ODD), drop=draw(st.booleans()))
    return event


def outcome(raw: Any) -> None:
    """Read, and fail on anything but the answers that there are."""
    try:
        found = world().reads(raw)
    except MalformedSignal as error:
        found, fault = (), error
    except Transient:
        return
    else:
        fault = None
    assert found or fault
    assert fault is None or (fault.path.startswith("$") and fault.why)
    for one in found:
        assert isinstance(one, (Signal, Ignored))
        assert isinstance(one, Ignored) or (one.id and one.at.tzinfo and one.target.name)


@settings(max_examples=400)
@given(spoiled())
def test_a_spoiled_event_is_read_ignored_or_malformed(raw: Any):
    outcome(raw)


@given(ODD)
def test_anything_at_all_is_ignored_or_malformed(raw: Any):
    outcome(raw)


@given(st.binary(max_size=50))
def test_any_bytes_are_malformed_or_better(raw: bytes):
    outcome(raw)
