"""What Kedge says of itself: the one logger, the one set of metrics, and every name in it.

Nobody logs an event, a report or a message: what lies in them belongs to the team. Ids, places and reasons are enough.
"""

from enum import StrEnum
from typing import Final

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from kedge.domain.decision import Reason

logger: Final = Logger()
metrics: Final = Metrics(namespace="Kedge")


class Count(StrEnum):
    """The metrics, each a count in the namespace Kedge."""

    SIGNALS_TAKEN = "SignalsTaken"
    SIGNALS_IGNORED = "SignalsIgnored"
    SIGNALS_UNKNOWN = "SignalsUnknownSource"  # ignored, because the door by which they came does not take them
    SIGNALS_MALFORMED = "SignalsMalformed"
    SIGNALS_REPEATED = "SignalsRepeated"
    SIGNALS_SUPERSEDED = "SignalsSuperseded"
    SIGNALS_FAILED = "SignalsFailed"
    INCIDENTS_OPENED = "IncidentsOpened"
    INCIDENTS_RESOLVED = "IncidentsResolved"
    HEARTBEATS = "Heartbeats"  # events of the stack's own rule that went the whole ring round
    RECORDS_LEFT = "RecordsLeft"  # in a queue, for whatever reason, to come again
    EFFECTS_CARRIED = "EffectsCarried"
    EFFECTS_LEFT = "EffectsLeft"
    DELIVERED = "Delivered"
    DELIVERIES_REPEATED = "DeliveriesRepeated"
    DELIVERY_FAILED = "DeliveryFailed"
    UNDELIVERED = "Undelivered"
    NOBODY_LISTENS = "NobodyListens"  # no subscriber of the people topic has confirmed
    RECEIPTS_UNREAD = "ReceiptsUnread"  # SQS did not say whether it knows a message
    POLICY_UNREAD = "PolicyUnread"  # the newest could not be asked for, or the kept one not be decided by
    TAGS_UNREAD = "TagsUnread"
    FACTS_UNREAD = "FactsUnread"
    FLEET_UNHEARD = "FleetUnheard"  # the fleet could not keep what a run shows
    TIMERS_FIRED = "TimersFired"
    GATHERED_TOLD = "GatheredTold"
    ERRANDS_DONE = "ErrandsDone"
    REMEDY_STEPS = "RemedySteps"
    REMEDIES_REFUSED = "RemediesRefused"
    APPROVALS_ASKED = "ApprovalsAsked"
    ANSWERS_COUNTED = "AnswersCounted"
    ANSWERS_REFUSED = "AnswersRefused"
    ACTS_REFUSED = "ActsRefused"  # what a person decided, and did not count for lack of proof
    PROOFS_REFUSED = "ProofsRefused"  # AWS did not confirm who said something, or could not be asked
    REMEDIES_DONE = "RemediesDone"
    REMEDIES_UNKNOWN = "RemediesUnknown"  # called, and nobody knows whether AWS took it
    REMEDIES_VERIFIED = "RemediesVerified"
    REMEDIES_FAILED = "RemediesFailed"
    REMEDIES_UNVERIFIED = "RemediesUnverified"
    REMEDIES_ESCALATED = "RemediesEscalated"
    RECONCILE_LEFT = "ReconcileLeft"  # what failed, and is tried again a minute later


OF_REASON: Final = {
    Reason.DUPLICATE: Count.SIGNALS_REPEATED,
    Reason.SUPERSEDED: Count.SIGNALS_SUPERSEDED,
    Reason.FIRST_SEEN: Count.INCIDENTS_OPENED,
    Reason.RESOLVED: Count.INCIDENTS_RESOLVED,
}
"""What a decision counts as, besides a signal taken."""


def count(what: Count, many: int = 1) -> None:
    """Count something; it is written with the function's answer."""
    metrics.add_metric(name=what, unit=MetricUnit.Count, value=many)
