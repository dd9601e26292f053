"""For programs: where the remedy of an incident stands."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from kedge.domain.action import RemedyStatus
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.stage import Stage
from kedge.formatting import shorten
from kedge.messages.json.incidents import Moment

_TEXT: Final = 1_500
_NAME: Final = 300
_LINES: Final = 10


class ShownRemedy(Struct, frozen=True, kw_only=True):
    """What is, or would be, done about an incident, and what became of that."""

    remedy: RemedyName
    mode: Mode
    stage: Stage
    at: Annotated[Moment, Meta(description="When it came to this stage.")]
    said: Annotated[str, Meta(description="What happened last, in one sentence.")]
    plan: Annotated[str, Meta(description="What an approver approves, in one sentence; empty where there is no plan.")]
    brief: str
    preconditions: Annotated[tuple[str, ...], Meta(description="What is looked at again before the act.")]
    notes: Annotated[tuple[str, ...], Meta(description="What an approver should know beside it.")]
    digest: Annotated[
        str | None, Meta(description="Names the plan. An answer to it is an answer to this plan and to no other.")
    ]
    why: Annotated[HoldReason | None, Meta(description="Why it is held back, or was not done.")]
    due: Annotated[Moment | None, Meta(description="Until when an answer or an outcome is waited for.")]
    until: Annotated[Moment | None, Meta(description="When it is looked at again, whatever happens.")]
    rule: Annotated[str, Meta(description="The rule of the policy that chose it.")]


def shown_remedy(acting: RemedyStatus | None) -> ShownRemedy | None:
    """A remedy, every text cut to a bounded length."""
    if acting is None:
        return None
    return ShownRemedy(
        remedy=acting.remedy,
        mode=acting.mode,
        stage=acting.stage,
        at=acting.at,
        said=shorten(acting.says, _TEXT),
        plan=shorten(acting.sentence, _TEXT),
        brief=shorten(acting.brief, _NAME),
        preconditions=tuple(shorten(line, _NAME) for line in acting.preconditions[:_LINES]),
        notes=tuple(shorten(line, _NAME) for line in acting.notes[:_LINES]),
        digest=shorten(acting.digest, _NAME) if acting.digest is not None else None,
        why=acting.why,
        due=acting.due,
        until=acting.until,
        rule=shorten(acting.rule, _NAME),
    )
