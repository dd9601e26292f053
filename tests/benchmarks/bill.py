"""A month's bill, from the counted usage of one signal of each kind, and from assumptions that are all written here."""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final, NamedTuple

from kedge.lambdas.observability import Count
from kedge.services.policy_store.active import BELIEVED
from tests.benchmarks.counted import FUNCTIONS, MEMORY, Usage
from tests.benchmarks.prices import PRICES
from tests.template.deployed import Deployed

HOURS: Final = 730
MINUTES: Final = HOURS * 60
ENDPOINTS: Final = 100
MONITORS: Final = 4
RUNS: Final = ENDPOINTS * MONITORS * HOURS
# Among 4 monitors, those of model quality and of bias merge ground truth first: one more processing job for each run.
# Only clean runs of model quality have values, which are kept. A clean report of the other monitors does not hold numbers.
QUALITY: Final = ENDPOINTS * HOURS * 97 // 100
MERGES: Final = RUNS // 2
# Per 100 runs: a problem that lasts for 2 hours. One event in 100 is sent twice. On each endpoint per week: one alarm, off
# and back; one deployment of 4 events.
FLEET: Final = {
    "clean run": RUNS * 97 // 100 - QUALITY,
    "clean run, with values": QUALITY,
    "violated run, told": RUNS // 100,
    "violated run, known": RUNS // 100,
    "clean run, resolves": RUNS // 100,
    "merge job": MERGES,
    "repeated event": (RUNS + MERGES) // 100,
    "endpoint's change": ENDPOINTS * HOURS * 4 // (7 * 24),
    "alarm, told": ENDPOINTS * HOURS * 2 // (7 * 24),
}

# The average time of a call to AWS in a region. The local stack answers at once, and its own time is in the count.
LATENCY: Final = 0.05
# One invocation in `COLD` starts a new environment, which takes `COLD_SECONDS` at 512 MB. Lambda bills INIT since August 2025.
COLD: Final = 20
COLD_SECONDS: Final = 1.5
# Lambda polls each of the 3 queues with 5 pollers, each waiting 20 seconds, also if the queue is empty.
POLLS: Final = 5 * 3 * 60 * HOURS
# Two configurations: the policy, and the Monitors document.
DOCUMENTS: Final = 2
# A full case takes between one and two read units of DynamoDB, strongly consistent.
READ_UNITS: Final = 2
# Logs are kept for 90 days (the default), compressed. The ledger is never deleted; the bill is for one that is a year old.
LOG_MONTHS: Final = 3
COMPRESSED: Final = 0.15
LEDGER_MONTHS: Final = 12
# Runs with their values are kept for 90 days.
RUN_MONTHS: Final = 3
# DynamoDB and SNS keep a data key for 5 minutes, each queue for an hour (KmsDataKeyReusePeriodSeconds).
FIVE_MINUTES: Final = HOURS * 12
# Environments of intake alive at a time. Each of them reads the kept policy again as often as it may.
BELIEVERS: Final = 2
# New environments of reconcile per hour: Lambda occasionally replaces one that is busy every minute.
RENEWED: Final = 0.5
# A heartbeat every 5 minutes: 3 functions for a moment each, 6 requests to 2 queues, one small item.
HEARTBEATS: Final = HOURS * 12
HEARTBEAT_SECONDS: Final = 3 * 2 * LATENCY
# 2 deployments in 100 are rolled back, and as many models are retrained. A plan takes 40 transitions from start to end: it waits
# for an approver. Then it checks the outcome every 5 minutes for 2 hours, with 3 transitions per check.
PLANS: Final = 2 * FLEET["endpoint's change"] // 4 // 50
TRANSITIONS: Final = 40 + 2 * 12 * 3
# A metric counts for each hour that it is sent in. In a fleet of this size these are sent in nearly every hour.
METRICS: Final = (
    Count.HEARTBEATS,
    Count.SIGNALS_TAKEN,
    Count.SIGNALS_IGNORED,
    Count.SIGNALS_REPEATED,
    Count.INCIDENTS_OPENED,
    Count.INCIDENTS_RESOLVED,
    Count.EFFECTS_CARRIED,
    Count.DELIVERED,
    Count.TIMERS_FIRED,
)


