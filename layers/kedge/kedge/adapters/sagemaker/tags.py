"""SageMaker: the tags of an endpoint or a monitoring schedule."""

from collections.abc import Callable, Iterator
from typing import Final

from kedge.adapters.calls import Client, ask
from kedge.domain.errors import KedgeError
from kedge.domain.target import Target, TargetKind

_RESOURCES: Final = {TargetKind.ENDPOINT: "endpoint", TargetKind.SCHEDULE: "monitoring-schedule"}
_PARTITIONS: Final = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
_KEPT: Final = 300.0
"""Seconds for which tags are believed."""
_MOST: Final = 1_024
"""Targets whose tags are kept: a container of a large fleet forgets rather than grows."""


class SageMakerTags:
    """Tags, read with ListTags and kept for five minutes. What cannot be read is as good as none: a page is worth more."""

    def __init__(
        self, sagemaker: Client, clock: Callable[[], float], failed: Callable[[Target, KedgeError], None]
    ) -> None:
        """`clock` gives seconds that only grow; `failed` is told of each time that AWS refuses."""
        self._sagemaker = sagemaker
        self._clock = clock
        self._failed = failed
        self._known: dict[Target, tuple[float, dict[str, str]]] = {}

    def of(self, target: Target) -> dict[str, str]:
        """The tags of an endpoint or schedule; none of anything else, and none where AWS refuses. Never raises."""
        # No name of SageMaker's has a slash: then a place in S3 stands for a schedule that nobody knows.
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
    """The ARN of an endpoint or a schedule, as SageMaker writes it."""
    # SageMaker writes the names in its ARNs in lower case, and IAM compares them letter by letter.
    resource = f"{_RESOURCES[target.kind]}/{target.name.lower()}"
    return f"arn:{_partition(target.region)}:sagemaker:{target.region}:{target.account}:{resource}"


def _partition(region: str) -> str:
    return next((name for prefix, name in _PARTITIONS.items() if region.startswith(prefix)), "aws")
