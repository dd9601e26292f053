"""Where the remedy of an incident stands, in words that claim no more than was done."""

from datetime import datetime
from typing import Final

from kedge.domain.action import WAITING, RemedyStatus, Stage
from kedge.domain.effect import Effect
from kedge.domain.reason import Reason
from kedge.domain.remedy import Mode, RemedyName
from kedge.formatting import format_deadline, one_line
from kedge.messages.remedy import LOOK_NOW, brief_of, due_of, plan_of, question_of

_HEADLINES: Final = {
    Stage.PROPOSED: "dry run: {brief}",
    Stage.REFUSED: "not carried out{why}: {brief}",
    Stage.PLANNED: "about to {brief}",
    Stage.ASKED: "{brief}?",
    Stage.APPROVED: "approved: {brief}",
    Stage.REJECTED: "rejected: {brief}",
    Stage.EXPIRED: "approval expired: {brief}",
    Stage.ACTING: "starting to {brief}",
    Stage.ACTED: "started to {brief}",
    Stage.VERIFIED: "remedy verified: {brief}",
    Stage.FAILED: "check now, remedy failed: {brief}",
    Stage.UNVERIFIED: "check now, result unknown: {brief}",
}
# What may be done, and lacks the facts for its plan; and what is planned, and will be asked for.
_UNPLANNED: Final = ("not planned yet: {brief}", "Not planned yet: {says}{again}")
_TO_BE_ASKED: Final = ("approval follows: {brief}", "Kedge will ask for approval: {plan}")
_WAITS: Final = ("waits: {brief}", "Not started yet, {says}")
# Before an act the plan says most; after it, what came of it.
_STANDINGS: Final = {
    Stage.PROPOSED: "Dry run, not carried out: {plan}",
    Stage.REFUSED: "Not carried out{why}: {says}{again}",
    Stage.PLANNED: "About to start: {plan}",
    Stage.ASKED: "Waits for approval{until}: {plan}",
    Stage.APPROVED: "Approved, about to start: {plan}",
    Stage.REJECTED: "Rejected, not carried out: {says}",
    Stage.EXPIRED: "Approval expired, not carried out: {plan}",
    Stage.ACTING: "In progress: {plan}",
    Stage.ACTED: "Started, result expected{until}: {plan}",
    Stage.VERIFIED: "Verified: {says}",
    Stage.FAILED: "Failed: {says}",
    Stage.UNVERIFIED: "Result unknown: {says}",
}
_DID: Final = {
    Stage.ACTING: "Starting to {brief}.",
    Stage.ACTED: "Started to {brief}.",
    Stage.VERIFIED: "Carried out: {brief}.",
    Stage.FAILED: "Tried to {brief}.",
    Stage.UNVERIFIED: "Check whether the remedy changed anything.",
}
_WAITING: Final = frozenset({Stage.PLANNED, Stage.ASKED, Stage.APPROVED})
_LEAVE_ALONE: Final = frozenset({Stage.PLANNED, Stage.APPROVED, Stage.ACTING, Stage.ACTED})


def remedy_headline(effect: Effect, acting: RemedyStatus) -> str:
    """What became of a remedy, in a few words."""
    again = "still waiting: " if effect.why is Reason.APPROVAL_REMINDER else ""
    return again + _words(acting)[0].format(brief=brief_of(acting), why=_why(acting))


def standing_of(acting: RemedyStatus, at: datetime) -> str:
    """Where a remedy stands, in a sentence or two, as seen from `at`."""
    due = due_of(acting)
    return _words(acting)[1].format(
        plan=_ended(plan_of(acting)),
        says=_ended(one_line(acting.says) or brief_of(acting)),
        why=_why(acting),
        until=f" by {format_deadline(due, at)}" if due is not None else "",
        again=f" Kedge re-evaluates it at {format_deadline(acting.until, at)}." if acting.until is not None else "",
    )


def done_of(acting: RemedyStatus | None) -> str:
    """What was done about a problem beside telling people, in a sentence."""
    if acting is None:
        return "No remedy was started."
    if acting.stage in _WAITING:
        return "Nothing was changed yet."
    return _DID.get(acting.stage, "Nothing was changed.").format(brief=brief_of(acting))


def step_of(acting: RemedyStatus) -> str:
    """What a person is to do about a remedy, in a sentence; empty where there is nothing that its problem does not ask for."""
    if acting.stage is Stage.ASKED:
        return (
            "Read the plan, then approve or reject it. Without an answer by the deadline, Kedge does not carry it out."
        )
    if question := question_of(acting):
        return f"Find out: {question}"
    if acting.stage in LOOK_NOW:
        return "Check the endpoint now. Kedge does not repeat this remedy without approval."
    if acting.stage in _LEAVE_ALONE and _words(acting) is not _TO_BE_ASKED:
        return "Do not change the endpoint until Kedge notifies you of the result."
    if acting.stage is Stage.VERIFIED and acting.remedy is RemedyName.ROLL_BACK:
        return "Find the fault of the previous config before you deploy it again."
    if acting.stage is Stage.VERIFIED and acting.remedy is RemedyName.RETRAIN:
        return "Check the new model in the model registry. After its approval and deployment, the next runs show the result."
    return ""


def _words(acting: RemedyStatus) -> tuple[str, str]:
    """The headline and the sentence for where a remedy stands."""
    if acting.why is not None and acting.stage in WAITING:
        return _WAITS
    match acting.stage, acting.mode:
        case Stage.PROPOSED, Mode.APPROVAL | Mode.AUTO:
            return _UNPLANNED
        case Stage.PLANNED, Mode.APPROVAL:
            return _TO_BE_ASKED
        case stage, _:
            return _HEADLINES[stage], _STANDINGS[stage]


def _why(acting: RemedyStatus) -> str:
    return f" ({acting.why.replace('_', ' ')})" if acting.why is not None else ""


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!", "...")) else f"{text}."
