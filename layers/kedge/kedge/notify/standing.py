"""Where the remedy of an incident stands, in words that claim no more than was done."""

from datetime import datetime
from typing import Final

from kedge.domain.action import WAITING, Acting, Stage
from kedge.domain.effect import Effect
from kedge.domain.reason import Reason
from kedge.domain.remedy import Mode, RemedyName
from kedge.notify.figures import ahead
from kedge.notify.plain import plain
from kedge.notify.remedy import LOOK_NOW, brief_of, due_of, plan_of

_HEADLINES: Final = {
    Stage.PROPOSED: "dry run: {brief}",
    Stage.REFUSED: "held back{why}: {brief}",
    Stage.PLANNED: "about to {brief}",
    Stage.ASKED: "{brief}?",
    Stage.APPROVED: "approved: {brief}",
    Stage.REJECTED: "rejected: {brief}",
    Stage.EXPIRED: "nobody approved in time: {brief}",
    Stage.ACTING: "begins to {brief}",
    Stage.ACTED: "began to {brief}",
    Stage.VERIFIED: "remedy worked: {brief}",
    Stage.FAILED: "look now, remedy failed: {brief}",
    Stage.UNVERIFIED: "look now, outcome unknown: {brief}",
}
# What may be done, and lacks the facts for its plan; and what is planned, and will be asked for.
_UNPLANNED: Final = ("not planned yet: {brief}", "Not planned yet, and not done: {says}{again}")
_TO_BE_ASKED: Final = ("to be approved: {brief}", "Somebody will be asked to approve: {plan}")
_WAITS: Final = ("waits: {brief}", "Not begun yet, {says}")
# Before an act the plan says most; after it, what came of it.
_STANDINGS: Final = {
    Stage.PROPOSED: "Dry run, nothing is done. It would be: {plan}",
    Stage.REFUSED: "Held back{why}: {says}{again}",
    Stage.PLANNED: "About to begin: {plan}",
    Stage.ASKED: "Waits for approval{until}: {plan}",
    Stage.APPROVED: "Approved, and about to begin: {plan}",
    Stage.REJECTED: "Rejected, and not done: {says}",
    Stage.EXPIRED: "Nobody approved it in time, and it was not done: {plan}",
    Stage.ACTING: "Being done now: {plan}",
    Stage.ACTED: "Begun, what comes of it is awaited{until}: {plan}",
    Stage.VERIFIED: "Done, and it worked: {says}",
    Stage.FAILED: "Tried, and it failed: {says}",
    Stage.UNVERIFIED: "Nobody can tell whether it was done, or helped: {says}",
}
_DID: Final = {
    Stage.ACTING: "Begins to {brief}.",
    Stage.ACTED: "Began to {brief}.",
    Stage.VERIFIED: "Carried out: {brief}.",
    Stage.FAILED: "Tried to {brief}.",
    Stage.UNVERIFIED: "Whether anything was changed has to be looked at.",
}
_WAITING: Final = frozenset({Stage.PLANNED, Stage.ASKED, Stage.APPROVED})
_LEAVE_ALONE: Final = frozenset({Stage.PLANNED, Stage.APPROVED, Stage.ACTING, Stage.ACTED})


def remedy_headline(effect: Effect, acting: Acting) -> str:
    """What became of a remedy, in a few words."""
    again = "still unanswered: " if effect.why is Reason.APPROVAL_REMINDER else ""
    return again + _words(acting)[0].format(brief=brief_of(acting), why=_why(acting))


def standing_of(acting: Acting, at: datetime) -> str:
    """Where a remedy stands, in a sentence or two, as seen from `at`."""
    due = due_of(acting)
    return _words(acting)[1].format(
        plan=_ended(plan_of(acting)),
        says=_ended(plain(acting.says) or brief_of(acting)),
        why=_why(acting),
        until=f" until {ahead(due, at)}" if due is not None else "",
        again=f" It is looked at again at {ahead(acting.until, at)}." if acting.until is not None else "",
    )


def done_of(acting: Acting | None) -> str:
    """What was done about a problem beside telling people, in a sentence."""
    if acting is None:
        return "No remedy was tried."
    if acting.stage in _WAITING:
        return "Nothing was changed yet."
    return _DID.get(acting.stage, "Nothing was changed.").format(brief=brief_of(acting))


def step_of(acting: Acting) -> str:
    """What a person is to do about a remedy, in a sentence; empty where there is nothing that its problem does not ask for."""
    if acting.stage is Stage.ASKED:
        return "Read the plan, then approve or reject it. No answer in time means no."
    if acting.stage in LOOK_NOW:
        return "Look at it now: Kedge does nothing more about it by itself."
    if acting.stage in _LEAVE_ALONE and _words(acting) is not _TO_BE_ASKED:
        return "Change nothing by hand until the outcome is known: you will be told."
    if acting.stage is Stage.VERIFIED and acting.remedy is RemedyName.ROLL_BACK:
        return "Find out what is wrong with the config that it was taken back from, before anybody deploys that again."
    if acting.stage is Stage.VERIFIED and acting.remedy is RemedyName.RETRAIN:
        return "Look at the new model in the model registry: once it is approved and deployed, the next runs show whether it helps."
    return ""


def _words(acting: Acting) -> tuple[str, str]:
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


def _why(acting: Acting) -> str:
    return f" ({acting.why.replace('_', ' ')})" if acting.why is not None else ""


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!", "...")) else f"{text}."
