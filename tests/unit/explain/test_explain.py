"""Why it did not page: each step by its name, each receiver with what would have to change."""

from datetime import timedelta

import pytest

from kedge.decide.pipeline import PIPELINE, context_request, decide
from kedge.domain.context import Context
from kedge.domain.decision import CaseState
from kedge.domain.incident import SuppressionReason
from kedge.domain.notification import GroupState, SendRate
from kedge.domain.reason import Reason
from kedge.domain.run import Verdict
from kedge.domain.silence import Silence
from kedge.explain.explain import Explanation, explain
from kedge.explain.suggestions import STEP_OF
from kedge.routing.pipeline import TELLING
from tests.support.stories import DAY, Story, drift, hour, missing, policy_of, run

BAD = run("10:00", Verdict.VIOLATED, drift("age"))
TWO_TEAMS = {
    "receivers": [{"name": "churn"}, {"name": "fraud"}, {"name": "data", "send_resolved": False}],
    "route": {
        "receiver": "churn",
        "routes": [
            {"matchers": ["endpoint=fraud-prod"], "receiver": "fraud"},
            {"matchers": ["cause=input_drift"], "receiver": "churn"},
            {"receiver": "data"},
        ],
    },
}


def explained(policy, signal=BAD, context=None, state=None, at="10:15") -> Explanation:
    return explain(policy, state or CaseState(), signal, hour(at), context or Context())


def change(found: Explanation, receiver: str = "ml-oncall") -> str:
    return next(heard.change for heard in found.receivers if heard.receiver == receiver)


def silence(**more) -> Silence:
    known = {"id": "s1", "matchers": ("endpoint=churn-prod",), "starts_at": DAY, "ends_at": hour("20:00")}
    return Silence(**(known | {"author": "oncall", "comment": "backfill", "proven": True} | more))


def test_every_step_is_named_in_the_order_in_which_it_is_taken():
    found = explained(policy_of())
    assert [step.name for step in found.steps] == [
        *(step.__name__ for step in PIPELINE),
        "live",
        *(step.__name__ for step in TELLING),
    ]
    assert not any(step.decided for step in found.steps)


def test_every_suppression_is_explained_by_the_step_that_made_it():
    assert set(STEP_OF) == set(SuppressionReason)
    assert set(STEP_OF.values()) <= {step.__name__ for step in TELLING}


def test_what_is_explained_is_what_is_decided():
    policy, context = policy_of(**TWO_TEAMS), Context(silences=(silence(),))
    assert explained(policy, context=context).decision == decide(policy, CaseState(), BAD, hour("10:15"), context)


def test_a_silence_is_named_with_its_author_and_how_to_end_it():
    found = explained(policy_of(), context=Context(silences=(silence(),)))
    heard = found.receivers[0]
    assert (heard.told, heard.step, heard.because) == ("no", "silence", "silenced by s1")
    assert heard.change == "kedge silence expire s1 (oncall: backfill), or wait until 2026-11-20 20:00 UTC"
    assert next(step.said for step in found.steps if step.name == "silence") == "ml-oncall silenced by s1"


def test_too_few_bad_runs_say_how_many_more_it_takes():
    policy = policy_of(evidence={"persistence": [{"runs": 2, "of": 3}]})
    found = explained(policy)
    assert found.steps[-1].name == "persist"
    assert found.steps[-1].decided
    assert found.change == "wait for 2 of 3 runs: 1 more bad run"
    assert found.rules["persistence"] == "evidence.persistence[0]: 2 of 3 runs"


def test_too_few_records_say_how_many_it_takes():
    found = explained(policy_of(), run("10:00", Verdict.VIOLATED, drift("age"), records=60))
    assert [step.name for step in found.steps][-1] == "judge"
    assert found.change == "a window with 500 records or more, or a lower evidence.minimum_records"


