"""Both of two, or only a part: sets that overlap, and two things that wait or change at once."""

from datetime import timedelta
from itertools import permutations

import msgspec
import pytest

from kedge.domain.cause import Cause
from kedge.domain.context import Context
from kedge.domain.incident import IncidentState, Severity, SuppressionReason
from kedge.domain.notification import QueuedNotification
from kedge.domain.reason import Reason
from kedge.domain.run import FAULTS, Verdict
from kedge.domain.silence import Silence
from kedge.policy.compiled import default_policy
from kedge.routing.silences import held_back
from tests.support.ledgers import NOW
from tests.support.notifications import notice
from tests.support.stories import Story, drift, hour, missing, policy_of, run, upstream

VIOLATED, CLEAN = Verdict.VIOLATED, Verdict.CLEAN


@pytest.mark.parametrize(
    ("own", "of_all", "is_part"),
    [
        (("age",), ("age",), True),
        (("age",), ("age", "income"), True),
        (("age", "income"), ("age", "income"), True),
        (("income", "age"), ("plan", "age", "income"), True),
        (("age", "income"), ("age",), False),
        (("age", "income"), ("income",), False),
        (("age", "income"), ("age", "plan"), False),
        (("age", "income", "plan"), ("age", "income"), False),
        (("age",), ("income",), False),
    ],
)
def test_a_target_is_part_of_what_is_upstream_only_if_all_that_drifts_on_it_drifts_there(own, of_all, is_part):
    context = Context(upstream=upstream(*of_all))
    story = Story().tell(run("10:00", VIOLATED, drift(*own)), clock=lambda: hour("10:15"), context=context)
    assert (story.incident.part_of == "upstream") is is_part
    assert (story.incident.cause is Cause.UPSTREAM_INCIDENT) is is_part
    assert story.told == ([] if is_part else [Reason.FIRST_SEEN])
    assert [each.quiet for each in story.decisions[0].suppressed] == ([SuppressionReason.UPSTREAM] if is_part else [])


@pytest.mark.parametrize("later", [("age", "income"), ("income",)])
def test_a_target_that_begins_to_drift_by_itself_is_told_though_it_was_part_of_what_is_upstream(later):
    context = Context(upstream=upstream("age"))
    story = Story().tell(run("10:00", VIOLATED, drift("age")), clock=lambda: hour("10:15"), context=context)
    story.tell(run("11:00", VIOLATED, drift(*later)), clock=lambda: hour("11:15"), context=context)
    assert story.incident.part_of is None
    assert len(story.told) == 1


@pytest.mark.parametrize("order", [*permutations(sorted(FAULTS)), (Verdict.FAILED, Verdict.NO_DATA, Verdict.FAILED)])
def test_a_monitor_that_breaks_in_several_ways_while_an_incident_is_open_is_told_once(order):
    story = Story().tell(run("10:00", VIOLATED, drift("age")))
    story.tell(*(run(f"{11 + number}:00", verdict) for number, verdict in enumerate(order)))
    assert story.told == [Reason.FIRST_SEEN, Reason.MONITOR_FAULT]


def test_a_monitor_that_worked_between_two_faults_is_told_as_broken_each_time():
    story = Story().tell(
        run("10:00", VIOLATED, drift("age")),
        run("11:00", Verdict.FAILED),
        run("12:00", VIOLATED, drift("age")),
        run("13:00", Verdict.NO_DATA),
    )
    assert story.told == [Reason.FIRST_SEEN, Reason.MONITOR_FAULT, Reason.MONITOR_FAULT]


def test_who_waits_for_two_reasons_at_once_is_told_each_for_its_own():
    route = {
        "receiver": "often",
        "repeat_interval": "2h",
        "routes": [
            {"receiver": "often", "repeat_interval": "2h", "continue": True},
            {"receiver": "once", "repeat_interval": "never"},
        ],
    }
    policy = policy_of(route=route, receivers=[{"name": "often"}, {"name": "once"}])
    quiet = Silence(
        id="s",
        matchers=("endpoint=churn-prod",),
        starts_at=hour("11:00"),
        ends_at=hour("13:00"),
        author="oncall",
        comment="",
        planned=True,
    )
    context = Context(silences=(quiet,))
    story = Story(policy).tell(run("10:00", VIOLATED, drift("age")), clock=lambda: hour("10:00"))
    worse = run("11:30", VIOLATED, drift("a", "b", "c", "d", "e", "f"))
    story.tell(worse, clock=lambda: hour("11:30"), context=context)
    story.wake("12:00", context)
    waiting = {name: each.why for name, each in story.incident.waiting.items()}
    assert waiting == {"often": Reason.REMINDER, "once": Reason.SEVERITY_RAISED}
    told: dict[str, Reason] = {}
    for at in ("13:00", "13:01", "13:02"):
        told |= {effect.receiver: effect.why for effect in story.wake(at, context).effects}
    assert told == waiting
    assert story.incident.waiting == {}


