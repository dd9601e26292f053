"""The usage of the deployed ring for one signal of each kind, counted on the local stack."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Final, NamedTuple

from kedge.ledger.items import ItemKind
from tests.stack.deployed_ring import DeployedRing
from tests.template.acts import REMEDY_NAMES, function_name_of
from workbench.local_sagemaker.world import Document
from workbench.local_stack.activity import drain
from workbench.local_stack.alarms import Alarms

# The functions of remedies are among them, so that a policy which starts one would not look cheap.
MEMORY: Final = {"intake": 512, "relay": 256, "dispatch": 256, "reconcile": 512} | dict.fromkeys(
    ("remediate", *map(function_name_of, REMEDY_NAMES), "approve", "people"), 512
)
FUNCTIONS: Final = tuple(MEMORY)
MINUTE: Final = "a minute"
TIMES: Final = 3
# The state of a case has its full size after this number of runs.
_RUNS_BEFORE: Final = 40
# Far enough back that no run lies in the future, because Kedge would not believe it.
_SINCE: Final = timedelta(days=7)
# The bytes that CloudWatch Logs adds to each event. At level WARN it does not receive Lambda's own lines (START, END, REPORT).
_LOG_EVENT: Final = 26
_LAMBDAS_OWN: Final = ("START ", "END ", "REPORT ", "INIT_START ")


# The number of metrics is that of a binary classifier's run.
QUALITY: Final[Document] = {
    "dataset": {"item_count": 4_000},
    "binary_classification_metrics": {
        name: {"value": 0.812345678, "standard_deviation": 0.00123}
        for name in (
            *("recall", "precision", "accuracy", "auc", "f0_5", "f1", "f2", "true_positive_rate", "true_negative_rate"),
            *(
                "false_positive_rate",
                "false_negative_rate",
                "recall_best_constant_classifier",
                "f1_best_constant_classifier",
            ),
            *("precision_best_constant_classifier", "accuracy_best_constant_classifier", "f2_best_constant_classifier"),
        )
    },
}


class Usage(NamedTuple):
    """The average usage of one signal: `calls` by `service:Action`, `invocations` and `seconds` by function.

    `written` are DynamoDB's write request units, and `stored` the bytes that stay in the table. `kept` are the bytes that stay
    in the table for 90 days. `logged` are the bytes of log, and `largest` those of the largest written item.
    """

    calls: dict[str, float]
    invocations: dict[str, float]
    seconds: dict[str, float]
    written: float
    stored: float
    logged: float
    largest: float = 0.0
    kept: float = 0


class _Kind(NamedTuple):
    name: str
    prepare: Callable[[], None]
    play: Callable[[], None]


class _Seen(NamedTuple):
    calls: Counter[str]
    times: dict[str, float]
    seconds: dict[str, float]
    items: dict[tuple[str, str], Document]
    logged: int


def counted(ring: DeployedRing) -> dict[str, Usage]:
    """Return the usage by kind of signal. One signal passes at a time, so that no two share a call."""
    stage = _Stage(ring)
    usage = {kind.name: _mean([stage.cost(kind) for _ in range(TIMES)]) for kind in stage.kinds()}
    for name in ("violated run, told", "clean run, resolves", "alarm, told"):
        # Two channels: a story on a different path would look cheap.
        assert usage[name].calls.get("sns:Publish") == 2, name
    return usage


class _Stage:
    """Two monitors of one endpoint, with a history, and an alarm on it. Events wait until they are sent one by one."""

    def __init__(self, ring: DeployedRing) -> None:
        self._ring = ring
        self._events: list[Document] = []
        self._now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - _SINCE
        ring.stack.send_events_to(self._events.append)
        ring.monitor("churn", kinds=("DataQuality", "ModelQuality"))
        self._alarms = Alarms(ring.stack)
        self._alarms.create(
            "churn-latency",
            namespace="AWS/SageMaker",
            metric="ModelLatency",
            dimensions={"EndpointName": "churn", "VariantName": "AllTraffic"},
            threshold=500_000,
        )
        for _ in range(_RUNS_BEFORE):
            self._run("clean")
            self._measure()
            # One after the other: if 5 writers compete for a case, the rest stays in the queue for a while.
            drain(ring.stack, quiet=0.0)
        self._alarm("ALARM")
        ring.settle()

    def kinds(self) -> Iterable[_Kind]:
        """Return each kind of signal: its preparation, and a function that sends one."""
        return (
            _Kind("clean run", lambda: self._run("clean"), lambda: self._run("clean")),
            _Kind("clean run, with values", self._measure, self._measure),
            _Kind("merge job", self._finish_with_merge, self._send),
            _Kind("repeated event", lambda: self._run("clean"), self._send),
            _Kind("violated run, told", lambda: self._run("clean"), lambda: self._run("violated")),
            _Kind("violated run, known", lambda: self._run("violated"), lambda: self._run("violated")),
            _Kind("clean run, resolves", lambda: self._run("violated"), lambda: self._run("clean")),
            _Kind("endpoint's change", lambda: self._change("Updating"), lambda: self._change("InService")),
            _Kind("alarm, told", lambda: self._alarm("OK"), lambda: self._alarm("ALARM")),
            # Not a signal, but the work of every minute. The minute before it does the work that became due meanwhile.
            _Kind(MINUTE, self._minute, self._minute),
        )

    def cost(self, kind: _Kind) -> Usage:
        """Return the usage of one signal of a kind."""
        kind.prepare()
        self._ring.settle()
        before = self._look()
        kind.play()
        self._ring.settle()
        after = self._look()
        changed = [(before.items.get(key), item) for key, item in after.items.items() if before.items.get(key) != item]
        new = [item for key, item in after.items.items() if key not in before.items]
        gone = [item for key, item in before.items.items() if key not in after.items]
        return Usage(
            dict(after.calls - before.calls),
            {name: after.times[name] - before.times[name] for name in FUNCTIONS},
            {name: after.seconds[name] - before.seconds[name] for name in FUNCTIONS},
            _units(changed, gone),
            sum(_size(item) for item in new if not _is_run(item)),
            after.logged - before.logged,
            max((_size(item) for _, item in changed), default=0),
            sum(_size(item) for item in new if _is_run(item)),
        )

    def _run(self, verdict: str) -> None:
        self._finish("DataQuality", verdict)
        self._send()

    def _measure(self) -> None:
        """Finish a clean run of model quality with its metrics, and send only its last event."""
        self._finish("ModelQuality", "clean", QUALITY)
        del self._events[:-1]
        self._send()

    def _finish_with_merge(self) -> None:
        self._finish("ModelQuality", "clean")
        # The merge job ends first, then the monitoring job.
        del self._events[1:]

    def _finish(self, kind: str, verdict: str, statistics: Document | None = None) -> None:
        self._events.clear()
        self._now += timedelta(hours=1)
        self._ring.run("churn", self._now, verdict, kind=kind, statistics=statistics)
        self._events[:] = [event for event in self._events if event["detail"]["ProcessingJobStatus"] == "Completed"]

    def _change(self, status: str) -> None:
        self._events.clear()
        self._ring.stack.server.control.change_endpoint("churn", status)
        self._send()

    def _minute(self) -> None:
        self._ring.minute()

    def _send(self) -> None:
        self._ring.stack.bus.put_events(self._events)

    def _alarm(self, state: str) -> None:
        self._alarms.change("churn-latency", state, "Threshold Crossed: 1 datapoint [812000.0] against 500000.0.")

    def _look(self) -> _Seen:
        calls: Counter[str] = Counter()
        for call in self._ring.stack.calls():
            calls[call["action"]] += call["times"]
        ran = self._ring.stack.invocations()
        nothing = {"times": 0.0, "seconds": 0.0}
        scanned = (
            self._ring.stack.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=self._ring.outputs["TableName"])
        )
        return _Seen(
            calls,
            {name: ran.get(f"kedge-{name}", nothing)["times"] for name in FUNCTIONS},
            {name: ran.get(f"kedge-{name}", nothing)["seconds"] for name in FUNCTIONS},
            {(item["pk"]["S"], item["sk"]["S"]): item for page in scanned for item in page["Items"]},
            sum(map(self._logged, FUNCTIONS)),
        )

    def _logged(self, function: str) -> int:
        """Return the bytes of a function's log, as CloudWatch counts them."""
        pages = self._ring.stack.client("logs").get_paginator("filter_log_events")
        return sum(
            len(event["message"].encode()) + _LOG_EVENT
            for page in pages.paginate(logGroupName=f"/aws/lambda/kedge-{function}")
            for event in page["events"]
            if not event["message"].startswith(_LAMBDAS_OWN)
        )


