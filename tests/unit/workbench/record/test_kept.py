"""A recording keeps what Kedge reads: no field more, and none less."""

import inspect
import json
from contextlib import suppress
from pathlib import Path

import pytest

from kedge.adapters.cloudwatch.alarms import CloudWatchAlarms
from kedge.adapters.sagemaker.monitors import SageMakerMonitors
from kedge.adapters.sagemaker.tags import SageMakerTags
from kedge.domain.target import Target, TargetKind
from kedge.ports.readers import Variable
from kedge.sources.reader import Reader
from tests.support.samples import event
from tests.unit.workbench.record.watched import NOON, Watched, full, without
from workbench.record import kept
from workbench.recordings.shapes import service_model

CHURN = Target(account="111122223333", region="us-east-1", kind=TargetKind.ENDPOINT, name="x")
# Every method of the adapters that a reader asks, with arguments that fit an answer in which every text is "x".
ASKS = {
    SageMakerMonitors: {
        "processing_job": ("x",),
        "schedule": ("x",),
        "executions": ("x", NOON, NOON),
        "execution": ("x", NOON),
        "schedule_of": ("x", NOON, NOON),
        "check_step": ("x", "x"),
    },
    CloudWatchAlarms: {"alarm": ("x",), "contributors": ("x",)},
    SageMakerTags: {"of": (CHURN,)},
}
SERVICES = {SageMakerMonitors: "sagemaker", CloudWatchAlarms: "cloudwatch", SageMakerTags: "sagemaker"}
# What would let the adapters ask for another page, and of the variables those that a job may be given besides Kedge's own.
VALUES = {"NextToken": "", "ProcessingEnvironmentMap": (*Variable, "DATABASE_PASSWORD", "baseline_constraints")}


