import json
from datetime import timedelta
from pathlib import Path

import pytest

from kedge.domain.signal import ModelPackageChanged, PipelineFinished
from kedge.sources.reader import Home, Reader
from tests.fakes.reading import FakeAlarms, FakeMonitors, FakeObjects
from workbench.local_sagemaker.errors import ApiError

EVENTS = Path(__file__).parents[4] / "events"
ROLE = "arn:aws:iam::111122223333:role/sagemaker-execution"
DEFINITION = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": "Incident", "Type": "String", "DefaultValue": ""},
        {"Name": "Epochs", "Type": "Integer", "DefaultValue": 3},
    ],
    "Steps": [
        {"Name": "prepare", "Type": "Processing", "Arguments": {}},
        {"Name": "train", "Type": "Training", "Arguments": {}},
        {"Name": "register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "Churn"}},
    ],
}
EXECUTION, STEP = (
    "SageMaker Model Building Pipeline Execution Status Change",
    "SageMaker Model Building Pipeline Execution Step Status Change",
)
PACKAGE = "SageMaker Model Package State Change"


@pytest.fixture
def retrain(stage):
    create(stage, "churn-retrain", DEFINITION)
    return stage


def create(stage, name, definition):
    written = definition if isinstance(definition, str) else json.dumps(definition)
    stage.call(
        "CreatePipeline",
        PipelineName=name,
        RoleArn=ROLE,
        ClientRequestToken=name.ljust(32, "-"),
        PipelineDefinition=written,
    )


def start(stage, mark="t", **more):
    answer = stage.call(
        "StartPipelineExecution", PipelineName="churn-retrain", ClientRequestToken=mark.ljust(32, "t"), **more
    )
    return answer["PipelineExecutionArn"]


def status(stage, arn):
    return stage.call("DescribePipelineExecution", PipelineExecutionArn=arn)["PipelineExecutionStatus"]


