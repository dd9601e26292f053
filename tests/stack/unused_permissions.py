"""Permissions of the template that no function used on the local stack, each with its reason."""

from typing import Final

from tests.stack.remedying import NAMED
from tests.template.acts import ACTS, FUNCTIONS_OF_ACTS, REMEDY_NAMES, function_of
from tests.template.deployed import SLACK, Deployed, role_statements
from tests.template.partitions import WRITES, partitions_of

_POLLER: Final = "Lambda reads the source in the role's name; the emulator's poller asks nobody"
_DESTINATION: Final = "Lambda sends what failed for good in the role's name; the emulator asks nobody"
_KEY: Final = "the services use the key in the role's name; the emulator keeps keys, and encrypts nothing with them"
_LOGS: Final = "Lambda writes the log in the role's name; the emulator asks nobody"
_LATER: Final = "reconcile plans a remedy anew when a limit ends, hours after this story"
_REGISTRY: Final = "no config of this story that may be gone back to has a model of the registry"
_TRAINED: Final = "what a retraining made is looked at when it has ended, after this story"
_OUTCOME: Final = "remediate closes a plan when its outcome is known, hours after this story"
_GATHERED: Final = "whoever decides takes away what had been gathered; in this story nothing is told later"
_NAMED_CHANNEL: Final = "the topic for programs is checked only for a receiver whose policy names that channel"
_OF_REMEDIES: Final = (
    "RemediateFunction",
    *FUNCTIONS_OF_ACTS,
    "ApproveFunction",
    "ApproveFromChatFunction",
)
# The functions of remedies that no story of the stack carries out, each with its reason.
_UNPLAYED: Final = {function_of(remedy): ACTS[remedy].unplayed for remedy in REMEDY_NAMES if ACTS[remedy].unplayed}
_OF_PEOPLE: Final = "PeopleFunction"

# (function, statement): all of its actions.
STATEMENTS: Final = {
    ("IntakeFunction", "UseStackKey"): _KEY,
    ("IntakeFunction", "WriteLogs"): _LOGS,
    ("IntakeFunction", "DescribeAlarmContributors"): "no alarm of this story watches several time series",
    ("RelayFunction", "ReadStream"): _POLLER,
    ("RelayFunction", "UseStackKey"): _KEY,
    ("RelayFunction", "WriteLogs"): _LOGS,
    ("DispatchFunction", "UseStackKey"): _KEY,
    ("DispatchFunction", "WriteLogs"): _LOGS,
    **{(function, "UseStackKey"): _KEY for function in _OF_REMEDIES},
    **{(function, "WriteLogs"): _LOGS for function in _OF_REMEDIES},
    (_OF_PEOPLE, "UseStackKey"): _KEY,
    (_OF_PEOPLE, "WriteLogs"): _LOGS,
    ("IntakeFunction", "DescribeModelPackages"): _REGISTRY,
    ("ReconcileFunction", "DescribeModelPackages"): _REGISTRY,
    ("ReconcileFunction", "DescribeScalableTargets"): _LATER,
    ("ReconcileFunction", "DescribeRetraining"): _LATER,
    ("ReconcileFunction", "DescribeAutomation"): _LATER,
    ("ReconcileFunction", "ReadTags"): _LATER,
    ("ReconcileFunction", "ListModelArtifacts"): _LATER,
    ("RemediateFunction", "ContinueWorkflow"): "nobody here approves between two waits, when nobody waits",
    ("RemediateFunction", "ReadModelMetrics"): _TRAINED,
    ("ReconcileFunction", "DescribeAlarms"): "CloudWatch suppresses no alarm of this story",
    ("ReconcileFunction", "DescribeMonitoringSchedules"): "no reminder of a schedule is due in this story, and no run",
    ("ReconcileFunction", "UseStackKey"): _KEY,
    ("ReconcileFunction", "WriteLogs"): _LOGS,
    ("MonitorFunction", "UseStackKey"): _KEY,
    ("MonitorFunction", "WriteLogs"): _LOGS,
    ("MonitorFunction", "StartSparkJobs"): "no window of this story is too large for the function",
    ("WatchFunction", "ReadModelPackages"): "no model of a watched endpoint comes from the registry",
    ("WatchFunction", "UseStackKey"): _KEY,
    ("WatchFunction", "WriteLogs"): _LOGS,
    ("ValidatePolicyFunction", "UseStackKey"): _KEY,
    ("ValidatePolicyFunction", "WriteLogs"): _LOGS,
    **{
        (function, statement["Sid"]): reason
        for function, reason in _UNPLAYED.items()
        for statement in role_statements(Deployed(**SLACK, **NAMED), function)
    },
}
# (function, statement): some of its actions.
ACTIONS: Final = {
    ("IntakeFunction", "ReceiveSignals"): {"sqs:ReceiveMessage": _POLLER, "sqs:DeleteMessage": _POLLER},
    ("ReconcileFunction", "DescribeEndpointsAndModels"): {
        "sagemaker:DescribeEndpointConfig": _LATER,
        "sagemaker:DescribeModel": _LATER,
    },
    ("MonitorFunction", "ReceiveWindows"): {"sqs:ReceiveMessage": _POLLER, "sqs:DeleteMessage": _POLLER},
    ("DispatchFunction", "ReceiveEffects"): {"sqs:ReceiveMessage": _POLLER, "sqs:DeleteMessage": _POLLER},
    # remediate removes the waiting request as soon as an answer exists.
    **{
        (function, "WriteLedger"): {"dynamodb:DeleteItem": _GATHERED}
        for function in _OF_REMEDIES[1:]
        if function not in _UNPLAYED
    },
    **{
        (function, "ReadLedger"): {
            "dynamodb:BatchGetItem": "it decides in the ring as all others do; one incident alone has no companions",
        }
        for function in _OF_REMEDIES[-2:]
    },
    (_OF_PEOPLE, "WriteLedger"): {"dynamodb:DeleteItem": _GATHERED},
    ("RemediateFunction", "ReadRetrainingResults"): {
        "sagemaker:DescribeModelPackage": _TRAINED,
        "sagemaker:ListModelPackages": _TRAINED,
    },
}
# (function, statement, resource): a resource of a statement whose other resources are used.
RESOURCES: Final = {
    **{
        (
            "ReconcileFunction",
            "DescribeEndpointsAndModels",
            f"arn:aws:sagemaker:us-east-1:111122223333:{kind}/*",
        ): _LATER
        for kind in ("endpoint-config", "model")
    },
    ("RelayFunction", "SendEffects", "${EffectsDeadLetters.Arn}"): _DESTINATION,
    ("ReconcileFunction", "ReadSubscriptions", "${ProgramsTopic}"): _NAMED_CHANNEL,
    (
        "RemediateFunction",
        "ReadRetrainingResults",
        "arn:aws:sagemaker:us-east-1:111122223333:model-package/*",
    ): _TRAINED,
}
# (function, partition): a partition that a function may write. Other tests of the stack, if they run before, write some of them.
PARTITIONS: Final = {
    ("WatchFunction", "CASE#*"): "watch reads which signals the cases have received, and writes none",
    ("WatchFunction", "MONITORS"): "watch reads which monitors Kedge has itself, and writes none",
    **{("RemediateFunction", partition): _OUTCOME for partition in ("AWAITED#*", "EFFICACY#*")},
    **{
        (function, partition): reason
        for function, reason in _UNPLAYED.items()
        for partition in partitions_of(function) - set(WRITES["decision"])
    },
}
