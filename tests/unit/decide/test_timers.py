"""What time brings: persistence, flapping, reminders, people, overdue runs, groups and limits."""

from datetime import timedelta

import msgspec
import pytest

from kedge.decide.fleet import expire_fleet, fleet_of, sighting_of
from kedge.decide.next_evaluation import overdue_at
from kedge.decide.pipeline import context_request, decide
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Notify, Queued, Reason
from kedge.domain.incident import IncidentState
from kedge.domain.notification import GroupState, SendRate
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import OperatorAction
from kedge.policy.compiled import default_policy
from tests.support.stories import CHURN, DAY, Story, drift, hour, policy_of, run

VIOLATED, CLEAN = Verdict.VIOLATED, Verdict.CLEAN


def bad(at: str):
    return run(at, VIOLATED, drift("age"))


def test_two_of_the_last_three_runs_must_be_bad_where_the_policy_says_so():
    policy = policy_of(evidence={"persistence": [{"runs": 2, "of": 3, "matchers": ['cause="input_drift"']}]})
    story = Story(policy).tell(bad("10:00"), run("11:00", CLEAN), bad("12:00"))
    assert story.reasons == [Reason.NOT_PERSISTENT, Reason.CLEAN, Reason.FIRST_SEEN]
    assert story.decisions[0].incident is None
    assert "1 of the last 3" in story.decisions[0].because


def test_a_monitor_without_data_may_have_a_pending_period_too():
    policy = policy_of(evidence={"persistence": [{"runs": 2, "of": 2, "matchers": ['verdict="no_data"']}]})
    story = Story(policy).tell(run("10:00", Verdict.NO_DATA), run("11:00", Verdict.NO_DATA))
    assert story.reasons == [Reason.NOT_PERSISTENT, Reason.FIRST_SEEN]


def test_drift_does_not_help_a_monitor_without_data_to_persist():
    policy = policy_of(evidence={"persistence": [{"runs": 2, "of": 2}]})
    story = Story(policy).tell(bad("10:00"), run("11:00", Verdict.NO_DATA))
    assert story.reasons == [Reason.NOT_PERSISTENT, Reason.NOT_PERSISTENT]


def test_what_comes_and_goes_is_told_once_as_flapping_and_then_when_it_settles():
    story = Story()
    for at in range(10, 16):
        signal = bad(f"{at}:00") if at % 2 == 0 else run(f"{at}:00", CLEAN)
        story.tell(signal, clock=lambda at=at: hour(f"{at}:15"))
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED, Reason.REOPENED, Reason.RESOLVED, Reason.FLAPPING]
    story.tell(bad("16:00"), clock=lambda: hour("16:15"))
    assert story.told[-1] is Reason.FLAPPING
    assert story.incident.flapping
    assert story.wake("18:59").effects == ()
    assert [effect.why for effect in story.wake("19:00").effects] == [Reason.SETTLED]
    assert not story.incident.flapping


def test_what_flapped_and_stays_away_is_told_as_resolved_once():
    story = Story()
    for at in range(10, 16):
        story.tell(bad(f"{at}:00") if at % 2 == 0 else run(f"{at}:00", CLEAN), clock=lambda at=at: hour(f"{at}:15"))
    assert story.decisions[-1].effects == ()
    assert [effect.why for effect in story.wake("18:00").effects] == [Reason.RESOLVED]
    assert story.wake("18:30").effects == ()


def test_a_monitor_that_breaks_soon_after_drift_was_over_is_another_incident():
    story = Story().tell(bad("10:00"), run("11:00", CLEAN), run("12:00", Verdict.FAILED))
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED, Reason.FIRST_SEEN]


def test_whoever_has_not_acknowledged_is_reminded_and_whoever_has_is_not():
    story = Story(policy_of(route={"receiver": "ml-oncall", "repeat_interval": "2h"}))
    story.tell(bad("10:00"), clock=lambda: hour("10:15"))
    assert story.wake("12:14").effects == ()
    assert [effect.why for effect in story.wake("12:15").effects] == [Reason.REMINDER]
    assert story.person("12:30", OperatorAction.ACKNOWLEDGE).reason is Reason.ACKNOWLEDGED
    assert (story.incident.state, story.incident.by) == (IncidentState.ACKNOWLEDGED, "oncall")
    assert story.wake("23:00").effects == ()


def test_what_gets_worse_after_somebody_took_it_is_told_again():
    story = Story().tell(bad("10:00"))
    story.person("10:30", OperatorAction.ACKNOWLEDGE)
    story.tell(run("11:00", VIOLATED, drift("a", "b", "c", "d", "e")))
    assert story.told == [Reason.FIRST_SEEN, Reason.SEVERITY_RAISED]
    assert story.incident.state is IncidentState.FIRING


def test_a_person_may_say_that_it_is_over_and_the_next_bad_run_says_otherwise():
    story = Story().tell(bad("10:00"))
    decision = story.person("10:30", OperatorAction.RESOLVE, comment="backfilled")
    assert (decision.reason, decision.because) == (Reason.RESOLVED, "resolved by oncall: backfilled")
    story.tell(bad("11:00"))
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED, Reason.REOPENED]


