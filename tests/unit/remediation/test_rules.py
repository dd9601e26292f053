"""Which remedy a policy proposes: the first rule that matches, or nothing."""

from datetime import UTC, datetime

import pytest

from kedge.domain.cause import Cause
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.incident import Incident, IncidentState, Problem, Severity
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.run import Monitor, Verdict
from kedge.domain.target import Target, TargetKind
from kedge.policy.compiled import Policy, compile_policy
from kedge.policy.spec.document import PolicyDocument, ReceiverSpec, RouteSpec
from kedge.policy.spec.remediation import LimitsSpec, RemedyRuleSpec
from kedge.policy.spec.types import PersistenceSpec
from kedge.remediation.rules import propose

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
PIPELINE = "arn:aws:sagemaker:eu-central-1:111122223333:pipeline/retrain"
RETRAIN = RemedyRuleSpec(remedy=RemedyName.RETRAIN, matchers=('cause="concept_drift"',), mode=Mode.AUTO, using=PIPELINE)


def policy(*rules: RemedyRuleSpec, limits: LimitsSpec | None = None) -> Policy:
    return compile_policy(
        PolicyDocument(
            api_version="kedge/v1",
            receivers=(ReceiverSpec(name="day"),),
            route=RouteSpec(receiver="day"),
            remedies=rules,
            limits=limits or LimitsSpec(dry_run=False),
        )
    )


def state(history: str = "v", cause: Cause = Cause.CONCEPT_DRIFT, *, is_open: bool = True) -> CaseState:
    incident = Incident(
        id="i",
        target=Target(account="111122223333", region="eu-central-1", kind=TargetKind.ENDPOINT, name="churn-prod"),
        monitor=Monitor.MODEL_QUALITY,
        state=IncidentState.FIRING if is_open else IncidentState.RESOLVED,
        severity=Severity.CRITICAL,
        cause=cause,
        since=NOW,
        changed=NOW,
        problem=Problem(source="hourly", verdict=Verdict.VIOLATED),
    )
    last = SourceState(id="r", at=NOW, finished=NOW, verdict=Verdict.VIOLATED, history=history)
    return CaseState(incident=incident, sources={"hourly": last})


def test_the_first_rule_that_matches_is_proposed():
    none = RemedyRuleSpec(remedy=RemedyName.INVOKE, matchers=('cause="bias_drift"',), using=PIPELINE)
    found = propose(policy(none, RETRAIN, RemedyRuleSpec(remedy=RemedyName.ROLL_BACK)), state())
    assert found is not None
    assert (found.remedy, found.mode, found.rule.place) == (RemedyName.RETRAIN, Mode.AUTO, "remedies[1]")


def test_a_rule_that_names_no_remedy_ends_the_search():
    assert propose(policy(RemedyRuleSpec(remedy=RemedyName.NONE), RETRAIN), state()) is None


@pytest.mark.parametrize(
    "limits", [LimitsSpec(dry_run=True), LimitsSpec(dry_run=False, kill_switch=True), LimitsSpec()]
)
def test_what_may_not_be_done_is_rehearsed(limits):
    found = propose(policy(RETRAIN, limits=limits), state())
    assert found is not None
    assert found.mode is Mode.DRY_RUN


@pytest.mark.parametrize(("history", "proposes"), [("gvv", False), ("vgvv", True), ("vvvgg", False), ("vffv", False)])
def test_a_rule_that_asks_for_persistence_waits_for_it_and_gives_way_to_none(history, proposes):
    patient = RemedyRuleSpec(
        remedy=RemedyName.RETRAIN, mode=Mode.AUTO, using=PIPELINE, persistence=PersistenceSpec(runs=3, of=4)
    )
    found = propose(policy(patient, RemedyRuleSpec(remedy=RemedyName.ROLL_BACK)), state(history))
    assert (found is not None) is proposes


def test_nothing_is_proposed_where_no_rule_matches():
    assert propose(policy(RETRAIN), state(cause=Cause.SCHEMA_BREAK)) is None


def test_nothing_is_proposed_for_what_is_over_or_never_was():
    assert propose(policy(RETRAIN), state(is_open=False)) is None
    assert propose(policy(RETRAIN), CaseState()) is None
