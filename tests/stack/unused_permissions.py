"""Permissions of the template that no function was seen to use on the local stack, each with its reason."""

from typing import Final

_POLLER: Final = "Lambda reads the source in the role's name; the emulator's poller asks nobody"
_DESTINATION: Final = "Lambda sends what failed for good in the role's name; the emulator asks nobody"
_KEY: Final = "the services use the key in the role's name; the emulator keeps keys, and encrypts nothing with them"
_LOGS: Final = "Lambda writes the log in the role's name; the emulator asks nobody"
_OF_REMEDIES: Final = (
    "RemediateFunction",
    "RollBackFunction",
    "ShiftTrafficFunction",
    "RetrainFunction",
    "InvokeFunction",
    "ApproveFunction",
)

# (function, statement): all of its actions.
STATEMENTS: Final = {
    ("IntakeFunction", "TakeSignals"): _POLLER,
    ("IntakeFunction", "UseTheKeyThroughTheServices"): _KEY,
    ("IntakeFunction", "Log"): _LOGS,
    ("RelayFunction", "ReadTheStream"): _POLLER,
    ("RelayFunction", "UseTheKeyThroughTheServices"): _KEY,
    ("RelayFunction", "Log"): _LOGS,
    ("DispatchFunction", "TakeEffects"): _POLLER,
    ("DispatchFunction", "UseTheKeyThroughTheServices"): _KEY,
    ("DispatchFunction", "Log"): _LOGS,
    **{(function, "UseTheKeyThroughTheServices"): _KEY for function in _OF_REMEDIES},
    **{(function, "Log"): _LOGS for function in _OF_REMEDIES},
    ("ReconcileFunction", "UseTheKeyThroughTheServices"): _KEY,
    ("ReconcileFunction", "Log"): _LOGS,
    ("ValidatePolicyFunction", "UseTheKeyThroughTheServices"): _KEY,
    ("ValidatePolicyFunction", "Log"): _LOGS,
}
# (function, statement): some of its actions.
ACTIONS: Final[dict[tuple[str, str], dict[str, str]]] = {}
# (function, statement, resource): a resource of a statement whose other resources are used.
RESOURCES: Final = {
    ("RelayFunction", "FillTheQueue", "${EffectsDeadLetters.Arn}"): _DESTINATION,
}
