"""An endpoint with a bad deployment, and its remedy, in the few words that a test needs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from kedge.domain.action import Action, ActionRecord
from kedge.domain.cause import Cause
from kedge.domain.context import EndpointContext
from kedge.domain.decision import RemedyHeld
from kedge.domain.deployment import Deployment, DeploymentOrigin, Deployments, RunTally
from kedge.domain.facts import Endpoint, EndpointConfig, Facts, Model, Needs, Variant
from kedge.domain.ids import mark
from kedge.domain.incident import Incident, IncidentState, Problem, Severity
from kedge.domain.plan import Plan, PlanAction, RollBack
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.run import Monitor, Verdict, Window
from kedge.domain.stage import Stage
from kedge.policy.compiled import Policy, RemedyRule, compile_remedy
from kedge.policy.spec.remediation import RemedyRuleSpec
from kedge.remediation import remedies
from tests.support.stories import CHURN, policy_of

DAY = datetime(2026, 11, 20, tzinfo=UTC)
NOW = DAY + timedelta(hours=16)
BAD, GOOD = "churn-41", "churn-40"
CAME = DAY + timedelta(hours=8)
PIPELINE = f"arn:aws:sagemaker:{CHURN.region}:{CHURN.account}:pipeline/churn-retrain"
FUNCTION = f"arn:aws:lambda:{CHURN.region}:{CHURN.account}:function:mend-churn"
MACHINE = f"arn:aws:states:{CHURN.region}:{CHURN.account}:stateMachine:mend-churn"
CODE_PIPELINE = f"arn:aws:codepipeline:{CHURN.region}:{CHURN.account}:churn-ci"
BUS = f"arn:aws:events:{CHURN.region}:{CHURN.account}:event-bus/default"


def at(text: str) -> datetime:
    """Return a time such as `10:02` of the day."""
    hours, minutes = text.split(":")
    return DAY + timedelta(hours=int(hours), minutes=int(minutes))


def limited(*rules: RemedyRuleSpec, **limits: object) -> Policy:
    """Return the default policy with these rules and limits, without dry run."""
    parts: dict[str, object] = {"limits": {"dry_run": False, **limits}}
    if rules:
        parts["remedies"] = msgspec.to_builtins(rules)
    return policy_of(**parts)


def incident(cause: Cause = Cause.DEPLOYMENT_REGRESSION, **changes: object) -> Incident:
    """Return an incident of the endpoint since 10:00."""
    problem = Problem(
        source="churn-mq",
        verdict=Verdict.VIOLATED,
        report="s3://reports/churn/constraint_violations.json",
        window=Window(at("9:00"), at("10:00")),
    )
    made = Incident(
        id="0198-churn",
        target=CHURN,
        monitor=Monitor.MODEL_QUALITY,
        state=IncidentState.FIRING,
        severity=Severity.CRITICAL,
        cause=cause,
        since=at("10:00"),
        changed=at("10:12"),
        problem=problem,
    )
    return msgspec.structs.replace(made, **changes)


def variant(name: str = "AllTraffic", **changes: object) -> Variant:
    """Return a variant of three instances."""
    return msgspec.structs.replace(
        Variant(name=name, model="churn-model", count=3, instance_type="ml.m5.large"), **changes
    )


def config(name: str, *variants: Variant, **changes: object) -> EndpointConfig:
    """Return a config that captures data."""
    made = EndpointConfig(name=name, variants=variants or (variant(),), capture=True)
    return msgspec.structs.replace(made, **changes)


def endpoint(*variants: Variant, **changes: object) -> Endpoint:
    """Return the endpoint, in service with the bad config."""
    made = Endpoint(
        name=CHURN.name,
        status="InService",
        config=BAD,
        variants=variants or (Variant(name="AllTraffic", count=3),),
        capture=True,
        modified=CAME,
    )
    return msgspec.structs.replace(made, **changes)


def facts(**changes: object) -> Facts:
    """Return all facts for a roll-back, without a problem."""
    made = Facts(
        read=NOW,
        endpoint=endpoint(),
        configs={BAD: config(BAD), GOOD: config(GOOD)},
        models={
            "churn-model": Model(name="churn-model", artifacts=("s3://models/churn.tar.gz",), packages=("package/7",))
        },
        artifacts={"s3://models/churn.tar.gz": True},
        scaled=(),
        tags={"kedge:remediate": "true"},
        approvals={"package/7": "Approved"},
    )
    return msgspec.structs.replace(made, **changes)


def deployments(**changes: object) -> Deployments:
    """Return two configs: the good one of 3 to 20 November with 14 clean runs, and the bad one since 8:00."""
    before = Deployment(
        config=GOOD,
        since=datetime(2026, 11, 3, 9, tzinfo=UTC),
        until=CAME,
        arrival=DeploymentOrigin.DEPLOYED,
        runs={"churn-mq": RunTally(clean=14, last="g")},
    )
    now = Deployment(config=BAD, since=CAME, arrival=DeploymentOrigin.DEPLOYED)
    return msgspec.structs.replace(Deployments(history=(before, now)), **changes)


def endpoint_context(**changes: object) -> EndpointContext:
    """Return the context of the incident, with its facts."""
    return msgspec.structs.replace(EndpointContext(deployments=deployments(), facts=facts()), **changes)


ROLL_BACK = RollBack(from_config=BAD, to_config=GOOD, since=CAME)


def plan(doing: PlanAction = ROLL_BACK, remedy: RemedyName = RemedyName.ROLL_BACK) -> Plan:
    """Return a plan as it was approved."""
    return Plan(target=CHURN, incident="0198-churn", remedy=remedy, doing=doing, sentence="Roll churn-prod back.")


def action(of: Plan | None = None, stage: Stage = Stage.ASKED, **changes: object) -> Action:
    """Return an action that Kedge asked for at 10:00, to be approved by 14:00."""
    made = of or plan()
    asked = Action(
        plan=made,
        digest=made.digest,
        monitor=Monitor.MODEL_QUALITY,
        mode=Mode.APPROVAL,
        stage=stage,
        made=at("10:00"),
        changed=at("10:00"),
        requested_by="kedge",
        asked=at("10:00"),
        expires=at("14:00"),
    )
    return msgspec.structs.replace(asked, **changes)


def taken(
    digest: str = "d-1",
    stage: Stage = Stage.VERIFIED,
    when: str | datetime = "10:02",
    target: str = str(CHURN),
    remedy: RemedyName = RemedyName.ROLL_BACK,
    **changes: object,
) -> ActionRecord:
    """Return an action as in the register."""
    moment = at(when) if isinstance(when, str) else when
    made = ActionRecord(digest=digest, target=target, remedy=remedy, stage=stage, at=moment, incident="i")
    return msgspec.structs.replace(made, **changes)


def fleet(count: int) -> tuple[str, ...]:
    """Return the marks of this many endpoints; ours is the first."""
    return tuple(mark(f"{CHURN.name}-{number}" if number else CHURN.name) for number in range(count))


def rule_of(policy: Policy, spec: RemedyRuleSpec) -> RemedyRule:
    """Return a rule as the policy compiled it; a rule that the policy does not have is compiled without a place."""
    known = (rule for rule in policy.remedies if compile_remedy(rule.place, spec) == rule)
    return next(known, None) or compile_remedy("the rule", spec)


def plan_of(policy: Policy, spec: RemedyRuleSpec, *rest: Any) -> Plan | RemedyHeld:
    """Return the plan of a rule as written."""
    return remedies.plan_of(policy, rule_of(policy, spec), *rest)


def needs_of(policy: Policy, spec: RemedyRuleSpec, *rest: Any) -> Needs:
    """Return the facts that the plan of a rule as written needs."""
    return remedies.needs_of(policy, rule_of(policy, spec), *rest)
