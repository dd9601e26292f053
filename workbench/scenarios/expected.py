"""What is to become of an incident: the parts of `expect` about remedies."""

from msgspec import UNSET, UnsetType, field

from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.stage import Stage
from workbench.scenarios.parts import Part, Text


class PlanPart(Part, frozen=True, kw_only=True):
    """What the plan would do: `from` and `to` are configs, `using` is what is started, `after` the weights as they are to be."""

    from_: Text | None = field(name="from", default=None)
    to: Text | None = None
    using: Text | None = None
    parameters: dict[str, str] | None = None
    after: dict[str, str] | None = None
    says: Text | None = None


class RemedyPart(Part, frozen=True, kw_only=True):
    """What is proposed or done, how far by itself, and where it stands; or what is `refused`, and why.

    `says` is contained in the sentence that people are told; `plan: null` says that there is none. `requesters` are all whose word
    caused the plan, who therefore may not approve it: an empty list means that the policy alone did.
    """

    remedy: RemedyName | None = None
    mode: Mode | None = None
    stage: Stage | None = None
    refused: HoldReason | None = None
    plan: PlanPart | UnsetType | None = UNSET
    says: Text | None = None
    requesters: tuple[Text, ...] | UnsetType = UNSET
