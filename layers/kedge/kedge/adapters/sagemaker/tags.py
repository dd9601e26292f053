"""SageMaker: the tags of an endpoint or a monitoring schedule."""

from collections.abc import Callable, Iterator
from typing import Final

from kedge.adapters.calls import Client, ask
from kedge.domain.errors import KedgeError
from kedge.domain.target import Target, TargetKind

_RESOURCES: Final = {TargetKind.ENDPOINT: "endpoint", TargetKind.SCHEDULE: "monitoring-schedule"}
_PARTITIONS: Final = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
_KEPT: Final = 300.0
"""The lifetime of cached tags, in seconds."""
_MOST: Final = 1_024
"""The number of targets whose tags are cached: the cache of a large fleet drops entries and does not grow."""


class SageMakerTags:
    """Tags, read with ListTags and kept for 5 minutes.

    If AWS refuses, the target counts as untagged, because a notification without tags is better than none.
    """

    def __init__(
        self, sagemaker: Client, clock: Callable[[], float], failed: Callable[[Target, KedgeError], None]
    ) -> None:
        """Keep `clock`, which returns monotonic seconds, and `failed`, which is called each time that AWS refuses."""
        self._sagemaker = sagemaker
        self._clock = clock
        self._failed = failed
        self._known: dict[Target, tuple[float, dict[str, str]]] = {}

    def of(self, target: Target) -> dict[str, str]:
        """Return the tags of an endpoint or schedule; none for other targets or if AWS refuses. Never raises."""
        # SageMaker's names contain no slash. A name with one is a place in S3 that stands for an unknown schedule.
        if target.kind not in _RESOURCES or "/" in target.name:
            return {}
        now = self._clock()
        until, tags = self._known.get(target, (now, {}))
        return tags if now < until else self._read(target, now)

    def _read(self, target: Target, now: float) -> dict[str, str]:
        try:
            tags = dict(self._listed(arn_of(target)))
        except KedgeError as error:
            self._failed(target, error)
            return {}
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[target] = (now + _KEPT, tags)
        return tags

    def _listed(self, arn: str) -> Iterator[tuple[str, str]]:
        more: dict[str, str] = {}
        while page := ask(self._sagemaker.list_tags, ResourceArn=arn, **more):
            yield from ((tag["Key"], tag["Value"]) for tag in page.get("Tags", ()))
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}


def arn_of(target: Target) -> str:
    """Return the ARN of an endpoint or a schedule in SageMaker's spelling."""
    # SageMaker writes the names in its ARNs in lower case, and IAM compares them character by character.
    resource = f"{_RESOURCES[target.kind]}/{target.name.lower()}"
    return f"arn:{_partition(target.region)}:sagemaker:{target.region}:{target.account}:{resource}"


def _partition(region: str) -> str:
    return next((name for prefix, name in _PARTITIONS.items() if region.startswith(prefix)), "aws")
