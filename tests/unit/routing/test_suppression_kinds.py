"""What keeps whom quiet: by every source and target, by labels that are there or not, and while something is still gathered."""

from datetime import timedelta
from itertools import product

import msgspec
import pytest

from kedge.decide.pipeline import context_request, decide
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Queued
from kedge.domain.incident import IncidentState, SuppressedUpdate, SuppressionReason
from kedge.domain.notification import GroupState, SendRate
from kedge.domain.provenance import Provenance
from kedge.domain.reason import Reason
from kedge.domain.run import Verdict
from kedge.domain.silence import Silence
from kedge.routing.grouping import room_at, still_to_hear
from tests.support.notifications import firing
from tests.support.stories import BY_EVENT, BY_SAGEMAKER, Story, drift, hour, missing, policy_of, run

CLEAN, VIOLATED = Verdict.CLEAN, Verdict.VIOLATED
WITNESSES = {
    "SageMaker": BY_SAGEMAKER,
    "an event": BY_EVENT,
    "nobody": Provenance(says="a file in s3://reports"),
}


def told_by(witness: str, at: str, findings, **tags: str):
    provenance = WITNESSES[witness]
    job = "" if provenance.is_vouched else None
    signal = run(at, VIOLATED, findings, provenance=provenance, job=job)
    return msgspec.structs.replace(signal, tags=tags)


INHIBIT = {"source_matchers": ['cause="schema_break"'], "target_matchers": ['cause="input_drift"']}


def keys(policy, source, target) -> tuple[set[str], set[str]]:
    """What one incident holds while it is open, and what would keep another one quiet."""
    held = {each.key for each in Story(policy).tell(source).decisions[0].inhibits}
    asks = context_request(policy, decide(policy, CaseState(), target, hour("10:15")))
    assert asks is not None
    return held, set(asks.inhibitions)


@pytest.mark.parametrize(("source", "target"), list(product(WITNESSES, repeat=2)))
def test_an_incident_of_which_only_messages_tell_inhibits_none_that_is_confirmed(source, target):
    policy = policy_of(inhibit_rules=[{**INHIBIT, "equal": ["endpoint"]}])
    held, against = keys(policy, told_by(source, "10:00", missing("plan")), told_by(target, "10:00", drift("age")))
    assert held
    assert bool(held & against) is (source != "nobody" or target == "nobody")


TEAMS = [{}, {"team": "a"}, {"team": "b"}]


@pytest.mark.parametrize(("one", "other"), list(product(TEAMS, repeat=2)))
def test_every_label_that_must_be_equal_is_there_and_equal(one, other):
    policy = policy_of(inhibit_rules=[{**INHIBIT, "equal": ["endpoint", "team"]}])
    source, target = (
        told_by("SageMaker", "10:00", missing("plan"), **one),
        told_by("SageMaker", "10:00", drift("age"), **other),
    )
    held, against = keys(policy, source, target)
    assert bool(held & against) is (one == other and one != {})


def silence(*matchers: str, starts: str = "09:00", ends: str = "18:00") -> Silence:
    return Silence(id="s", matchers=matchers, starts_at=hour(starts), ends_at=hour(ends), author="oncall", comment="")


@pytest.mark.parametrize(
    ("matchers", "is_quiet"),
    [
        ((), False),
        (("=",), False),
        (("endpoint=churn-prod",), True),
        (("endpoint=churn-prod", "feature=age"), True),
        (("endpoint=churn-prod", "feature=income"), False),
        (("endpoint=churn-prod", "=nonsense("), False),
    ],
)
def test_a_silence_hides_what_all_its_matchers_match_and_nothing_if_it_has_none_or_one_cannot_be_read(
    matchers, is_quiet
):
    context = Context(silences=(silence(*matchers),))
    story = Story().tell(told_by("SageMaker", "10:00", drift("age")), clock=lambda: hour("10:15"), context=context)
    assert (story.told == []) is is_quiet


