"""Strangers' messages, in any order with honest traffic, never hide, end or delay a confirmed incident.

Two rings receive the same honest traffic at the same times. One of them also receives a stranger's. If the first has a
confirmed incident, the second has it, with the same cause and problem. Each receiver is notified of it in both rings at
the same time.
"""

from datetime import timedelta
from typing import NamedTuple

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kedge.domain.effect import ChannelName
from kedge.domain.incident import Incident
from kedge.domain.provenance import EntryPoint, Provenance
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AlarmChanged, EndpointChanged, RunFinished
from kedge.domain.target import Target
from tests.properties.world import MONITORS, TARGETS, alarm, rules, run
from tests.support.ring import Ring
from tests.support.stories import policy_of

# Receivers that are muted at some times of the day receive the earlier messages later: then other messages can be the
# first.
POLICIES = {each.name: each.policy for each in rules() if each.name != "nobody is told in the evening"} | {
    "what is worse keeps the rest quiet": policy_of(
        evidence={"flapping": None, "overdue": None},
        severities=[
            {"severity": "critical", "matchers": ['cause=~"schema_break|concept_drift"']},
            {"severity": "warning", "matchers": []},
        ],
        inhibit_rules=[
            {
                "source_matchers": ['severity="critical"'],
                "target_matchers": ['severity="warning"'],
                "equal": ["endpoint"],
            }
        ],
    ),
    "what is only said wakes nobody": policy_of(
        evidence={"flapping": None, "overdue": None},
        receivers=({"name": "ml-oncall", "limit": {"messages": 3, "per": "1h"}}, {"name": "low"}),
        route={"receiver": "ml-oncall", "routes": ({"matchers": ['confirmed="false"'], "receiver": "low"},)},
    ),
}
NEWS = frozenset(
    {
        Reason.FIRST_SEEN,
        Reason.REOPENED,
        Reason.CONFIRMED,
        Reason.CAUSE_CHANGED,
        Reason.SEVERITY_RAISED,
        Reason.ANOTHER_ALARM,
        Reason.ANOTHER_FEATURE,
        Reason.RESOLVED,
        Reason.DIGEST,
    }
)
A_FILE = Provenance(entry_point=EntryPoint.EVENTS, says="a file in s3://uploads")
A_MESSAGE = Provenance(entry_point=EntryPoint.TOPIC, says="a message on the alarms topic")


class Said(NamedTuple):
    """One message: its target, monitor, source and content. `back` is its age in minutes.

    A stranger's message is a `twin` if it has id and time of an honest source's message about the same.
    """

    name: str
    monitor: Monitor
    source: str
    bad: bool
    features: int
    back: int = 0
    twin: bool = False


class Moment(NamedTuple):
    """A stranger's messages at a moment, and then an honest source's."""

    strangers: tuple[Said, ...]
    honest: Said
    wait: int


def _said(sources: str, most_back: int) -> st.SearchStrategy[Said]:
    return st.builds(
        Said,
        name=st.sampled_from([target.name for target in TARGETS]),
        monitor=st.sampled_from([*MONITORS, Monitor.ALARM]),
        source=st.sampled_from(sources),
        bad=st.booleans(),
        features=st.integers(1, 7),
        back=st.integers(0, most_back),
        twin=st.booleans(),
    )


STORIES = st.lists(
    st.builds(
        Moment,
        strangers=st.lists(_said("abx", 90), max_size=8).map(tuple),
        honest=_said("ab", 60),
        wait=st.integers(1, 30),
    ),
    min_size=1,
    max_size=8,
)


def _signal(said: Said, ring: Ring, number: int, *, honest: bool) -> RunFinished | AlarmChanged:
    at = ring.now - timedelta(minutes=said.back, seconds=0 if honest or said.twin else number % 50 + 1)
    signal: RunFinished | AlarmChanged
    if said.monitor is Monitor.ALARM:
        signal = alarm(said.name, said.source, Verdict.ALARM if said.bad else Verdict.OK, at)
    else:
        verdict = Verdict.VIOLATED if said.bad else Verdict.CLEAN
        signal = run(said.name, said.monitor, said.source, verdict, said.features, at)
    if honest:
        return signal
    provenance = A_MESSAGE if said.monitor is Monitor.ALARM else A_FILE
    # Names are not secret: a stranger may give a signal the name of the honest one.
    named = signal.id if said.twin else f"stranger/{number}/{signal.id}"
    return msgspec.structs.replace(signal, id=named, provenance=provenance)


def _state(ring: Ring) -> dict[tuple[Target, object], Incident | None]:
    found = {}
    for target in TARGETS:
        for monitor in (*MONITORS, Monitor.ALARM):
            incident = ring.ledger.load(target, monitor)[0].incident
            confirmed = incident is not None and incident.is_open and incident.is_confirmed
            found[target, monitor] = incident if confirmed else None
    return found


def _about(ring: Ring, since: int) -> set[tuple[str, str]]:
    """Return pairs of receiver and case for the notifications since this number of messages."""
    cases = {}
    for target in TARGETS:
        for monitor in (*MONITORS, Monitor.ALARM):
            incident = ring.ledger.load(target, monitor)[0].incident
            if incident is not None:
                cases[incident.id] = f"{target.name} {monitor}"
    return {
        (told.receiver, cases[told.incident])
        for told in ring.told[since:]
        if told.incident in cases and told.why in NEWS
    }


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*POLICIES]), STORIES)
@example(
    "the default",
    [
        Moment((), Said("churn", Monitor.DATA_QUALITY, "a", True, 1), 30),
        Moment((Said("churn", Monitor.DATA_QUALITY, "a", False, 1),), Said("fraud", Monitor.ALARM, "a", True, 1), 30),
    ],
)
def test_nothing_that_is_confirmed_is_hidden_ended_or_delayed_by_what_is_only_said(name, story):
    alone, beside = (Ring(policy=POLICIES[name], channels=(ChannelName.PROGRAMS,)) for _ in range(2))
    number = 0
    for moment in story:
        heard = len(alone.told), len(beside.told)
        for said in moment.strangers:
            number += 1
            beside.turn(_signal(said, beside, number, honest=False))
        for ring in (alone, beside):
            ring.turn(_signal(moment.honest, ring, number, honest=True))
            ring.minutes(moment.wait)
        for case, expected in _state(alone).items():
            got = _state(beside)[case]
            if expected is None:
                assert got is None, f"{case} is over, and what is only said keeps it open"
            else:
                assert got is not None, f"{case} is hidden or ended by what is only said"
                assert (got.cause, got.problem) == (expected.cause, expected.problem)
                assert got.severity.rank >= expected.severity.rank
        missed = _about(alone, heard[0]) - _about(beside, heard[1])
        assert not missed


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(TARGETS), st.sampled_from(["InService", "Updating", "Failed"]), st.integers(0, 600))
def test_no_message_makes_kedge_believe_that_a_config_served(target, status, back):
    ring = Ring()
    ring.take_in(
        EndpointChanged(
            id="forged", at=ring.now - timedelta(minutes=back), target=target, status=status, config="mallorys-config"
        )
    )
    assert not ring.ledger.known
