"""A few hundred hostile inputs in every run of the tests; `make fuzz` runs 100,000 of another seed."""

import logging
from collections.abc import Iterator

import pytest

from kedge.domain.provenance import EntryPoint
from kedge.reports import violations
from tests.fuzz import campaign, inputs, invariants
from tests.fuzz.campaign import Campaign
from tests.fuzz.inputs import Kind, made

SEED = 9
INPUTS = 400


@pytest.fixture(autouse=True)
def no_log() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_whatever_is_delivered_is_read_or_ignored_or_malformed_and_all_that_comes_of_it_is_sound():
    run = Campaign(SEED)
    assert list(run.run(range(INPUTS))) == []
    # A campaign that refuses every input at once would not find anything, either.
    came = (
        "read",
        "ignored",
        "malformed",
        "messages",
        "policies with faults",
        "monitors with faults",
        "not answered by AWS",
    )
    said = ("heard", "refused", "answers", "malformed answers")
    entry_points = (
        f"by {entry_point}"
        for entry_point in (EntryPoint.EVENTS, EntryPoint.TOPIC, EntryPoint.DIRECT, EntryPoint.PEOPLE)
    )
    for what in (*Kind, *came, *said, *entry_points):
        assert run.counts[what] > 0, what
    assert run.counts["read"] * 4 > run.counts["malformed"]


def test_an_input_is_the_same_whenever_it_is_made_again():
    assert [repr(made(SEED, number)) for number in range(50)] == [repr(made(SEED, number)) for number in range(50)]
    assert repr(made(SEED, 1)) != repr(made(SEED + 1, 1))


def test_an_error_that_is_not_kedges_own_is_found_once_with_a_small_input_that_repeats_it(monkeypatch):
    sound = violations.violations_in

    def breaks(data: bytes) -> object:
        if b"baseline" in data:
            raise OverflowError("date value out of range")
        return sound(data)

    monkeypatch.setattr(campaign, "violations_in", breaks)
    run = Campaign(SEED)
    (failure,) = run.run(range(100))
    assert (failure.kind, failure.error) == (Kind.REPORT, "OverflowError")
    assert failure.smallest == (b"baseline",)
    assert run.counts["failures"] > 1
    assert Campaign(SEED).failure(failure.number, made(SEED, failure.number)).sort == failure.sort


@pytest.mark.parametrize(
    ("limit", "value", "says"),
    [
        ("MOST_OF_AN_ITEM", 10, "an item of the table"),
        ("MOST_OF_A_MESSAGE", 10, "fits into the queue"),
        ("MOST_OF_A_SUBJECT", 5, "a subject has"),
    ],
)
def test_a_limit_that_is_broken_is_found_in_an_event(monkeypatch, limit: str, value: int, says: str):
    monkeypatch.setattr(invariants, limit, value)
    assert any(says in failure.says for failure in Campaign(SEED).run(range(20)))


def test_an_input_that_takes_too_long_is_found():
    assert any(failure.error == "Slow" for failure in Campaign(SEED, budget=-1.0).run(range(3)))


def test_the_corpus_holds_every_sample_recording_report_and_policy():
    assert len(inputs.stories()) > 60
    assert len(inputs.reports()) > 20
    assert len(inputs.policies()) >= 5