def steps(stage, arn):
    found = stage.call("ListPipelineExecutionSteps", PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    return [(step["StepName"], step["StepStatus"]) for step in found]


def wait(stage, **time):
    stage.now += timedelta(**time)
    stage.service.tick()


def told(stage, what):
    return [event["detail"] for event in stage.events if event["detail-type"] == what]


def refusal(stage, operation, code="ValidationException", **parameters):
    with pytest.raises(ApiError) as caught:
        stage.call(operation, **parameters)
    assert caught.value.code == code
    return caught.value.message


def test_an_execution_that_succeeds_takes_its_time_and_leaves_a_version_that_names_it(retrain):
    retrain.control.next_execution(
        "churn-retrain", "succeeded", seconds=90, output="s3://models/churn", evaluation={"f1": 0.91}
    )
    arn = start(retrain)
    assert (status(retrain, arn), steps(retrain, arn)) == ("Executing", [("prepare", "Executing")])
    wait(retrain, seconds=60)
    assert steps(retrain, arn) == [("prepare", "Succeeded"), ("train", "Succeeded"), ("register", "Executing")]
    assert "Churn" not in retrain.world.package_groups
    wait(retrain, seconds=30)
    assert status(retrain, arn) == "Succeeded"
    (found,) = retrain.call("ListModelPackages", ModelPackageGroupName="Churn")["ModelPackageSummaryList"]
    package = retrain.call("DescribeModelPackage", ModelPackageName=found["ModelPackageArn"])
    assert package["MetadataProperties"]["GeneratedBy"] == arn
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    place = f"s3://models/churn/{arn.rpartition('/')[2]}"
    assert package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == f"{place}/model.tar.gz"
    assert package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"] == f"{place}/evaluation.json"
    assert json.loads(retrain.objects[f"{place}/evaluation.json"]) == {"f1": 0.91}
    assert f"{place}/model.tar.gz" in retrain.objects


def test_each_step_and_each_state_of_an_execution_is_an_event_in_its_own_spelling(retrain):
    retrain.control.next_execution("churn-retrain", "succeeded", seconds=90)
    start(retrain, PipelineExecutionDisplayName="kedge-1")
    wait(retrain, seconds=90)
    states = [
        (one.get("previousPipelineExecutionStatus"), one["currentPipelineExecutionStatus"])
        for one in told(retrain, EXECUTION)
    ]
    assert states == [(None, "Executing"), ("Executing", "Succeeded")]
    assert {one["pipelineExecutionDisplayName"] for one in told(retrain, EXECUTION)} == {"kedge-1"}
    went = [
        (one["stepName"], one["stepType"], one["previousStepStatus"], one["currentStepStatus"])
        for one in told(retrain, STEP)
    ]
    assert went[2:4] == [
        ("train", "Training", "Starting", "Executing"),
        ("train", "Training", "Executing", "Succeeded"),
    ]
    trained = told(retrain, STEP)[3]
    assert trained["metadata"]["trainingJob"]["arn"].startswith(
        "arn:aws:sagemaker:us-east-1:111122223333:training-job/pipelines-"
    )
    assert "stepEndTime" in trained
    assert "stepEndTime" not in told(retrain, STEP)[2]
    (package,) = told(retrain, PACKAGE)
    assert package["ModelApprovalStatus"] == "PendingManualApproval"


def test_an_execution_that_fails_says_at_which_step_and_leaves_no_version(retrain):
    retrain.control.next_execution("churn-retrain", "failed", step="train", seconds=60, reason="AlgorithmError: NaN")
    arn = start(retrain)
    wait(retrain, seconds=60)
    assert steps(retrain, arn) == [("prepare", "Succeeded"), ("train", "Failed")]
    shown = retrain.call("DescribePipelineExecution", PipelineExecutionArn=arn)
    assert (shown["PipelineExecutionStatus"], shown["FailureReason"]) == (
        "Failed",
        "Step failure: One or multiple steps failed.",
    )
    assert told(retrain, STEP)[-1]["failureReason"] == "AlgorithmError: NaN"
    assert told(retrain, PACKAGE) == []


def test_an_execution_that_stalls_does_so_until_it_is_stopped(retrain):
    retrain.world.lag = timedelta(seconds=10)
    retrain.control.next_execution("churn-retrain", "stalled", step="train")
    arn = start(retrain)
    wait(retrain, days=3)
    assert (status(retrain, arn), steps(retrain, arn)[-1]) == ("Executing", ("train", "Executing"))
    retrain.call("StopPipelineExecution", PipelineExecutionArn=arn, ClientRequestToken="s" * 32)
    assert status(retrain, arn) == "Stopping"
    retrain.call("StopPipelineExecution", PipelineExecutionArn=arn, ClientRequestToken="s" * 32)
    wait(retrain, seconds=10)
    assert (status(retrain, arn), steps(retrain, arn)[-1]) == ("Stopped", ("train", "Stopped"))
    assert [one["currentPipelineExecutionStatus"] for one in told(retrain, EXECUTION)] == [
        *("Executing", "Stopping", "Stopped")
    ]
    said = refusal(retrain, "StopPipelineExecution", PipelineExecutionArn=arn, ClientRequestToken="u" * 32)
    assert "is Stopped and cannot be stopped" in said


def test_an_execution_that_was_stopped_trains_no_further(retrain):
    retrain.control.next_execution("churn-retrain", "succeeded", seconds=90)
    arn = start(retrain)
    retrain.call("StopPipelineExecution", PipelineExecutionArn=arn, ClientRequestToken="s" * 32)
    wait(retrain, seconds=90)
    assert status(retrain, arn) == "Stopped"
    assert steps(retrain, arn) == [("prepare", "Stopped")]
    assert told(retrain, PACKAGE) == []


def test_an_execution_that_cannot_write_its_model_fails(retrain):
    def no_bucket(bucket, key, body):
        raise LookupError(f"no bucket {bucket}")

    retrain.world.put_object = no_bucket
    retrain.control.next_execution("churn-retrain", "succeeded", output="s3://nowhere")
    arn = start(retrain)
    assert (status(retrain, arn), steps(retrain, arn)[-1]) == ("Failed", ("register", "Failed"))
    assert "no bucket nowhere" in told(retrain, STEP)[-1]["failureReason"]


def test_a_pipeline_without_steps_registers_in_the_group_that_was_named(stage):
    create(stage, "churn-retrain", {})
    stage.control.next_execution("churn-retrain", "succeeded", seconds=10, group="churn")
    arn = start(stage)
    wait(stage, seconds=10)
    assert steps(stage, arn) == [("register", "Succeeded")]
    assert stage.world.package_groups["churn"]["Versions"] == 1


def test_what_nothing_is_prepared_for_runs_until_it_is_finished_by_hand(retrain):
    arn = start(retrain)
    wait(retrain, days=3)
    assert (status(retrain, arn), steps(retrain, arn)) == ("Executing", [])
    retrain.control.finish_pipeline(arn, "Succeeded")
    assert status(retrain, arn) == "Succeeded"


def test_what_kedge_reads_in_the_events_is_what_happened(retrain):
    retrain.control.next_execution("churn-retrain", "succeeded", seconds=60)
    retrain.control.next_execution("churn-retrain", "failed", seconds=60)
    good, bad = start(retrain, "good"), start(retrain, "bad")
    wait(retrain, seconds=60)
    package = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/1"
    retrain.control.judge_package(package, "Approved")
    reader = Reader(FakeMonitors(), FakeAlarms(), FakeObjects(), Home("111122223333", "us-east-1"))
    signals = [signal for event in retrain.events for signal in reader.read(event, retrain.now)]
    ended = [signal for signal in signals if isinstance(signal, PipelineFinished)]
    assert {(signal.execution, signal.status) for signal in ended} == {(good, "Succeeded"), (bad, "Failed")}
    versions = [signal for signal in signals if isinstance(signal, ModelPackageChanged)]
    assert [(signal.package, signal.approval) for signal in versions] == [
        (package, "PendingManualApproval"),
        (package, "Approved"),
    ]
    assert {signal.made_by for signal in versions} == {good}


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"ending": "exploded"}, "exploded"),
        ({"ending": "failed", "seconds": -1}, "0 seconds or more"),
        ({"ending": "succeeded", "output": "models"}, "S3 URI"),
        ({"ending": "succeeded", "evaluation": {"f1": 1}}, "needs an output"),
    ],
)
def test_a_course_that_makes_no_sense_is_refused(retrain, wrong, complaint):
    with pytest.raises(ValueError, match=complaint):
        retrain.control.next_execution("churn-retrain", **wrong)


