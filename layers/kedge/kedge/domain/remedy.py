"""What may be done about an incident, how far by itself, and why not."""

from enum import StrEnum


class RemedyName(StrEnum):
    """The remedies, each bounded by the policy's limits."""

    ROLL_BACK = "roll_back"
    RETRAIN = "retrain"
    SHIFT_TRAFFIC = "shift_traffic"
    INVOKE = "invoke"  # the team's own function or state machine
    NONE = "none"


class Mode(StrEnum):
    """How far a remedy may go by itself."""

    DRY_RUN = "dry_run"
    APPROVAL = "approval"
    AUTO = "auto"


class Sessions(StrEnum):
    """Who chooses the name of a role's session."""

    FREE = "free"  # the caller: all sessions of a role are one person
    BOUND = "bound"  # the role's trust policy: a session names a person


class HoldReason(StrEnum):
    """Why a remedy is not carried out. Each is said with what would have to change, and where it ends by itself, when."""

    # The evidence does not say what to do: people are asked.
    HOLD = "hold"  # a broken schema and a deployment at the same time, or another cause beside it
    UPSTREAM = "upstream"  # what is wrong is wrong on many targets: nothing is done to one of them
    NO_KNOWN_GOOD = "no_known_good"  # no earlier config is known to have been well
    # The policy's limits.
    KILL_SWITCH = "kill_switch"
    COOLDOWN = "cooldown"
    MOST_ACTIONS = "most_actions"
    SHARE_OF_FLEET = "share_of_fleet"
    ALREADY_RUNNING = "already_running"  # another remedy of this target, or of the same pipeline, is under way
    BACK_AND_FORTH = "back_and_forth"  # A, B, A: it was rolled back away from that config before
    # What the world looks like.
    NOT_TAGGED = "not_tagged"  # the endpoint has not the tag by which its team allows it
    ENDPOINT_GONE = "endpoint_gone"
    ENDPOINT_BUSY = "endpoint_busy"  # it is being updated, or SageMaker works on it
    ENDPOINT_BROKEN = "endpoint_broken"  # Failed or UpdateRollbackFailed: a person has to look
    ENDPOINT_CHANGED = "endpoint_changed"  # it does not run any more what the plan was made for
    CONFIG_GONE = "config_gone"
    MODEL_GONE = "model_gone"
    ARTIFACT_GONE = "artifact_gone"
    VARIANTS_DIFFER = "variants_differ"  # the two configs have not the same variants: capacity could not be kept
    CAPTURE_OFF = "capture_off"  # the earlier config captures nothing: the remedy would blind the monitors
    INFERENCE_COMPONENTS = "inference_components"  # the config names no model: going back to it would change nothing
    NO_OTHER_VARIANT = "no_other_variant"
    NOTHING_TO_START = "nothing_to_start"  # the rule names no pipeline, function or state machine
    WRONG_PARAMETER = "wrong_parameter"  # a tag, parameter or template that does not make sense
    NOT_AN_ENDPOINT = "not_an_endpoint"
    UNREADABLE = "unreadable"  # what has to be known could not be read
    # What became of it.
    REJECTED = "rejected"
    EXPIRED = "expired"
    STALE = "stale"  # what was approved is not what would be done now
    INCIDENT_OVER = "incident_over"
    NOT_PERMITTED = "not_permitted"  # AWS refused