@pytest.mark.parametrize(
    ("begins", "joins"), [("10:04", True), ("10:05", True), ("10:10", True), ("10:14", True), ("10:16", False)]
)
def test_the_end_of_what_a_silence_may_hold_back_still_waits_beside_its_beginning(begins, joins):
    policy = policy_of(route={"receiver": "ml-oncall", "group_wait": "5m"})
    story = Story(policy).tell(told_by("SageMaker", "10:00", drift("age")), clock=lambda: hour("10:00"))
    context = Context(silences=(silence("feature=age", starts=begins),))
    story.tell(run("11:00", CLEAN), clock=lambda: hour("11:00"), context=context)
    effects, suppressed = story.decisions[-1].effects, story.decisions[-1].suppressed
    assert [type(each) for each in effects] == ([Queued] if joins else [])
    assert [each.quiet for each in suppressed] == ([] if joins else [SuppressionReason.SILENCED])


@pytest.mark.parametrize(
    ("name", "is_open", "is_quiet"),
    [("upstream", True, True), ("upstream", False, False), ("another", True, False)],
)
def test_a_target_is_quiet_only_for_the_open_incident_that_it_is_part_of(name, is_open, is_quiet):
    opened = Story().tell(told_by("SageMaker", "09:00", drift("age"))).incident
    upstream = msgspec.structs.replace(opened, id="upstream", features=("age",))
    signal = told_by("SageMaker", "10:00", drift("age"))
    story = Story().tell(signal, clock=lambda: hour("10:15"), context=Context(upstream=upstream))
    assert story.told == []
    state = IncidentState.FIRING if is_open else IncidentState.RESOLVED
    now = msgspec.structs.replace(upstream, id=name, state=state)
    assert (story.wake("10:20", Context(upstream=now)).effects == ()) is is_quiet


NOW = hour("10:00")
LATER = SuppressedUpdate(why=Reason.FIRST_SEEN, quiet=SuppressionReason.MUTED, by="nights", until=hour("12:00"))


@pytest.mark.parametrize(
    ("told", "waiting", "is_still"),
    [({}, {}, True), ({"r": 1}, {}, False), ({"r": 1}, {"r": LATER}, True), ({}, {"r": LATER}, True)],
)
def test_who_waits_for_the_end_of_a_quiet_has_still_to_hear(told, waiting, is_still):
    incident = msgspec.structs.replace(firing(), told=told, waiting=waiting)
    assert still_to_hear(incident, "r", {}, NOW) is is_still


@pytest.mark.parametrize("messages", [1, 2, 5])
@pytest.mark.parametrize("sent", range(8))
def test_there_is_room_as_soon_as_fewer_messages_than_the_limit_lie_within_its_time(messages, sent):
    policy = policy_of(receivers=[{"name": "ml-oncall", "limit": {"messages": messages, "per": "10m"}}])
    pace = SendRate(tuple(NOW - timedelta(minutes=sent - number) for number in range(sent)))
    at = room_at(policy, "ml-oncall", pace, NOW)
    per = timedelta(minutes=10)
    assert sum(1 for each in pace.sent if each + per > at) < messages
    assert at == NOW or sum(1 for each in pace.sent if each + per > at - timedelta(seconds=1)) >= messages


@pytest.mark.parametrize("wait", ["0s", "5m"])
def test_a_reminder_counts_from_when_its_receiver_was_told(wait):
    policy = policy_of(route={"receiver": "ml-oncall", "group_wait": wait, "repeat_interval": "2h"})
    story = Story(policy).tell(told_by("SageMaker", "10:00", drift("age")), clock=lambda: hour("10:15"))
    told = hour("10:15") if wait == "0s" else hour("10:20")
    assert story.incident.reminders == {"ml-oncall": told + timedelta(hours=2)}


def test_a_group_that_was_told_a_while_ago_waits_for_its_interval_and_the_reminder_counts_from_then():
    policy = policy_of(route={"receiver": "ml-oncall", "group_interval": "30m", "repeat_interval": "2h"})
    signal = told_by("SageMaker", "10:00", drift("age"))
    asks = context_request(policy, decide(policy, CaseState(), signal, hour("10:15")))
    assert asks is not None
    context = Context(groups=dict.fromkeys(asks.groups, GroupState(last=hour("10:00"))))
    story = Story(policy).tell(signal, clock=lambda: hour("10:15"), context=context)
    assert story.incident.reminders == {"ml-oncall": hour("10:30") + timedelta(hours=2)}
