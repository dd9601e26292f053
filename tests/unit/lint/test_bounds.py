"""Bounds that a policy may just reach, and may not pass."""

import pytest

WHOLE = (
    "apiVersion: kedge/v1\nreceivers: [{name: ml-oncall}, {name: other}]\n"
    "route: {receiver: ml-oncall, routes: [{receiver: other, matchers: [team=x]}]}\n"
)


@pytest.mark.parametrize(
    ("starts", "ends", "is_sound"),
    [
        ("2026-11-20T10:00:00Z", "2026-11-20T09:59:59Z", False),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z", False),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:01Z", True),
        ("2026-11-20T10:00:00Z", "2026-11-20T11:00:00+01:00", False),
        ("2026-11-20T10:00:00+01:00", "2026-11-20T09:00:01Z", True),
    ],
)
def test_a_silence_ends_after_it_starts(said, starts, ends, is_sound):
    silence = f"{{matchers: [team=x], starts_at: '{starts}', ends_at: '{ends}', author: a, comment: c}}"
    faults = said(f"{WHOLE}silences: [{silence}]\n")
    assert [fault for fault in faults if "ends before it starts" in fault] == ([] if is_sound else faults)
    assert (faults == []) is is_sound


@pytest.mark.parametrize("people", [1, 2, 3])
@pytest.mark.parametrize("required", [1, 2, 3, 4])
def test_as_many_may_be_required_as_may_approve_and_no_more(said, people, required):
    approvers = ", ".join(f"user/person-{number}" for number in range(people))
    faults = said(f"{WHOLE}limits: {{approval: {{required: {required}, approvers: [{approvers}]}}}}\n")
    assert bool(faults) is (required > people)
    assert all(f"{required} must say yes, and {people} may" in fault for fault in faults)
