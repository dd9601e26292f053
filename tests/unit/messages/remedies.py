"""One effect of each thing that may become of a remedy: proposed, held back, asked for, answered, done, and what came of it."""

from datetime import timedelta
from typing import Any

import msgspec

from kedge.domain.action import RemedyStatus
from kedge.domain.cause import Cause
from kedge.domain.effect import Effect
from kedge.domain.incident import Incident, IncidentState, Severity
from kedge.domain.plan import Plan, Retrain, RollBack, Starter
from kedge.domain.reason import Reason
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.stage import Stage
from tests.unit.messages.groups import brief, endpoint, together
from tests.unit.messages.incidents import AT, INCIDENT, KINDS, effect, later
from tests.unit.messages.problems import ENDPOINT, SINCE

EXPIRES = AT + timedelta(hours=4)
PLAN = Plan(
    target=ENDPOINT,
    incident=INCIDENT,
    remedy=RemedyName.ROLL_BACK,
    doing=RollBack(from_config="churn-41", to_config="churn-40", since=SINCE - timedelta(hours=1)),
    sentence="Roll churn-prod back from churn-41, which came 2026-11-20 07:00 UTC, to churn-40, which served for 12 d and whose "
    "last 14 runs were clean; as many instances as run now, one canary instance first, then the rest after 5 min",
    preconditions=(
        "churn-prod is InService and still runs churn-41",
        "churn-40, its model churn-v40 and its artifacts exist",
        "both configs have the variant AllTraffic",
        "data capture is on in churn-40",
    ),
    notes=("variant AllTraffic is scaled automatically: scaling is suspended during the update",),
)
_PIPELINE = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn-train-of-the-growth-team"
RETRAINING = Plan(
    target=ENDPOINT,
    incident=INCIDENT,
    remedy=RemedyName.RETRAIN,
    doing=Retrain(using=_PIPELINE, starter=Starter.PIPELINE),
    sentence="Start the pipeline churn-train-of-the-growth-team for a new model of churn-prod; whether that model serves is decided "
    "later, by its approval in the model registry.",
    occasion=f"{INCIDENT}/0",
    notes=(f"the tag kedge:pipeline of churn-prod says what is started: {_PIPELINE}",),
)
EVIDENCE = (
    "first violated run 1 h after config churn-41 came",
    "the 14 runs before it, under churn-40, were clean",
)
APPROVED_BY = "approved by assumed-role/OnCall/oncall at 08:36 UTC"


def acting(stage: Stage, says: str = "", plan: Plan | None = PLAN, **changes: Any) -> RemedyStatus:
    """Where a remedy stands whose plan is `plan`."""
    base = RemedyStatus(
        remedy=plan.remedy if plan is not None else RemedyName.ROLL_BACK,
        mode=Mode.APPROVAL,
        stage=stage,
        at=AT,
        says=says or (plan.sentence if plan is not None else ""),
        rule="remedies[0]",
    )
    if plan is not None:
        base = msgspec.structs.replace(
            base,
            digest=plan.digest,
            brief=plan.brief,
            sentence=plan.sentence,
            preconditions=plan.preconditions,
            notes=plan.notes,
        )
    return msgspec.structs.replace(base, **changes)


def broken(remedy: RemedyStatus, evidence: tuple[str, ...] = EVIDENCE, hours: int = 0, **changes: Any) -> Incident:
    """The quality of a model that became bad after a deployment, and was bad for so many hours more."""
    about = later(KINDS["model-quality"].incident, hours, revision=2)
    about = msgspec.structs.replace(about, cause=Cause.DEPLOYMENT_REGRESSION, evidence=evidence, remedy=remedy)
    return msgspec.structs.replace(about, **changes)


def told(why: Reason, remedy: RemedyStatus, **changes: Any) -> Effect:
    """What is told of a remedy that moved on."""
    at = changes.pop("at", AT)
    return effect(broken(remedy, **changes), remedy.says, why, at=at)


_ANSWERED = {"revision": 3, "at": AT + timedelta(minutes=12)}
_ACTED = AT + timedelta(minutes=13)
_LAST = _ACTED + timedelta(hours=4)
_UNDER_WAY = {"state": IncidentState.MITIGATING, "revision": 4, "at": _ACTED}
_BACK = {"state": IncidentState.FIRING, "revision": 5, "at": _ACTED + timedelta(minutes=9)}
_CALM = {"hours": 1, "revision": 6, "at": AT + timedelta(hours=2)}
"""The run of the hour in which it was rolled back was bad, and the next one clean."""
_COOLDOWN = acting(
    Stage.REFUSED,
    "churn-prod was rolled back 20 h 10 min ago, and the policy wants 24 h between two",
    plan=None,
    why=HoldReason.COOLDOWN,
    until=AT + timedelta(hours=3, minutes=50),
)
_ASKED = acting(
    Stage.ASKED, f"approval is asked for: {PLAN.sentence}", until=EXPIRES + timedelta(minutes=30), due=EXPIRES
)
_WORKED = (
    "churn-prod is InService on churn-40, with 4 instances as before and data capture on; the next run was clean, and errors went "
    "from 2.1 % to 0.3 %"
)
_UNDONE = "churn-prod is InService on churn-41 again: SageMaker undid the update, because the new instances did not pass their health check"

