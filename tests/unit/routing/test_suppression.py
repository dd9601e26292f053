"""Why somebody is not told, for how long, and what is told when the quiet ends."""

from datetime import timedelta

import msgspec

from kedge.decide.pipeline import context_request, decide
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Notify, Reason
from kedge.domain.incident import IncidentState, SuppressionReason
from kedge.domain.run import Verdict
from kedge.domain.silence import Silence
from tests.support.stories import CHURN, DAY, Story, drift, hour, policy_of, run

VIOLATED, CLEAN = Verdict.VIOLATED, Verdict.CLEAN
BAD = run("10:00", VIOLATED, drift("age"))


def silenced(starts: str, ends: str, *matchers: str) -> Context:
    """One silence, by default of the endpoint."""
    wanted = matchers or ('endpoint="churn-prod"',)
    one = Silence(
        id="s1", matchers=wanted, starts_at=hour(starts), ends_at=hour(ends), author="oncall", comment="upgrade"
    )
    return Context(silences=(one,))


def test_a_silence_keeps_people_asleep_and_the_incident_on_record():
    story = Story().tell(BAD, clock=lambda: hour("10:15"), context=silenced("09:00", "12:00"))
    decision = story.decisions[0]
    assert decision.effects == ()
    assert decision.reason is Reason.FIRST_SEEN
    assert [(each.receiver, each.quiet, each.by) for each in decision.suppressed] == [
        ("ml-oncall", SuppressionReason.SILENCED, "s1")
    ]
    assert story.incident.state is IncidentState.FIRING
    assert story.incident.told == {}


def test_when_a_silence_ends_and_it_still_fires_people_are_told():
    context = silenced("09:00", "10:17")
    story = Story().tell(BAD, clock=lambda: hour("10:15"), context=context)
    assert story.state.due == hour("10:17")
    decision = story.wake("10:17", context)
    assert decision.effects == (Notify(receiver="ml-oncall", why=Reason.FIRST_SEEN),)
    assert list(story.incident.told) == ["ml-oncall"]
    assert story.incident.waiting == {}


def test_a_silence_that_was_expired_early_hides_nothing_for_more_than_five_minutes():
    story = Story().tell(BAD, clock=lambda: hour("10:15"), context=silenced("09:00", "18:00"))
    assert story.state.due == hour("10:20")
    assert story.wake("10:20", silenced("09:00", "18:00")).reason is Reason.NOTHING_DUE
    assert story.state.due == hour("10:25")
    assert [effect.why for effect in story.wake("10:25").effects] == [Reason.FIRST_SEEN]


def test_looking_at_what_is_still_quiet_leaves_no_line_on_the_timeline():
    context = silenced("09:00", "18:00")
    story = Story().tell(BAD, clock=lambda: hour("10:15"), context=context)
    revision = story.incident.revision
    assert story.wake("10:20", context).incident is None
    assert story.incident.revision == revision


def test_what_began_and_ended_in_a_silence_is_never_told():
    context = silenced("09:00", "18:00")
    story = Story().tell(BAD, run("11:00", CLEAN), clock=lambda: hour("11:15"), context=context)
    assert story.told == []
    assert story.decisions[-1].suppressed[0].quiet is SuppressionReason.NEVER_TOLD
    assert story.wake("18:01").effects == ()


def test_what_was_told_before_the_silence_and_ended_in_it_is_told_as_resolved_when_the_silence_ends():
    story = Story().tell(BAD, clock=lambda: hour("10:15"))
    story.tell(run("11:00", CLEAN), clock=lambda: hour("11:15"), context=silenced("11:00", "11:18"))
    assert story.told == [Reason.FIRST_SEEN]
    assert [effect.why for effect in story.wake("11:18").effects] == [Reason.RESOLVED]


def test_what_resolves_and_fires_again_in_a_silence_is_no_news_to_whoever_knows_that_it_fires():
    story = Story().tell(BAD, clock=lambda: hour("10:15"))
    context = silenced("11:00", "18:00")
    story.tell(run("11:00", CLEAN), clock=lambda: hour("11:15"), context=context)
    story.tell(run("12:00", VIOLATED, drift("age")), clock=lambda: hour("12:15"), context=context)
    assert story.incident.is_open
    assert story.told == [Reason.FIRST_SEEN]
    assert story.wake("18:00").effects == ()


def test_a_silence_of_something_else_hides_nothing():
    story = Story().tell(BAD, clock=lambda: hour("10:15"), context=silenced("09:00", "12:00", 'feature="income"'))
    assert story.told == [Reason.FIRST_SEEN]


def test_a_planned_silence_of_the_policy_is_awaited_to_its_end():
    planned = {
        "matchers": ['endpoint="churn-prod"'], "starts_at": "2026-11-20T10:00:00+01:00",
        "ends_at": "2026-11-20T18:00:00+01:00", "author": "oncall", "comment": "load test",
    }  # fmt: skip
    story = Story(policy_of(silences=[planned])).tell(BAD, clock=lambda: hour("10:15"))
    assert story.told == []
    assert story.state.due == hour("17:00")
    assert [effect.why for effect in story.wake("17:00").effects] == [Reason.FIRST_SEEN]