class Line(NamedTuple):
    """One line of a bill."""

    price: str
    units: float
    why: str

    def dollars(self, *, free_tier: bool) -> float:
        """Return the dollars of the line."""
        return PRICES[self.price].of(self.units, free_tier=free_tier)


def total(lines: list[Line], *, free_tier: bool) -> float:
    """Return the dollars of all lines."""
    return sum(line.dollars(free_tier=free_tier) for line in lines)


def million(fleet: Mapping[str, int]) -> dict[str, int]:
    """Return a fleet's mix, scaled to a million signals."""
    all_of_them = sum(fleet.values())
    return {kind: round(count / all_of_them * 1e6) for kind, count in fleet.items()}


def moving(usage: Mapping[str, Usage], fleet: Mapping[str, int]) -> list[Line]:
    """Return the lines that grow with the signals."""

    def calls(name: str) -> float:
        return sum(usage[kind].calls.get(name, 0) * count for kind, count in fleet.items())

    def each(what: str) -> float:
        return sum(float(getattr(usage[kind], what)) * count for kind, count in fleet.items())

    ran = {name: sum(usage[kind].invocations[name] * count for kind, count in fleet.items()) for name in FUNCTIONS}
    busy = {name: sum(usage[kind].seconds[name] * count for kind, count in fleet.items()) for name in FUNCTIONS}
    waited = LATENCY * sum(sum(usage[kind].calls.values()) * count for kind, count in fleet.items())
    invoked, logged = sum(ran.values()), each("logged")
    stored = each("stored") * LEDGER_MONTHS + each("kept") * RUN_MONTHS
    # As if intake, which has the most memory, waited for all calls and started all environments.
    time = sum(busy[name] * MEMORY[name] for name in FUNCTIONS) + MEMORY["intake"] * (
        waited + invoked / COLD * COLD_SECONDS
    )
    sent = sum(fleet.values()) + calls("sqs:SendMessage")
    taken = ran["intake"] + ran["dispatch"]
    published = calls("sns:Publish")
    return [
        Line("lambda requests", invoked, "one signal an invocation"),
        Line("lambda time", time / 1024, f"as counted, {LATENCY * 1000:.0f} ms a call, one cold start in {COLD}"),
        Line("sqs requests", sent + 2 * taken, "sent, received, deleted"),
        Line("sns publishes", published, "people and programs"),
        Line("sns mails", published / 2, "one subscriber"),
        Line("dynamodb writes", each("written"), "by the size of each item; two units a KiB in a transaction"),
        Line(
            "dynamodb reads",
            sum(_read_units(usage[kind].calls) * count for kind, count in fleet.items()),
            "strongly consistent",
        ),
        Line("dynamodb storage", stored, "after a year; runs with values for 90 days"),
        Line("dynamodb recovery", stored, "after a year; runs with values for 90 days"),
        Line("s3 gets", calls("s3:GetObject"), "report and statistics"),
        Line("s3 lists", calls("s3:ListBucket"), "of a report that is not there"),
        Line("cloudwatch requests", calls("cloudwatch:DescribeAlarms"), "of alarms that say little"),
        Line("logs taken in", logged, "our own lines; Lambda's are switched off (SystemLogLevel WARN)"),
        Line("logs kept", logged * COMPRESSED * LOG_MONTHS, "90 days"),
        Line("kms requests", invoked / COLD, "an environment's variables, at each cold start"),
        Line("events of AWS", sum(fleet.values()), "SageMaker, CloudWatch"),
        Line("sagemaker calls", sum(calls(f"sagemaker:{name}") for name in _SAGEMAKER), "what a job came to"),
    ]


