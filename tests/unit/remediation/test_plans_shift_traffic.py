"""Away from the variant that is bad, or a question where nobody says which one it is."""

import pytest
from msgspec.structs import replace

from kedge.domain.decision import RemedyHeld
from kedge.domain.facts import Variant
from kedge.domain.incident import IncidentState
from kedge.domain.plan import Plan, ShiftTraffic
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.policy.spec.remediation import RemedyRuleSpec
from tests.support.remedies import BAD, NOW, endpoint, endpoint_context, facts, incident, limited, needs_of, plan_of
from tests.support.stories import CHURN

RULE = RemedyRuleSpec(remedy=RemedyName.SHIFT_TRAFFIC)
POLICY = limited(RULE)
BLUE = Variant(name="blue", count=4, weight=3.0)
GREEN = Variant(name="green", count=2, weight=1.0)


def planned(*variants: Variant, bad: str | None = "green", companions=(), occasion="o", **more):
    context = endpoint_context(
        facts=facts(endpoint=endpoint(*(variants or (BLUE, GREEN))), **more), companions=companions
    )
    return plan_of(POLICY, RULE, incident(variant=bad), context, NOW, occasion)


def why(*variants: Variant, **more):
    found = planned(*variants, **more)
    assert isinstance(found, RemedyHeld), found
    return found.why


def test_the_bad_variant_gets_nothing_and_the_others_keep_their_weights():
    found = planned()
    assert isinstance(found, Plan)
    assert found.doing == ShiftTraffic(
        config=BAD, away_from="green", before={"blue": 3.0, "green": 1.0}, after={"blue": 3.0, "green": 0.0}
    )
    assert found.sentence == (
        "Take variant green of churn-prod out of traffic, which has 25% of it now (weight 1): all of it goes to blue then,"
        " by the weights as they are."
    )
    assert "4 instances take what 6 took before" in found.notes


def test_small_weights_take_traffic_too_and_what_nobody_counts_is_not_added_up():
    found = planned(replace(BLUE, weight=0.3, count=None), replace(GREEN, weight=0.1))
    assert "all of it goes to blue then" in found.sentence
    assert not any("instances take what" in note for note in found.notes)


def test_only_the_endpoint_is_read():
    needs = needs_of(POLICY, RULE, incident(), endpoint_context())
    assert (needs.endpoint, needs.configs, needs.using) == (CHURN.name, (), None)


def test_what_may_be_done_more_than_once_has_its_occasion():
    assert planned(occasion="a").digest != planned(occasion="b").digest
    assert planned(occasion="a").digest == planned(occasion="a").digest


def test_where_nobody_says_which_variant_is_bad_people_are_asked():
    found = planned(bad=None)
    assert found.why is HoldReason.HOLD
    assert "blue, green?" in found.says


@pytest.mark.parametrize(
    "variants",
    [
        (GREEN,),
        (replace(BLUE, weight=0.0), GREEN),
        (replace(BLUE, count=0), GREEN),
    ],
)
@pytest.mark.parametrize("bad", ["green", None])
def test_where_no_other_variant_takes_traffic_there_is_nowhere_to_shift_it(variants, bad):
    assert why(*variants, bad=bad) is HoldReason.NO_OTHER_VARIANT


def test_a_variant_that_is_gone_or_takes_no_traffic_is_not_the_trouble():
    assert why(bad="red") is HoldReason.ENDPOINT_CHANGED
    assert why(BLUE, replace(GREEN, weight=0.0), replace(GREEN, name="red")) is HoldReason.HOLD


def test_traffic_is_not_shifted_to_a_variant_that_is_bad_too():
    other = incident(id="other", variant="blue")
    assert why(companions=(other,)) is HoldReason.HOLD
    over = replace(other, state=IncidentState.RESOLVED)
    assert isinstance(planned(companions=(over,)), Plan)


def test_the_team_has_to_allow_it_and_the_endpoint_to_be_idle():
    assert why(tags={}) is HoldReason.NOT_TAGGED
    context = endpoint_context(facts=facts(endpoint=endpoint(BLUE, GREEN, status="Updating")))
    assert plan_of(POLICY, RULE, incident(variant="green"), context, NOW, "").why is HoldReason.ENDPOINT_BUSY
    assert plan_of(POLICY, RULE, incident(), endpoint_context(facts=None), NOW, "").why is HoldReason.UNREADABLE


def test_automatic_scaling_of_who_takes_the_traffic_is_noticed():
    assert any("automatic scaling of blue" in note for note in planned(scaled=("blue",)).notes)
    assert not any("automatic scaling" in note for note in planned(scaled=("green",)).notes)
