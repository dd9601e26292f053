"""What bad input and refused calls get: a reason, what can still be watched, and the statement to add."""

import json
from collections import deque

import pytest

from tests.fakes.aws_account import BUCKET
from tests.unit.workbench.model.conftest import TRAIN
from workbench.cli.model.model_monitor import image_of
from workbench.cli.model.wishes import WishUnfit
from workbench.local_sagemaker import updates
from workbench.local_sagemaker.fates import Fate, Outcome

ROLE = "arn:aws:iam::111122223333:role/monitor"
MODEL_MONITOR = ("--with", "model-monitor", "--role", ROLE)


def remake(operator, **changes):
    """Give the config of the endpoint churn other contents, as another kind of endpoint has."""
    config = operator.account.world.endpoint_configs["churn-1"]
    variant = config["ProductionVariants"][0]
    for key, value in changes.items():
        target = variant if key in ("ServerlessConfig", "ModelName") else config
        if value is None:
            del target[key]
        else:
            target[key] = value


def test_an_endpoint_that_does_not_exist_is_wrong_usage(operator):
    result = operator.type("onboard", "nothing", "--yes")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no endpoint 'nothing'" in result.stderr


def test_an_endpoint_that_is_being_updated_is_left_alone(operator):
    operator.account.make("churn")
    record = operator.account.world.endpoints["churn"]
    record |= {"EndpointStatus": "Updating", "PendingDeploymentSummary": {"EndpointConfigName": "churn-2"}}
    result = operator.type("onboard", "churn", "--yes")
    assert result.exit_code == 1
    assert "churn is Updating to churn-2" in result.stderr
    assert "Run the command again when it is InService" in result.stderr
    assert operator.account.changes == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}, "serverless endpoints"),
        ({"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://out/churn"}}}, "asynchronous endpoints"),
        ({"ModelName": None, "ExecutionRoleArn": ROLE}, "inference components"),
    ],
)
def test_an_endpoint_that_cannot_be_measured_gets_alarms_and_the_reason(operator, changes, says):
    operator.account.make("churn")
    remake(operator, **changes)
    result = operator.type("onboard", "churn", "--yes")
    assert result.exit_code == 0
    assert says in result.stdout
    assert result.stdout.index("cannot be measured") < result.stdout.index("alarm latency")
    assert operator.account.alarms
    assert operator.account.world.endpoints["churn"]["EndpointConfigName"] == "churn-1"


def test_a_multi_model_endpoint_refuses_a_baseline_before_anything_is_planned(operator):
    operator.account.make("churn")
    operator.account.world.models["churn"]["PrimaryContainer"]["Mode"] = "MultiModel"
    result = operator.type("onboard", "churn", "--baseline-from", TRAIN, "--yes")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "multi-model endpoint" in result.stderr
    assert operator.account.changes == []


def test_a_refused_call_names_the_statement_to_add_and_the_next_run_goes_on(operator):
    operator.account.make("churn")
    operator.account.refused["cloudwatch.put_metric_alarm"] = ("AccessDenied", "not authorized")
    result = operator.type("onboard", "churn", "--owner", "ml", "--yes")
    assert result.exit_code == 1
    assert '"Action": [\n    "cloudwatch:PutMetricAlarm"\n  ]' in result.stdout
    assert "arn:aws:cloudwatch:us-east-1:111122223333:alarm:churn-latency" in result.stdout
    # The other steps do not need the alarms.
    assert operator.account.world.endpoints["churn"]["DataCaptureConfig"]["EnableCapture"]
    operator.account.refused.clear()
    assert operator.type("onboard", "churn", "--owner", "ml", "--yes").exit_code == 0
    assert len(operator.account.alarms) == 6


def test_a_document_that_cannot_be_published_stops_only_its_monitors(operator):
    operator.account.make("churn")
    operator.account.refused["appconfig.start_deployment"] = ("ConflictException", "another deployment is under way")
    result = operator.type("onboard", "churn", "--baseline-from", TRAIN, "--owner", "ml", "--yes")
    assert result.exit_code == 1
    assert "another deployment is under way" in result.stdout
    assert len(operator.account.alarms) == 6


def test_a_read_that_is_refused_is_the_refusal_of_aws(operator):
    operator.account.make("churn")
    operator.account.refused["cloudwatch.list_metrics"] = ("AccessDenied", "not authorized")
    result = operator.type("onboard", "churn", "--yes")
    assert result.exit_code == 3
    assert "cloudwatch:ListMetrics" in result.stderr


def test_a_denied_permission_is_known_before_the_first_call(operator):
    operator.account.make("churn")
    operator.account.decision = "implicitDeny"
    result = operator.type("onboard", "churn")
    assert "missing cloudwatch:PutMetricAlarm" in result.stdout
    assert "Add this statement to a policy of your role" in result.stdout