def test_a_muted_route_is_told_in_the_morning_if_it_still_fires():
    nights = {"name": "nights", "time_intervals": [{"times": [{"start_time": "22:00", "end_time": "07:00"}]}]}
    policy = policy_of(mute_time_intervals=[nights], route={"receiver": "ml-oncall", "mute_time_intervals": ["nights"]})
    story = Story(policy).tell(run("02:00", VIOLATED, drift("age")), clock=lambda: hour("02:15"))
    assert [(each.quiet, each.by) for each in story.decisions[0].suppressed] == [(SuppressionReason.MUTED, "nights")]
    assert story.state.due == hour("07:00")
    assert [effect.why for effect in story.wake("07:00").effects] == [Reason.FIRST_SEEN]


INHIBIT = {
    "source_matchers": ['severity="critical"'],
    "target_matchers": ['severity="warning"'],
    "equal": ["endpoint"],
}


def test_an_open_incident_inhibits_what_it_says_already():
    policy = policy_of(inhibit_rules=[INHIBIT])
    asks = context_request(policy, decide(policy, CaseState(), BAD, hour("10:15")))
    assert asks is not None
    (key,) = asks.inhibitions
    story = Story(policy).tell(BAD, clock=lambda: hour("10:15"), context=Context(inhibitors={key: ("worse",)}))
    assert [(each.quiet, each.by) for each in story.decisions[0].suppressed] == [(SuppressionReason.INHIBITED, "worse")]
    assert [effect.why for effect in story.wake("10:20").effects] == [Reason.FIRST_SEEN]


def test_the_worse_incident_holds_the_key_while_it_is_open_and_gives_it_back():
    policy = policy_of(inhibit_rules=[INHIBIT])
    worse = run("10:00", VIOLATED, drift("a", "b", "c", "d", "e"))
    story = Story(policy).tell(worse, run("11:00", CLEAN))
    opened, resolved = story.decisions
    asks = context_request(policy, decide(policy, CaseState(), BAD, hour("10:15")))
    assert asks is not None
    assert [each.key for each in opened.inhibits] == list(asks.inhibitions)
    assert resolved.frees == opened.inhibits


def test_an_inhibition_does_not_hold_where_both_sides_lack_the_label_that_must_be_equal():
    policy = policy_of(inhibit_rules=[{**INHIBIT, "equal": ["cluster"]}])
    worse = Story(policy).tell(run("10:00", VIOLATED, drift("a", "b", "c", "d", "e")))
    asks = context_request(policy, decide(policy, CaseState(), BAD, hour("10:15")))
    assert worse.decisions[0].inhibits == ()
    assert asks is not None
    assert asks.inhibitions == ()


def test_what_matches_both_sides_of_a_rule_does_not_inhibit_itself():
    rule = {"source_matchers": ['endpoint=~".+"'], "target_matchers": ['endpoint=~".+"'], "equal": ["endpoint"]}
    policy = policy_of(inhibit_rules=[rule])
    asks = context_request(policy, decide(policy, CaseState(), BAD, hour("10:15")))
    assert asks is not None
    assert asks.inhibitions == ()


def test_a_receiver_that_does_not_want_to_hear_what_is_over_does_not():
    policy = policy_of(receivers=[{"name": "ml-oncall", "send_resolved": False}])
    story = Story(policy).tell(BAD, run("11:00", CLEAN), run("12:00", VIOLATED, drift("age")))
    assert story.told == [Reason.FIRST_SEEN, Reason.REOPENED]
    assert story.decisions[1].suppressed[0].quiet is SuppressionReason.NOT_WANTED


def test_the_same_decision_names_the_policy_that_made_it():
    policy = policy_of(name="churn", version="7")
    assert {decision.policy for decision in Story(policy).tell(BAD, BAD, run("11:00", CLEAN)).decisions} == {"churn@7"}


def test_whoever_was_told_by_a_route_that_no_longer_leads_to_them_hears_that_it_is_over():
    story = Story().tell(BAD)
    story.policy = policy_of(receivers=[{"name": "others"}], route={"receiver": "others"})
    resolved = story.tell(run("11:00", CLEAN)).decisions[-1]
    assert [effect.receiver for effect in resolved.effects] == ["ml-oncall"]


def test_a_target_that_drifts_with_all_others_is_told_upstream_and_by_itself_when_that_is_over():
    opened = Story().tell(BAD).incident
    upstream = msgspec.structs.replace(opened, id="upstream", features=("age", "income"))
    story = Story().tell(BAD, clock=lambda: hour("10:15"), context=Context(upstream=upstream))
    assert story.decisions[0].suppressed[0].quiet is SuppressionReason.UPSTREAM
    assert story.incident.part_of == "upstream"
    over = msgspec.structs.replace(upstream, state=IncidentState.RESOLVED)
    assert [effect.why for effect in story.wake("10:20", Context(upstream=over)).effects] == [Reason.FIRST_SEEN]


def test_a_target_with_a_feature_of_its_own_is_told_by_itself():
    opened = Story().tell(BAD).incident
    upstream = msgspec.structs.replace(opened, id="upstream", features=("income",))
    story = Story().tell(BAD, clock=lambda: DAY + timedelta(days=1), context=Context(upstream=upstream))
    assert story.told == [Reason.FIRST_SEEN]
    assert story.incident.target == CHURN
