"""What may be done about an incident."""

from enum import StrEnum


class RemedyName(StrEnum):
    """The remedies, each bounded by the policy's limits."""

    ROLL_BACK = "roll_back"
    RETRAIN = "retrain"
    SHIFT_TRAFFIC = "shift_traffic"
    INVOKE = "invoke"  # the team's own function or state machine
    NONE = "none"