REMEDIES: dict[str, Effect] = {
    "regression-dry-run": effect(
        broken(acting(Stage.PROPOSED, mode=Mode.DRY_RUN), revision=1),
        "churn-mq found 1 violation: no incident was open",
    ),
    "regression-to-be-approved": effect(
        broken(acting(Stage.PLANNED), revision=1), "churn-mq found 1 violation: no incident was open"
    ),
    "regression-automatic": effect(
        broken(acting(Stage.PLANNED, mode=Mode.AUTO), revision=1), "churn-mq found 1 violation: no incident was open"
    ),
    "regression-held-back": effect(broken(_COOLDOWN, revision=1), "churn-mq found 1 violation: no incident was open"),
    "regression-unplanned": effect(
        broken(
            acting(Stage.PROPOSED, "churn-prod could not be read", plan=None, until=AT + timedelta(minutes=30)),
            revision=1,
        ),
        "churn-mq found 1 violation: no incident was open",
    ),
    "hold": effect(
        msgspec.structs.replace(
            KINDS["schema-break"].incident,
            evidence=EVIDENCE[:1],
            remedy=acting(
                Stage.REFUSED,
                "the input data is broken, and config churn-41 came 1 h 24 min ago: did the deployment break it, or does the data "
                "owner have to fix it?",
                plan=None,
                why=HoldReason.HOLD,
            ),
        ),
        "churn-dq found 4 violations: no incident was open",
    ),
    "approval-wanted": told(Reason.APPROVAL_WANTED, _ASKED),
    "approval-wanted-to-retrain": effect(
        msgspec.structs.replace(
            KINDS["model-quality"].incident,
            evidence=("no deployment was near: config churn-40 has served for 12 d",),
            remedy=acting(
                Stage.ASKED,
                plan=RETRAINING,
                due=EXPIRES + timedelta(hours=12),
                until=EXPIRES + timedelta(hours=12, minutes=30),
            ),
            owner="growth-team",
        ),
        RETRAINING.sentence,
        Reason.APPROVAL_WANTED,
    ),
    "approval-reminder": told(
        Reason.APPROVAL_REMINDER,
        _ASKED,
        hours=2,
        at=AT + timedelta(hours=2),
    ),
    "asked-while-it-became-worse": effect(
        broken(_ASKED, hours=1, revision=3),
        "warning became critical",
        Reason.SEVERITY_RAISED,
        at=AT + timedelta(hours=1),
    ),
    "remedy-approved": told(Reason.REMEDY_APPROVED, acting(Stage.APPROVED, APPROVED_BY), **_ANSWERED),
    "remedy-rejected": told(
        Reason.REMEDY_REJECTED,
        acting(
            Stage.REJECTED,
            "assumed-role/OnCall/oncall rejected it at 08:36 UTC: the ground truth was late",
            why=HoldReason.REJECTED,
        ),
        **_ANSWERED,
    ),
    "approval-expired": told(
        Reason.APPROVAL_EXPIRED,
        acting(Stage.EXPIRED, "the approval expired at 12:24 UTC", why=HoldReason.EXPIRED),
        hours=4,
        revision=6,
        at=EXPIRES,
    ),
    "remedy-refused": told(
        Reason.REMEDY_REFUSED,
        acting(
            Stage.REFUSED, "churn-prod runs churn-42 now, and not churn-41 any more", why=HoldReason.ENDPOINT_CHANGED
        ),
        **_ANSWERED,
    ),
    "remedy-refused-for-now": told(Reason.REMEDY_REFUSED, _COOLDOWN),
    "remedy-acted": told(
        Reason.REMEDY_ACTED,
        acting(Stage.ACTED, f"done: {PLAN.sentence}", due=_LAST, until=_LAST),
        **_UNDER_WAY,
    ),
    "remedy-verified": told(
        Reason.REMEDY_VERIFIED, acting(Stage.VERIFIED, _WORKED), state=IncidentState.MITIGATING, **_CALM
    ),
    "remedy-failed": told(Reason.REMEDY_FAILED, acting(Stage.FAILED, _UNDONE), **_BACK),
    "remedy-unverified": told(
        Reason.REMEDY_UNVERIFIED,
        acting(Stage.UNVERIFIED, "churn-prod runs churn-40, but no run has come since, and 4 h are over"),
        **{**_BACK, "at": _LAST},
    ),
    "remedy-failed-after-all-was-over": told(
        Reason.REMEDY_FAILED,
        acting(Stage.FAILED, _UNDONE),
        resolved=AT + timedelta(minutes=18),
        resolved_by="oncall",
        by="oncall",
        **{**_BACK, "state": IncidentState.RESOLVED},
    ),
    "remedy-of-an-earlier-incident-failed": effect(
        broken(acting(Stage.PLANNED), revision=2),
        f"{_UNDONE} (a remedy for incident {INCIDENT[:-4]}0000)",
        Reason.REMEDY_FAILED,
    ),
    "resolved-by-a-remedy": effect(
        broken(
            acting(Stage.VERIFIED, _WORKED),
            hours=1,
            state=IncidentState.RESOLVED,
            resolved=SINCE + timedelta(hours=2),
            revision=7,
        ),
        "churn-mq has recovered",
        Reason.RESOLVED,
        at=AT + timedelta(hours=2),
    ),
    "group-with-approvals": together(
        broken(_ASKED),
        brief(4, endpoint("fraud-prod"), Cause.DEPLOYMENT_REGRESSION, Severity.CRITICAL, why=Reason.APPROVAL_REMINDER),
        brief(6, endpoint("pricing"), Cause.CONCEPT_DRIFT, Severity.CRITICAL, why=Reason.REMEDY_FAILED),
        brief(8, endpoint("ranking"), Cause.INPUT_DRIFT),
        why_worst=Reason.APPROVAL_WANTED,
    ),
}
