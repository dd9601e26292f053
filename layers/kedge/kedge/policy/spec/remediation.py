"""The parts of the policy document on permitted remedies and their limits."""

from typing import Annotated

from msgspec import Meta, field

from kedge.domain.remedy import Mode, RemedyName, Sessions
from kedge.policy.spec.types import Count, Duration, Matchers, PersistenceSpec, Share, Spec


class RemedyRuleSpec(Spec, frozen=True, kw_only=True):
    """The remedy for an incident. The first rule that matches is proposed; limits and approvals restrict it.

    `using` is the ARN of the pipeline, state machine, function, event bus or project that the remedy starts, unless the
    endpoint's own tag names it. `parameters` are passed to it, with {incident}, {endpoint}, {monitor}, {window_start},
    {window_end}, {report} and {baseline} filled in. The outcome must be known within `verify_within` of the act.
    """

    remedy: RemedyName
    matchers: Matchers = ()
    mode: Mode = Mode.DRY_RUN
    persistence: PersistenceSpec | None = None
    using: Annotated[str, Meta(pattern=r"^arn:aws[a-z-]*:\S+$")] | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    verify_within: Duration = "4h"


def default_remedies() -> tuple[RemedyRuleSpec, ...]:
    """Return the rules of a policy without rules.

    The remedy fits the evidence, and nothing runs without an approver.
    """
    approval, drift = Mode.APPROVAL, PersistenceSpec(runs=3, of=5)
    return (
        RemedyRuleSpec(remedy=RemedyName.ROLL_BACK, matchers=('cause="deployment_regression"',), mode=approval),
        RemedyRuleSpec(remedy=RemedyName.RETRAIN, matchers=('cause="concept_drift"',), mode=approval),
        RemedyRuleSpec(remedy=RemedyName.RETRAIN, matchers=('cause="bias_drift"',), mode=approval),
        RemedyRuleSpec(remedy=RemedyName.RETRAIN, matchers=('cause="input_drift"',), mode=approval, persistence=drift),
    )


class ApprovalSpec(Spec, frozen=True, kw_only=True):
    """Who may approve, how many approvers must, and the deadline.

    Without `approvers`, every caller that may invoke the approve function can approve. With `proof`, only answers that
    AWS itself confirms count. If it is left out, naming approvers switches it on. `sessions` says who chooses the name
    of a role's session.
    """

    approvers: tuple[str, ...] = ()
    required: Count = 1
    expires_after: Duration = "4h"
    proof: bool | None = None
    sessions: Sessions = Sessions.FREE

    @property
    def asks_for_proof(self) -> bool:
        """Return whether an answer counts only if AWS confirms the identity of the signer."""
        return bool(self.approvers) if self.proof is None else self.proof


class LimitsSpec(Spec, frozen=True, kw_only=True):
    """The limits of every remedy, independent of the evidence.

    `cooldown` is the time between two acts of one remedy on one target. At most `most_actions` run in any period of
    `per`, on at most `largest_share_of_fleet` of the known endpoints. One endpoint is always allowed.
    """

    kill_switch: bool = False
    dry_run: bool = True
    approval: ApprovalSpec = field(default_factory=ApprovalSpec)
    cooldown: Duration = "6h"
    most_actions: Count = 3
    per: Duration = "24h"
    largest_share_of_fleet: Share = 0.2
