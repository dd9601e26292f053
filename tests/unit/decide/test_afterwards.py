"""What follows a moment of which much is said: after it was calm, after another quiet began, after a round that is late."""

from datetime import timedelta

import msgspec
import pytest

from kedge.decide.fleet import fleet_of
from kedge.decide.pipeline import context_request, decide
from kedge.domain.action import RemedyStatus
from kedge.domain.context import Context, EndpointContext
from kedge.domain.decision import CaseState, Queued
from kedge.domain.incident import IncidentState, SuppressionReason
from kedge.domain.notification import GroupState
from kedge.domain.reason import Reason
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import FeaturesDrifted, TimerFired
from kedge.domain.silence import Silence
from kedge.domain.stage import Stage
from tests.support.stories import BY_NOBODY, BY_SAGEMAKER, CHURN, Story, drift, hour, policy_of, run

VIOLATED, CLEAN = Verdict.VIOLATED, Verdict.CLEAN


def told_at(story: Story, minutes: int, verdict: Verdict, *, said: bool = False) -> Story:
    """A run that ends so many minutes into the day, and is heard of at once."""
    at = f"{minutes // 60}:{minutes % 60:02}"
    more = {"job": None, "provenance": BY_NOBODY} if said else {}
    findings = drift("age") if verdict is VIOLATED else ()
    return story.tell(run(at, verdict, findings, **more), clock=lambda: hour(at))


@pytest.mark.parametrize("said", [False, True], ids=["confirmed", "only said"])
@pytest.mark.parametrize("ends_bad", [False, True])
@pytest.mark.parametrize("later", [30, 180, 600], ids="{} minutes later".format)
def test_after_it_was_calm_the_next_incident_is_told_as_new_and_as_over(later, ends_bad, said):
    story = Story()
    last = 15 if ends_bad else 16
    for number in range(10, last):
        told_at(story, number * 60, VIOLATED if number % 2 == 0 else CLEAN, said=said)
    assert story.incident.flapping
    calm_at = (last - 1) * 60 + 180
    settled = story.wake(f"{calm_at // 60}:00")
    assert [effect.why for effect in settled.effects] == [Reason.SETTLED if ends_bad else Reason.RESOLVED]
    before = len(story.told)
    now = calm_at + later
    if ends_bad:
        told_at(story, now, CLEAN, said=said)
        now += 30
    told_at(story, now, VIOLATED, said=said)
    told_at(story, now + 30, CLEAN, said=said)
    again = Reason.REOPENED if ends_bad or later <= 180 else Reason.FIRST_SEEN
    assert story.told[before:] == [Reason.RESOLVED] * ends_bad + [again, Reason.RESOLVED]
    assert not story.incident.flapping


def quiet(name: str, starts: str, ends: str) -> Silence:
    return Silence(
        id=name,
        matchers=("endpoint=churn-prod",),
        starts_at=hour(starts),
        ends_at=hour(ends),
        author="oncall",
        comment="",
        planned=True,
    )


@pytest.mark.parametrize("is_another", [True, False])
def test_that_one_silence_ends_while_another_begins_stands_on_the_timeline(is_another):
    one, other = quiet("s1", "09:00", "12:00"), quiet("s2", "12:00", "18:00")
    longer = quiet("s1", "09:00", "18:00")
    story = Story().tell(
        run("10:00", VIOLATED, drift("age")), clock=lambda: hour("10:15"), context=Context(silences=(one,))
    )
    decision = story.wake("12:00", Context(silences=(one, other) if is_another else (longer,)))
    assert [(each.quiet, each.by) for each in decision.suppressed] == [
        (SuppressionReason.SILENCED, "s2" if is_another else "s1")
    ]
    assert (decision.incident is not None) is is_another
    assert (decision.reason is Reason.NOTHING_DUE) is not is_another
    assert story.incident.waiting["ml-oncall"].until == hour("18:00")
    assert [effect.why for effect in story.wake("18:00").effects] == [Reason.FIRST_SEEN]


GROUP_DUE = hour("10:05")


