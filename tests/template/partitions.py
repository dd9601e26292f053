"""Which partitions of the table each kind of write touches, and which function writes what.

`tests/unit/ledger/test_partitions.py` holds `WRITES` against the code that writes, `test_partitions.py` holds the template against
`WRITERS`, and docs/security.md has a table of it (`python -m tests.template.permission_table`).
"""

from collections.abc import Mapping
from typing import Final

WRITES: Final[Mapping[str, tuple[str, ...]]] = {
    # Whoever takes a signal into the ring: the case and all that goes with it. Those who act or approve tell the ring of it.
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
    # Of these, only intake hears of runs and alarms.
    "run": ("RUNS#*",),
    "telling": ("NOTICES#*", "EFFECT#*", "RECEIVER#*", "GROUP#*"),
    "delivery": ("INCIDENT#*",),
    "silence": ("SILENCES",),
    "policy": ("POLICY",),
    # A plan, its stages, and the tokens of its waiting steps.
    "plan": ("ACTION#*",),
    "vote": ("VOTES#*",),
    # The place of a plan under the limits, which permits an act.
    "place": ("REGISTER#*",),
    "wait": ("AWAITED#*",),
    "outcome": ("EFFICACY#*",),
}

_ACTS: Final = ("decision", "plan", "place", "wait")

WRITERS: Final[Mapping[str, tuple[str, ...]]] = {
    "IntakeFunction": ("decision", "run"),
    "DispatchFunction": ("delivery", "plan"),
    "ReconcileFunction": ("decision", "telling", "policy"),
    "RemediateFunction": ("decision", "plan", "place", "wait", "outcome"),
    "RollBackFunction": _ACTS,
    "ShiftTrafficFunction": _ACTS,
    "RetrainFunction": _ACTS,
    "InvokeFunction": _ACTS,
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
    "ACTION#*": "a plan, its stages, its task tokens",
    "VOTES#*": "the votes on a plan",
    "REGISTER#*": "the plans that limits count, and that the last check permitted",
    "AWAITED#*": "plans that wait for a signal",
    "EFFICACY#*": "the outcomes of a remedy on a target",
}


def partitions_of(function: str) -> set[str]:
    """The partitions that a function needs to write."""
    return {partition for write in WRITERS.get(function, ()) for partition in WRITES[write]}
