"""What became of a plan: from the moment at which it was made until its outcome is known."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from kedge.domain.plan import Plan
from kedge.domain.remedy import HoldReason, Mode, RemedyName, Sessions
from kedge.domain.run import Monitor
from kedge.domain.stage import Stage


class Answer(StrEnum):
    """What an approver says."""

    APPROVE = "approve"
    REJECT = "reject"


class Vote(Struct, frozen=True, kw_only=True):
    """What one approver said of a plan, through which door, and whether AWS itself vouched for who that was."""

    by: str
    answer: Answer
    reason: str = ""
    at: datetime
    door: str = ""
    proven: bool = False


class Action(Struct, frozen=True, kw_only=True):
    """A plan under way, and all that became of it.

    `asked` is when approval was asked for, `expires` until when it may come; `required` of the `approvers` (all who may invoke the
    door, where none are named) must say yes, and none of the `requesters`. These are the people whose word caused the plan; if there are
    none, Kedge did. `requested_by` says it in words. `called` is when the call to AWS was about to be made,
    `started` what it started, by its ARN; `counts` and `capture` are how the endpoint was just before. `deadline` is until when the
    outcome has to be verified, `verify_within` after the act; `expires_within` is how long approval is waited for, both in seconds. `says` is the last thing that happened, in one sentence. `policy` names the policy that chose it.
    `until` is when what held it back ends, if it was held back and that ends by itself. `attempts` counts the calls of which nobody
    knows that they did not arrive. `round` counts how often the plan was taken up, anew each time that nothing had come of it.
    `said` says that no authority confirmed the incident when the plan was judged.
    """

    plan: Plan
    digest: str
    monitor: Monitor
    mode: Mode
    stage: Stage
    made: datetime
    changed: datetime
    requested_by: str
    policy: str = ""
    environment: str = ""
    why: HoldReason | None = None
    says: str = ""
    expires_within: int = 14_400
    verify_within: int = 14_400
    approvers: tuple[str, ...] = ()
    required: int = 1
    proof: bool = False
    sessions: Sessions = Sessions.FREE
    requesters: tuple[str, ...] = ()
    asked: datetime | None = None
    expires: datetime | None = None
    reminded: datetime | None = None
    votes: tuple[Vote, ...] = ()
    called: datetime | None = None
    acted: datetime | None = None
    started: str | None = None
    counts: dict[str, int] = {}
    capture: bool = False
    deadline: datetime | None = None
    package: str | None = None
    attempts: int = 0
    until: datetime | None = None
    round: int = 1
    said: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing of it happens any more."""
        return self.stage.is_over

    def moved(self, stage: Stage, says: str, now: datetime, **changes: object) -> "Action":
        """Return the action in another stage, with the reason in one sentence. Without a new `why`, it waits for nothing any more."""
        return replace(self, stage=stage, says=says, changed=now, **{"why": None, **changes})


class RemedyStatus(Struct, frozen=True, kw_only=True):
    """Where the remedy of an incident stands, as the incident remembers it.

    `digest` is None where there is no plan: a remedy that was refused before, or could not be planned yet. `until` is when that is
    looked at again, whatever happens: the end of a limit, or the moment by which somebody must have heard of the outcome. `due` is
    what people are told of that: until when an approval may come, or an outcome must be known. `brief`, `sentence`, `preconditions` and
    `notes` are the plan's, and stay while `says` goes on telling what happened last. `acted` is when AWS took the call.
    """

    remedy: RemedyName
    mode: Mode
    stage: Stage
    at: datetime
    says: str
    digest: str | None = None
    why: HoldReason | None = None
    until: datetime | None = None
    due: datetime | None = None
    rule: str = ""
    brief: str = ""
    sentence: str = ""
    preconditions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    acted: datetime | None = None


class ActionRecord(Struct, frozen=True, kw_only=True):
    """An action as limits see it. `source` and `destination` are the configs of a roll-back.

    `said` says that it is about what no authority confirms. `votes_apart` says that its votes lie apart from it. Older releases, which did not say so, wrote them into the action.
    """

    digest: str
    target: str
    remedy: RemedyName
    stage: Stage
    at: datetime
    incident: str
    using: str = ""
    source: str = ""
    destination: str = ""
    votes_apart: bool = False
    said: bool = False


class ActionRegister(Struct, frozen=True, kw_only=True):
    """What was done lately in an account and region, and is being done: what every limit counts.

    `endpoints` are the marks (`kedge.domain.ids`) of those that are known.
    """

    taken: tuple[ActionRecord, ...] = ()
    endpoints: tuple[str, ...] = ()


class Efficacy(Struct, frozen=True, kw_only=True):
    """How well a remedy has worked for a target. While it is `demoted` it is never carried out without approval."""

    verified: int = 0
    failed: int = 0
    unverified: int = 0
    last: datetime | None = None
    demoted: datetime | None = None

    def with_outcome(self, stage: Stage, at: datetime) -> "Efficacy":
        """Return the record with one more outcome. A remedy that did not help is demoted until it has helped again."""
        return Efficacy(
            verified=self.verified + (stage is Stage.VERIFIED),
            failed=self.failed + (stage is Stage.FAILED),
            unverified=self.unverified + (stage is Stage.UNVERIFIED),
            last=at,
            demoted=None if stage is Stage.VERIFIED else self.demoted or at,
        )


class StartWorkflow(Struct, frozen=True, kw_only=True, tag="start", tag_field="kind"):
    """That the workflow of a plan is to begin; `id` is the plan's digest, which is the name of its execution."""

    id: str
    action: Action


class WakeWorkflow(Struct, frozen=True, kw_only=True, tag="wake", tag_field="kind"):
    """That something happened which an action waits for: look now. `signal` is what happened."""

    id: str
    digest: str
    signal: str


type WorkflowRequest = StartWorkflow | WakeWorkflow
"""What of a decision is not a message to anybody."""
