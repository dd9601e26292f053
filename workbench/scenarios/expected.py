"""The parts of `expect` about remedies."""

from msgspec import UNSET, UnsetType, field

from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.stage import Stage
from workbench.scenarios.parts import Part, Text


class PlanPart(Part, frozen=True, kw_only=True):
    """The expected action of a plan.

    `from` and `to` are configs, `using` is the ARN that is started, and `after` are the new weights.
    """

    from_: Text | None = field(name="from", default=None)
    to: Text | None = None
    using: Text | None = None
    parameters: dict[str, str] | None = None
    after: dict[str, str] | None = None
    says: Text | None = None


class RemedyPart(Part, frozen=True, kw_only=True):
    """The remedy that is proposed or carried out, its mode and its stage; or the remedy that is `refused`, and why.

    `says` is contained in the sentence of the notification; `plan: null` means that there is none. `requesters` are all
    people who caused the plan and therefore may not approve it. An empty list means that only the policy caused it.
    """

    remedy: RemedyName | None = None
    mode: Mode | None = None
    stage: Stage | None = None
    refused: HoldReason | None = None
    plan: PlanPart | UnsetType | None = UNSET
    says: Text | None = None
    requesters: tuple[Text, ...] | UnsetType = UNSET
