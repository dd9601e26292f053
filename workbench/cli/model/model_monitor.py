"""SageMaker Model Monitor's job definitions and schedules for an endpoint. Pure.

Model Monitor takes no new customers since 30 July 2026: only accounts that used it before can create schedules.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from workbench.cli.model.monitors import baseline_prefix, label_delay
from workbench.cli.model.naming import name_of
from workbench.cli.model.state import MADE_BY, EndpointState, StackState
from workbench.cli.model.steps import Call, Permission, PlanItem, Standing
from workbench.cli.model.wishes import Wishes, WishUnfit
from workbench.cli.monitor.options import Problem

# The accounts of AWS that own the images, by Region: of the analyzer, and of Clarify. They stay text, because some
# begin with a zero. Source: sagemaker-python-sdk v3, image_uri_config/{model-monitor,clarify}.json.
_IMAGES: Final = {
    "af-south-1": ("875698925577", "811711786498"),
    "ap-east-1": ("001633400207", "098760798382"),
    "ap-northeast-1": ("574779866223", "377024640650"),
    "ap-northeast-2": ("709848358524", "263625296855"),
    "ap-northeast-3": ("990339680094", "912233562940"),
    "ap-south-1": ("126357580389", "452307495513"),
    "ap-southeast-1": ("245545462676", "834264404009"),
    "ap-southeast-2": ("563025443158", "007051062584"),
    "ap-southeast-3": ("669540362728", "705930551576"),
    "ca-central-1": ("536280801234", "675030665977"),
    "cn-north-1": ("453000072557", "122526803553"),
    "cn-northwest-1": ("453252182341", "122578899357"),
    "eu-central-1": ("048819808253", "017069133835"),
    "eu-central-2": ("590183933784", "730335477804"),
    "eu-north-1": ("895015795356", "763603941244"),
    "eu-south-1": ("933208885752", "638885417683"),
    "eu-south-2": ("437450045455", ""),
    "eu-west-1": ("468650794304", "131013547314"),
    "eu-west-2": ("749857270468", "440796970383"),
    "eu-west-3": ("680080141114", "341593696636"),
    "il-central-1": ("843974653677", ""),
    "me-central-1": ("588750061953", ""),
    "me-south-1": ("607024016150", "835444307964"),
    "sa-east-1": ("539772159869", "520018980103"),
    "us-east-1": ("156813124566", "205585389593"),
    "us-east-2": ("777275614652", "211330385671"),
    "us-gov-west-1": ("362178532790", "598674086554"),
    "us-isof-east-1": ("853188333426", "579539705040"),
    "us-isof-south-1": ("467912361380", "411392592546"),
    "us-west-1": ("890145073186", "740489534195"),
    "us-west-2": ("159807026194", "306415355426"),
}
# US dollars a month: 5 minutes a run on one ml.m5.xlarge (docs/cost.md).
_HOURLY: Final = 13.99
_DAILY: Final = 0.58
_HOUR: Final = "cron(0 * ? * * *)"
_DAY: Final = "cron(0 0 ? * * *)"
_WORDS: Final = {
    "DataQuality": "data-quality",
    "ModelQuality": "model-quality",
    "ModelBias": "bias",
    "ModelExplainability": "attribution",
}
_ONE_HOUR: Final = timedelta(hours=1)
_INPUT: Final = "/opt/ml/processing/input/endpoint"
_OUTPUT: Final = "/opt/ml/processing/output"


def model_monitor_items(
    state: EndpointState, stack: StackState, wishes: Wishes, *, has_baseline: bool
) -> tuple[PlanItem, ...]:
    """Return an item for each existing schedule, and two for each new one. Raises WishUnfit."""
    items = [
        PlanItem(
            what=f"Model Monitor {_WORDS.get(each.type, each.type)}",
            standing=Standing.EXISTS,
            present=f"{each.name} ({each.status})",
        )
        for each in state.schedules
    ]
    if not wishes.model_monitor:
        return tuple(items)
    if not wishes.role:
        raise WishUnfit("--with model-monitor needs --role, the ARN of the role that the jobs run with")
    watched = {each.type for each in state.schedules}
    for kind in _wanted_types(wishes):
        if kind in watched:
            continue
        if not has_baseline:
            why = "a schedule of Model Monitor needs a baseline: see the row above"
            what = f"Model Monitor {_WORDS[kind]}"
            items.append(PlanItem(what=what, standing=Standing.LATER, present="none", change=why))
            continue
        items += _pair(kind, state, stack, wishes)
    return tuple(items)


def image_of(region: str, kind: str, image: str = "") -> str:
    """Return the image of a type in a Region, or the given one. Raises WishUnfit if none is known there."""
    if image:
        return image
    clarify = kind in ("ModelBias", "ModelExplainability")
    account = _IMAGES.get(region, ("", ""))[clarify]
    if not account:
        raise WishUnfit(f"AWS lists no image of {kind} for {region}: give one with --image")
    suffix = ".cn" if region.startswith("cn-") else ""
    name = "sagemaker-clarify-processing:1.0" if clarify else "sagemaker-model-monitor-analyzer"
    return f"{account}.dkr.ecr.{region}.amazonaws.com{suffix}/{name}"


def _wanted_types(wishes: Wishes) -> Iterator[str]:
    yield "DataQuality"
    if wishes.labels and wishes.problem is not None:
        yield "ModelQuality"
    if wishes.labels and wishes.facets:
        yield from _with_analysis("ModelBias", "--facet", wishes)
    if wishes.attributions:
        yield from _with_analysis("ModelExplainability", "--attribution", wishes)


def _with_analysis(kind: str, option: str, wishes: Wishes) -> Iterator[str]:
    if not wishes.analysis_config:
        raise WishUnfit(
            f"{option} with Model Monitor needs --analysis-config, the S3 URI of Clarify's analysis_config.json"
        )
    yield kind


def _pair(kind: str, state: EndpointState, stack: StackState, wishes: Wishes) -> Iterator[PlanItem]:
    """Yield the item of a job definition and that of its schedule."""
    name = name_of(state.name, f"model-monitor-{_WORDS[kind]}")
    expression, cost = (_DAY, _DAILY) if wishes.daily else (_HOUR, _HOURLY)
    known = {each.name for each in state.definitions}
    arn = f"arn:{state.partition}:sagemaker:{state.region}:{state.account}"
    if name not in known:
        words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in kind).strip("-")
        yield PlanItem(
            what=f"job definition {_WORDS[kind]}",
            standing=Standing.MAKE,
            present="none",
            change=f"{name}: the image {image_of(state.region, kind, wishes.image)}",
            permissions=(
                Permission(f"sagemaker:Create{kind}JobDefinition", f"{arn}:{words}-job-definition/{name.lower()}"),
                Permission("iam:PassRole", wishes.role),
            ),
            undo=f"aws sagemaker delete{words and '-'}{words}-job-definition --job-definition-name {name}",
            brings={f"job definition {name}": kind},
            needs=(f"baseline {baseline_prefix(state, stack, wishes)}",),
            action=Call(
                service="sagemaker",
                operation=f"Create{kind}JobDefinition",
                request=_definition(kind, name, state, stack, wishes),
                is_done_on=("ResourceInUse",),
            ),
        )
    yield PlanItem(
        what=f"Model Monitor {_WORDS[kind]}",
        standing=Standing.MAKE,
        present="none",
        change=f"{name}: {'daily at 00:00 UTC' if wishes.daily else 'hourly'}",
        cost=cost,
        permissions=(
            Permission("sagemaker:CreateMonitoringSchedule", f"{arn}:monitoring-schedule/{name.lower()}"),
            Permission("sagemaker:AddTags", f"{arn}:monitoring-schedule/{name.lower()}"),
        ),
        undo=f"aws sagemaker delete-monitoring-schedule --monitoring-schedule-name {name}",
        brings={f"schedule {name}": name},
        needs=(f"job definition {name}",),
        action=Call(
            service="sagemaker",
            operation="CreateMonitoringSchedule",
            request={
                "MonitoringScheduleName": name,
                "MonitoringScheduleConfig": {
                    "ScheduleConfig": {"ScheduleExpression": expression},
                    "MonitoringJobDefinitionName": name,
                    "MonitoringType": kind,
                },
                "Tags": _TAGS,
            },
            is_done_on=("ResourceInUse",),
        ),
    )


_TAGS: Final = [{"Key": MADE_BY[0], "Value": MADE_BY[1]}]


def _definition(kind: str, name: str, state: EndpointState, stack: StackState, wishes: Wishes) -> dict[str, Any]:
    endpoint: dict[str, Any] = {"EndpointName": state.name, "LocalPath": _INPUT}
    job_input: dict[str, Any] = {"EndpointInput": endpoint}
    app: dict[str, Any] = {"ImageUri": image_of(state.region, kind, wishes.image)}
    prefix = baseline_prefix(state, stack, wishes)
    folder = {"DataQuality": "", "ModelQuality": "model_quality/", "ModelBias": "bias/"}.get(kind, "attribution/")
    constraints = "analysis.json" if kind in ("ModelBias", "ModelExplainability") else "constraints.json"
    baseline: dict[str, Any] = {"ConstraintsResource": {"S3Uri": f"{prefix}/{folder}{constraints}"}}
    if kind == "DataQuality":
        baseline["StatisticsResource"] = {"S3Uri": f"{prefix}/statistics.json"}
    if kind in ("ModelQuality", "ModelBias"):
        job_input["GroundTruthS3Input"] = {"S3Uri": wishes.labels}
        # The window is as long as the pause between runs, and ends before now by the usual delay of the labels.
        length, delay = 24 if wishes.daily else 1, -(-label_delay(wishes) // _ONE_HOUR)
        endpoint |= {"StartTimeOffset": f"-PT{delay + length}H", "EndTimeOffset": f"-PT{delay}H"}
        endpoint |= _columns(wishes)
    if kind == "ModelQuality":
        app["ProblemType"] = (wishes.problem or Problem.BINARY).value
    if kind in ("ModelBias", "ModelExplainability"):
        app["ConfigUri"] = wishes.analysis_config
    reports = wishes.reports.rstrip("/") or f"s3://{stack.reports_bucket}/model-monitor"
    output = {"S3Uri": reports, "LocalPath": _OUTPUT, "S3UploadMode": "Continuous"}
    return {
        "JobDefinitionName": name,
        f"{kind}AppSpecification": app,
        f"{kind}BaselineConfig": baseline,
        f"{kind}JobInput": job_input,
        f"{kind}JobOutputConfig": {"MonitoringOutputs": [{"S3Output": output}]},
        "JobResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30}},
        "RoleArn": wishes.role,
        "StoppingCondition": {"MaxRuntimeInSeconds": 86_400 if wishes.daily else 3_600},
        "Tags": _TAGS,
    }


def _columns(wishes: Wishes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if wishes.prediction:
        found["InferenceAttribute"] = wishes.prediction
    if wishes.probability:
        found |= {
            "ProbabilityAttribute": wishes.probability,
            "ProbabilityThresholdAttribute": wishes.probability_threshold,
        }
    return found
