"""The context of a case for its routing: silences, inhibitions, and earlier messages to others."""

from msgspec import Struct

from kedge.domain.action import ActionRegister, Efficacy
from kedge.domain.decision import CaseState
from kedge.domain.deployment import Deployments
from kedge.domain.facts import Facts
from kedge.domain.incident import BrokenPeriod, Incident
from kedge.domain.notification import GroupState, SendRate
from kedge.domain.remedy import RemedyName
from kedge.domain.run import MeasuredRun
from kedge.domain.silence import Silence


class ContextRequest(Struct, frozen=True, kw_only=True):
    """The context that a decision needs. Silences are always part of it.

    `receivers` are the names of the stored paces.
    """

    receivers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    inhibitions: tuple[str, ...] = ()

    def covers(self, other: "ContextRequest | None") -> bool:
        """Return whether this request contains everything in another one. None requests nothing."""
        if other is None:
            return True
        return (
            set(self.receivers).issuperset(other.receivers)
            and set(self.groups).issuperset(other.groups)
            and set(self.inhibitions).issuperset(other.inhibitions)
        )

    def joined(self, other: "ContextRequest | None") -> "ContextRequest":
        """Return a request for everything that either requests."""
        if other is None:
            return self
        return ContextRequest(
            receivers=tuple(dict.fromkeys((*self.receivers, *other.receivers))),
            groups=tuple(dict.fromkeys((*self.groups, *other.groups))),
            inhibitions=tuple(dict.fromkeys((*self.inhibitions, *other.inhibitions))),
        )


class EndpointContext(Struct, frozen=True, kw_only=True):
    """The facts for the cause and the remedy of an endpoint's incident.

    `companions` are the other open incidents of the target, `fleet` the open upstream incident of many targets.
    `broken` lists the times of broken data, and `efficacy` how well each remedy has worked for it. `facts` is None if
    they were not read; `unread` says why they could not be read. `inputs` is the case of the target's data quality.
    `measured` holds the earlier stored runs of the signal's monitor with their values, the oldest first; None until a
    decision needs them.
    """

    deployments: Deployments = Deployments()
    companions: tuple[Incident, ...] = ()
    fleet: Incident | None = None
    broken: tuple[BrokenPeriod, ...] = ()
    register: ActionRegister = ActionRegister()
    efficacy: dict[RemedyName, Efficacy] = {}
    facts: Facts | None = None
    unread: str = ""
    inputs: CaseState = CaseState()
    measured: tuple[MeasuredRun, ...] | None = None


class Context(Struct, frozen=True, kw_only=True):
    """The context of a case at one moment.

    `inhibitors` holds for each requested inhibition key the open incidents that have it. `upstream` is the open
    incident of the fleet, if there is one. `crowded` says that other writers change the same receiver at the same time.
    Then the news is gathered instead, which does not change shared state.

    `endpoint_context` holds the facts for cause and remedy, None if they were not requested. `runs` are the cases of an endpoint's
    monitors, for a decision about its configs. `awaiting` holds, by name, the digests of the actions that wait for the
    signal's content. `unsuppressed` are the alarms whose actions CloudWatch no longer suppresses, `suppressed` those
    that it still suppresses.
    """

    silences: tuple[Silence, ...] = ()
    inhibitors: dict[str, tuple[str, ...]] = {}
    upstream: Incident | None = None
    paces: dict[str, SendRate] = {}
    groups: dict[str, GroupState] = {}
    crowded: bool = False
    endpoint_context: EndpointContext | None = None
    runs: tuple[CaseState, ...] = ()
    awaiting: dict[str, str] = {}
    unsuppressed: tuple[str, ...] = ()
    suppressed: tuple[str, ...] = ()
