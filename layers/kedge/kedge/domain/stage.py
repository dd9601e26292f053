"""The state machine of a remedy: its stages, their transitions, and the meaning of each."""

from enum import StrEnum

from msgspec import Struct

from kedge.domain.attributed import AttributedEnum
from kedge.domain.reason import Reason


class Retry(StrEnum):
    """When Kedge may select a remedy for the same incident again."""

    NEVER = "never"  # it is under way, it helped, or an approver rejected it
    NEXT_SIGNAL = "next_signal"  # nothing was begun: the next bad run or alarm can show more
    AFTER_COOLDOWN = "after_cooldown"  # it had no result, so it rests for a cooldown


class StepAnswers(Struct, frozen=True, kw_only=True):
    """The answers of the workflow's steps for an action in a stage.

    `plan` is None if the mode decides, and `ask` is None if no approver has decided yet. The steps `act` and `observe` answer only for an
    action that is over or acted.
    """

    plan: str | None
    ask: str | None
    check: str = "refused"
    act: str = "failed"
    observe: str = "unverified"


class StageAttributes(Struct, frozen=True, kw_only=True):
    """The row of a stage.

    `then` are the stages that may follow, by their words. `is_over`: nothing of the plan happens any more, unless it is asked for anew.
    `is_done`: the target was changed, or may have been, which limits count. `rank` sorts stages by progress, because the steps of a workflow
    can report in any order. `reason` is that of a decision on this stage, and `notifies` says if receivers are notified of it.
    `can_wait`: a plan may wait here until something else ends, and then gives the reason. `shows_votes`: the signal of this stage names the
    newest vote.
    """

    then: tuple[str, ...]
    is_over: bool
    is_done: bool
    rank: int
    reason: Reason
    notifies: bool
    can_wait: bool = False
    shows_votes: bool = False
    retry: Retry
    answers: StepAnswers


