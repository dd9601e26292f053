"""The acts of remedies: the calls that the function of each remedy may make and no other function may.

This is the only list of remedies in the tests. The row of a remedy is written by hand, so that a permission which the
template gains by mistake differs from it. The names of state, function and folder follow the remedy's name.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from kedge.domain.attributed import table_of
from kedge.domain.remedy import RemedyName
from tests.template.deployed import ACCOUNT, REGION, REMEDIES
from workbench.remedy_functions import state_of

ENDPOINTS: Final = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/*"
CONFIGS: Final = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint-config/*"
TAGGED: Final = {"StringEquals": {"aws:ResourceTag/kedge:remediate": "true"}}
PIPELINES: Final = ((REMEDIES["RetrainPipelineArns"], None),)
AUTOMATION: Final = ((REMEDIES["InvokeArns"], None),)

type Place = tuple[str, Mapping[str, object] | None]


class Act(NamedTuple):
    """The permissions of a remedy's function: the resources of each call, each with its condition.

    `unplayed` says why no story on the local stack carries the remedy out; empty if one does.
    """

    may: Mapping[str, tuple[Place, ...]]
    unplayed: str = ""


ACTS: Final = table_of(
    RemedyName,
    {
        RemedyName.ROLL_BACK: Act({"sagemaker:UpdateEndpoint": ((ENDPOINTS, TAGGED), (CONFIGS, None))}),
        RemedyName.SHIFT_TRAFFIC: Act({"sagemaker:UpdateEndpointWeightsAndCapacities": ((ENDPOINTS, TAGGED),)}),
        RemedyName.RETRAIN: Act(
            {
                "sagemaker:StartPipelineExecution": PIPELINES,
                "states:StartExecution": PIPELINES,
                "codepipeline:StartPipelineExecution": PIPELINES,
                "events:PutEvents": PIPELINES,
                "lambda:InvokeFunction": PIPELINES,
            }
        ),
        RemedyName.INVOKE: Act({"states:StartExecution": AUTOMATION, "lambda:InvokeFunction": AUTOMATION}),
        RemedyName.NONE: None,
    },
)
REMEDY_NAMES: Final = tuple(remedy for remedy, act in ACTS.items() if act is not None)


def function_of(remedy: RemedyName) -> str:
    """Return the logical id of a remedy's function: `RollBackFunction` for roll_back."""
    return f"{state_of(remedy)}Function"


def function_name_of(remedy: RemedyName) -> str:
    """Return the name of a remedy's function after the name of the stack: `roll-back` for roll_back."""
    return remedy.replace("_", "-")


FUNCTIONS_OF_ACTS: Final = tuple(map(function_of, REMEDY_NAMES))
