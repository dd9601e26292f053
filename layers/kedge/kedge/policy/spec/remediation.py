"""The parts of the policy document that say what may be done about an incident, and what no remedy may exceed."""

from typing import Annotated

from msgspec import Meta, field

from kedge.domain.remedy import Mode, RemedyName, Sessions
from kedge.policy.spec.types import Count, Duration, Matchers, PersistenceSpec, Share, Spec


class RemedyRuleSpec(Spec, frozen=True, kw_only=True):
    """What answers an incident. The first rule that matches is proposed; limits and approvals bound it.

    `using` is the pipeline, state machine, function, event bus or project that the remedy starts, as an ARN, where the endpoint's own
    tag does not say it; `parameters` are what it is given, with {incident}, {endpoint}, {monitor}, {window_start}, {window_end},
    {report} and {baseline} filled in. Within `verify_within` of the act its outcome must be known.
    """

    remedy: RemedyName
    matchers: Matchers = ()
    mode: Mode = Mode.DRY_RUN
    persistence: PersistenceSpec | None = None
    using: Annotated[str, Meta(pattern=r"^arn:aws[a-z-]*:\S+$")] | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    verify_within: Duration = "4h"


def default_remedies() -> tuple[RemedyRuleSpec, ...]:
    """The rules of a policy that gives none: what the evidence asks for, and no more than said unless somebody approves."""
    approval, drift = Mode.APPROVAL, PersistenceSpec(runs=3, of=5)
    return (
        RemedyRuleSpec(remedy=RemedyName.ROLL_BACK, matchers=('cause="deployment_regression"',), mode=approval),
        RemedyRuleSpec(remedy=RemedyName.RETRAIN, matchers=('cause="concept_drift"',), mode=approval),
        RemedyRuleSpec(remedy=RemedyName.RETRAIN, matchers=('cause="bias_drift"',), mode=approval),
        RemedyRuleSpec(remedy=RemedyName.RETRAIN, matchers=('cause="input_drift"',), mode=approval, persistence=drift),
    )


class ApprovalSpec(Spec, frozen=True, kw_only=True):
    """Who may say yes, how many of them must, and until when.

    Without `approvers`, all who may invoke the approve function. With `proof`, only answers that AWS itself confirms count; if it is left
    out, naming approvers switches it on. `sessions` says who chooses the name of a role's session.
    """

    approvers: tuple[str, ...] = ()
    required: Count = 1
    expires_after: Duration = "4h"
    proof: bool | None = None
    sessions: Sessions = Sessions.FREE

    @property
    def asks_for_proof(self) -> bool:
        """Whether an answer counts only if AWS confirms who gives it."""
        return bool(self.approvers) if self.proof is None else self.proof


class LimitsSpec(Spec, frozen=True, kw_only=True):
    """What no remedy may exceed, whatever the evidence.

    `cooldown` is between two acts of one remedy on one target; at most `most_actions` in any span of `per`, on one endpoint at least and
    on `largest_share_of_fleet` of the known endpoints at most.
    """

    kill_switch: bool = False
    dry_run: bool = True
    approval: ApprovalSpec = field(default_factory=ApprovalSpec)
    cooldown: Duration = "6h"
    most_actions: Count = 3
    per: Duration = "24h"
    largest_share_of_fleet: Share = 0.2
