"""The partitions of the table that each kind of write changes, and the writes of each function.

`tests/unit/ledger/test_partitions.py` compares `WRITES` with the code that writes, and `test_partitions.py` compares the
template with `WRITERS`. docs/security.md has a table of it (`python -m tests.template.permission_table`).
"""

from collections.abc import Mapping
from typing import Final

from tests.template.acts import FUNCTIONS_OF_ACTS

WRITES: Final[Mapping[str, tuple[str, ...]]] = {
    # A function that takes a signal into the ring writes the case and its context. Functions that act or approve notify the ring.
    "decision": (
        "CASE#*",
        "INCIDENT#*",
        "EFFECT#*",
        "NOTICES#*",
        "RECEIVER#*",
        "GROUP#*",
        "INHIBITION#*",
        "ENDPOINTS#*",
    ),
    # Among these, only intake receives runs and alarms.
    "run": ("RUNS#*",),
    "telling": ("NOTICES#*", "EFFECT#*", "RECEIVER#*", "GROUP#*"),
    "delivery": ("INCIDENT#*",),
    "silence": ("SILENCES",),
    "policy": ("POLICY",),
    "monitors": ("MONITORS",),
    "progress": ("WATCH",),
    "audience": ("AUDIENCE",),
    # A plan, its stages, and the tokens of its waiting steps.
    "plan": ("ACTION#*",),
    "vote": ("VOTES#*",),
    # The place of a plan under the limits, which permits an action.
    "place": ("REGISTER#*",),
    "wait": ("AWAITED#*",),
    "outcome": ("EFFICACY#*",),
}

_ACTS: Final = ("decision", "plan", "place", "wait")

WRITERS: Final[Mapping[str, tuple[str, ...]]] = {
    "IntakeFunction": ("decision", "run"),
    "DispatchFunction": ("delivery", "plan"),
    "ReconcileFunction": ("decision", "telling", "policy", "monitors", "audience"),
    "WatchFunction": ("progress",),
    "RemediateFunction": ("decision", "plan", "place", "wait", "outcome"),
    **dict.fromkeys(FUNCTIONS_OF_ACTS, _ACTS),
    "ApproveFunction": ("decision", "plan", "vote"),
    "ApproveFromChatFunction": ("decision", "plan", "vote"),
    "PeopleFunction": ("decision", "silence"),
}

HOLDS: Final[Mapping[str, str]] = {
    "CASE#*": "the state of a case: its newest facts, its incident, the deployments of an endpoint",
    "INCIDENT#*": "an incident, its timeline, its deliveries",
    "EFFECT#*": "the outbox: messages, and requests to start or wake a workflow",
    "NOTICES#*": "messages that wait for their group",
    "RECEIVER#*": "the pace of a receiver",
    "GROUP#*": "the newest message of a group",
    "INHIBITION#*": "an incident that inhibits others",
    "ENDPOINTS#*": "known endpoints, of which limits allow a share",
    "RUNS#*": "runs with the numbers that they measured",
    "SILENCES": "silences",
    "POLICY": "the policy in force",
    "MONITORS": "the monitors in force",
    "WATCH": "how far watch has listed what SageMaker did, and the targets with faults of monitoring",
    "AUDIENCE": "the receivers without a confirmed subscriber",
    "ACTION#*": "a plan, its stages, its task tokens",
    "VOTES#*": "the votes on a plan",
    "REGISTER#*": "the plans that limits count, and that the last check permitted",
    "AWAITED#*": "plans that wait for a signal",
    "EFFICACY#*": "the outcomes of a remedy on a target",
}


def partitions_of(function: str) -> set[str]:
    """Return the partitions that a function needs to write."""
    return {partition for write in WRITERS.get(function, ()) for partition in WRITES[write]}
