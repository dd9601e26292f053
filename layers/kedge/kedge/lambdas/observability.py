"""Kedge's own logger, its metrics, and every name in them.

The log never contains an event, a report or a message, because their content belongs to the team. Ids, places and
reasons are enough.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, Metrics, MetricUnit

from kedge.domain.decision import Reason

logger: Final = Logger()
metrics: Final = Metrics(namespace="Kedge")


class Count(StrEnum):
    """The metrics, each a count in the namespace Kedge."""

    SIGNALS_TAKEN = "SignalsTaken"
    SIGNALS_IGNORED = "SignalsIgnored"
    SIGNALS_UNKNOWN = "SignalsUnknownSource"  # ignored, because their entry point does not take them
    SIGNALS_MALFORMED = "SignalsMalformed"
    SIGNALS_REPEATED = "SignalsRepeated"
    SIGNALS_SUPERSEDED = "SignalsSuperseded"
    SIGNALS_FAILED = "SignalsFailed"
    INCIDENTS_OPENED = "IncidentsOpened"
    INCIDENTS_RESOLVED = "IncidentsResolved"
    HEARTBEATS = "Heartbeats"  # events of the stack's own rule that passed through the whole ring
    RECORDS_LEFT = "RecordsLeft"  # records that return to a queue, for any reason
    EFFECTS_CARRIED = "EffectsCarried"
    EFFECTS_LEFT = "EffectsLeft"
    EFFECTS_STRANDED = "EffectsStranded"  # without a delivery after 10 minutes, and carried again
    DELIVERED = "Delivered"
    DELIVERIES_REPEATED = "DeliveriesRepeated"
    DELIVERY_FAILED = "DeliveryFailed"
    UNDELIVERED = "Undelivered"
    NOBODY_LISTENS = "NobodyListens"  # no subscriber of the people topic has confirmed
    RECEIPTS_UNREAD = "ReceiptsUnread"  # SQS did not say whether it knows a message
    POLICY_UNREAD = "PolicyUnread"  # the newest policy could not be read, or the stored one not be loaded
    TAGS_UNREAD = "TagsUnread"
    FACTS_UNREAD = "FactsUnread"
    FLEET_UNHEARD = "FleetUnheard"  # the case of the fleet could not be written
    TIMERS_FIRED = "TimersFired"
    GATHERED_TOLD = "GatheredTold"
    WORKFLOW_REQUESTS_DONE = "ErrandsDone"
    REMEDY_STEPS = "RemedySteps"
    REMEDIES_REFUSED = "RemediesRefused"
    APPROVALS_ASKED = "ApprovalsAsked"
    ANSWERS_COUNTED = "AnswersCounted"
    ANSWERS_REFUSED = "AnswersRefused"
    ACTS_REFUSED = "ActsRefused"  # a person's decision that did not count, for lack of proof
    PROOFS_REFUSED = "ProofsRefused"  # AWS did not confirm the signer, or could not be asked
    REMEDIES_DONE = "RemediesDone"
    REMEDIES_UNKNOWN = "RemediesUnknown"  # sent, and it is unknown whether AWS accepted it
    REMEDIES_VERIFIED = "RemediesVerified"
    REMEDIES_FAILED = "RemediesFailed"
    REMEDIES_UNVERIFIED = "RemediesUnverified"
    REMEDIES_ESCALATED = "RemediesEscalated"
    WINDOWS_SENT = "WindowsSent"  # due windows that were sent to the monitor's queue
    WINDOWS_SKIPPED = "WindowsSkipped"  # missed windows that are too old to be measured
    WINDOWS_MEASURED = "WindowsMeasured"
    WINDOWS_REPEATED = "WindowsRepeated"
    WINDOWS_FAILED = "WindowsFailed"  # the measurement could not work, and its signal says why
    LOST_SIGNALS_SENT = "LostSignalsSent"  # facts that the ring did not receive before
    WATCH_LEFT = "WatchLeft"  # parts of a pass that failed, and are retried 10 minutes later
    RECONCILE_LEFT = "ReconcileLeft"  # failed, and retried a minute later


OF_REASON: Final = {
    Reason.DUPLICATE: Count.SIGNALS_REPEATED,
    Reason.SUPERSEDED: Count.SIGNALS_SUPERSEDED,
    Reason.FIRST_SEEN: Count.INCIDENTS_OPENED,
    Reason.RESOLVED: Count.INCIDENTS_RESOLVED,
}
"""The metrics that a decision adds to SignalsTaken."""


def publish_measurement(dimensions: dict[str, str], values: Mapping[str, float]) -> None:
    """Write the numbers of a window in the namespace Kedge/Monitoring, through the log, which needs no permission."""
    if not values:
        return
    numbers = EphemeralMetrics(namespace="Kedge/Monitoring")
    for name, target in dimensions.items():
        numbers.add_dimension(name=name, value=target)
    for name, value in values.items():
        numbers.add_metric(name=name, unit=MetricUnit.NoUnit, value=value)
    numbers.flush_metrics()


def count(what: Count, many: int = 1) -> None:
    """Count something; the count is written with the function's response."""
    metrics.add_metric(name=what, unit=MetricUnit.Count, value=many)
