"""The team's own function or state machine."""

import pytest
from msgspec.structs import replace

from kedge.domain.decision import RemedyHeld
from kedge.domain.facts import Facts
from kedge.domain.plan import Invoke, Plan, Starter
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.policy.spec.remediation import RemedyRuleSpec
from tests.support.remedies import (
    BUS,
    CODE_PIPELINE,
    FUNCTION,
    MACHINE,
    NOW,
    PIPELINE,
    endpoint_context,
    incident,
    limited,
    needs_of,
    plan_of,
)

RULE = RemedyRuleSpec(remedy=RemedyName.INVOKE, using=FUNCTION, parameters={"who": "{endpoint}"})


def planned(rule=RULE, occasion="o"):
    return plan_of(limited(rule), rule, incident(), endpoint_context(facts=Facts(read=NOW)), NOW, occasion)


@pytest.mark.parametrize(("using", "starter"), [(FUNCTION, Starter.FUNCTION), (MACHINE, Starter.STATE_MACHINE)])
def test_it_is_called_with_what_the_policy_says(using, starter):
    found = planned(replace(RULE, using=using))
    assert isinstance(found, Plan)
    assert found.doing == Invoke(using=using, starter=starter, parameters={"who": "churn-prod"})
    assert found.sentence.endswith(" mend-churn for churn-prod, with who=churn-prod.")
    assert needs_of(limited(RULE), RULE, incident(), endpoint_context(facts=None)).endpoint is None


@pytest.mark.parametrize("using", [PIPELINE, CODE_PIPELINE, BUS, "arn:aws:s3:::bucket"])
def test_nothing_else_is_called(using):
    found = planned(replace(RULE, using=using))
    assert isinstance(found, RemedyHeld)
    assert found.why is HoldReason.WRONG_PARAMETER
    assert "function, state machine" in found.says


def test_a_rule_that_names_nothing_calls_nothing():
    found = planned(replace(RULE, using=None))
    assert isinstance(found, RemedyHeld)
    assert found.why is HoldReason.NOTHING_TO_START


def test_a_template_that_cannot_be_filled_in_calls_nothing():
    assert planned(replace(RULE, parameters={"x": "{nobody}"})).why is HoldReason.WRONG_PARAMETER


def test_each_occasion_is_a_call_of_its_own():
    assert planned(occasion="a").digest != planned(occasion="b").digest


def test_an_express_state_machine_is_not_called_since_it_knows_no_repetitions_and_tells_nothing():
    rule = replace(RULE, using=MACHINE)
    told = endpoint_context(facts=Facts(read=NOW, using=MACHINE, express=True))
    found = plan_of(limited(rule), rule, incident(), told, NOW, "o")
    assert isinstance(found, RemedyHeld)
    assert found.why is HoldReason.WRONG_PARAMETER
    assert "is of type EXPRESS" in found.says
    assert "STANDARD" in found.says