@pytest.mark.parametrize(
    ("now", "is_gathered"),
    [("10:04", True), ("10:05", True), ("10:07", True), ("10:14", True), ("10:15", False), ("11:00", False)],
)
def test_news_that_come_while_a_group_waits_for_a_round_that_is_late_are_told_with_it(now, is_gathered):
    policy = policy_of(route={"receiver": "ml-oncall", "group_by": ["cause"]})
    signal = run("10:00", VIOLATED, drift("age"))
    asks = context_request(policy, decide(policy, CaseState(), signal, hour(now)))
    assert asks is not None
    context = Context(groups=dict.fromkeys(asks.groups, GroupState(waiting_until=GROUP_DUE)))
    (effect,) = Story(policy).tell(signal, clock=lambda: hour(now), context=context).decisions[0].effects
    assert isinstance(effect, Queued) is is_gathered
    assert getattr(effect, "due", GROUP_DUE) == GROUP_DUE


HELD = RemedyStatus(
    remedy=RemedyName.RETRAIN,
    mode=Mode.APPROVAL,
    stage=Stage.REFUSED,
    why=HoldReason.ALREADY_RUNNING,
    at=hour("10:15"),
    says="it runs already",
    until=hour("12:15"),
)


def test_a_remedy_that_is_due_in_the_same_moment_as_a_reminder_has_its_turn_and_leaves_nothing_due():
    story = Story(policy_of(route={"receiver": "ml-oncall", "repeat_interval": "2h"}))
    story.tell(run("10:00", VIOLATED, drift("age")), clock=lambda: hour("10:15"))
    story.state = msgspec.structs.replace(story.state, incident=msgspec.structs.replace(story.incident, remedy=HELD))
    decision = story.wake("12:15")
    assert [effect.why for effect in decision.effects] == [Reason.REMINDER]
    assert story.state.due is not None
    assert story.state.due > hour("12:15")
    assert story.incident.remedy.until == story.state.due


@pytest.mark.parametrize(
    "context", [Context(), Context(endpoint_context=EndpointContext())], ids=["nothing known", "nothing near"]
)
def test_nothing_stays_due_that_was_just_looked_at(context):
    story = Story()
    story.tell(run("10:00", VIOLATED, drift("age")), clock=lambda: hour("10:15"))
    story.state = msgspec.structs.replace(story.state, incident=msgspec.structs.replace(story.incident, remedy=HELD))
    for minutes in range(0, 120, 5):
        at = hour("12:15") + timedelta(minutes=minutes)
        story.wake(f"{at:%H:%M}", context)
        assert story.state.due is None or story.state.due > at
    assert story.incident.target == CHURN


@pytest.mark.parametrize("is_silenced", [True, False])
def test_whatever_a_look_moves_is_kept(is_silenced):
    context = Context(silences=(msgspec.structs.replace(quiet("s1", "09:00", "20:00"), planned=False),))
    story = Story(policy_of(route={"receiver": "ml-oncall", "repeat_interval": "2h"}))
    for hours in range(10, 22):
        before = story.state
        told_at(story, hours * 60, CLEAN if hours == 19 else VIOLATED)
        assert story.decisions[-1].changed or story.state == before
        for minutes in (5, 10, 17, 40):
            before = story.state
            decision = story.wake(f"{hours}:{minutes:02}", context if is_silenced else Context())
            assert decision.changed is (story.state != before)
            assert story.state.due is None or story.state.due > hour(f"{hours}:{minutes:02}")


def upstream_after(hours: int, *, every: int) -> CaseState:
    """Three targets that drift on and on, each heard of again after so many minutes."""
    policy, state = policy_of(), CaseState()
    for minutes in range(0, hours * 60, every):
        at = hour("08:00") + timedelta(minutes=minutes)
        for name in ("a", "b", "c"):
            target = msgspec.structs.replace(CHURN, name=name)
            seen = FeaturesDrifted(
                id=f"{name}/{minutes}",
                at=at,
                target=fleet_of(CHURN),
                member=target,
                features=("age",),
                provenance=BY_SAGEMAKER,
            )
            state = decide(policy, state, seen, at).state
        later = at + timedelta(minutes=every - 1)
        woken = TimerFired(id=f"t/{minutes}", at=later, target=fleet_of(CHURN), monitor=Monitor.FLEET)
        state = decide(policy, state, woken, later).state
    return state


@pytest.mark.parametrize("every", [15, 25, 50, 60, 110])
def test_a_target_that_goes_on_drifting_keeps_what_is_upstream_open(every):
    for hours in (1, 3, 6, 12):
        state = upstream_after(hours, every=every)
        assert state.incident is not None
        assert (state.incident.state, state.incident.reopened) == (IncidentState.FIRING, 0)