RULE = {
    "source_matchers": ['cause="input_drift"'],
    "target_matchers": ['cause="schema_break"'],
    "equal": ["endpoint"],
}


@pytest.mark.parametrize(("others", "is_quiet"), [((), False), (("worse",), True)])
def test_an_incident_that_held_a_key_does_not_inhibit_itself_when_it_becomes_what_the_rule_targets(others, is_quiet):
    story = Story(policy_of(inhibit_rules=[RULE])).tell(run("10:00", VIOLATED, drift("age")))
    (held,) = story.decisions[0].inhibits
    context = Context(inhibitors={held.key: (story.incident.id, *others)})
    story.tell(run("11:00", VIOLATED, missing("plan")), context=context)
    assert story.told == [Reason.FIRST_SEEN] + ([] if is_quiet else [Reason.CAUSE_CHANGED])
    assert [(each.quiet, each.by) for each in story.decisions[-1].suppressed] == (
        [(SuppressionReason.INHIBITED, "worse")] if is_quiet else []
    )


GOLD = 'tier="gold"'


@pytest.mark.parametrize(
    ("gold", "usual", "expected"),
    [("critical", "warning", Severity.CRITICAL), ("info", "critical", Severity.INFO)],
    ids=["more than the usual", "less than the usual"],
)
@pytest.mark.parametrize("tags", [{}, {"tier": "gold"}], ids=["not read", "read"])
def test_a_second_cause_is_weighed_by_the_tags_of_the_endpoint_though_its_own_run_could_not_read_them(
    gold, usual, expected, tags
):
    severities = [
        {"severity": "info", "matchers": ['cause="schema_break"']},
        {"severity": gold, "matchers": [GOLD, 'cause="input_drift"']},
        {"severity": usual, "matchers": ['cause="input_drift"']},
    ]
    story = Story(policy_of(severities=severities))
    story.tell(msgspec.structs.replace(run("10:00", VIOLATED, missing("plan")), tags={"tier": "gold"}))
    story.tell(msgspec.structs.replace(run("11:00", VIOLATED, drift("age")), tags=tags))
    assert (story.incident.cause, story.incident.severity) == (Cause.SCHEMA_BREAK, expected)


def severe(revision: int, severity: Severity) -> QueuedNotification:
    one = notice(revision=revision)
    return msgspec.structs.replace(one, incident=msgspec.structs.replace(one.incident, severity=severity))


@pytest.mark.parametrize(("older", "newer"), [(1, 2), (9, 10), (99, 100)])
@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize(("now", "is_held"), [(Severity.CRITICAL, True), (Severity.WARNING, False)])
def test_what_waits_of_an_incident_is_silenced_by_what_it_is_now(older, newer, is_turned, now, is_held):
    before = Severity.WARNING if now is Severity.CRITICAL else Severity.CRITICAL
    both = (severe(older, before), severe(newer, now))
    waiting = tuple(reversed(both)) if is_turned else both
    quiet = Silence(
        id="s",
        matchers=("severity=critical",),
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=1),
        author="oncall",
        comment="",
    )
    assert held_back(default_policy(), waiting, (quiet,), NOW) == (waiting if is_held else ())


@pytest.mark.parametrize(
    "state", [each for each in IncidentState if each is not IncidentState.FIRING], ids=lambda state: state.value
)
def test_only_what_fires_is_waited_for_with_a_reminder(state):
    story = Story(policy_of(route={"receiver": "ml-oncall", "repeat_interval": "2h"}))
    story.tell(run("10:00", VIOLATED, drift("age")), clock=lambda: hour("10:15"))
    assert story.state.due == hour("12:15")
    story.state = msgspec.structs.replace(
        story.state, due=None, incident=msgspec.structs.replace(story.incident, state=state)
    )
    decision = story.wake("12:15")
    assert decision.effects == ()
    assert story.state.due is None
