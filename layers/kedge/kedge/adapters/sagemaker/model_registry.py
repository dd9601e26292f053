"""SageMaker's model registry: the metrics of a package, and the package that an execution made."""

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
"""The number of packages of a group that Kedge reads. Each costs a call, and a remedy's package is among the newest."""
_GROUP: Final = "_metrics"


class SageMakerPackages:
    """Model packages, read with DescribeModelPackage and ListModelPackages; their metrics come from S3.

    ModelMetrics names the files.
    """

    def __init__(self, sagemaker: Client, objects: Objects) -> None:
        """Keep SageMaker's client and `objects`, which reads the files of metrics."""
        self._sagemaker = sagemaker
        self._objects = objects

    def package(self, arn: str) -> ModelPackage | None:
        """Return a model package with its readable metrics, or None if there is none. Raises Transient or Permanent."""
        told = ask(self._sagemaker.describe_model_package, ModelPackageName=arn)
        return None if told is None else self._package(told)

    def made_by(self, execution: str, like: tuple[str, ...]) -> ModelPackage | None:
        """Return the package that this execution made, or None.

        The search covers the 20 newest packages of each group of the packages in `like`. Raises Transient or Permanent.
        """
        wanted = execution.lower()
        for group in dict.fromkeys(self._groups(like)):
            for told in self._newest(group):
                # SageMaker usually writes the names in its ARNs in lower case.
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
        """Return the metrics in a file. A file that can never be read counts as not measured."""
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
    """Yield metrics by name: by group (`binary_classification_metrics`), or the whole document without groups."""
    if not isinstance(document, dict):
        return
    groups = [told for name, told in document.items() if name.endswith(_GROUP) and isinstance(told, dict)]
    for group in groups or [document]:
        for name, told in group.items():
            value = told.get("value") if isinstance(told, dict) else told
            # A curve or a matrix is not a number; a deviation of one sample is NaN; true is not a metric.
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                yield name, float(value)
