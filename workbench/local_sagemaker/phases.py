"""The phases of a deployment, from its DeploymentConfig. The module is pure.

A new fleet is launched beside the old one. The launch has one step (ALL_AT_ONCE, the default), two (CANARY), or as many
as their size requires (LINEAR, rolling). After each step it receives traffic and bakes. In the end the old fleet is
terminated.

States and messages are those in the samples of the deployment event. The name "full capacity" for the traffic of a
whole fleet is this server's wording, since no sample shows it. In AWS a rolling deployment terminates the old fleet
batch by batch, here only in the end.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from workbench.local_sagemaker.errors import invalid
from workbench.local_sagemaker.fates import Outcome
from workbench.local_sagemaker.world import Document

type Counts = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase of a deployment. `counts` are the instances of the new fleet, or of the old one if `of_old`.

    `messages` are those of the variants.
    """

    status: str
    messages: tuple[str, ...]
    counts: Counts
    takes_traffic: bool
    lasts: timedelta = timedelta(0)
    of_old: bool = False


def phases(config: Document, old: Counts, new: Counts, launch: timedelta) -> list[Phase]:
    """Return the phases from the first launch to the end of the old fleet; each launch lasts `launch`.

    Raises:
        ApiError: the config contradicts itself, or a step does not fit the fleet's size.
    """
    found: list[Phase] = []
    before, steps = (0,) * len(new), list(_steps(config, new))
    for step in steps:
        found += _one_step(config, before, step, step == new, launch)
        before = step
    return [*found, _terminating(old, new, takes_traffic=True, of_old=True)]


def until(outcome: Outcome, whole: list[Phase]) -> list[Phase]:
    """Return the phases that are visible with an outcome.

    A deployment that fails ends after its first launch. One that rolls back ends after its first bake.
    """
    match outcome:
        case Outcome.SUCCEEDED:
            return whole
        case Outcome.FAILED:
            return whole[:1]
        case Outcome.ROLLED_BACK | Outcome.ROLLBACK_FAILED:
            seen = whole[: 3 if whole[2].status == "Baking" else 2]
            return [*seen, giving_up(seen[-1].counts)]


def giving_up(counts: Counts) -> Phase:
    """Return the last phase of a new fleet with these instance counts."""
    return _terminating(counts, counts, takes_traffic=False, of_old=False)


def _one_step(config: Document, before: Counts, step: Counts, last: bool, launch: timedelta) -> Iterator[Phase]:
    share = "full" if last else "canary"
    yield Phase(
        status="Updating" if any(before) else "Creating",
        messages=tuple(f"Launching {to - since} instance(s)." for since, to in zip(before, step, strict=True)),
        counts=before,
        takes_traffic=any(before),
        lasts=launch,
    )
    yield Phase(
        status="ActivatingTraffic",
        messages=tuple(f"Activating traffic on {share} capacity of {count} instance(s)." for count in step),
        counts=step,
        takes_traffic=True,
    )
    name, seconds = _wait(config, last)
    if seconds:
        how = f"Baking for {seconds} seconds ({name}) with traffic enabled on {share} capacity of"
        yield Phase(
            status="Baking",
            messages=tuple(f"{how} {count} instance(s)." for count in step),
            counts=step,
            takes_traffic=True,
            lasts=timedelta(seconds=seconds),
        )


def _terminating(gone: Counts, counts: Counts, *, takes_traffic: bool, of_old: bool) -> Phase:
    messages = tuple(f"Terminating {count} instance(s)." for count in gone)
    return Phase(status="Deleting", messages=messages, counts=counts, takes_traffic=takes_traffic, of_old=of_old)


def _wait(config: Document, last: bool) -> tuple[str, int]:
    rolling, green = config.get("RollingUpdatePolicy"), config.get("BlueGreenUpdatePolicy", {})
    if rolling:
        return "WaitIntervalInSeconds", rolling["WaitIntervalInSeconds"]
    if last:
        return "TerminationWaitInSeconds", green.get("TerminationWaitInSeconds", 0)
    return "WaitIntervalInSeconds", green["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"]


def _steps(config: Document, counts: Counts) -> Iterator[Counts]:
    size, repeated = _step_size(config, counts)
    reached = (0,) * len(counts)
    while size and (reached == (0,) * len(counts) or repeated):
        reached = tuple(min(count, got + _instances(size, count)) for got, count in zip(reached, counts, strict=True))
        if reached == counts:
            break
        yield reached
    yield counts


def _step_size(config: Document, counts: Counts) -> tuple[Document | None, bool]:
    rolling, green = config.get("RollingUpdatePolicy"), config.get("BlueGreenUpdatePolicy")
    if rolling and green:
        raise invalid("Only one update policy should be used in the deployment configuration.")
    if rolling:
        return _fitting("MaximumBatchSize", rolling, counts, 5), True
    routing = green["TrafficRoutingConfiguration"] if green else {"Type": "ALL_AT_ONCE"}
    match routing["Type"]:
        case "CANARY":
            return _fitting("CanarySize", routing, counts, 0), False
        case "LINEAR":
            return _fitting("LinearStepSize", routing, counts, 10), True
        case _:
            return None, False


def _fitting(name: str, where: Document, counts: Sequence[int], least: int) -> Document:
    """Return the size of a step, which is at most half of each variant.

    The limits are the API reference's, the words are not AWS's.
    """
    if name not in where:
        raise invalid(f"{name} must be given for this kind of deployment.")
    size: Document = where[name]
    for count in filter(None, counts):
        share = size["Value"] if size["Type"] == "CAPACITY_PERCENT" else size["Value"] * 100 / count
        if not least <= share <= 50:
            raise invalid(f"{name} must be {least}-50% of the variant's total instance count of {count}.")
    return size


def _instances(size: Document, count: int) -> int:
    value: int = size["Value"]
    return value if size["Type"] == "INSTANCE_COUNT" else math.ceil(count * value / 100)
