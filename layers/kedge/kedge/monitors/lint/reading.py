"""Reads a Monitors document from its text, or lists everything that is wrong with the text."""

import re
from typing import Final

from kedge.monitors import spec
from kedge.monitors.definitions import compile_monitors
from kedge.monitors.lint import checks, timing
from kedge.monitors.s3_prefixes import parse_s3_prefix
from kedge.monitors.schedule_expressions import parse_schedule
from kedge.policy.durations import parse_duration
from kedge.policy.lint import Fault, Grammar, LintResult, read_as
from kedge.policy.lint.fault import quoted
from kedge.policy.lint.field_readers import Readers, some_time
from kedge.policy.lint.tree import Node
from kedge.policy.spec.types import Duration

_RESOURCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}")
_APPLICATION: Final = re.compile(r"[0-9a-z]{1,64}")
_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,500}")
KIND: Final = "Monitors"
"""The value of `kind` in each Monitors document."""

# Keys that each policy has and no Monitors document.
_OF_A_POLICY: Final = ("route", "receivers")


def resource_name(text: str) -> str:
    """Return the name of a resource of SageMaker."""
    if text.startswith("arn:"):
        raise ValueError(f"{quoted(text)} is an ARN: write the name alone, {text.rpartition('/')[2]}")
    if not _RESOURCE.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not a name of SageMaker: write letters, digits and hyphens, 63 at most")
    return text


def application_id(text: str) -> str:
    """Return the id of an EMR Serverless application."""
    if not _APPLICATION.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not the id of an application: write one such as 00f1abcdexample2")
    return text


def role_arn(text: str) -> str:
    """Return the ARN of an IAM role."""
    if not _ROLE.fullmatch(text):
        raise ValueError(
            f"{quoted(text)} is not the ARN of a role: write one such as arn:aws:iam::111122223333:role/monitor-jobs"
        )
    return text


READERS: Final = Readers(
    {
        Duration: parse_duration,
        spec.S3Prefix: parse_s3_prefix,
        spec.ScheduleText: parse_schedule,
        spec.ResourceName: resource_name,
        spec.ApplicationId: application_id,
    },
    {
        (spec.DefaultsSpec, "window"): timing.minutes,
        (spec.MonitorSpec, "window"): timing.minutes,
        (spec.DefaultsSpec, "offset"): timing.wait,
        (spec.MonitorSpec, "offset"): timing.wait,
        (spec.GroundTruthSpec, "delay"): timing.wait,
        (spec.PromiseSpec, "within"): some_time,
        (spec.SparkSpec, "job_role"): role_arn,
    },
)
"""The readers of a Monitors document."""


def _of_another_kind(root: Node) -> Fault | None:
    if root.get("kind") is None and any(root.get(key) is not None for key in _OF_A_POLICY):
        return root.fault("this is a policy, not a Monitors document", "check it with `kedge policy lint`")
    return None


MONITORS: Final = Grammar(
    document=spec.MonitorsDocument,
    readers=READERS,
    strange=_of_another_kind,
    faults=(
        checks.names,
        checks.target,
        checks.lists,
        checks.needs,
        checks.bias,
        checks.attribution,
        checks.separate,
        checks.modes,
        timing.runs,
        timing.promises,
        timing.ages,
    ),
    notes=(checks.none, checks.unread, checks.predictions, timing.coverage, timing.seasons, timing.transform_hours),
    compiled=compile_monitors,
)


def read(text: str | bytes, name: str) -> LintResult[spec.MonitorsDocument]:
    """Return the Monitors document in a text, and all its faults. `name` is the file's, for the faults. Never raises."""
    return read_as(text, name, MONITORS)