def test_an_account_that_is_closed_to_new_customers_is_explained_and_the_rest_is_made(operator):
    operator.account.make("churn")
    code = "AccessDeniedException"
    operator.account.refused["sagemaker.create_data_quality_job_definition"] = (code, "not available")
    result = operator.type("onboard", "churn", "--baseline-from", TRAIN, *MODEL_MONITOR, "--yes")
    assert result.exit_code == 1
    assert "takes no new customers since 30 July 2026" in result.stdout
    assert "Model Monitor data-quality left out" in result.stdout
    assert len(operator.account.alarms) == 6
    assert b"churn-data-quality" in operator.account.deployed


def test_an_update_that_rolls_back_leaves_the_endpoint_as_it_was(operator):
    operator.account.make("churn")
    operator.account.world.fates.setdefault("churn", deque()).append(
        Fate(outcome=Outcome.ROLLED_BACK, reason="The new fleet did not pass its health checks.")
    )
    before = sorted(operator.account.world.endpoint_configs)
    result = operator.type("onboard", "churn", "--yes")
    assert result.exit_code == 1
    assert "did not pass its health checks" in result.stdout
    assert sorted(operator.account.world.endpoint_configs) == before
    assert operator.account.world.endpoints["churn"]["EndpointConfigName"] == "churn-1"
    assert operator.type("onboard", "churn", "--yes").exit_code == 0


def test_capture_that_does_not_start_leads_back_to_the_config_before(operator, monkeypatch):
    operator.account.make("churn")
    real = updates.running

    def without_start(config):
        shown = real(config)
        if "DataCaptureConfig" in shown:
            shown["DataCaptureConfig"]["CaptureStatus"] = "Stopped"
        return shown

    monkeypatch.setattr(updates, "running", without_start)
    result = operator.type("onboard", "churn", "--yes")
    assert result.exit_code == 1
    assert "The endpoint is back on churn-1." in result.stdout
    assert operator.account.world.endpoints["churn"]["EndpointConfigName"] == "churn-1"
    assert list(operator.account.world.endpoint_configs) == ["churn-1"]


def test_a_config_that_was_deleted_under_the_endpoint_is_said(operator):
    operator.account.make("churn")
    del operator.account.world.endpoint_configs["churn-1"]
    assert "was deleted" in operator.plan("churn")["data capture"]["change"]


def test_a_baseline_of_nothing_fails_and_its_monitor_is_left_out(operator):
    operator.account.make("churn")
    result = operator.type("onboard", "churn", "--baseline-from", f"s3://{BUCKET}/empty", "--yes")
    assert result.exit_code == 1
    assert f"s3://{BUCKET}/empty has no data" in result.stdout
    assert "monitors of Kedge left out" in result.stdout
    assert operator.account.deployed is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--baseline-from", "train.csv"), "is not in S3"),
        (("--labels", "s3://labels/churn", "--baseline-from", TRAIN), "--problem-type or --facet"),
        (("--problem-type", "Regression", "--baseline-from", TRAIN), "needs --labels"),
        (("--facet", "age>x", "--labels", "s3://labels/churn", "--baseline-from", TRAIN), "is not a facet"),
        (("--label-delay", "soon", "--baseline-from", TRAIN), "--label-delay"),
        (("--attribution", "x", "--baseline-from", TRAIN), "has no feature"),
        (("--with", "model-monitor"), "needs --role"),
        (("--mail", "nobody"), "is not an address"),
        (("--mail", "ml@example.com"), "needs --receiver"),
    ],
)
def test_an_option_that_does_not_fit_names_the_action(operator, words, says):
    operator.account.make("churn")
    result = operator.type("onboard", "churn", *words, "--yes")
    assert result.exit_code == 2
    assert says in result.stderr
    assert operator.account.changes == []


def test_a_region_without_an_image_needs_one(operator):
    assert image_of("eu-central-1", "DataQuality").startswith("048819808253.dkr.ecr.eu-central-1.amazonaws.com/")
    assert image_of("cn-north-1", "ModelBias").endswith(".amazonaws.com.cn/sagemaker-clarify-processing:1.0")
    with pytest.raises(WishUnfit, match="--image"):
        image_of("il-central-1", "ModelBias")
    assert image_of("il-central-1", "ModelBias", "mine") == "mine"


def test_a_program_gets_the_failures(operator):
    operator.account.make("churn")
    operator.account.refused["sns.subscribe"] = ("AuthorizationError", "not authorized")
    result = operator.type("onboard", "churn", "--mail", "ml@example.com", "--owner", "ml", "--yes", "--json")
    told = json.loads(result.stdout)["result"]
    assert result.exit_code == 1
    assert [each["what"] for each in told["failed"]] == ["mail"]
    assert "sns:Subscribe" in told["failed"][0]["why"]