def _mean(each: list[Usage]) -> Usage:
    def of(tables: list[dict[str, float]]) -> dict[str, float]:
        names = {name for table in tables for name in table}
        return {name: sum(table.get(name, 0) for table in tables) / len(tables) for name in sorted(names)}

    return Usage(
        of([one.calls for one in each]),
        of([one.invocations for one in each]),
        of([one.seconds for one in each]),
        *(sum(values) / len(each) for values in zip(*(one[3:] for one in each), strict=True)),
    )


def _size(item: Document) -> int:
    """Return the bytes of an item as DynamoDB counts them: names and values."""
    return sum(len(name) + len(str(value).encode()) for name, typed in item.items() for value in typed.values())


def _units(written: list[tuple[Document | None, Document]], gone: list[Document]) -> float:
    """Return the write request units of written and deleted items: one per KiB, two in a transaction.

    Every write is a transaction, except for a case that changed alone, or with a run that is kept. `written` are items before
    (None for new ones) and after. A delivery is claimed with its own write, and recorded in a transaction. The index costs one
    unit for each entry that it gains, and one for each that it loses.
    """
    only_a_run = len(written) == 2 and any(_is_run(item) for _, item in written)
    each = 1 if not gone and (len(written) == 1 or only_a_run) else 2
    items = sum((each + (item["kind"]["S"] == "delivery")) * ceil(_size(item) / 1024) for _, item in written)
    items += sum(each * ceil(_size(item) / 1024) for item in gone)
    entries = [(_entry(before), _entry(item)) for before, item in written] + [(_entry(item), None) for item in gone]
    return items + sum((old is not None) + (new is not None) for old, new in entries if old != new)


def _is_run(item: Document) -> bool:
    return bool(item["kind"]["S"] == ItemKind.RUN)


def _entry(item: Document | None) -> tuple[str, str] | None:
    """Return the place of an item in the index, if the index lists it."""
    return (item["listed"]["S"], item["at"]["S"]) if item is not None and "listed" in item else None
