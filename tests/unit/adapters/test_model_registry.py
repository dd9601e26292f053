"""What the model registry tells of a package, and which one an execution made."""

import json
from datetime import UTC, datetime

import pytest

from kedge.adapters.sagemaker.model_registry import SageMakerPackages
from kedge.domain.errors import Permanent, Transient
from kedge.domain.facts import ModelPackage
from kedge.ports.readers import Piece

HERE = "arn:aws:sagemaker:us-east-1:111122223333"
GROUP = f"{HERE}:model-package/churn"
EXECUTION = f"{HERE}:pipeline/churn-training/execution/abc"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
METRICS = {
    "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://reports/7/evaluation.json"}}
}


class Files:
    """S3 with one file, or one refusal."""

    def __init__(self, content=None):
        self.content = content
        self.asked = []

    def read(self, bucket, key, most):
        self.asked.append((bucket, key))
        if isinstance(self.content, Exception):
            raise self.content
        return None if self.content is None else Piece(self.content[:most], len(self.content))


def described(version, **more):
    return {
        "ModelPackageName": "churn",
        "ModelPackageGroupName": "Churn",
        "ModelPackageArn": f"{GROUP}/{version}",
        "CreationTime": NOON,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        **more,
    }


@pytest.fixture
def registry(stubbed):
    client, stubber = stubbed("sagemaker")

    def made(content=None):
        files = Files(json.dumps(content).encode() if isinstance(content, dict | list) else content)
        return SageMakerPackages(client, files), stubber, files

    return made


def test_a_package_tells_who_made_it_and_what_it_measured(registry):
    packages, stubber, files = registry({"binary_classification_metrics": {"auc": {"value": 0.81}}})
    told = described(
        7,
        ModelApprovalStatus="PendingManualApproval",
        MetadataProperties={"GeneratedBy": EXECUTION},
        ModelMetrics=METRICS,
    )
    stubber.add_response("describe_model_package", told, {"ModelPackageName": f"{GROUP}/7"})
    assert packages.package(f"{GROUP}/7") == ModelPackage(
        arn=f"{GROUP}/7",
        approval="PendingManualApproval",
        made_by=EXECUTION,
        created=NOON,
        metrics={"auc": 0.81},
    )
    assert files.asked == [("reports", "7/evaluation.json")]


CURVE = {"receiver_operating_characteristic_curve": {"false_positive_rates": [0.0, 1.0]}}
MATRIX = {"confusion_matrix": {"0": {"0": 5, "1": 1}}}
SOME = {"auc": {"value": 0.81, "standard_deviation": 0.01}, "recall": {"value": 0.7, "standard_deviation": "NaN"}}


@pytest.mark.parametrize(
    ("content", "metrics"),
    [
        ({"binary_classification_metrics": SOME | CURVE | MATRIX}, {"auc": 0.81, "recall": 0.7}),
        ({"multiclass_classification_metrics": {"accuracy": {"value": 1}}}, {"accuracy": 1.0}),
        ({"version": 0.0, "dataset": {"item_count": 9}, "regression_metrics": {"mse": {"value": 4.5}}}, {"mse": 4.5}),
        ({"auc": 0.8, "mse": {"value": 2.0}, "converged": True, "note": "fine"}, {"auc": 0.8, "mse": 2.0}),
        (b'{"auc": NaN, "loss": Infinity, "mae": 1.5}', {"mae": 1.5}),
        ([1, 2], {}),
        (b"not JSON", {}),
        (b"\xff", {}),
        (None, {}),
        (Permanent("s3://reports/7: AccessDenied"), {}),
        (b" " * 1_000_000 + b"{}", {}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_metrics_are_numbers_and_what_cannot_be_read_is_none(registry, content, metrics):
    packages, stubber, _ = registry(content)
    stubber.add_response("describe_model_package", described(7, ModelMetrics=METRICS))
    assert packages.package(f"{GROUP}/7").metrics == metrics


def test_metrics_that_may_be_readable_the_next_time_are_not_taken_for_none(registry):
    packages, stubber, _ = registry(Transient("s3://reports/7: SlowDown"))
    stubber.add_response("describe_model_package", described(7, ModelMetrics=METRICS))
    with pytest.raises(Transient):
        packages.package(f"{GROUP}/7")


def test_a_package_that_measured_nothing_costs_no_call_of_s3(registry):
    packages, stubber, files = registry()
    stubber.add_response("describe_model_package", described(7))
    assert packages.package(f"{GROUP}/7").metrics == {}
    assert files.asked == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ValidationException", f"ModelPackage {GROUP}/7 does not exist."),
        ("ResourceNotFound", ""),
    ],
)
def test_a_package_that_nobody_knows_is_none(registry, code, message):
    packages, stubber, _ = registry()
    stubber.add_client_error("describe_model_package", code, message)
    assert packages.package(f"{GROUP}/7") is None


def listed(*versions):
    return {
        "ModelPackageSummaryList": [
            {
                "ModelPackageArn": f"{GROUP}/{version}",
                "ModelPackageVersion": version,
                "CreationTime": NOON,
                "ModelPackageStatus": "Completed",
            }
            for version in versions
        ]
    }


def test_the_package_of_an_execution_is_sought_among_the_newest_of_the_groups_that_are_in_service(registry):
    packages, stubber, _ = registry()
    for version in (5, 6):
        stubber.add_response("describe_model_package", described(version), {"ModelPackageName": f"{GROUP}/{version}"})
    asked = {
        "ModelPackageGroupName": "Churn",
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
        "MaxResults": 20,
    }
    stubber.add_response("list_model_packages", listed(9, 8, 7), asked)
    stubber.add_response("describe_model_package", described(9, MetadataProperties={"GeneratedBy": "somebody"}))
    stubber.add_response("describe_model_package", described(8, MetadataProperties={"GeneratedBy": EXECUTION.upper()}))
    assert packages.made_by(EXECUTION, (f"{GROUP}/5", f"{GROUP}/6")).arn == f"{GROUP}/8"


def test_an_execution_that_made_nothing_yet_has_no_package(registry):
    packages, stubber, _ = registry()
    stubber.add_response("describe_model_package", described(5))
    stubber.add_response("list_model_packages", listed(5))
    stubber.add_response("describe_model_package", described(5))
    assert packages.made_by(EXECUTION, (f"{GROUP}/5",)) is None


def test_a_package_without_a_group_or_that_is_gone_leads_nowhere(registry):
    packages, stubber, _ = registry()
    alone = {key: value for key, value in described(5).items() if key != "ModelPackageGroupName"}
    stubber.add_response("describe_model_package", alone)
    stubber.add_client_error("describe_model_package", "ResourceNotFound")
    assert packages.made_by(EXECUTION, (f"{HERE}:model-package/alone", f"{GROUP}/gone")) is None
    assert packages.made_by(EXECUTION, ()) is None
