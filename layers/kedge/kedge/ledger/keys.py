"""Under which key each thing lies. DynamoDB takes 2,048 bytes of a partition key and 1,024 of a sort key."""

import hashlib
from typing import Final

from kedge.domain.action import StartWorkflow, WakeWorkflow, WorkflowRequest
from kedge.domain.effect import Effect, Heartbeat
from kedge.domain.ids import mark
from kedge.domain.notification import QueuedNotification
from kedge.domain.remedy import RemedyName
from kedge.domain.run import MeasuredRun, Monitor
from kedge.domain.signal import ChangeKind
from kedge.domain.source_key import SourceCase
from kedge.domain.target import Target
from kedge.ledger.items import Key, stamp

SILENCES: Final = "SILENCES"
"""The partition of all silences."""

_CASE: Final = "CASE#"
_RUNS: Final = "RUNS#"
_NOTICES: Final = "NOTICES#"
# Well below what a sort key takes, which is the smaller of the two.
_LONGEST: Final = 900


def case_key(target: Target, monitor: Monitor | ChangeKind) -> Key:
    """Where the state of a case lies."""
    return Key(f"{_CASE}{target}#{monitor}", "STATE")


def spoken_key(spoken: SourceCase) -> Key:
    """Where it lies in which case a source was heard of last: beside the cases, for it is the same functions that write it."""
    part = f"1#{_bounded(spoken.source)}" if spoken.confirmed else "2"
    if not spoken.confirmed and spoken.contributor:
        part = f"2#{_bounded(spoken.source)}"
    return Key(spoken_of(spoken.speaker), f"SPOKEN#{part}")


def spoken_of(speaker: Target) -> str:
    """The partition of a source and its parts."""
    return f"{_CASE}{speaker}#Speaker"


def case_of(key: Key) -> tuple[Target, Monitor] | None:
    """The case that lies under a key, or None where its target or monitor is of a kind that is not known here."""
    target, _, monitor = key.pk.removeprefix(_CASE).rpartition("#")
    try:
        return Target.parse(target), Monitor(monitor)
    except ValueError:
        return None


def runs_of(target: Target, monitor: Monitor | ChangeKind) -> str:
    """The partition of the runs of a target's monitor that are kept with their values."""
    return f"{_RUNS}{target}#{monitor}"


def run_key(target: Target, monitor: Monitor | ChangeKind, measured: MeasuredRun) -> Key:
    """Where a run lies: by the end of its window, so that one that is told again lies where it lay."""
    return Key(runs_of(target, monitor), f"{stamp(measured.at)}#{mark(measured.source)}")


def incident_key(incident_id: str) -> Key:
    """Where an incident lies, and in the same partition all that happened to it."""
    return Key(f"INCIDENT#{incident_id}", "INCIDENT")


def delivery_key(effect: Effect) -> Key:
    """Where the delivery of an effect lies."""
    return Key(incident_key(effect.incident.id).pk, f"DELIVERY#{effect.id}")


def effect_key(effect_id: str) -> Key:
    """Where an effect lies."""
    return Key(f"EFFECT#{effect_id}", "EFFECT")


def errand_key(errand: WorkflowRequest) -> Key:
    """Where an errand lies: with the effects, since the stream carries it on in the same way.

    A plan that ended without an act may be asked for anew, as an action that was made later: that is another errand.
    """
    match errand:
        case StartWorkflow(id=name, action=action):
            return effect_key(_bounded(f"start/{name}/{stamp(action.made)}"))
        case WakeWorkflow(id=name):
            return effect_key(_bounded(f"wake/{name}"))


def heartbeat_key(heartbeat: Heartbeat) -> Key:
    """Where a heartbeat lies: with the effects, whose way it goes."""
    return effect_key(_bounded(f"heartbeat/{heartbeat.id}"))


