"""Permissions of the template that no function was seen to use on the local stack, each with its reason."""

from typing import Final

_POLLER: Final = "Lambda reads the source in the role's name; the emulator's poller asks nobody"
_DESTINATION: Final = "Lambda sends what failed for good in the role's name; the emulator asks nobody"
_KEY: Final = "the services use the key in the role's name; the emulator keeps keys, and encrypts nothing with them"
_LOGS: Final = "Lambda writes the log in the role's name; the emulator asks nobody"
_LATER: Final = "reconcile plans a remedy anew when a limit ends, hours after this story"
_REGISTRY: Final = "no config of this story that may be gone back to has a model of the registry"
_TRAINED: Final = "what a retraining made is looked at when it has ended, after this story"
_OUTCOME: Final = "remediate closes a plan when its outcome is known, hours after this story"
_GATHERED: Final = "whoever decides takes away what had been gathered; in this story nothing is told later"
_OF_REMEDIES: Final = (
    "RemediateFunction",
    "RollBackFunction",
    "ShiftTrafficFunction",
    "RetrainFunction",
    "InvokeFunction",
    "ApproveFunction",
    "ApproveFromChatFunction",
)
_OF_PEOPLE: Final = "PeopleFunction"

# (function, statement): all of its actions.
STATEMENTS: Final = {
    ("IntakeFunction", "UseTheKeyThroughTheServices"): _KEY,
    ("IntakeFunction", "Log"): _LOGS,
    ("IntakeFunction", "ReadWhichContributorsFire"): "no alarm of this story watches several time series",
    ("RelayFunction", "ReadTheStream"): _POLLER,
    ("RelayFunction", "UseTheKeyThroughTheServices"): _KEY,
    ("RelayFunction", "Log"): _LOGS,
    ("DispatchFunction", "UseTheKeyThroughTheServices"): _KEY,
    ("DispatchFunction", "Log"): _LOGS,
    **{(function, "UseTheKeyThroughTheServices"): _KEY for function in _OF_REMEDIES},
    **{(function, "Log"): _LOGS for function in _OF_REMEDIES},
    (_OF_PEOPLE, "UseTheKeyThroughTheServices"): _KEY,
    (_OF_PEOPLE, "Log"): _LOGS,
    ("IntakeFunction", "ReadWhatTheRegistrySays"): _REGISTRY,
    ("ReconcileFunction", "ReadWhatAPlanIsMadeOf"): _LATER,
    ("ReconcileFunction", "ReadWhatTheRegistrySays"): _REGISTRY,
    ("ReconcileFunction", "SeeWhatIsScaledByItself"): _LATER,
    ("ReconcileFunction", "SeeWhatMayBeStarted"): _LATER,
    ("ReconcileFunction", "SeeWhatMayBeCalled"): _LATER,
    ("ReconcileFunction", "ReadTags"): _LATER,
    ("ReconcileFunction", "SeeWhetherArtifactsAreThere"): _LATER,
    ("RemediateFunction", "GoOnWithTheWorkflow"): "nobody here approves between two waits, when nobody waits",
    ("RemediateFunction", "ReadWhatModelsMeasured"): _TRAINED,
    ("ReconcileFunction", "SeeWhatIsSuppressedAtTheSource"): "CloudWatch suppresses no alarm of this story",
    ("ReconcileFunction", "SeeWhetherSchedulesAreThere"): "no reminder of a schedule is due in this story, and no run",
    ("ReconcileFunction", "UseTheKeyThroughTheServices"): _KEY,
    ("ReconcileFunction", "Log"): _LOGS,
    ("ValidatePolicyFunction", "UseTheKeyThroughTheServices"): _KEY,
    ("ValidatePolicyFunction", "Log"): _LOGS,
}
# (function, statement): some of its actions.
ACTIONS: Final = {
    ("IntakeFunction", "TakeSignals"): {"sqs:ReceiveMessage": _POLLER, "sqs:DeleteMessage": _POLLER},
    ("DispatchFunction", "TakeEffects"): {"sqs:ReceiveMessage": _POLLER, "sqs:DeleteMessage": _POLLER},
    # remediate takes away what waits for an answer as soon as there is one.
    **{(function, "KeepInTheLedger"): {"dynamodb:DeleteItem": _GATHERED} for function in _OF_REMEDIES[1:]},
    **{
        (function, "ReadTheLedger"): {
            "dynamodb:BatchGetItem": "it decides in the ring as all others do; one incident alone has no companions",
        }
        for function in _OF_REMEDIES[-2:]
    },
    (_OF_PEOPLE, "KeepInTheLedger"): {"dynamodb:DeleteItem": _GATHERED},
    ("RemediateFunction", "SeeWhatCameOfIt"): {
        "sagemaker:DescribeModelPackage": _TRAINED,
        "sagemaker:ListModelPackages": _TRAINED,
    },
}
# (function, statement, resource): a resource of a statement whose other resources are used.
RESOURCES: Final = {
    ("RelayFunction", "FillTheQueue", "${EffectsDeadLetters.Arn}"): _DESTINATION,
    ("RemediateFunction", "SeeWhatCameOfIt", "arn:aws:sagemaker:us-east-1:111122223333:model-package/*"): _TRAINED,
}
# (function, partition): a partition that a function may write. Other tests of the stack, where they run before, write some of them.
PARTITIONS: Final = {("RemediateFunction", partition): _OUTCOME for partition in ("AWAITED#*", "EFFICACY#*")}