@pytest.mark.parametrize(("pipeline", "step"), [("nobodys", None), ("churn-retrain", "deploy")])
def test_a_course_of_what_is_not_there_is_refused(retrain, pipeline, step):
    with pytest.raises(ApiError):
        retrain.control.next_execution(pipeline, "failed", step=step)


def test_a_start_is_told_apart_by_its_token_only(retrain):
    retrain.control.next_execution("churn-retrain", "succeeded")
    first = start(retrain, "one")
    assert start(retrain, "one") == first
    assert start(retrain, "two") != first
    for token in ("x" * 31, "x" * 129):
        assert "clientRequestToken" in refusal(
            retrain, "StartPipelineExecution", PipelineName="churn-retrain", ClientRequestToken=token
        )


def test_a_parameter_must_be_named_in_the_definition_and_what_is_not_given_has_its_default(retrain):
    arn = start(retrain, PipelineParameters=[{"Name": "Incident", "Value": "7"}])
    answer = retrain.call("ListPipelineParametersForExecution", PipelineExecutionArn=arn)
    assert answer["PipelineParameters"] == [{"Name": "Incident", "Value": "7"}, {"Name": "Epochs", "Value": "3"}]
    given = {"PipelineParameters": [{"Name": "Mood", "Value": "7"}], "ClientRequestToken": "z" * 32}
    assert "Mood" in refusal(retrain, "StartPipelineExecution", PipelineName="churn-retrain", **given)


@pytest.mark.parametrize("name", ["with_underscore", "with.dot", "x" * 83])
def test_a_display_name_has_letters_digits_and_hyphens(retrain, name):
    given = {"PipelineExecutionDisplayName": name, "ClientRequestToken": "z" * 32}
    assert "pipelineExecutionDisplayName" in refusal(
        retrain, "StartPipelineExecution", PipelineName="churn-retrain", **given
    )


