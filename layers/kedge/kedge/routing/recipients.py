"""The receivers of an incident, before suppression."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from kedge.decide.incident_parts import whole_of
from kedge.domain.context import Context
from kedge.domain.decision import Notify, Queued, Suppressed
from kedge.domain.incident import Incident, SuppressionReason
from kedge.domain.notification import GroupState, SendRate
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor
from kedge.policy.compiled import Policy
from kedge.policy.matchers import Labels
from kedge.policy.routes import Route

RECHECK: Final = timedelta(minutes=5)
"""The interval of re-evaluation if the end of a suppression is unknown: an inhibition ends, a silence expires early."""

# Broken rules are reported repeatedly until they are fixed, independent of the repeat interval in the active rules.
_BROKEN_POLICY: Final = timedelta(hours=1)


class Recipient(Struct, frozen=True, kw_only=True):
    """One receiver of the news: its route in the tree, its group, and the reason."""

    receiver: str
    why: Reason
    route: Route
    group: str
    repeat: timedelta | None = None


class NotificationDraft(Struct, frozen=True, kw_only=True):
    """The news of one incident on its way to receivers.

    `asked` are the initial recipients, `wishes` the remaining ones.

    `only` limits it to some receivers, and `unheard` to those who were not notified of the incident yet, or still wait.
    `said` says that no authority confirms the news.
    """

    policy: Policy
    context: Context
    now: datetime
    incident: Incident
    labels: Labels
    why: Reason
    only: tuple[str, ...] | None = None
    unheard: bool = False
    said: bool = False
    asked: tuple[Recipient, ...] = ()
    wishes: tuple[Recipient, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    effects: tuple[Notify | Queued, ...] = ()
    routes: tuple[str, ...] = ()
    paces: dict[str, SendRate] = {}
    groups: dict[str, GroupState] = {}

    @property
    def whole(self) -> tuple[Labels, ...]:
        """Return the labels of each thing that is wrong: a suppression must cover all of them."""
        return whole_of(self.incident, self.labels, said=self.said)

    def hush(
        self, wishes: tuple[Recipient, ...], quiet: SuppressionReason, by: str = "", until: datetime | None = None
    ) -> "NotificationDraft":
        """Return the draft without these recipients, and with the reason. `until` is None if only a signal ends it."""
        if not wishes:
            return self
        hushed = tuple(
            Suppressed(receiver=wish.receiver, why=wish.why, quiet=quiet, by=by, until=until) for wish in wishes
        )
        left = tuple(wish for wish in self.wishes if wish not in wishes)
        return msgspec.structs.replace(self, wishes=left, suppressed=(*self.suppressed, *hushed))


def find_recipients(telling: NotificationDraft) -> NotificationDraft:
    """Return the draft with every receiver that the tree leads to, once, by its first route."""
    found: dict[str, Recipient] = {}
    for route in telling.policy.route.leading(telling.labels):
        found.setdefault(route.receiver, _wish(telling, route.receiver, route))
    if telling.why is Reason.RESOLVED or telling.only is not None:
        # A receiver that was notified of the start is notified of the end, even if the tree leads elsewhere by now.
        root = telling.policy.route
        for receiver in (*telling.incident.told, *(telling.only or ())):
            found.setdefault(receiver, _wish(telling, receiver, root))
    if telling.only is not None:
        found = {receiver: wish for receiver, wish in found.items() if receiver in telling.only}
    wishes = tuple(found.values())
    routes = tuple(dict.fromkeys(wish.route.path for wish in wishes))
    return msgspec.structs.replace(telling, asked=wishes, wishes=wishes, routes=routes)


def _wish(telling: NotificationDraft, receiver: str, route: Route) -> Recipient:
    repeat = route.repeat
    if telling.incident.monitor is Monitor.POLICY:
        repeat = min(repeat or _BROKEN_POLICY, _BROKEN_POLICY)
    group = route.group(telling.labels, receiver, said=telling.said)
    return Recipient(receiver=receiver, why=telling.why, route=route, group=group, repeat=repeat)