def notice_key(notice: QueuedNotification) -> Key:
    """Where a notice lies: named also by what it holds, so that a folded one never lies where one of its parts did.

    Of two who fold the same notices, one finds them gone, and it cannot be that he takes the other's work for them.
    """
    tally = notice.tally
    counted = [
        *(f"{severity}={many}" for severity, many in sorted(tally.by_severity.items())),
        tally.resolved,
        tally.over,
    ]
    briefs = (f"{brief.incident}/{brief.revision}" for brief in notice.briefs)
    held = mark("\n".join(map(str, (stamp(notice.due), *counted, *briefs))))
    return Key(notices_of(notice.receiver), f"{_bounded(notice.id)}#{held}")


def notices_of(receiver: str) -> str:
    """The partition of all that waits for a receiver."""
    return f"{_NOTICES}{receiver}"


def receiver_of(key: Key) -> str:
    """For whom the notice waits that lies under a key."""
    return key.pk.removeprefix(_NOTICES)


def pace_key(receiver: str) -> Key:
    """Where the pace of a receiver lies."""
    return Key(f"RECEIVER#{receiver}", "PACE")


def group_key(group: str) -> Key:
    """Where lies what is remembered of a group."""
    return Key(f"GROUP#{_bounded(group)}", "GROUP")


def inhibition_key(inhibition: str, incident_id: str = "") -> Key:
    """Where lies that an incident keeps others quiet; the partition holds all that do so by the same key."""
    return Key(f"INHIBITION#{_bounded(inhibition)}", incident_id)


def silence_key(silence_id: str) -> Key:
    """Where a silence lies."""
    return Key(SILENCES, f"SILENCE#{_bounded(silence_id)}")


def action_key(digest: str) -> Key:
    """Where an action lies."""
    return Key(f"ACTION#{digest}", "ACTION")


def token_key(digest: str, wait: str) -> Key:
    """Where the task token of a waiting step lies."""
    return Key(action_key(digest).pk, f"TOKEN#{wait}")


def vote_key(digest: str, round_: int, number: int) -> Key:
    """Where a vote lies: apart from its action, since another function may write it. `number` counts the votes of a round."""
    return Key(votes_of(digest), f"{_round(round_)}{number:06}")


def votes_of(digest: str) -> str:
    """The partition of all votes on a plan, of every round in which it was taken up."""
    return f"VOTES#{digest}"


def is_of_round(key: Key, round_: int) -> bool:
    """Whether the vote under a key was given in this round."""
    return key.sk.startswith(_round(round_))


def register_key(target: Target) -> Key:
    """Where the register of a target's account and Region lies."""
    return Key(f"REGISTER#{target.account}/{target.region}", "REGISTER")


def endpoints_of(target: Target) -> str:
    """The partition of all endpoints that are known in a target's account and Region."""
    return f"ENDPOINTS#{target.account}/{target.region}"


def efficacy_key(target: Target, remedy: RemedyName) -> Key:
    """Where lies how well a remedy has worked for a target; the partition holds all of the target's."""
    return Key(efficacies_of(target), remedy)


def efficacies_of(target: Target) -> str:
    """The partition of how well each remedy has worked for a target."""
    return f"EFFICACY#{target}"


def remedy_of(key: Key) -> RemedyName | None:
    """The remedy whose efficacy lies under a key, or None where it is one that is not known here."""
    return RemedyName.of(key.sk) if key.sk in RemedyName else None


def awaited_key(name: str, digest: str = "") -> Key:
    """Where lies that an action waits for what has this name; the partition holds all that do."""
    return Key(f"AWAITED#{_bounded(name)}", digest)


def _round(number: int) -> str:
    return f"{number:06}#"


def _bounded(name: str) -> str:
    """A name, or where it is too long, its beginning and a digest of all of it."""
    raw = name.encode()
    if len(raw) <= _LONGEST:
        return name
    digest = hashlib.sha256(raw).hexdigest()
    return f"{raw[: _LONGEST - len(digest) - 1].decode(errors='ignore')}~{digest}"