def test_executions_of_one_pipeline_are_listed_newest_first_and_by_time(retrain):
    create(retrain, "other", DEFINITION)
    arns = []
    for number in range(12):
        wait(retrain, minutes=1)
        arns.append(start(retrain, str(number)))
    first = retrain.call("ListPipelineExecutions", PipelineName="churn-retrain")
    rest = retrain.call("ListPipelineExecutions", PipelineName="churn-retrain", NextToken=first["NextToken"])
    listed = first["PipelineExecutionSummaries"] + rest["PipelineExecutionSummaries"]
    assert [one["PipelineExecutionArn"] for one in listed] == arns[::-1]
    late = retrain.call(
        "ListPipelineExecutions",
        PipelineName="churn-retrain",
        CreatedAfter=(retrain.now - timedelta(seconds=90)).timestamp(),
    )
    assert [one["PipelineExecutionArn"] for one in late["PipelineExecutionSummaries"]] == arns[:-3:-1]
    assert retrain.call("ListPipelineExecutions", PipelineName="other")["PipelineExecutionSummaries"] == []


def test_a_pipeline_is_shown_with_its_definition_and_its_last_run(retrain):
    assert "LastRunTime" not in retrain.call("DescribePipeline", PipelineName="churn-retrain")
    start(retrain)
    shown = retrain.call("DescribePipeline", PipelineName="churn-retrain")
    assert (shown["PipelineStatus"], shown["LastRunTime"].__class__) == ("Active", float)
    assert json.loads(shown["PipelineDefinition"]) == DEFINITION
    said = refusal(retrain, "DescribePipeline", "ResourceNotFound", PipelineName="nobodys")
    assert "does not exist" in said


@pytest.mark.parametrize("written", ["{", "[]"])
def test_a_definition_that_cannot_be_read_is_refused_when_it_is_given(stage, written):
    with pytest.raises(ApiError, match="Pipeline definition is not"):
        create(stage, "broken", written)


def test_packages_are_listed_by_group_approval_and_kind(stage):
    stage.call("CreateModelPackageGroup", ModelPackageGroupName="churn")
    arns = []
    for _ in range(3):
        wait(stage, minutes=1)
        arns.append(stage.call("CreateModelPackage", ModelPackageGroupName="churn")["ModelPackageArn"])
    loose = stage.call("CreateModelPackage", ModelPackageName="loose")["ModelPackageArn"]
    stage.call("UpdateModelPackage", ModelPackageArn=arns[1], ModelApprovalStatus="Approved")

    def listed(**request):
        answer = stage.call("ListModelPackages", **request)
        return [one["ModelPackageArn"] for one in answer["ModelPackageSummaryList"]]

    assert listed(ModelPackageGroupName="churn") == arns
    assert listed(ModelPackageGroupName="churn", SortBy="CreationTime", SortOrder="Descending") == arns[::-1]
    assert listed(ModelPackageGroupName="churn", ModelApprovalStatus="Approved") == [arns[1]]
    assert listed() == [loose]
    assert len(listed(ModelPackageType="Both")) == 4


def shape(value):
    """The keys and types of a document, whatever its values are."""
    match value:
        case dict():
            return {key: shape(item) for key, item in value.items()}
        case list():
            return [shape(value[0])] if value else []
        case _:
            return type(value).__name__


def sample(name):
    return json.loads((EVENTS / f"eventbridge.{name}.json").read_bytes())


def test_the_events_of_a_pipeline_and_of_a_version_are_shaped_as_awss_samples(retrain):
    retrain.control.next_execution("churn-retrain", "succeeded", output="s3://models/churn", evaluation={"f1": 0.9})
    start(retrain, PipelineExecutionDisplayName="nightly", PipelineExecutionDescription="Nightly retraining")
    retrain.control.judge_package("arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/1", "Approved")
    prepared, ended, judged = (
        next(event for event in reversed(retrain.events) if event["detail-type"] == what and fits(event["detail"]))
        for what, fits in (
            (STEP, lambda detail: detail["stepName"] == "prepare"),
            (EXECUTION, lambda detail: True),
            (PACKAGE, lambda detail: True),
        )
    )
    assert shape(prepared) == shape(sample("pipeline_step.processing"))
    assert shape(ended) == shape(sample("pipeline"))
    expected = sample("model_package")
    # Nobody here has the image, so nobody knows its digest.
    del expected["detail"]["InferenceSpecification"]["Containers"][0]["ImageDigest"]
    assert shape(judged) == shape(expected)
