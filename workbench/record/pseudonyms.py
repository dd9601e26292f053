"""A recording under pseudonyms that may be shared: it leads to the same decisions, except for names.

The names of fields stay, and also the names of features, metrics and facets. Tag keys, Regions, times, numbers and
SageMaker's own words stay, too.
"""

import json
import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

import msgspec

from kedge.domain.errors import MalformedPolicy
from kedge.policy.spec.document import PolicyDocument
from workbench import private
from workbench.cli.policy_files import reading_of
from workbench.record.names import Names
from workbench.record.policy_names import expressions, renamed

_ENDPOINTS: Final = frozenset({"EndpointName", "Endpoint"})
_BY_NAME: Final = frozenset({"dimensions", "attributes"})
_KINDS: Final = {
    "EndpointName": "endpoint",
    "sagemaker_endpoint_name": "endpoint",
    "MonitoringScheduleName": "schedule",
    "sagemaker_monitoring_schedule_name": "schedule",
    "Bucket": "bucket",
    "StepName": "step",
}
# These are never names of the account: an endpoint with the name `Completed` must not change a status.
_AS_THEY_ARE: Final = frozenset(
    {
        "AlarmTypes", "CheckType", "Code", "ContributorId", "Expression", "MetricName", "MonitoringExecutionStatus", "MonitoringScheduleStatus", "MonitoringType",
        "Namespace", "NextToken", "ProcessingJobStatus", "SortBy", "SortOrder", "StateReasonData", "StateValue", "StepStatus",
        "analysis_type", "at", "detail-type", "end_time", "expression", "from", "name",
        "namespace", "reasonData", "region", "source", "start_time", "time", "timestamp", "value", "version",
    }
)  # fmt: skip
_ODD: Final = {
    "alarmName": "alarm",
    "AlarmName": "alarm",
    "AlarmNames": "alarm",
    "ProcessingJobName": "job",
    "ImageUri": "image",
}
# Free text for people, which no rule reads.
_PROSE: Final = frozenset({"description", "AlarmDescription"})


class Pseudonyms:
    """A rewriter of one recording."""

    def __init__(self, source: Path, to: Path) -> None:
        """Keep `source`, a complete recording, which stays unchanged. Raises MalformedPolicy or TooMany."""
        self._source, self._to = source, to
        self._only_fields = False
        self._policy = _policy(source / "policy.yaml")
        self.names = Names(expressions(self._policy) if self._policy is not None else None)

    def write(self, mapping: Path | None = None) -> None:
        """Write the recording under pseudonyms, its signals last, and the pseudonyms into `mapping`, if it is given.

        Raises OSError.
        """
        # There are two passes for the names alone: first those in fields of their own, and then those in URIs, ARNs and
        # tags. A text about a name may come before its field.
        answers = sorted((self._source / "aws").glob("*.jsonl"))
        signals = self._source / "signals.jsonl"
        for self._only_fields in (True, False):
            for path in (signals, *answers):
                deque(self._lines(path), maxlen=0)
        objects = dict(self._objects())
        for path in answers:
            self._write(f"aws/{path.name}", self._lines(path))
        for path, name in objects.items():
            self._write(name, iter([path.read_bytes()]))
        if self._policy is not None:
            policy = msgspec.json.encode(renamed(self._policy, self.names))
            self._write("policy.yaml", iter([msgspec.json.format(policy) + b"\n"]))
        self._write(signals.name, self._lines(signals))
        if mapping is not None:
            private.write_text(
                mapping, json.dumps(self.names.table, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
            )

    def _lines(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            for line in file:
                yield msgspec.json.encode(self._of("", msgspec.json.decode(line))) + b"\n"

    def _objects(self) -> Iterator[tuple[Path, str]]:
        root = self._source / "s3"
        for path in sorted(each for each in root.rglob("*") if each.is_file()):
            bucket, *parts = path.relative_to(root).parts
            key = "/".join(map(_as_in_s3, parts))
            yield path, f"s3/{self.names.bucket(bucket)}/{self.names.key(key)}"

    def _write(self, name: str, parts: Iterator[bytes]) -> None:
        path = self._to / name
        private.make_folder(path.parent)
        with private.opened(path) as file:
            file.writelines(parts)

    def _of(self, key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return self._object(key, value)
        if isinstance(value, list):
            return [self._of(key, each) for each in value]
        return self._text(key, value) if isinstance(value, str) else value

    def _object(self, key: str, told: Mapping[str, Any]) -> dict[str, Any]:
        if told.keys() == {"Key", "Value"}:
            return dict(told) if self._only_fields else {**told, "Value": self.names.value(told["Value"])}
        if told.keys() == {"Name", "Value"}:
            return {**told, "Value": self._dimension(told["Name"], told["Value"])}
        if key in _BY_NAME:
            return {name: self._dimension(name, value) for name, value in told.items()}
        if "Bucket" in told and isinstance(told.get("Key"), str):
            return {**told, "Bucket": self.names.bucket(told["Bucket"]), "Key": self.names.key(told["Key"])}
        found = {name: self._of(name, value) for name, value in told.items()}
        # The id of an event may be derived from an ARN, and could be traced back. It is derived again from the
        # pseudonyms.
        return {**found, "id": _id_of(found)} if "detail-type" in told and "id" in told else found

    def _dimension(self, name: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if name in _ENDPOINTS:
            return self.names.of("endpoint", value)
        return value if self._only_fields else self.names.value(value)

    def _text(self, key: str, text: str) -> str:
        if key in _AS_THEY_ARE:
            return text
        if key in _PROSE:
            return ""
        if key in _KINDS:
            return self.names.of(_KINDS[key], text)
        if key in _ODD:
            found: str = getattr(self.names, _ODD[key])(text)
            return found
        return text if self._only_fields else self.names.text(text)


def _id_of(event: Mapping[str, Any]) -> str:
    told = {name: value for name, value in event.items() if name != "id"}
    return str(uuid.uuid5(uuid.NAMESPACE_OID, msgspec.json.encode(told, order="sorted").decode()))


def _policy(file: Path) -> PolicyDocument | None:
    if not file.is_file():
        return None
    reading = reading_of(file)
    if reading.document is None:
        raise MalformedPolicy(str(file), "; ".join(fault.why for fault in reading.faults))
    return reading.document


def _as_in_s3(part: str) -> str:
    """Return a part of a key without the percent-encoding that the file system may need."""
    plain = unquote(part)
    return plain if plain != part and quote(plain, safe="").replace("..", "%2E%2E") in {part, part.upper()} else part
