"""The key of each thing. DynamoDB accepts 2,048 bytes of a partition key and 1,024 of a sort key."""

import hashlib
from typing import Final

from kedge.domain.action import StartWorkflow, WakeWorkflow, WorkflowRequest
from kedge.domain.effect import Effect, Heartbeat
from kedge.domain.ids import mark
from kedge.domain.notification import QueuedNotification
from kedge.domain.remedy import RemedyName
from kedge.domain.run import MeasuredRun, Monitor
from kedge.domain.signal import ChangeKind
from kedge.domain.source_case import SourceCase
from kedge.domain.target import Target
from kedge.ledger.items import Key, stamp

SILENCES: Final = "SILENCES"
"""The partition of all silences."""

_CASE: Final = "CASE#"
_EFFECT: Final = "EFFECT#"
_RUNS: Final = "RUNS#"
_NOTICES: Final = "NOTICES#"
# Well below the limit of a sort key, the smaller of the two.
_LONGEST: Final = 900


def case_key(target: Target, monitor: Monitor | ChangeKind) -> Key:
    """Return the key of a case's state."""
    return Key(f"{_CASE}{target}#{monitor}", "STATE")


def spoken_key(spoken: SourceCase) -> Key:
    """Return the key for the case that a source last reported on.

    It is in a partition beside the cases, because the same functions write it.
    """
    part = f"1#{_bounded(spoken.source)}" if spoken.confirmed else "2"
    if not spoken.confirmed and spoken.contributor:
        part = f"2#{_bounded(spoken.source)}"
    return Key(spoken_of(spoken.source_target), f"SPOKEN#{part}")


def spoken_of(source_target: Target) -> str:
    """Return the partition of a source and its parts."""
    return f"{_CASE}{source_target}#Speaker"


def case_of(key: Key) -> tuple[Target, Monitor] | None:
    """Return the case under a key, or None if the kind of its target or monitor is unknown."""
    target, _, monitor = key.pk.removeprefix(_CASE).rpartition("#")
    try:
        return Target.parse(target), Monitor(monitor)
    except ValueError:
        return None


def runs_of(target: Target, monitor: Monitor | ChangeKind) -> str:
    """Return the partition of a monitor's runs with their values."""
    return f"{_RUNS}{target}#{monitor}"


def run_key(target: Target, monitor: Monitor | ChangeKind, measured: MeasuredRun) -> Key:
    """Return the key of a run, by the end of its window: a repeated run replaces the first one."""
    return Key(runs_of(target, monitor), f"{stamp(measured.at)}#{mark(measured.source)}")


def incident_key(incident_id: str) -> Key:
    """Return the key of an incident; its whole history is in the same partition."""
    return Key(f"INCIDENT#{incident_id}", "INCIDENT")


def delivery_key(effect: Effect) -> Key:
    """Return the key of an effect's delivery."""
    return Key(incident_key(effect.incident.id).pk, f"DELIVERY#{effect.id}")


def delivery_of_effect(key: Key) -> Key:
    """Return the key of the delivery of the effect under a key. The id of an effect begins with its incident."""
    effect_id = key.pk.removeprefix(_EFFECT)
    return Key(incident_key(effect_id.partition("/")[0]).pk, f"DELIVERY#{effect_id}")


def effect_key(effect_id: str) -> Key:
    """Return the key of an effect."""
    return Key(f"{_EFFECT}{effect_id}", "EFFECT")


def workflow_request_key(workflow_request: WorkflowRequest) -> Key:
    """Return the key of a workflow request: with the effects, because the stream carries both in the same way.

    A plan that ended without an act may be requested again, as an action with a later creation time. That is another
    workflow request.
    """
    match workflow_request:
        case StartWorkflow(id=name, action=action):
            return effect_key(_bounded(f"start/{name}/{stamp(action.made)}"))
        case WakeWorkflow(id=name):
            return effect_key(_bounded(f"wake/{name}"))


def heartbeat_key(heartbeat: Heartbeat) -> Key:
    """Return the key of a heartbeat: with the effects, because it takes the same path."""
    return effect_key(_bounded(f"heartbeat/{heartbeat.id}"))


def notice_key(notice: QueuedNotification) -> Key:
    """Return the key of a notice.

    It also contains a digest of the content, so a folded notice never has the key of one of its parts. If two workers
    fold the same notices, the second one finds them deleted, and cannot mistake the result for them.
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
    """Return the partition of everything that waits for a receiver."""
    return f"{_NOTICES}{receiver}"


def receiver_of(key: Key) -> str:
    """Return the receiver of the notice under a key."""
    return key.pk.removeprefix(_NOTICES)


def pace_key(receiver: str) -> Key:
    """Return the key of a receiver's pace."""
    return Key(f"RECEIVER#{receiver}", "PACE")


def group_key(group: str) -> Key:
    """Return the key of a group."""
    return Key(f"GROUP#{_bounded(group)}", "GROUP")


def inhibition_key(inhibition: str, incident_id: str = "") -> Key:
    """Return the key of an inhibition by an incident.

    The partition holds all incidents that inhibit by the same key.
    """
    return Key(f"INHIBITION#{_bounded(inhibition)}", incident_id)


def silence_key(silence_id: str) -> Key:
    """Return the key of a silence."""
    return Key(SILENCES, f"SILENCE#{_bounded(silence_id)}")


def action_key(digest: str) -> Key:
    """Return the key of an action."""
    return Key(f"ACTION#{digest}", "ACTION")


def token_key(digest: str, wait: str) -> Key:
    """Return the key of a waiting step's task token."""
    return Key(action_key(digest).pk, f"TOKEN#{wait}")


def vote_key(digest: str, round_: int, number: int) -> Key:
    """Return the key of a vote. `number` counts the votes of a round.

    It is separate from its action, because another function may write it.
    """
    return Key(votes_of(digest), f"{_round(round_)}{number:06}")


def votes_of(digest: str) -> str:
    """Return the partition of all votes on a plan, in all its rounds."""
    return f"VOTES#{digest}"


def is_of_round(key: Key, round_: int) -> bool:
    """Return whether the vote under a key was given in this round."""
    return key.sk.startswith(_round(round_))


def register_key(target: Target) -> Key:
    """Return the key of the register of a target's account and Region."""
    return Key(f"REGISTER#{target.account}/{target.region}", "REGISTER")


def endpoints_of(target: Target) -> str:
    """Return the partition of all known endpoints in a target's account and Region."""
    return f"ENDPOINTS#{target.account}/{target.region}"


def efficacy_key(target: Target, remedy: RemedyName) -> Key:
    """Return the key of a remedy's efficacy for a target; the partition holds all remedies of the target."""
    return Key(efficacies_of(target), remedy)


def efficacies_of(target: Target) -> str:
    """Return the partition of the efficacies of all remedies for a target."""
    return f"EFFICACY#{target}"


def remedy_of(key: Key) -> RemedyName | None:
    """Return the remedy whose efficacy is under a key, or None if it is unknown."""
    return RemedyName.of(key.sk) if key.sk in RemedyName else None


def awaited_key(name: str, digest: str = "") -> Key:
    """Return the key for an action that waits for this name; the partition holds all such actions."""
    return Key(f"AWAITED#{_bounded(name)}", digest)


def _round(number: int) -> str:
    return f"{number:06}#"


def _bounded(name: str) -> str:
    """Return a name; if it is too long, its beginning and a digest of all of it."""
    raw = name.encode()
    if len(raw) <= _LONGEST:
        return name
    digest = hashlib.sha256(raw).hexdigest()
    return f"{raw[: _LONGEST - len(digest) - 1].decode(errors='ignore')}~{digest}"
