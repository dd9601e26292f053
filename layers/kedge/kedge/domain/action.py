"""The progress of a plan, from its creation until its outcome is known."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from kedge.domain.plan import Plan
from kedge.domain.remedy import HoldReason, Mode, RemedyName, Sessions
from kedge.domain.run import Monitor
from kedge.domain.stage import Stage


class Answer(StrEnum):
    """An approver's answer."""

    APPROVE = "approve"
    REJECT = "reject"


class Vote(Struct, frozen=True, kw_only=True):
    """One approver's answer to a plan, its entry point, and whether AWS itself confirmed the approver."""

    by: str
    answer: Answer
    reason: str = ""
    at: datetime
    entry_point: str = field(default="", name="door")
    proven: bool = False


class Action(Struct, frozen=True, kw_only=True):
    """A plan under way, and its progress.

    `asked` is when approval was requested, `expires` when the request ends. `required` of the `approvers` must approve;
    without names, everyone with permission to invoke the approve function is an approver. None of the `requesters` may
    approve. They are the people who caused the plan; without any, Kedge did. `requested_by` describes this in words.

    `called` is the time just before the call to AWS, and `started` the ARN of what it started. `counts` and `capture`
    are the endpoint's state just before. `deadline` ends the verification of the outcome, `verify_within` after the
    act. `expires_within` is the waiting time for approval; both are in seconds. `says` is the last event, in one
    sentence. `policy` names the policy that chose the plan.

    `until` is the known end of a hold. `attempts` counts the calls that may have arrived. `round` counts how often the
    plan was started, again after each time without a result. `said` says that no authority confirmed the incident when
    the plan was evaluated.
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
        """Return whether its stage is final."""
        return self.stage.is_over

    def moved(self, stage: Stage, says: str, now: datetime, **changes: object) -> "Action":
        """Return the action in another stage, with the reason in one sentence. Without a new `why`, it waits for nothing any more."""
        return replace(self, stage=stage, says=says, changed=now, **{"why": None, **changes})


class RemedyStatus(Struct, frozen=True, kw_only=True):
    """The status of an incident's remedy, as the incident stores it.

    `digest` is None if there is no plan: the remedy was refused before, or could not be planned yet. `until` is the
    time of the next re-evaluation: the end of a limit, or the deadline for a notification of the outcome. `due` is the
    time in messages: the end of the approval request, or the deadline of the outcome. `brief`, `sentence`,
    `preconditions` and `notes` are the plan's, and stay while `says` changes with the last event. `acted` is when AWS
    accepted the call.
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

    `said` says that it is about unconfirmed facts. `votes_apart` says that its votes are separate items. Older
    releases, which lacked this field, wrote them into the action.
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
    """The recent and current actions in an account and Region, which every limit counts.

    `endpoints` are the marks (`kedge.domain.ids`) of the known endpoints.
    """

    taken: tuple[ActionRecord, ...] = ()
    endpoints: tuple[str, ...] = ()


class Efficacy(Struct, frozen=True, kw_only=True):
    """How well a remedy has worked for a target. While it is `demoted`, it always requires approval."""

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
    """The request to start a plan's workflow; `id` is the plan's digest, which is the name of its execution."""

    id: str
    action: Action


class WakeWorkflow(Struct, frozen=True, kw_only=True, tag="wake", tag_field="kind"):
    """The request to wake an action that waits for an event: check now. `signal` is the event."""

    id: str
    digest: str
    signal: str


type WorkflowRequest = StartWorkflow | WakeWorkflow
"""The part of a decision that is not a message."""