def test_a_decision_about_an_incident_that_is_over_or_another_changes_nothing_but_is_kept():
    story = Story().tell(bad("10:00"), run("11:00", CLEAN))
    late = story.person("11:30", OperatorAction.ACKNOWLEDGE)
    assert late.reason is Reason.SUPERSEDED
    assert story.incident.state is IncidentState.RESOLVED
    noted = story.person("11:40", OperatorAction.NOTE, comment="it was the backfill")
    assert (noted.reason, noted.because) == (Reason.NOTED, "oncall: it was the backfill")


def test_a_decision_that_comes_twice_counts_once():
    story = Story().tell(bad("10:00"))
    story.person("10:30", OperatorAction.ACKNOWLEDGE)
    assert story.person("10:30", OperatorAction.ACKNOWLEDGE).reason is Reason.DUPLICATE


def test_a_monitor_that_ran_every_hour_and_stops_is_told_of_as_blind():
    story = Story()
    for at in range(8):
        story.tell(run(f"{at:02}:00", CLEAN), clock=lambda at=at: hour(f"{at:02}:15"))
    story.wake("10:41")
    assert story.told == []
    # Three runs that should have been: at 8, 9 and 10.
    assert story.state.due == hour("10:42")
    decision = story.wake("10:42")
    assert [effect.why for effect in decision.effects] == [Reason.FIRST_SEEN]
    assert decision.incident is not None
    assert decision.incident.problem.verdict is Verdict.NO_DATA
    assert story.wake("15:00").effects == ()
    story.tell(run("16:00", CLEAN), clock=lambda: hour("16:15"))
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED]


def test_a_monitor_of_yesterdays_data_is_not_overdue_while_it_runs():
    story = Story()
    for at in range(8):
        late = run(f"{at:02}:00", CLEAN)
        ended = late.finished + timedelta(days=1)
        story.tell(msgspec.structs.replace(late, finished=ended), clock=lambda ended=ended: ended)
    last = story.state.sources["churn-dq"]
    assert overdue_at(story.policy, last) == DAY + timedelta(days=1, hours=10, minutes=42)


def test_a_monitor_that_runs_now_and_then_is_never_overdue():
    story = Story()
    for at in ("01:00", "02:00", "05:00", "06:30", "09:00", "11:00", "11:30"):
        story.tell(run(at, CLEAN), clock=lambda at=at: hour(at) + timedelta(minutes=15))
    assert story.wake("23:59").effects == ()


def with_(policy, signal, *, group: GroupState | None = None, pace: SendRate | None = None) -> Context:
    asks = context_request(policy, decide(policy, CaseState(), signal, hour("10:15")))
    assert asks is not None
    groups = {} if group is None else dict.fromkeys(asks.groups, group)
    return Context(groups=groups, paces={} if pace is None else dict.fromkeys(asks.receivers, pace))


def test_the_first_of_a_group_that_waits_is_gathered():
    policy = policy_of(route={"receiver": "ml-oncall", "group_wait": "5m", "group_by": ["cause"]})
    story = Story(policy).tell(bad("10:00"), clock=lambda: hour("10:15"))
    (effect,) = story.decisions[0].effects
    assert isinstance(effect, Queued)
    assert effect.due == hour("10:20")
    assert story.decisions[0].groups[effect.group].waiting_until == hour("10:20")


def test_what_follows_within_the_group_interval_is_gathered_until_it_is_over():
    policy = policy_of(route={"receiver": "ml-oncall", "group_interval": "30m"})
    context = with_(policy, bad("10:00"), group=GroupState(last=hour("10:00")))
    story = Story(policy).tell(bad("10:00"), clock=lambda: hour("10:15"), context=context)
    (effect,) = story.decisions[0].effects
    assert isinstance(effect, Queued)
    assert effect.due == hour("10:30")


def test_above_its_limit_a_receiver_gets_a_digest_when_there_is_room_again():
    policy = policy_of(receivers=[{"name": "ml-oncall", "limit": {"messages": 2, "per": "10m"}}])
    full = SendRate((hour("10:08"), hour("10:12")))
    story = Story(policy).tell(
        bad("10:00"), clock=lambda: hour("10:15"), context=with_(policy, bad("10:00"), pace=full)
    )
    (effect,) = story.decisions[0].effects
    assert isinstance(effect, Queued)
    assert (effect.digest, effect.due) == (True, hour("10:18"))
    assert story.decisions[0].paces == {}


def test_a_message_counts_against_its_receivers_limit():
    policy = policy_of(receivers=[{"name": "ml-oncall", "limit": {"messages": 2, "per": "10m"}}])
    context = with_(policy, bad("10:00"), pace=SendRate((hour("10:01"), hour("10:12"))))
    story = Story(policy).tell(bad("10:00"), clock=lambda: hour("10:15"), context=context)
    assert story.decisions[0].effects == (Notify(receiver="ml-oncall", why=Reason.FIRST_SEEN),)
    assert story.decisions[0].paces == {"ml-oncall": SendRate((hour("10:12"), hour("10:15")))}


