"""What lies around a case and bears on whom it is told to: silences, inhibitions, what others were told."""

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
    """What a decision would have to know of its surroundings. Silences are always among it.

    `receivers` are the names under which paces are kept.
    """

    receivers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    inhibitions: tuple[str, ...] = ()

    def covers(self, other: "ContextRequest | None") -> bool:
        """Return whether everything that another request asks for is in this one. None asks for nothing."""
        if other is None:
            return True
        pairs = ((self.receivers, other.receivers), (self.groups, other.groups), (self.inhibitions, other.inhibitions))
        return all(set(theirs) <= set(mine) for mine, theirs in pairs)

    def joined(self, other: "ContextRequest | None") -> "ContextRequest":
        """Return a request for everything that either asks for."""
        if other is None:
            return self
        return ContextRequest(
            receivers=tuple(dict.fromkeys((*self.receivers, *other.receivers))),
            groups=tuple(dict.fromkeys((*self.groups, *other.groups))),
            inhibitions=tuple(dict.fromkeys((*self.inhibitions, *other.inhibitions))),
        )


class EndpointContext(Struct, frozen=True, kw_only=True):
    """What bears on the cause and the remedy of an endpoint's incident.

    `companions` are the other open incidents of the target, `fleet` the open incident upstream of many, `broken` when its data was broken, `efficacy` how well each remedy has
    worked for it. `facts` is None where nobody read them; `unread` says why they could not be read. `inputs` is the case of the target's data
    quality, and `measured` holds the earlier runs of the signal's monitor that are kept with their values, the oldest first;
    None until a decision needs them.
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
    """The surroundings of a case at one moment.

    `inhibitors` gives for each inhibition key that was asked for the open incidents that have it; `upstream` is the open
    incident of the fleet, if there is one. `crowded` says that others change the same receiver at the same time: then what
    is to be told is gathered instead, which touches nothing that is shared. `here` is what bears on cause and remedy, None where that was
    not asked for. `runs` are the cases of an endpoint's monitors, for a decision about its configs, `awaiting` the digests of the actions that
    wait for what the signal tells, by name. `unsuppressed` are the alarms of which CloudWatch says that it suppresses their actions no longer, `suppressed` those that it still does.
    """

    silences: tuple[Silence, ...] = ()
    inhibitors: dict[str, tuple[str, ...]] = {}
    upstream: Incident | None = None
    paces: dict[str, SendRate] = {}
    groups: dict[str, GroupState] = {}
    crowded: bool = False
    here: EndpointContext | None = None
    runs: tuple[CaseState, ...] = ()
    awaiting: dict[str, str] = {}
    unsuppressed: tuple[str, ...] = ()
    suppressed: tuple[str, ...] = ()
