"""The remedies of an incident, their modes, and the reasons against them."""

from enum import StrEnum

from msgspec import Struct

from kedge.domain.attributed import AttributedEnum


class RemedyAttributes(Struct, frozen=True, kw_only=True):
    """The row of a remedy.

    `changes_endpoint`: it changes the config or the weights of an endpoint. `needs_sound_evidence`: broken, unreadable
    or missing data holds it. The words: `brief` follows "to", `noun` names it, `past` follows the name of a target, and
    `wanted` is a sentence with `{name}` for the target. `next_step` is the reader's next action after the remedy helped,
    empty if there is none.
    """

    changes_endpoint: bool
    needs_sound_evidence: bool
    brief: str
    noun: str
    past: str
    wanted: str
    next_step: str


class RemedyName(AttributedEnum):
    """The remedies, each bounded by the policy's limits."""

    ROLL_BACK = (
        "roll_back",
        RemedyAttributes(
            changes_endpoint=True,
            needs_sound_evidence=True,
            brief="roll back",
            noun="roll-back",
            past="was rolled back",
            wanted="Roll {name} back",
            next_step="Find the fault of the config that Kedge rolled back, before you deploy it again.",
        ),
    )
    RETRAIN = (
        "retrain",
        RemedyAttributes(
            changes_endpoint=False,
            needs_sound_evidence=True,
            brief="retrain",
            noun="retraining",
            past="was retrained",
            wanted="Make a new model for {name}",
            next_step="Check the new model in the model registry. After its approval and deployment, the next runs show the result.",
        ),
    )
    SHIFT_TRAFFIC = (
        "shift_traffic",
        RemedyAttributes(
            changes_endpoint=True,
            needs_sound_evidence=True,
            brief="shift traffic",
            noun="shift of traffic",
            past="had its traffic shifted",
            wanted="Take traffic away from a variant of {name}",
            next_step="",
        ),
    )
    # The team's own function or state machine, which judges the evidence itself.
    INVOKE = (
        "invoke",
        RemedyAttributes(
            changes_endpoint=False,
            needs_sound_evidence=False,
            brief="call the team's automation",
            noun="call of the team's automation",
            past="had its team's automation called",
            wanted="Call the team's own automation for {name}",
            next_step="",
        ),
    )
    NONE = (
        "none",
        RemedyAttributes(
            changes_endpoint=False,
            needs_sound_evidence=True,
            brief="of an earlier incident",
            noun="none",
            past="none",
            wanted="Carry out no remedy on {name}",
            next_step="",
        ),
    )

    def __init__(self, _word: str, row: RemedyAttributes) -> None:
        """Take the attributes of the row."""
        self.changes_endpoint = row.changes_endpoint
        self.needs_sound_evidence = row.needs_sound_evidence
        self.brief = row.brief
        self.noun = row.noun
        self.past = row.past
        self.wanted = row.wanted
        self.next_step = row.next_step


class Mode(StrEnum):
    """How far a remedy may go without a person."""

    DRY_RUN = "dry_run"
    APPROVAL = "approval"
    AUTO = "auto"


class Sessions(StrEnum):
    """The authority that chooses the name of a role's session."""

    FREE = "free"  # the caller: all sessions of a role are one person
    BOUND = "bound"  # the role's trust policy: a session names a person


class HoldReason(StrEnum):
    """Why a remedy is not carried out. Each is reported with the required change and, if it ends by itself, its end."""

    # The evidence does not select an action: people are asked.
    HOLD = "hold"  # a broken schema and a deployment at the same time, or another cause beside it
    UPSTREAM = "upstream"  # the problem affects many targets: no single target is changed
    NO_KNOWN_GOOD = "no_known_good"  # no earlier config is known as good
    # The policy's limits.
    KILL_SWITCH = "kill_switch"
    COOLDOWN = "cooldown"
    MOST_ACTIONS = "most_actions"
    SHARE_OF_FLEET = "share_of_fleet"
    ALREADY_RUNNING = "already_running"  # another remedy of this target, or of the same pipeline, is under way
    BACK_AND_FORTH = "back_and_forth"  # A, B, A: it was rolled back away from that config before
    # The state of the world.
    NOT_TAGGED = "not_tagged"  # the endpoint lacks the tag with which its team allows it
    ENDPOINT_GONE = "endpoint_gone"
    ENDPOINT_BUSY = "endpoint_busy"  # it is being updated, or SageMaker works on it
    ENDPOINT_BROKEN = "endpoint_broken"  # Failed or UpdateRollbackFailed: a person has to check it
    ENDPOINT_CHANGED = "endpoint_changed"  # it does not run the config of the plan any more
    CONFIG_GONE = "config_gone"
    MODEL_GONE = "model_gone"
    ARTIFACT_GONE = "artifact_gone"
    VARIANTS_DIFFER = "variants_differ"  # the two configs have different variants: capacity could not be kept
    CAPTURE_OFF = "capture_off"  # the earlier config captures nothing: the remedy would blind the monitors
    INFERENCE_COMPONENTS = "inference_components"  # the config does not name a model: a roll-back would change nothing
    NO_OTHER_VARIANT = "no_other_variant"
    NOTHING_TO_START = "nothing_to_start"  # the rule does not name a pipeline, function or state machine
    WRONG_PARAMETER = "wrong_parameter"  # a tag, parameter or template that does not make sense
    NOT_AN_ENDPOINT = "not_an_endpoint"
    UNREADABLE = "unreadable"  # a required fact could not be read
    # The progress of its plan.
    REJECTED = "rejected"
    EXPIRED = "expired"
    STALE = "stale"  # the approved plan is not the current one
    INCIDENT_OVER = "incident_over"
    NOT_PERMITTED = "not_permitted"  # AWS refused
