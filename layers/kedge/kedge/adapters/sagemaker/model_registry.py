"""SageMaker's model registry: what a package measured of itself, and which package an execution made."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

from kedge.adapters.calls import Client, Response, ask, utc
from kedge.domain.errors import Permanent
from kedge.domain.facts import ModelPackage
from kedge.ports.readers import Objects

_URI: Final = re.compile(r"s3://([^/]+)/(.+)", re.DOTALL)
_MOST_BYTES: Final = 1_000_000
_NEWEST: Final = 20
"""Packages of a group that are looked at: each costs a call, and what a remedy started is among the newest."""
_GROUP: Final = "_metrics"


class SageMakerPackages:
    """Model packages, read with DescribeModelPackage and ListModelPackages; their metrics from S3, where ModelMetrics says."""

    def __init__(self, sagemaker: Client, objects: Objects) -> None:
        """`objects` reads the files of metrics."""
        self._sagemaker = sagemaker
        self._objects = objects

    def package(self, arn: str) -> ModelPackage | None:
        """A model package with its metrics, as far as they could be read; None where there is none. Raises Transient, Permanent."""
        told = ask(self._sagemaker.describe_model_package, ModelPackageName=arn)
        return None if told is None else self._package(told)

    def made_by(self, execution: str, like: tuple[str, ...]) -> ModelPackage | None:
        """The package that names this execution as its maker, among the twenty newest of each group of the packages in `like`.

        Raises Transient, Permanent.
        """
        wanted = execution.lower()
        for group in dict.fromkeys(self._groups(like)):
            for told in self._newest(group):
                # SageMaker writes the names in its ARNs in lower case, but not everywhere.
                if _maker(told).lower() == wanted:
                    return self._package(told)
        return None

    def _groups(self, like: tuple[str, ...]) -> Iterator[str]:
        for arn in like:
            told = ask(self._sagemaker.describe_model_package, ModelPackageName=arn) or {}
            if name := told.get("ModelPackageGroupName"):
                yield name

    def _newest(self, group: str) -> Iterator[Response]:
        found = ask(
            self._sagemaker.list_model_packages,
            ModelPackageGroupName=group,
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=_NEWEST,
        )
        for each in (found or {}).get("ModelPackageSummaryList", ()):
            told = ask(self._sagemaker.describe_model_package, ModelPackageName=each["ModelPackageArn"])
            if told is not None:
                yield told

    def _package(self, told: Response) -> ModelPackage:
        statistics = told.get("ModelMetrics", {}).get("ModelQuality", {}).get("Statistics", {})
        return ModelPackage(
            arn=told["ModelPackageArn"],
            approval=told.get("ModelApprovalStatus"),
            made_by=_maker(told) or None,
            created=utc(told.get("CreationTime")),
            metrics=self._metrics(statistics.get("S3Uri", "")),
        )

    def _metrics(self, uri: str) -> dict[str, float]:
        """What cannot be read for good counts as not measured."""
        place = _URI.fullmatch(uri)
        if place is None:
            return {}
        try:
            found = self._objects.read(place[1], place[2], _MOST_BYTES)
            return {} if found is None else dict(_measured(json.loads(found.data)))
        except (Permanent, ValueError):
            return {}


def _maker(told: Response) -> str:
    return str(told.get("MetadataProperties", {}).get("GeneratedBy", ""))


def _measured(document: Any) -> Iterator[tuple[str, float]]:
    """Metrics by name: in groups (`binary_classification_metrics`), or, where there is no group, all of the document."""
    if not isinstance(document, dict):
        return
    groups = [told for name, told in document.items() if name.endswith(_GROUP) and isinstance(told, dict)]
    for group in groups or [document]:
        for name, told in group.items():
            value = told.get("value") if isinstance(told, dict) else told
            # A curve or a matrix is no number; a deviation of one sample is NaN; true is no metric.
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                yield name, float(value)
