"""Checks of data capture."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from kedge.domain.finding import Check
from kedge.formatting import format_count, format_number, format_time
from kedge.watchdog.facts import CaptureFacts, DescribedEndpoint, EndpointMonitoring
from kedge.watchdog.fault import WatchFault

DAY: Final = timedelta(days=1)
"""The time that a new config has before it needs a monitor: its baseline needs some captured data."""

EXPECTED: Final = 10
"""The least number of records that should have been captured before their absence is a fault."""

NEARLY_ALL: Final = 100.0
# The largest number of records that any policy is likely to require of a window.
_MOST_RECORDS: Final = 10_000


def check_capture(watched: EndpointMonitoring) -> Iterator[WatchFault]:
    """Yield the fault of an endpoint whose capture is off: lost in a deployment, or off although a monitor reads it."""
    endpoint, config = watched.endpoint, watched.endpoint.config
    if config is None or (config.capture.is_on and endpoint.is_capturing is not False):
        return
    before = endpoint.before
    if config.capture.is_on:
        if watched.monitors:
            yield WatchFault(
                check=Check.CAPTURE_OFF,
                subject=endpoint.name,
                evidence=f"Config {config.name} asks for data capture, but SageMaker reports it as stopped.",
                fix="Check that disk use of its instances is below 75 %, and update the endpoint to start the capture again.",
            )
    elif before is not None and before.capture.is_on:
        made = f", made {format_time(config.created)}," if config.created is not None else ""
        yield WatchFault(
            check=Check.CAPTURE_LOST,
            subject=endpoint.name,
            evidence=(
                f"Config {config.name}{made} has no data capture; config {before.name} before it captured "
                f"{format_number(before.capture.sampling)} % of the requests."
            ),
            fix=_switch_on(endpoint),
        )
    elif watched.monitors:
        yield WatchFault(
            check=Check.CAPTURE_OFF,
            subject=endpoint.name,
            evidence=(
                f"Config {config.name} has no data capture, and {format_count(len(watched.monitors), 'monitor')} "
                "of this endpoint cannot receive data."
            ),
            fix=_switch_on(endpoint),
        )


def check_sampling(watched: EndpointMonitoring) -> Iterator[WatchFault]:
    """Yield the fault of an endpoint that captures too small a share of its requests for the windows of its monitors.

    The caller compares `measured`, the number of records of a window, with the policy's minimum.
    """
    endpoint, capture = watched.endpoint, _capture_of(watched.endpoint)
    windows = [each.window for each in watched.active_monitors if each.window is not None]
    if capture is None or capture.sampling >= NEARLY_ALL or endpoint.invocations is None or not windows:
        return
    window = min(windows)
    requests = endpoint.invocations * (window / DAY)
    records = requests * capture.sampling / 100
    if records < _MOST_RECORDS and (requests > 0 or capture.sampling == 0):
        yield WatchFault(
            check=Check.CAPTURE_SAMPLING,
            subject=endpoint.name,
            evidence=(
                f"It captures {format_number(capture.sampling)} % of about {format_number(requests)} requests in a window: "
                f"about {format_number(records)} records."
            ),
            fix="Set `InitialSamplingPercentage` to 100 in a new endpoint config, or give its monitors longer windows.",
            measured=records,
        )


def check_captured_objects(watched: EndpointMonitoring, now: datetime) -> Iterator[WatchFault]:
    """Yield the fault of an endpoint that has requests and captures none of them."""
    endpoint, capture = watched.endpoint, _capture_of(watched.endpoint)
    if capture is None or endpoint.searched_since is None or endpoint.captured is not None:
        return
    if endpoint.invocations is None:
        return
    expected = endpoint.invocations * capture.sampling / 100 * ((now - endpoint.searched_since) / DAY)
    if expected >= EXPECTED:
        yield WatchFault(
            check=Check.CAPTURE_EMPTY,
            subject=endpoint.name,
            evidence=(
                f"It had {format_number(endpoint.invocations)} requests within a day, and there is no object "
                f"below {capture.destination} since {format_time(endpoint.searched_since)}."
            ),
            fix="Give the endpoint's execution role `s3:PutObject` on that prefix, and the use of the bucket's key.",
        )


def check_use_of_capture(watched: EndpointMonitoring, now: datetime) -> Iterator[WatchFault]:
    """Yield the fault of an endpoint whose captured data no monitor reads."""
    endpoint, config, capture = watched.endpoint, watched.endpoint.config, _capture_of(watched.endpoint)
    if capture is None or config is None or watched.active_monitors:
        return
    if config.created is not None and now - config.created < DAY:
        return
    stopped = f", and {format_count(len(watched.monitors), 'monitor')} of it do not run" if watched.monitors else ""
    yield WatchFault(
        check=Check.CAPTURE_UNMONITORED,
        subject=endpoint.name,
        evidence=f"Config {config.name} captures data to {capture.destination}, and no monitor reads it{stopped}.",
        fix=f"Run `kedge model onboard {endpoint.name}`, or switch data capture off.",
    )


def _capture_of(endpoint: DescribedEndpoint) -> CaptureFacts | None:
    """Return the capture of an endpoint that is on; None for all others."""
    capture = endpoint.config.capture if endpoint.config is not None else None
    return capture if capture is not None and capture.is_on and endpoint.is_capturing is not False else None


def _switch_on(endpoint: DescribedEndpoint) -> str:
    return f"Run `kedge model onboard {endpoint.name}`, which plans a config with data capture."
