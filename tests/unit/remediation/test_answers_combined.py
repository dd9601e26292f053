"""Questions and answers of which one policy knows and another does not, and acts that several limits count."""

from datetime import timedelta
from itertools import product

import pytest
from msgspec.structs import replace

from kedge.domain.action import ActionRegister
from kedge.domain.cause import Cause
from kedge.domain.provenance import Provenance
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.domain.stage import Stage
from kedge.remediation.approval import ApprovalOutcome
from kedge.remediation.limits import held_back
from tests.support.remedies import NOW, action, fleet, incident, limited, taken
from tests.support.stages import OVER
from tests.support.stories import BY_SAGEMAKER, CHURN
from tests.unit.remediation.test_approval import IAM, outcome, vote

NAMED = {
    "proven": {"approvers": ("user/ana", "user/ben"), "proof": True},
    "believed": {"approvers": ("ana", "ben"), "proof": False},
}


@pytest.mark.parametrize(("then", "now"), list(product(NAMED, repeat=2)))
def test_two_answers_are_two_people_only_if_both_policies_have_them_proven(then, now):
    asked = action(required=2, **NAMED[then])
    answers = (vote(f"{IAM}user/ana"), vote(f"{IAM}user/ben"))
    found = outcome(asked, *answers, required=2, **NAMED[now])
    assert found is (ApprovalOutcome.APPROVED if then == now == "proven" else ApprovalOutcome.WAITING)


RETRAIN = RemedyName.RETRAIN
ENDPOINTS = fleet(20)
HOURS = timedelta(hours=1)


def asks(register, about=None, **limits):
    policy = limited(**{"largest_share_of_fleet": 1.0, **limits})
    return held_back(policy, ActionRegister(taken=register, endpoints=ENDPOINTS), CHURN, RETRAIN, NOW, incident=about)


@pytest.mark.parametrize("ago", [(1, 5), (5, 1), (1, 3, 5), (5, 3, 1), (3, 9)])
def test_a_cooldown_ends_after_the_newest_of_several_acts(ago):
    done = tuple(taken(f"d-{number}", when=NOW - number * HOURS, remedy=RETRAIN) for number in ago)
    refused = asks(done, cooldown="6h", most_actions=50)
    assert (refused.why, refused.until) == (HoldReason.COOLDOWN, NOW - min(ago) * HOURS + 6 * HOURS)


WITNESSES = {"confirmed": BY_SAGEMAKER, "only said": Provenance(says="a file"), "from before": None}
PLACES = {"the same target": str(CHURN), "another": "another"}


@pytest.mark.parametrize("stage", [Stage.PLANNED, Stage.ASKED, Stage.APPROVED, Stage.ACTING])
@pytest.mark.parametrize("said", [True, False], ids=["a question about what is said", "about what is confirmed"])
@pytest.mark.parametrize(("witness", "place"), list(product(WITNESSES, PLACES)))
def test_a_question_about_what_is_only_said_gives_way_to_what_is_confirmed_and_nothing_else_does(
    witness, place, said, stage
):
    about = incident(Cause.CONCEPT_DRIFT, provenance=WITNESSES[witness])
    other = taken("d", stage, target=PLACES[place], remedy=RETRAIN, incident="another", said=said)
    refused = asks((other,), about, most_actions=1)
    gives_way = stage is Stage.ASKED and said and witness != "only said"
    assert (refused is None) is gives_way
    if refused is not None:
        expected = HoldReason.ALREADY_RUNNING if place == "the same target" else HoldReason.MOST_ACTIONS
        assert refused.why is expected


@pytest.mark.parametrize("remedy", [RETRAIN, RemedyName.INVOKE])
@pytest.mark.parametrize("stage", sorted(set(Stage) - OVER))
def test_only_an_unanswered_question_about_the_same_remedy_of_the_same_incident_is_replaced(stage, remedy):
    about = incident(Cause.CONCEPT_DRIFT, provenance=BY_SAGEMAKER)
    other = taken("d", stage, remedy=remedy, incident=about.id)
    refused = asks((other,), about, most_actions=1)
    assert (refused is None) is (stage is Stage.ASKED and remedy is RETRAIN)
    strange = asks((replace(other, incident="another"),), about, most_actions=1)
    assert strange is not None
