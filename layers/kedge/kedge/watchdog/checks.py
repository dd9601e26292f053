"""All checks of the watchdog in order, and the table of all checks of monitoring itself."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from kedge.domain.finding import FAULT_CHECKS, Check
from kedge.watchdog.account import check_permissions, check_subscriptions, check_unwatched
from kedge.watchdog.alarms import check_alarms
from kedge.watchdog.capture import check_capture, check_captured_objects, check_sampling, check_use_of_capture
from kedge.watchdog.facts import EndpointMonitoring, MonitorFacts, WatchedAccount
from kedge.watchdog.fault import WatchFault
from kedge.watchdog.monitors import check_baselines, check_batch, check_labels, check_runs


def faults_of_endpoint(
    watched: EndpointMonitoring, now: datetime, minimum_records: int | None = None
) -> tuple[WatchFault, ...]:
    """Return the faults of the monitoring of one endpoint, each once.

    `minimum_records` is the policy's minimum of a window; without it, the fault names the number, and the policy decides
    later.
    """
    found = (
        *check_capture(watched),
        *check_sampling(watched),
        *check_captured_objects(watched, now),
        *check_use_of_capture(watched, now),
        *check_baselines(watched),
        *check_labels(watched, now),
        *check_runs(watched),
        *check_alarms(watched.alarms, now, watched.endpoint.invocations),
    )
    return tuple(fault for fault in found if minimum_records is None or not is_enough(fault, minimum_records))


def faults_of_batch(monitor: MonitorFacts, now: datetime) -> tuple[WatchFault, ...]:
    """Return the faults of a monitor without an endpoint."""
    return tuple(check_batch(monitor, now))


def faults_of_account(account: WatchedAccount, now: datetime) -> tuple[WatchFault, ...]:
    """Return the faults that belong to no endpoint: alarms that name none, subscriptions, missing permissions."""
    alarms = check_alarms(account.alarms, now, None)
    return (*check_subscriptions(account), *check_permissions(account), *alarms)


def unwatched_endpoints(account: WatchedAccount, now: datetime) -> tuple[WatchFault, ...]:
    """Return a fault for each endpoint that no monitor and no alarm watches, for the weekly digest."""
    return tuple(check_unwatched(account, now))


def is_enough(fault: WatchFault, minimum_records: int) -> bool:
    """Return whether a fault only names a number of records that the policy accepts."""
    return fault.measured is not None and fault.measured >= minimum_records


class CheckText(Struct, frozen=True):
    """When a check finds something, and what fixes it, for the documents."""

    found: str
    fix: str


_TEXTS: Final = {
    Check.CAPTURE_OFF: CheckText(
        "The config in service has no data capture, or SageMaker stopped it, and a monitor of the endpoint needs it.",
        "`kedge model onboard`, or a new config with data capture",
    ),
    Check.CAPTURE_LOST: CheckText(
        "The config in service has no data capture, and the config before it had.",
        "`kedge model onboard`, and data capture in the deployment's own config",
    ),
    Check.CAPTURE_SAMPLING: CheckText(
        "Less than 100 % is captured, and a window has fewer records than `evidence.minimum_records`.",
        "a higher sampling percentage, or longer windows",
    ),
    Check.CAPTURE_EMPTY: CheckText(
        "Data capture is on and requests arrive, but there is no new object below its destination.",
        "`s3:PutObject` and the key for the endpoint's execution role",
    ),
    Check.CAPTURE_UNMONITORED: CheckText(
        "Data is captured for more than 24 hours, and no running monitor reads it.",
        "`kedge model onboard`, or no data capture",
    ),
    Check.BASELINE_AGE: CheckText(
        "The baseline is more than 2 days older than the model in service.",
        "a baseline from this model's training data",
    ),
    Check.BASELINE_COLUMNS: CheckText(
        "The newest run read other columns than the baseline has.", "a baseline with the same inputs and outputs"
    ),
    Check.LABELS_LATE: CheckText(
        "The newest label is older than it may be for this monitor.", "the job that writes the labels"
    ),
    Check.NEVER_WORKED: CheckText(
        "At least 3 runs since the monitor was made, and none had a result.", "the cause of its newest run"
    ),
    Check.MERGE_FAILED: CheckText(
        "At least 3 merges of captured data with labels, and none worked.",
        "the same inference ids in labels and captured data",
    ),
    Check.ALARM_DIMENSIONS: CheckText(
        "CloudWatch does not list the metric of an alarm with its dimensions, or its name is one that does not exist.",
        "namespace and dimensions as `aws cloudwatch list-metrics` shows them",
    ),
    Check.ALARM_NO_DATA: CheckText(
        "An alarm is in INSUFFICIENT_DATA for twice the time that it evaluates, at least for 26 hours.",
        "the monitor behind the metric, or a longer period",
    ),
    Check.UNWATCHED_ENDPOINT: CheckText(
        "An endpoint in service for more than 24 hours has neither a running monitor nor an alarm (weekly digest).",
        "`kedge model onboard`",
    ),
    Check.SUBSCRIPTION: CheckText(
        "A subscription of a topic for messages is pending or ended, or none is confirmed.",
        "confirm it, or subscribe the address again",
    ),
    Check.WATCH_PERMISSION: CheckText(
        "AWS refuses a read to the watchdog.", "the named permission in the role of the function `watch`"
    ),
    Check.SCHEDULE_OVERDUE: CheckText("A monitor did not run when it was due.", "the schedule and its executions"),
    Check.SCHEDULE_STOPPED: CheckText("A schedule or one of its runs was stopped.", "start it again"),
    Check.SCHEDULE_FAILED: CheckText("SageMaker reports a schedule as failed.", "its failure reason"),
    Check.TOO_FEW_RECORDS: CheckText(
        "No window had enough records for `evidence.unmeasurable_after`.", "longer windows, or a lower minimum"
    ),
    Check.RUN_PERMISSION: CheckText("A run failed: AWS denied access.", "the named permission in the monitor's role"),
    Check.RUN_NO_DATA: CheckText("A run had no captured data.", "data capture, and requests in the window"),
    Check.RUN_GROUND_TRUTH: CheckText("A run found no ground truth for its window.", "the job that writes the labels"),
    Check.RUN_MEMORY: CheckText("A run was out of memory.", "a larger instance type, or more instances"),
    Check.RUN_BASELINE: CheckText("A run could not use its baseline.", "a new baseline, or its right S3 URI"),
    Check.RUN_SCRIPT: CheckText("A run failed in its preprocessing or postprocessing script.", "the script"),
    Check.RUN_CONTAINER: CheckText(
        "The container of a run could not start, or ended with an error.", "its image, and its log"
    ),
}


def text_of(check: Check) -> CheckText:
    """Return when a check of monitoring finds something, and what fixes it."""
    return _TEXTS[check]


if missing := FAULT_CHECKS - _TEXTS.keys():
    raise ValueError(f"the table of checks has no row for {', '.join(sorted(missing))}")