class Answering:
    """A client whose every answer is one sample; `asked` are the operations that were called."""

    def __init__(self, service, sample):
        self.operations = {}
        for name in service_model(service).operation_names:
            self.operations["".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")] = name
        self.service, self.sample, self.asked = service, sample, []

    def __getattr__(self, method):
        operation = f"{self.service}.{self.operations[method]}"
        return lambda **_: self.asked.append(operation) or self.sample(operation)


def made(adapter, client):
    more = (lambda: 0.0, lambda *_: None) if adapter is SageMakerTags else ()
    return adapter(client, *more)


def call(adapter, method, sample):
    client = Answering(SERVICES[adapter], sample)
    with suppress(KeyError):  # what an adapter cannot do without was taken away: it read all the same
        getattr(made(adapter, client), method)(*ASKS[adapter][method])
    return client.asked


def places_read(adapter, method):
    """Everything that a method reads of its answers, also where what it looks for first is missing."""
    (operation,) = set(call(adapter, method, lambda each: sample_of(each, set(), ())))
    read, tried = set(), set()
    missing = [()]
    while missing:
        gone = missing.pop()
        call(adapter, method, lambda each, gone=gone: sample_of(each, read, gone))
        found = {(*gone, part) for place in read for part in parts(place)} if len(gone) < 2 else set()
        for each in sorted(found - tried):
            tried.add(each)
            missing.append(each)
    # A missing object is read like a value; what is read within it when it is there says more.
    return operation, {place for place in read if not any(other.startswith(f"{place}.") for other in read)}


def parts(place):
    """A place and those around it."""
    names = place.split(".")
    return {".".join(names[:depth]) for depth in range(1, len(names) + 1)}


def sample_of(operation, read, gone):
    service, name = operation.split(".")
    told = full(service_model(service).operation_model(name).output_shape, VALUES)
    for place in gone:
        told = without(told, tuple(place.split(".")))
    return Watched(told, read)


def reading():
    """By operation, the places that are read of its answers."""
    found = {}
    for adapter, methods in ASKS.items():
        for method in methods:
            operation, read = places_read(adapter, method)
            found.setdefault(operation, set()).update(read)
    return found


def test_every_field_that_an_adapter_reads_is_kept_and_no_other():
    assert {name: sorted(places) for name, places in reading().items()} == {
        name: sorted(places) for name, places in kept.ANSWERS.items()
    }


def test_every_method_of_the_adapters_is_watched():
    for adapter, methods in ASKS.items():
        public = {name for name, _ in inspect.getmembers(adapter, inspect.isfunction) if not name.startswith("_")}
        assert public == set(methods)


def test_the_reader_asks_no_other_adapter():
    told = {
        "self",
        "home",
        "buckets",
        "alarms_topic",
    }  # where it runs and what its operator named: nothing is asked of them
    ports = set(inspect.signature(Reader.__init__).parameters) - told - {"objects"}
    assert ports == {"monitors", "alarms", "tags"}


def test_an_adapter_that_reads_what_is_not_kept_would_be_seen():
    read = set()
    told = Watched({"a": {"b": "x"}, "list": [{"c": 1}], "map": {"d": "x"}}, read)
    assert told["a"].get("b") == "x"
    assert [each["c"] for each in told["list"]] == [1]
    assert dict(told["map"].items()) == {"d": "x"}
    assert "gone" not in told
    assert read == {"a.b", "list.c", "map.d", "gone"}


def test_of_an_operation_that_has_no_list_nothing_is_kept():
    with pytest.raises(kept.NotListed, match=r"sagemaker\.DescribeTrainingJob"):
        kept.answer("sagemaker.DescribeTrainingJob", {"RoleArn": "x"})
    with pytest.raises(kept.NotListed, match="CloudTrail"):
        kept.event({"detail-type": "AWS API Call via CloudTrail", "detail": {}})


def test_what_a_container_is_given_and_runs_as_is_not_kept():
    told = full(service_model("sagemaker").operation_model("DescribeProcessingJob").output_shape, VALUES)
    found = kept.answer("sagemaker.DescribeProcessingJob", told)
    assert set(found["Environment"]) == set(Variable)
    assert found["AppSpecification"] == {"ImageUri": "x"}
    for gone in ("RoleArn", "NetworkConfig", "ProcessingInputs", "ProcessingResources", "ExperimentConfig"):
        assert gone in told
        assert gone not in found


@pytest.mark.parametrize("kind", ["MetricAlarms", "CompositeAlarms"])
def test_of_an_alarms_description_neither_query_nor_actions_are_kept(kind):
    told = full(service_model("cloudwatch").operation_model("DescribeAlarms").output_shape, VALUES)
    data = {"version": "1.0", "queryDate": "2026-11-20T10:00:00Z", "recentDatapoints": [3.0], "threshold": 1.0}
    told["MetricAlarms"][0]["StateReasonData"] = json.dumps(data)
    (found,) = kept.answer("cloudwatch.DescribeAlarms", told)[kind]
    assert found["StateValue"] == "x"
    for gone in ("AlarmActions", "AlarmConfigurationUpdatedTimestamp", "OKActions"):
        assert gone in told[kind][0]
        assert gone not in found
    if kind == "MetricAlarms":
        assert json.loads(found["StateReasonData"]) == {"recentDatapoints": [3.0], "threshold": 1.0}


ALARMS = ("alarm", "ok", "insufficient_data", "anomaly", "metric_math", "composite")


def test_of_a_query_only_the_namespace_is_kept():
    told = kept.event(event("eventbridge.alarm.contributor"))["detail"]
    (metric,) = told["configuration"]["metrics"]
    assert metric == {"expression": 'FROM "AWS/SageMaker"', "returnData": True}
    assert told["alarmContributor"] == event("eventbridge.alarm.contributor")["detail"]["alarmContributor"]


@pytest.mark.parametrize("case", ALARMS)
def test_of_an_alarms_event_only_what_is_read_is_kept(case):
    sample = event(f"eventbridge.alarm.{case}")
    told = json.dumps(kept.event(sample))
    for gone in (
        "expression",
        "label",
        "period",
        "alarmRule",
        "statistic",
        "queryDate",
        "triggeringAlarms",
        "startDate",
    ):
        assert f'{gone}"' not in told
    assert sample["detail"]["state"]["reason"] in json.loads(told)["detail"]["state"]["reason"]


@pytest.mark.parametrize("data", ["", "[]", "no JSON", "[" * 100_000, None, 7])
def test_what_is_no_object_in_an_alarms_data_is_not_kept(data):
    sample = event("eventbridge.alarm.alarm")
    sample["detail"]["state"]["reasonData"] = data
    assert kept.event(sample)["detail"]["state"]["reasonData"] == ""


def test_no_sample_of_a_run_or_alarm_is_without_a_list():
    folder = Path(__file__).parents[4] / "events"
    names = [path.stem for path in folder.glob("eventbridge.processing_job*.json")]
    names += [f"eventbridge.alarm.{case}" for case in ALARMS]
    assert len(names) > len(ALARMS)
    for name in names:
        assert kept.event(event(name))["resources"] == event(name)["resources"]