class Stage(AttributedEnum):
    """The stage of a remedy."""

    # A dry run: reported, and not carried out.
    PROPOSED = (
        "proposed",
        StageAttributes(
            then=(),
            is_over=True,
            is_done=False,
            rank=5,
            reason=Reason.REMEDY_NEWS,
            notifies=True,
            retry=Retry.NEXT_SIGNAL,
            answers=StepAnswers(plan="refused", ask="rejected"),
        ),
    )
    REFUSED = (
        "refused",
        StageAttributes(
            then=("planned",),
            is_over=True,
            is_done=False,
            rank=5,
            reason=Reason.REMEDY_REFUSED,
            notifies=True,
            retry=Retry.NEXT_SIGNAL,
            answers=StepAnswers(plan="refused", ask="rejected", act="refused"),
        ),
    )
    # Its workflow is about to start, or has started.
    PLANNED = (
        "planned",
        StageAttributes(
            then=("asked", "expired", "acting", "refused"),
            is_over=False,
            is_done=False,
            rank=0,
            reason=Reason.REMEDY_PLANNED,
            notifies=False,
            can_wait=True,
            retry=Retry.NEVER,
            answers=StepAnswers(plan=None, ask=None),
        ),
    )
    # An approver has to decide.
    ASKED = (
        "asked",
        StageAttributes(
            then=("approved", "rejected", "expired", "acting", "refused"),
            is_over=False,
            is_done=False,
            rank=1,
            reason=Reason.APPROVAL_WANTED,
            notifies=True,
            shows_votes=True,
            retry=Retry.NEVER,
            answers=StepAnswers(plan="ask", ask=None),
        ),
    )
    APPROVED = (
        "approved",
        StageAttributes(
            then=("acting", "refused"),
            is_over=False,
            is_done=False,
            rank=2,
            reason=Reason.REMEDY_APPROVED,
            notifies=False,
            can_wait=True,
            shows_votes=True,
            retry=Retry.NEVER,
            answers=StepAnswers(plan="act", ask="approved"),
        ),
    )
    REJECTED = (
        "rejected",
        StageAttributes(
            then=("planned",),
            is_over=True,
            is_done=False,
            rank=5,
            reason=Reason.REMEDY_REJECTED,
            notifies=True,
            shows_votes=True,
            retry=Retry.NEVER,
            answers=StepAnswers(plan="refused", ask="rejected", act="refused"),
        ),
    )
    # No approver answered in time, which counts as a rejection.
    EXPIRED = (
        "expired",
        StageAttributes(
            then=("planned",),
            is_over=True,
            is_done=False,
            rank=5,
            reason=Reason.APPROVAL_EXPIRED,
            notifies=True,
            retry=Retry.AFTER_COOLDOWN,
            answers=StepAnswers(plan="refused", ask="expired", act="refused"),
        ),
    )
    # The call is about to be made, or was made: from here on, Kedge checks the endpoint before it calls again.
    ACTING = (
        "acting",
        StageAttributes(
            then=("acted", "refused", "verified", "failed", "unverified"),
            is_over=False,
            is_done=True,
            rank=3,
            reason=Reason.REMEDY_NEWS,
            notifies=False,
            can_wait=True,
            retry=Retry.NEVER,
            answers=StepAnswers(plan="act", ask="approved", check="act"),
        ),
    )
    # AWS accepted the call, and its result is awaited.
    ACTED = (
        "acted",
        StageAttributes(
            then=("verified", "failed", "unverified"),
            is_over=False,
            is_done=True,
            rank=4,
            reason=Reason.REMEDY_ACTED,
            notifies=True,
            retry=Retry.NEVER,
            answers=StepAnswers(plan="act", ask="approved", check="observe", act="acted"),
        ),
    )
    VERIFIED = (
        "verified",
        StageAttributes(
            then=(),
            is_over=True,
            is_done=True,
            rank=5,
            reason=Reason.REMEDY_VERIFIED,
            notifies=True,
            retry=Retry.NEVER,
            answers=StepAnswers(plan="refused", ask="approved", check="observe", observe="verified"),
        ),
    )
    # It was carried out and did not help, or AWS reverted it.
    FAILED = (
        "failed",
        StageAttributes(
            then=(),
            is_over=True,
            is_done=True,
            rank=5,
            reason=Reason.REMEDY_FAILED,
            notifies=True,
            retry=Retry.AFTER_COOLDOWN,
            answers=StepAnswers(plan="refused", ask="approved", check="observe", observe="failed"),
        ),
    )
    # It was carried out, or may have been, and its result was not known in time.
    UNVERIFIED = (
        "unverified",
        StageAttributes(
            then=(),
            is_over=True,
            is_done=True,
            rank=5,
            reason=Reason.REMEDY_UNVERIFIED,
            notifies=True,
            retry=Retry.AFTER_COOLDOWN,
            answers=StepAnswers(plan="refused", ask="approved", check="observe"),
        ),
    )

    def __init__(self, _word: str, row: StageAttributes) -> None:
        """Take the attributes of the row."""
        self.then = frozenset(row.then)
        self.is_over = row.is_over
        self.is_done = row.is_done
        self.rank = row.rank
        self.reason = row.reason
        self.notifies = row.notifies
        self.can_wait = row.can_wait
        self.shows_votes = row.shows_votes
        self.retry = row.retry
        self.answers = row.answers
        # It was carried out and did not help, or may not have helped: the incident needs another answer.
        self.did_not_help = row.is_over and row.is_done and row.retry is not Retry.NEVER
        # It ended, or was only reported, and no approver took part in that.
        self.is_unanswered = row.is_over and not row.is_done and row.retry is not Retry.NEVER
        self.is_approved = row.answers.ask == "approved"
        # Nothing was begun after approvers were asked: they rejected it, or did not answer in time.
        self.is_turned_down = row.is_over and not row.is_done and row.retry is not Retry.NEXT_SIGNAL

    def may_become(self, stage: "Stage") -> bool:
        """Return whether a stage may follow this one."""
        return stage in self.then

    def check_move(self, stage: "Stage") -> None:
        """Check that an action may go from this stage to another, or stay.

        Raises:
            ValueError: no transition leads there.
        """
        if stage is not self and not self.may_become(stage):
            raise ValueError(f"a remedy that is {self} cannot become {stage}")

    @property
    def is_in_question(self) -> bool:
        """Return whether an approver is asked, or may be."""
        return self.may_become(Stage.EXPIRED)


if _UNKNOWN := {word for stage in Stage for word in stage.then} - {*Stage}:
    raise ValueError(f"no stage has the name {', '.join(sorted(_UNKNOWN))}")