def test_nothing_overtakes_what_was_gathered_before_it():
    policy = policy_of(route={"receiver": "ml-oncall", "group_wait": "5m"})
    story = Story(policy).tell(bad("10:00"), clock=lambda: hour("10:15"))
    story.tell(run("10:10", CLEAN), clock=lambda: hour("10:21"))
    (effect,) = story.decisions[-1].effects
    assert isinstance(effect, Queued)
    assert effect.why is Reason.RESOLVED


def test_where_others_change_the_same_receiver_what_is_to_be_told_is_gathered_and_touches_nothing_shared():
    story = Story().tell(bad("10:00"), clock=lambda: hour("10:15"), context=Context(crowded=True))
    decision = story.decisions[0]
    assert [type(effect) for effect in decision.effects] == [Queued]
    assert (decision.paces, decision.groups) == ({}, {})


class Fleet:
    """The fleet's own case, told of one target after the other."""

    def __init__(self) -> None:
        self.policy = default_policy()
        self.state = CaseState()
        self.told: list[Reason] = []

    def drifts(self, name: str, at: str, *features: str) -> "Fleet":
        signal = run(at, VIOLATED if features else CLEAN, drift(*features))
        signal = msgspec.structs.replace(signal, target=msgspec.structs.replace(CHURN, name=name), id=f"{name}/{at}")
        before = Story().tell(bad("00:00")).state
        sighting = sighting_of(self.policy, before, signal, hour(at))
        assert sighting is not None
        decision = decide(self.policy, self.state, sighting, hour(at))
        self.state = decision.state
        self.told += [effect.why for effect in decision.effects]
        return self


def test_the_same_feature_on_three_targets_in_one_window_is_one_incident_upstream():
    fleet = Fleet().drifts("a", "10:00", "age").drifts("b", "10:10", "age", "plan").drifts("c", "10:20", "age")
    assert fleet.told == [Reason.FIRST_SEEN]
    incident = fleet.state.incident
    assert incident is not None
    assert (incident.features, incident.monitor, str(incident.target)) == (
        ("age",),
        Monitor.FLEET,
        str(fleet_of(CHURN)),
    )
    fleet.drifts("d", "10:30", "age")
    assert fleet.told == [Reason.FIRST_SEEN]
    fleet.drifts("a", "10:40", "plan").drifts("c", "10:41", "plan")
    assert fleet.told == [Reason.FIRST_SEEN, Reason.ANOTHER_FEATURE]


def test_the_same_target_three_times_is_not_three_targets_and_neither_are_three_targets_in_a_day():
    assert Fleet().drifts("a", "10:00", "age").drifts("a", "10:30", "age").drifts("a", "11:00", "age").told == []
    assert Fleet().drifts("a", "10:00", "age").drifts("b", "12:30", "age").drifts("c", "15:00", "age").told == []


@pytest.mark.parametrize("by_time", [True, False])
def test_what_is_upstream_is_over_when_no_target_shows_it_any_more(by_time: bool):
    fleet = Fleet().drifts("a", "10:00", "age").drifts("b", "10:10", "age").drifts("c", "10:20", "age")
    if by_time:
        news = expire_fleet(fleet.policy, fleet.state, fleet_of(CHURN), hour("12:21"))
        assert news is not None
        assert news.reason is Reason.RESOLVED
        return
    fleet.drifts("a", "11:00").drifts("b", "11:10")
    assert fleet.told == [Reason.FIRST_SEEN]
    assert fleet.drifts("c", "11:20").told == [Reason.FIRST_SEEN, Reason.RESOLVED]


def test_what_follows_a_message_about_what_was_gathered_waits_for_the_interval_of_its_group():
    policy = policy_of(route={"receiver": "ml-oncall", "group_wait": "5m", "group_interval": "30m"})
    story = Story(policy).tell(bad("10:00"), clock=lambda: hour("10:00"))
    told = GroupState(last=hour("10:05"))
    over = run("10:05", CLEAN)
    decision = decide(policy, story.state, over, hour("10:06"), with_(policy, bad("10:00"), group=told))
    (effect,) = decision.effects
    assert isinstance(effect, Queued)
    assert effect.due == hour("10:35")


def test_what_is_upstream_again_soon_after_it_was_over_is_the_same_incident():
    fleet = Fleet().drifts("a", "10:00", "age").drifts("b", "10:10", "age").drifts("c", "10:20", "age")
    fleet.drifts("a", "11:00").drifts("b", "11:10").drifts("c", "11:20")
    first = fleet.state.incident
    fleet.drifts("a", "12:00", "age").drifts("b", "12:10", "age").drifts("c", "12:20", "age")
    assert fleet.told == [Reason.FIRST_SEEN, Reason.RESOLVED, Reason.REOPENED]
    assert first is not None
    assert fleet.state.incident is not None
    assert (fleet.state.incident.id, fleet.state.incident.reopened) == (first.id, 1)
