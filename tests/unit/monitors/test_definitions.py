"""A monitor is complete when it is compiled: its own values, then those of `defaults`, then the built-in ones."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from kedge.domain.errors import MalformedMonitors
from kedge.domain.run import Monitor, Window
from kedge.domain.target import TargetKind
from kedge.monitors import lint
from kedge.monitors.definitions import MonitorDefinitions, MonitorTarget, Promise, compile_monitors
from kedge.monitors.schedule_expressions import RateExpression
from kedge.monitors.spec import ComparisonMode, DefaultsSpec, MonitoringType, MonitorSpec
from tests.unit.monitors.conftest import QUALITY, SMALL, TRUTH, definition

HOUR = timedelta(hours=1)
WINDOW = Window(datetime(2026, 11, 20, 11, tzinfo=UTC), datetime(2026, 11, 20, 12, tzinfo=UTC))
BOTH = ("    types: [data_quality, model_quality]\n", TRUTH, QUALITY)


def test_the_small_document_measures_each_hour_and_promises_one_false_page_in_half_a_year():
    made = definition()
    assert (made.schedule, made.window, made.offset) == (RateExpression(HOUR), HOUR, timedelta(minutes=15))
    assert made.promise == Promise(1, timedelta(weeks=26))
    assert (made.types, made.mode) == ((MonitoringType.DATA_QUALITY,), ComparisonMode.PROMISE)
    assert made.target == MonitorTarget(kind=TargetKind.ENDPOINT, name="churn-prod")
    assert made.capture is None


def test_defaults_stand_in_for_what_a_monitor_does_not_name():
    text = SMALL.replace("kedge}", "kedge/, window: 2h, offset: 5m, mode: compatible}")
    made = definition("    offset: 30m\n", text=text)
    assert (made.window, made.offset, made.reports) == (2 * HOUR, timedelta(minutes=30), "s3://reports/kedge")
    assert (made.promise, made.mode) == (None, ComparisonMode.COMPATIBLE)


def test_each_default_is_a_key_of_a_monitor_too():
    own = {field.encode_name for field in msgspec.structs.fields(MonitorSpec)}
    assert {field.encode_name for field in msgspec.structs.fields(DefaultsSpec)} <= own


def test_a_type_knows_the_kind_of_monitoring_that_incidents_name():
    assert [kind.monitor for kind in MonitoringType] == [
        Monitor.DATA_QUALITY,
        Monitor.MODEL_QUALITY,
        Monitor.MODEL_BIAS,
        Monitor.MODEL_EXPLAINABILITY,
    ]


def test_the_report_of_a_window_lies_where_model_monitor_would_put_it():
    prefix = definition().report_prefix(MonitoringType.DATA_QUALITY, WINDOW)
    assert prefix == "s3://reports/kedge/kedge-monitoring/churn-prod/churn/2026/11/20/12"


def test_the_report_of_a_batch_schedule_has_no_endpoint_in_its_path():
    text = SMALL.replace("endpoint: churn-prod", "batch_schedule: nightly")
    made = definition("    capture: s3://capture/nightly\n", text=text)
    assert (
        made.report_prefix(MonitoringType.DATA_QUALITY, WINDOW)
        == "s3://reports/kedge/kedge-monitoring/churn/2026/11/20/12"
    )


def test_several_windows_of_an_hour_have_reports_of_their_own():
    half = Window(WINDOW.start, WINDOW.end + timedelta(minutes=30))
    assert definition().report_prefix(MonitoringType.DATA_QUALITY, half).endswith("/2026/11/20/12/30")


def test_each_of_several_types_has_its_own_report_and_baseline():
    made = definition(*BOTH)
    assert [made.source_of(kind) for kind in made.types] == ["churn-data-quality", "churn-model-quality"]
    assert [made.baseline_of(kind) for kind in made.types] == [
        "s3://baselines/churn",
        "s3://baselines/churn/model_quality",
    ]
    assert definition().source_of(MonitoringType.DATA_QUALITY) == "churn"
    assert definition().baseline_of(MonitoringType.DATA_QUALITY) == "s3://baselines/churn"


def test_labels_that_come_late_are_waited_for():
    made = definition(*BOTH)
    assert made.wait_of(MonitoringType.DATA_QUALITY) == timedelta(minutes=15)
    assert made.wait_of(MonitoringType.MODEL_QUALITY) == timedelta(days=1)


def test_a_monitor_is_found_by_its_name():
    reading = lint.read(SMALL, "m")
    assert reading.document is not None
    made = compile_monitors(reading.document)
    assert made.named("churn") == definition()
    assert made.named("search") is None
    assert made.label.startswith("monitors@")
    assert MonitorDefinitions().definitions == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"window": timedelta()},
        {"catch_up": 0},
        {"types": ()},
        {"types": (MonitoringType.MODEL_QUALITY,)},
        {"types": (MonitoringType.ATTRIBUTION,)},
        {"target": MonitorTarget(kind=TargetKind.SCHEDULE, name="nightly")},
    ],
)
def test_a_monitor_that_cannot_measure_cannot_be_built(changes):
    with pytest.raises(ValueError, match=r"\w"):
        msgspec.structs.replace(definition(), **changes)


@pytest.mark.parametrize(("kind", "variants"), [(TargetKind.ALARM, ()), (TargetKind.SCHEDULE, ("blue",))])
def test_a_target_that_has_no_captures_cannot_be_built(kind, variants):
    with pytest.raises(ValueError, match=r"\w"):
        MonitorTarget(kind=kind, name="x", variants=variants)


@pytest.mark.parametrize(("pages", "within"), [(0, HOUR), (1, timedelta())])
def test_a_promise_without_a_number_or_a_time_cannot_be_built(pages, within):
    with pytest.raises(ValueError, match="promise"):
        Promise(pages, within)


def test_a_document_of_another_release_that_cannot_be_compiled_names_the_place():
    reading = lint.read(SMALL, "m")
    assert reading.document is not None
    monitor = msgspec.structs.replace(reading.document.monitors[0], schedule="each full moon")
    document = msgspec.structs.replace(reading.document, monitors=(monitor,))
    with pytest.raises(MalformedMonitors, match=r"monitors\[0\]\.schedule: 'each full moon' is not a schedule"):
        compile_monitors(document)