def test_a_receiver_without_room_is_told_when_there_is_room():
    policy = policy_of(receivers=[{"name": "ml-oncall", "limit": {"messages": 1, "per": "1h"}}])
    found = explained(policy, context=Context(paces={"ml-oncall": SendRate((hour("10:05"),))}))
    assert found.receivers[0].told == "later"
    assert change(found) == "limit of 1 messages: room from 2026-11-20 11:05 UTC on, together with all that waits"


def test_a_group_that_was_just_told_waits_for_its_interval():
    asks = context_request(policy_of(), decide(policy_of(), CaseState(), BAD, hour("10:15")))
    assert asks is not None
    context = Context(groups={asks.groups[0]: GroupState(last=hour("10:14") + timedelta(seconds=30))})
    assert change(explained(policy_of(), context=context)).startswith(
        "its group is notified from 2026-11-20 10:15 UTC on"
    )


def test_an_inhibition_names_the_incident_and_the_rule():
    rules = [{"source_matchers": ["severity=critical"], "target_matchers": ["severity=warning"], "equal": ["endpoint"]}]
    policy = policy_of(inhibit_rules=rules)
    asks = context_request(policy, decide(policy, CaseState(), BAD, hour("10:15")))
    assert asks is not None
    found = explained(policy, context=Context(inhibitors={asks.inhibitions[0]: ("another",)}))
    assert change(found) == "incident another must be over first, or inhibit_rules[0] be another"


def test_a_muted_route_names_the_time_and_its_end():
    policy = policy_of(
        route={"receiver": "ml-oncall", "mute_time_intervals": ["mornings"]},
        mute_time_intervals=[
            {"name": "mornings", "time_intervals": [{"times": [{"start_time": "08:00", "end_time": "12:00"}]}]}
        ],
    )
    assert change(explained(policy)) == (
        "the time of mornings must be over: wait until 2026-11-20 12:00 UTC; or take it from the route"
    )


def test_receivers_to_whom_no_way_leads_say_what_stood_in_it():
    heard = {each.receiver: each for each in explained(policy_of(**TWO_TEAMS)).receivers}
    assert heard["churn"].told == "now"
    assert heard["fraud"].because == "route.routes[0]: endpoint=\"fraud-prod\" does not hold: it is 'churn-prod'"
    assert heard["data"].because == "route.routes[2]: route.routes[1] took it and has no continue"
    assert heard["data"].change == "continue: true at route.routes[1]"


def test_who_never_heard_that_it_fires_does_not_hear_that_it_is_over():
    story = Story(policy_of())
    quiet = decide(story.policy, CaseState(), BAD, hour("10:15"), Context(silences=(silence(),)))
    found = explained(story.policy, run("11:00", Verdict.CLEAN), state=quiet.state, at="11:15")
    assert (found.decision.reason, found.receivers[0].step) == (Reason.RESOLVED, "suppress_unnotified")
    assert change(found) == "nothing: ml-oncall was not notified that it fires"


def test_who_does_not_want_what_is_over_can_change_that():
    policy = policy_of(receivers=[{"name": "ml-oncall", "send_resolved": False}])
    story = Story(policy).tell(BAD, clock=lambda: hour("10:15"))
    found = explained(policy, run("11:00", Verdict.CLEAN), state=story.state, at="11:15")
    assert change(found) == "send_resolved: true for ml-oncall"


def test_what_still_fires_says_who_heard_of_it_and_when_they_are_reminded():
    story = Story().tell(BAD, clock=lambda: hour("10:15"))
    found = explained(story.policy, run("11:00", Verdict.VIOLATED, drift("age")), state=story.state, at="11:15")
    assert found.receivers == ()
    assert found.change == (
        "receivers were notified when it began (ml-oncall); "
        "a reminder follows at 2026-11-21 10:15 UTC unless it is acknowledged"
    )


@pytest.mark.parametrize(
    ("findings", "rule"),
    [(drift("age"), "no rule matches: a warning"), (missing("age"), "severities[2] of the default policy")],
)
def test_the_rule_that_gave_the_severity_is_named(findings, rule):
    assert explained(policy_of(), run("10:00", Verdict.VIOLATED, findings)).rules["severity"] == rule
