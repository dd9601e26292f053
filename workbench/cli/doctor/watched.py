"""Checks how endpoints are monitored: the watchdog's checks on demand, with the permissions of the person who asks."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, override

from kedge.adapters.cloudwatch.watched import CloudWatchWatched
from kedge.adapters.dated_objects import S3DatedObjects
from kedge.adapters.messaging.subscriptions import SnsSubscriptions
from kedge.adapters.sagemaker.monitored import SageMakerMonitored
from kedge.domain.errors import KedgeError
from kedge.domain.finding import Check
from kedge.formatting import format_count
from kedge.services.watch.monitoring import MonitoringReader
from kedge.sources.event_header import Home
from kedge.watchdog.checks import faults_of_account, faults_of_batch, faults_of_endpoint, unwatched_endpoints
from kedge.watchdog.facts import DescribedEndpoint, EndpointMonitoring
from kedge.watchdog.fault import WatchFault
from workbench.cli.doctor.looking import Check as CheckOfStack
from workbench.cli.doctor.looking import Looking, unread_fact
from workbench.cli.doctor.result import CheckResult, CheckState, fault
from workbench.cli.doctor.runs import check_baseline_jobs, check_own_monitor, check_schedule, is_own

# The stack's own checks have these already, or they belong to the function `watch` and not to this person.
_ELSEWHERE: Final = (Check.SUBSCRIPTION, Check.WATCH_PERMISSION)


class OneEndpoint(SageMakerMonitored):
    """One endpoint of an account, as if there were no other."""

    wanted = ""

    @override
    def endpoints(self) -> Iterator[DescribedEndpoint]:
        """Yield the wanted endpoint; nothing if it does not exist."""
        yield from (each for each in super().endpoints() if each.name == self.wanted)


def monitoring_of(endpoint: str | None) -> CheckOfStack:
    """Return the check of the monitoring of one endpoint, or of all endpoints and batch monitors of the account."""

    def check(at: Looking) -> Iterator[CheckResult]:
        _, _, _, region, account, _ = at.stack.outputs["WorkflowArn"].split(":", 5)
        sagemaker = SageMakerMonitored(at.client("sagemaker"))
        if endpoint is not None:
            sagemaker = OneEndpoint(at.client("sagemaker"))
            sagemaker.wanted = endpoint
        reader = MonitoringReader(
            sagemaker,
            CloudWatchWatched(at.client("cloudwatch")),
            SnsSubscriptions(at.client("sns")),
            S3DatedObjects(at.client("s3")),
            lambda: at.stack.monitors,
            (),
            Home(account, region),
        )
        now = datetime.now(UTC)
        read = reader.read(now, lambda: True)
        for watched in read.account.endpoints:
            yield from _of_endpoint(at, watched, now)
        yield from _unread(read.failed)
        if endpoint is None:
            batch = [each for monitor in read.account.batch for each in faults_of_batch(monitor, now)]
            others = [*faults_of_account(read.account, now), *batch]
            yield from (_result(each) for each in others if each.check not in _ELSEWHERE)
            yield from check_baseline_jobs(at)
            yield from (_result(each, each.subject) for each in unwatched_endpoints(read.account, now))
        elif not read.account.endpoints and endpoint not in read.unknown and read.is_complete:
            yield fault(
                "endpoint",
                endpoint,
                f"The endpoint does not exist in account {account}, {region}.",
                "Check its name with: aws sagemaker list-endpoints --name-contains NAME",
            )

    return check


def _of_endpoint(at: Looking, watched: EndpointMonitoring, now: datetime) -> Iterator[CheckResult]:
    name = watched.endpoint.name
    found = [_result(each, name) for each in faults_of_endpoint(watched, now, at.stack.policy.minimum_records)]
    target = at.stack.endpoint(name)
    for monitor in watched.monitors:
        found += check_own_monitor(at, monitor, target) if is_own(monitor) else check_schedule(at, monitor, now)
    yield from found
    if not found:
        monitors = format_count(len(watched.active_monitors), "running monitor")
        said = f"It has {monitors} and {format_count(len(watched.alarms), 'alarm')}."
        yield CheckResult(check="monitoring", subject=name, state=CheckState.OK, evidence=said, endpoint=name)


def _result(each: WatchFault, endpoint: str = "") -> CheckResult:
    return CheckResult(
        check=each.check,
        subject=each.subject,
        state=CheckState.FAULT,
        evidence=each.evidence,
        fix=each.fix,
        endpoint=endpoint,
    )


def _unread(failed: list[tuple[str, KedgeError]]) -> Iterator[CheckResult]:
    """Yield each read that failed; of a permission that is missing, one line."""
    results = [unread_fact("monitoring", what, error) for what, error in failed]
    yield from {each.subject: each for each in results}.values()
