"""The state of an incident's remedy, in words that claim no more than the actions carried out."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from kedge.domain.action import RemedyStatus
from kedge.domain.attributed import table_of
from kedge.domain.effect import Effect
from kedge.domain.reason import Reason
from kedge.domain.remedy import Mode
from kedge.domain.stage import Stage
from kedge.formatting import format_deadline, one_line
from kedge.messages.remedy_status import brief_of, due_of, plan_of, question_of

_LEAVE_ALONE: Final = "Do not change the endpoint until Kedge notifies you of the result."
_CHECK_NOW: Final = "Check the endpoint now. Kedge does not repeat this remedy without approval."


class StageWords(Struct, frozen=True, kw_only=True):
    """The words of a message for a stage.

    Before an action, the sentence `standing` repeats the plan; after it, the outcome. `done` says what Kedge did. `step` is the
    reader's next action, empty if that follows from the problem. `deadline` is the label of the time limit for an answer or a result.
    """

    headline: str
    standing: str
    done: str = "Nothing was changed."
    step: str = ""
    deadline: str = ""


WORDS: Final = table_of(
    Stage,
    {
        Stage.PROPOSED: StageWords(headline="dry run: {brief}", standing="Dry run, not carried out: {plan}"),
        Stage.REFUSED: StageWords(
            headline="not carried out{why}: {brief}", standing="Not carried out{why}: {says}{again}"
        ),
        Stage.PLANNED: StageWords(
            headline="about to {brief}",
            standing="About to start: {plan}",
            done="Nothing was changed yet.",
            step=_LEAVE_ALONE,
        ),
        Stage.ASKED: StageWords(
            headline="{brief}?",
            standing="Waits for approval{until}: {plan}",
            done="Nothing was changed yet.",
            step="Read the plan, then approve or reject it. Without an answer by the deadline, Kedge does not carry it out.",
            deadline="Decision deadline",
        ),
        Stage.APPROVED: StageWords(
            headline="approved: {brief}",
            standing="Approved, about to start: {plan}",
            done="Nothing was changed yet.",
            step=_LEAVE_ALONE,
        ),
        Stage.REJECTED: StageWords(headline="rejected: {brief}", standing="Rejected, not carried out: {says}"),
        Stage.EXPIRED: StageWords(
            headline="approval expired: {brief}", standing="Approval expired, not carried out: {plan}"
        ),
        Stage.ACTING: StageWords(
            headline="starting to {brief}",
            standing="In progress: {plan}",
            done="Starting to {brief}.",
            step=_LEAVE_ALONE,
            deadline="Result deadline",
        ),
        Stage.ACTED: StageWords(
            headline="started to {brief}",
            standing="Started, result expected{until}: {plan}",
            done="Started to {brief}.",
            step=_LEAVE_ALONE,
            deadline="Result deadline",
        ),
        Stage.VERIFIED: StageWords(
            headline="remedy verified: {brief}", standing="Verified: {says}", done="Carried out: {brief}."
        ),
        Stage.FAILED: StageWords(
            headline="remedy failed: {brief}",
            standing="Failed: {says}",
            done="Tried to {brief}.",
            step=_CHECK_NOW,
        ),
        Stage.UNVERIFIED: StageWords(
            headline="remedy result unknown: {brief}",
            standing="Result unknown: {says}",
            done="Check whether the remedy changed anything.",
            step=_CHECK_NOW,
        ),
    },
)
# Stages without the facts for a plan, and planned stages that will ask for approval.
_UNPLANNED: Final = ("not planned yet: {brief}", "Not planned yet: {says}{again}")
_TO_BE_ASKED: Final = ("approval follows: {brief}", "Kedge will ask for approval: {plan}")
_WAITS: Final = ("waits: {brief}", "Not started yet, {says}")


def remedy_headline(effect: Effect, acting: RemedyStatus) -> str:
    """Return the outcome of a remedy in a few words."""
    again = "still waiting: " if effect.why is Reason.APPROVAL_REMINDER else ""
    return again + _words(acting)[0].format(brief=brief_of(acting), why=_why(acting))


def standing_of(acting: RemedyStatus, at: datetime) -> str:
    """Return the state of a remedy at the time `at`, in 1 or 2 sentences."""
    due = due_of(acting)
    return _words(acting)[1].format(
        plan=_ended(plan_of(acting)),
        says=_ended(one_line(acting.says) or brief_of(acting)),
        why=_why(acting),
        until=f" by {format_deadline(due, at)}" if due is not None else "",
        again=f" Kedge re-evaluates it at {format_deadline(acting.until, at)}." if acting.until is not None else "",
    )


def done_of(acting: RemedyStatus | None) -> str:
    """Return the sentence that says which action was carried out beside notification."""
    if acting is None:
        return "No remedy was started."
    return WORDS[acting.stage].done.format(brief=brief_of(acting))


def step_of(acting: RemedyStatus) -> str:
    """Return the reader's next action about a remedy in one sentence; empty if the problem alone determines it."""
    if _words(acting) is _TO_BE_ASKED:
        return ""
    if question := question_of(acting):
        return f"Find out: {question}"
    return acting.remedy.next_step if acting.stage is Stage.VERIFIED else WORDS[acting.stage].step


def _words(acting: RemedyStatus) -> tuple[str, str]:
    """Return the headline and the sentence for the stage of a remedy."""
    if acting.why is not None and acting.stage.can_wait:
        return _WAITS
    match acting.stage, acting.mode:
        case Stage.PROPOSED, Mode.APPROVAL | Mode.AUTO:
            return _UNPLANNED
        case Stage.PLANNED, Mode.APPROVAL:
            return _TO_BE_ASKED
        case stage, _:
            return WORDS[stage].headline, WORDS[stage].standing


def _why(acting: RemedyStatus) -> str:
    return f" ({acting.why.replace('_', ' ')})" if acting.why is not None else ""


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!", "...")) else f"{text}."
