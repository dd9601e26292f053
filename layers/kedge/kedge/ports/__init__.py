"""What the use cases need of the world, each as small as its caller.

Every port may raise `Transient` (throttled, timed out, unavailable: let the queue try again) and `Permanent` (AWS
refused and will refuse again). Absence is an answer, None, never an error.
"""

from kedge.ports.acting import Called, Starting, Updates, Weights, Workflows
from kedge.ports.facts import Artifacts, EndpointFacts, Identity, Metrics, Packages, Starters
from kedge.ports.keeping import (
    Agenda,
    Claim,
    Commit,
    Deliveries,
    Due,
    Ledger,
    PolicyShelf,
    Published,
    PublishedPolicies,
    Surroundings,
    Telling,
)
from kedge.ports.plans import Actions, Held, Step
from kedge.ports.reading import (
    Alarm,
    Alarms,
    CheckStep,
    DeadLetters,
    Execution,
    Monitors,
    Objects,
    Piece,
    ProcessingJob,
    Queue,
    Receipts,
    Redelivery,
    Schedule,
    Tags,
    Variable,
)
from kedge.ports.speaking import Channel, Channels, Message

__all__ = [
    "Actions",
    "Agenda",
    "Alarm",
    "Alarms",
    "Artifacts",
    "Called",
    "Channel",
    "Channels",
    "CheckStep",
    "Claim",
    "Commit",
    "DeadLetters",
    "Deliveries",
    "Due",
    "EndpointFacts",
    "Execution",
    "Held",
    "Identity",
    "Ledger",
    "Message",
    "Metrics",
    "Monitors",
    "Objects",
    "Packages",
    "Piece",
    "PolicyShelf",
    "ProcessingJob",
    "Published",
    "PublishedPolicies",
    "Queue",
    "Receipts",
    "Redelivery",
    "Schedule",
    "Starters",
    "Starting",
    "Step",
    "Surroundings",
    "Tags",
    "Telling",
    "Updates",
    "Variable",
    "Weights",
    "Workflows",
]