def minutes(minute: Usage) -> list[Line]:
    """Return the lines of reconcile's work every minute, with or without anything due."""
    calls, each = minute.calls, MEMORY["reconcile"] / 1024
    time = (minute.seconds["reconcile"] + LATENCY * sum(calls.values())) * each
    return [
        Line("lambda requests", MINUTES, "a look every minute"),
        Line("lambda time", MINUTES * time, "of reconcile, which stays warm"),
        Line(
            "dynamodb reads",
            MINUTES * _read_units(calls),
            "what is due, the kept policy and the kept Monitors document",
        ),
        Line("dynamodb reads", BELIEVERS * HOURS * 3600 / BELIEVED, "the kept policy, by intake"),
        Line("appconfig requests", DOCUMENTS * MINUTES, "whether there is a new policy or Monitors document"),
        Line("appconfig copies", RENEWED * HOURS, "the policy, by each new environment of reconcile"),
        Line("logs taken in", MINUTES * minute.logged, ""),
        Line("logs kept", MINUTES * minute.logged * COMPRESSED * LOG_MONTHS, ""),
    ]


def _read_units(calls: Mapping[str, float]) -> float:
    """Return the units of consistent reads: 2 for a case, 1 for the small result of a query or a batch."""
    found = calls.get("dynamodb:Query", 0) + calls.get("dynamodb:BatchGetItem", 0)
    return calls.get("dynamodb:GetItem", 0) * READ_UNITS + found


def standing() -> list[Line]:
    """Return the lines of a month without any signal."""
    stack = Deployed()
    queues = ceil(HOURS * (2 * 2 + 1)) + ceil(HOURS * (2 * 1 + 1))
    table, topics = FIVE_MINUTES * 2 * 3, FIVE_MINUTES * 2 * 2
    return [
        Line("lambda requests", 3 * HEARTBEATS, "a heartbeat every five minutes"),
        Line("lambda time", HEARTBEATS * HEARTBEAT_SECONDS * MEMORY["intake"] / 1024, ""),
        Line("sqs requests", 6 * HEARTBEATS, "heartbeats"),
        Line("dynamodb writes", HEARTBEATS, "heartbeats"),
        Line("events put", 2 * HEARTBEATS, "heartbeats: the schedule's invocations, and their events on the bus"),
        Line("workflow transitions", PLANS * TRANSITIONS, f"{PLANS} plans, of {TRANSITIONS} transitions each"),
        Line("kms key", 1, "two from the second year on, three from the third: it is rotated every year"),
        Line("kms requests", queues + table + topics, "data keys of queues, table and topics, never idle"),
        Line("sqs requests", 2 * POLLS, "two queues, five pollers each, 20 seconds a poll"),
        Line("sqs fifo requests", POLLS, "the queue of windows, five pollers, 20 seconds a poll"),
        Line(
            "cloudwatch alarms",
            sum(map(_metrics_of, stack.of_type("AWS::CloudWatch::Alarm").values())),
            "on Kedge itself",
        ),
        Line("cloudwatch metrics", len(METRICS), "one dimension: the stack"),
        Line("cloudwatch dashboard", len(stack.of_type("AWS::CloudWatch::Dashboard")), ""),
    ]


def _metrics_of(alarm: Mapping[str, Any]) -> int:
    """Return the number of metrics that an alarm is billed for: an expression counts each of its metrics."""
    return sum("MetricStat" in each for each in alarm.get("Metrics", ())) or 1


def added(*bills: list[Line]) -> list[Line]:
    """Return several bills as one: a free tier counts once, for all lines of a price together."""
    lines = [line for bill in bills for line in bill]
    return [
        Line(price, sum(line.units for line in lines if line.price == price), "; ".join(filter(None, whys)))
        for price in PRICES
        if (whys := [line.why for line in lines if line.price == price])
    ]


_SAGEMAKER: Final = (
    "DescribeProcessingJob",
    "DescribeMonitoringSchedule",
    "ListPipelineExecutionSteps",
    "ListTags",
)
