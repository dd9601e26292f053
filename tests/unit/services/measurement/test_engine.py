"""Captured data in S3 to the verdict and the files of a window, with the package kedge_monitor as it is deployed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest

from kedge.domain.errors import InputError
from kedge.domain.run import Verdict
from kedge.domain.target import TargetKind
from kedge.monitors.definitions import GroundTruth, MonitorTarget
from kedge.monitors.spec import BiasSpec, FacetSpec, ModelQualitySpec, MonitoringType
from kedge.reports.violations import violations_in
from kedge.services.measurement import engine as module
from kedge.services.measurement.engine import HISTORY, REPORT, EmbeddedEngine
from kedge.services.measurement.inputs import input_objects
from kedge.services.measurement.labelled import bias_columns
from kedge_monitor.baseline.folder import write_baseline
from kedge_monitor.bias.settings import BiasColumns
from kedge_monitor.capture.labels import Labels
from kedge_monitor.capture.reader import CaptureSettings, survey_capture
from kedge_monitor.capture.transform import TransformSettings, pair_objects
from kedge_monitor.engines.fitting import fit_capture
from kedge_monitor.engines.labelled import read_bias
from kedge_monitor.engines.transform import fit_transform
from kedge_monitor.files.struct_files import write_struct
from tests.fakes.captures import MemoryCaptures
from tests.support.capture import request, side, source
from tests.unit.services.measurement.test_window import task as plain_task

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = START + timedelta(hours=2)
QUALITY = ModelQualitySpec(
    problem_type="BinaryClassification", ground_truth_attribute="label", probability_attribute="score"
)


def task(number: int = 0, **changes: Any):
    """The measurement of the hour `number`."""
    window = type(plain_task().window)(START + HOUR * number, START + HOUR * (number + 1))
    earlier = tuple(window.end - HOUR * back for back in range(1, 13))
    return plain_task(window=window, earlier=earlier, **changes)


def records(seed: int, many: int, hour: datetime, shift: float = 0.0) -> bytes:
    """Requests of three features as JSON, with a calibrated score as the answer."""
    draws = np.random.default_rng(seed)
    lines = []
    for number in range(many):
        value = draws.normal(shift, 1.0)
        given = {"x": value, "plan": str(draws.choice(["basic", "plus", "pro"])), "age": int(draws.integers(18, 90))}
        answer = {"score": float(np.round(1 / (1 + np.exp(-3 * value)), 6))}
        at = f"{hour + timedelta(seconds=number % 3600):%FT%TZ}"
        lines.append(
            request(
                side(answer, "JSON", "application/json"),
                side(given, "JSON", "application/json"),
                at,
                eventId=f"{seed}-{number}",
            )
        )
    return b"".join(lines)


def capture_key(hour: datetime) -> str:
    return f"captures/churn-prod/AllTraffic/{hour:%Y/%m/%d/%H}/05-00-000-a.jsonl"


@pytest.fixture(scope="module")
def baseline() -> dict[str, bytes]:
    fitted = fit_capture([source(records(1, 4_000, START))], CaptureSettings())
    return write_baseline(fitted.baseline)


class NoJobs:
    def start(self, job):
        raise AssertionError(f"{job.name} was started for a window that is small")


class World:
    """A bucket with a baseline, and the engine."""

    def __init__(self, baseline: dict[str, bytes]) -> None:
        self.store = MemoryCaptures()
        self.engine = EmbeddedEngine(lambda: NOW, NoJobs())
        for name, data in baseline.items():
            self.store.put(f"baselines/churn/{name}", data)

    def capture(self, number: int, many: int, shift: float = 0.0) -> None:
        hour = START + HOUR * number
        self.store.put(capture_key(hour), records(100 + number, many, hour, shift))

    def measure(self, number: int = 0, **changes: Any):
        given = task(number, **changes)
        result = self.engine.measure(given, input_objects(given, self.store), self.store)
        for name, data in result.files.items():
            self.store.put(f"{given.report.removeprefix('s3://b/')}/{name}", data)
        return result


def test_a_window_like_its_baseline_is_clean_and_a_shifted_one_is_violated(baseline: dict[str, bytes]):
    world = World(baseline)
    world.capture(0, 1_500)
    world.capture(1, 1_500, shift=0.8)
    clean, drifted = world.measure(0), world.measure(1)
    assert (clean.verdict, clean.violations) == (Verdict.CLEAN, [])
    assert drifted.verdict is Verdict.VIOLATED
    assert {entry["feature_name"] for entry in drifted.violations} == {"x", "score"}
    assert drifted.records == 1_500
    assert drifted.message.startswith("CompletedWithViolations: Job completed successfully with 2 violations.")


def test_the_written_files_are_read_by_the_reports_reader(baseline: dict[str, bytes]):
    world = World(baseline)
    world.capture(0, 1_500, shift=0.8)
    result = world.measure()
    findings = violations_in(result.files["constraint_violations.json"])
    assert {finding.feature for finding in findings} == {"x", "score"}
    assert {"statistics.json", "constraints.json", "constraint_violations.json", REPORT, HISTORY} <= set(result.files)
    assert result.metrics["feature_baseline_drift_x"] > 0.2


def test_the_estimated_quality_says_whether_a_drift_matters(baseline: dict[str, bytes]):
    world = World(baseline)
    world.capture(0, 1_500, shift=0.0)
    world.capture(1, 1_500, shift=-0.5)
    quiet, loud = world.measure(0, model_quality=QUALITY), world.measure(1, model_quality=QUALITY)
    assert loud.estimate.startswith("accuracy 0.")
    assert loud.estimate.endswith("without labels")
    measured = {each.name: each for each in quiet.measures}
    assert measured["estimated_accuracy"].value == pytest.approx(measured["estimated_accuracy"].limit, abs=0.02)


def test_an_hour_without_records_is_no_data_and_says_that_capture_is_off_if_it_is(baseline: dict[str, bytes]):
    world = World(baseline)
    quiet = world.measure()
    assert quiet.verdict is Verdict.NO_DATA
    assert "no records of this window below s3://b/captures/churn-prod. If the endpoint had requests" in quiet.message
    off = world.measure(capture_off="data capture of the endpoint churn-prod is switched off: switch it on")
    assert off.verdict is Verdict.NO_DATA
    assert "switched off" in off.message


def test_a_small_window_is_joined_with_the_windows_before_it(baseline: dict[str, bytes]):
    world = World(baseline)
    for number in range(8):
        world.capture(number, 60, shift=0.55)
    results = [world.measure(number) for number in range(8)]
    joined = [
        check
        for result in results
        for check in json.loads(result.files["kedge_comparison.json"])["comparison"]["checks"]
    ]
    assert {check.get("hours") for check in joined} >= {6.0}


def test_the_history_of_a_window_goes_on_from_the_newest_one_before_it(baseline: dict[str, bytes]):
    world = World(baseline)
    for number in (0, 3):
        world.capture(number, 1_500)
        world.measure(number)
    history = json.loads(world.measure(3).files[HISTORY])
    assert len(history["windows"]) == 2


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        (
            lambda store: [store.objects.pop(key) for key in list(store.objects) if "baselines/" in key[1]],
            "There is no baseline",
        ),
        (lambda store: store.put("baselines/churn/constraints.json", b"{"), "constraints.json"),
        (lambda store: store.put(capture_key(START), b"no json\n" * 50), "line 1"),
    ],
    ids=["no baseline", "broken baseline", "unreadable capture"],
)
def test_bad_input_is_a_failed_run_that_names_the_place(baseline: dict[str, bytes], breaks: Any, says: str):
    world = World(baseline)
    world.capture(0, 100)
    breaks(world.store)
    result = world.measure()
    assert result.verdict is Verdict.FAILED
    assert says in result.message


def test_a_window_that_is_too_large_says_so(baseline: dict[str, bytes], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LARGEST", 10)
    world = World(baseline)
    world.capture(0, 100)
    result = world.measure()
    assert result.verdict is Verdict.FAILED
    assert "Spark" in result.message


NIGHTLY = MonitorTarget(kind=TargetKind.SCHEDULE, name="invoices-nightly")


def transformed(seed: int, many: int, shift: float) -> tuple[bytes, bytes]:
    """Inputs and outputs of a transform job, with the ids of `GenerateInferenceId`."""
    draws = np.random.default_rng(seed)
    values = draws.normal(shift, 1.0, many)
    ids = [f"00000000-0000-0000-0000-{number:012d},2026-11-20T09:00:00Z" for number in range(many)]
    given = "".join(f"{value:.6f},{draws.choice(['basic', 'pro'])}\n" for value in values)
    answers = "".join(f"{1 / (1 + np.exp(-value)):.6f},{one}\n" for value, one in zip(values, ids, strict=True))
    return given.encode(), answers.encode()


def put_job(world: World, hour: datetime, given: bytes, answers: bytes) -> None:
    """A transform job: its data in a bucket of its own, and the manifests of its capture."""
    folder = f"{hour:%Y/%m/%d/%H}"
    for folder_name, name, data in (("input", "a.csv", given), ("output", "a.csv.out", answers)):
        manifest = [{"prefix": f"s3://data/{folder_name}/{folder}/"}, name]
        world.store.put(f"{folder_name}/{folder}/{name}", data, "data")
        world.store.put(f"captures/invoices/{folder_name}/{folder}/manifest-1.json", msgspec.json.encode(manifest))


def nightly_world() -> World:
    given, answers = transformed(1, 3_000, 0.0)
    pairs = pair_objects([source(given, key="a.csv")], [source(answers, key="a.csv.out")])
    return World(write_baseline(fit_transform(pairs, TransformSettings(has_ids=True)).baseline))


def measure_nightly(world: World, number: int, **changes: Any):
    return world.measure(number, target=NIGHTLY, capture="s3://b/captures/invoices", **changes)


def test_a_batch_schedule_pairs_the_inputs_and_outputs_that_its_manifests_name():
    world = nightly_world()
    put_job(world, START, *transformed(2, 1_000, 0.0))
    put_job(world, START + HOUR, *transformed(3, 1_000, 0.9))
    clean, drifted = measure_nightly(world, 0), measure_nightly(world, 1)
    assert (clean.verdict, clean.records, clean.features) == (Verdict.CLEAN, 1_000, 3)
    assert (drifted.verdict, drifted.records) == (Verdict.VIOLATED, 1_000)
    assert {entry["feature_name"] for entry in drifted.violations} == {"_c0", "_c1"}
    assert len(json.loads(drifted.files[HISTORY])["windows"]) == 2


def test_data_of_a_job_without_manifests_is_paired_by_name():
    world = nightly_world()
    for folder_name, name, data in zip(
        ("input", "output"), ("a.csv", "a.csv.out"), transformed(2, 1_000, 0.0), strict=True
    ):
        world.store.put(f"captures/invoices/{folder_name}/{START:%Y/%m/%d/%H}/{name}", data)
    assert measure_nightly(world, 0).records == 1_000


def test_a_job_counts_in_the_window_of_its_hour_only():
    world = nightly_world()
    put_job(world, START, *transformed(2, 1_000, 0.0))
    later = measure_nightly(world, 1)
    assert later.verdict is Verdict.NO_DATA
    assert "Check that the transform job ran with data capture" in later.message
    assert measure_nightly(world, -1).verdict is Verdict.NO_DATA


def test_a_job_that_is_written_again_is_measured_again():
    world, given = nightly_world(), task(target=NIGHTLY, capture="s3://b/captures/invoices")
    put_job(world, START, *transformed(2, 100, 0.0))
    before = input_objects(given, world.store).digest(given)
    put_job(world, START, *transformed(3, 100, 0.0))
    assert input_objects(given, world.store).digest(given) != before


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        (lambda store: store.objects.pop(("data", f"output/{START:%Y/%m/%d/%H}/a.csv.out")), "does not exist"),
        (
            lambda store: store.put(f"captures/invoices/input/{START:%Y/%m/%d/%H}/manifest-1.json", b'[{"prefix": 1}]'),
            "no manifest",
        ),
    ],
    ids=["an object is gone", "a broken manifest"],
)
def test_a_manifest_that_cannot_be_followed_is_an_error_that_names_it(breaks: Any, says: str):
    world = nightly_world()
    put_job(world, START, *transformed(2, 100, 0.0))
    breaks(world.store)
    with pytest.raises(InputError, match=rf"s3://b/captures/invoices/(in|out)put/.*manifest-1\.json: .*{says}"):
        measure_nightly(world, 0)


def test_the_quality_of_a_batch_model_needs_merged_records():
    world = nightly_world()
    put_job(world, START, *transformed(2, 100, 0.0))
    result = measure_nightly(world, 0, kind=MonitoringType.MODEL_QUALITY, model_quality=QUALITY)
    assert result.verdict is Verdict.FAILED
    assert "merged records" in result.message


def labels(seed: int, many: int, hour: datetime, flipped: bool) -> bytes:
    draws = np.random.default_rng(seed)
    lines = []
    for number in range(many):
        score = 1 / (1 + np.exp(-3 * draws.normal(0.0, 1.0)))
        draws.choice(["basic", "plus", "pro"])
        draws.integers(18, 90)
        label = int(np.random.default_rng(number).random() < (1 - score if flipped else score))
        line = {
            "groundTruthData": {"data": str(label), "encoding": "CSV"},
            "eventMetadata": {"eventId": f"{seed}-{number}"},
            "eventVersion": "0",
        }
        lines.append(json.dumps(line).encode() + b"\n")
    return b"".join(lines)


@pytest.mark.parametrize(("flipped", "verdict"), [(False, Verdict.CLEAN), (True, Verdict.VIOLATED)])
def test_the_quality_of_a_model_is_measured_with_labels_from_s3(
    flipped: bool, verdict: Verdict, baseline: dict[str, bytes]
):
    world = World(baseline)
    world.capture(0, 1_000)
    world.store.put("labels/2026/11/20/10/a.jsonl", labels(100, 1_000, START, flipped))
    limits = {
        "version": 0.0,
        "binary_classification_constraints": {
            "accuracy": {"threshold": 0.8, "comparison_operator": "LessThanThreshold"}
        },
    }
    world.store.put("baselines/churn/model_quality/constraints.json", msgspec.json.encode(limits))
    result = world.measure(
        kind=MonitoringType.MODEL_QUALITY,
        baseline="s3://b/baselines/churn/model_quality",
        model_quality=QUALITY,
        ground_truth=GroundTruth(prefix="s3://b/labels", delay=HOUR, maximum_age=HOUR * 48),
    )
    assert result.verdict is verdict
    assert result.records == 1_000


def test_labels_that_never_come_are_inconclusive_and_say_so(baseline: dict[str, bytes]):
    world = World(baseline)
    world.capture(0, 1_000)
    world.store.put("baselines/churn/model_quality/constraints.json", b'{"binary_classification_constraints": {}}')
    result = world.measure(
        kind=MonitoringType.MODEL_QUALITY,
        baseline="s3://b/baselines/churn/model_quality",
        model_quality=QUALITY,
        ground_truth=GroundTruth(prefix="s3://b/labels", delay=HOUR, maximum_age=HOUR * 48),
        is_last=True,
    )
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "Labels never came" in result.message


def test_a_baseline_is_read_without_the_files_of_other_types_below_it(baseline: dict[str, bytes]):
    world = World(baseline)
    world.capture(0, 1_500)
    world.store.put("baselines/churn/model_quality/constraints.json", b'{"regression_constraints": {}}')
    world.store.put("baselines/churn/model_quality/statistics.json", b"{}")
    assert world.measure().verdict is Verdict.CLEAN


TRUTH = GroundTruth(prefix="s3://b/labels", delay=HOUR, maximum_age=HOUR * 48)
ACCURATE = {
    "binary_classification_constraints": {"accuracy": {"threshold": 0.8, "comparison_operator": "LessThanThreshold"}}
}


def in_csv(seed: int, many: int) -> bytes:
    """The requests of `records` as CSV: score, then x, plan and age, without names."""
    draws = np.random.default_rng(seed)
    lines = []
    for number in range(many):
        value = draws.normal(0.0, 1.0)
        plan, age = draws.choice(["basic", "plus", "pro"]), int(draws.integers(18, 90))
        answer, given = f"{1 / (1 + np.exp(-3 * value)):.6f}", f"{value},{plan},{age}"
        at = f"{START + timedelta(seconds=number % 3600):%FT%TZ}"
        lines.append(
            request(side(answer, "CSV", "text/csv"), side(given, "CSV", "text/csv"), at, eventId=f"{seed}-{number}")
        )
    return b"".join(lines)


def test_values_of_csv_have_the_names_of_the_baseline_of_data_quality(baseline: dict[str, bytes]):
    world = World(baseline)
    world.store.put(capture_key(START), in_csv(100, 1_000))
    world.store.put("labels/2026/11/20/10/a.jsonl", labels(100, 1_000, START, flipped=False))
    world.store.put("baselines/churn/model_quality/constraints.json", msgspec.json.encode(ACCURATE))
    given = {"kind": MonitoringType.MODEL_QUALITY, "model_quality": QUALITY, "ground_truth": TRUTH}
    result = world.measure(baseline="s3://b/baselines/churn/model_quality", **given)
    assert (result.verdict, result.records) == (Verdict.CLEAN, 1_000)


def biased(world: World, spec: BiasSpec, **changes: Any):
    """Measure the bias of 1,000 records; the baseline has a low limit for a metric of labels and one of predictions."""
    world.capture(0, 1_000)
    world.store.put("labels/2026/11/20/10/a.jsonl", labels(100, 1_000, START, flipped=False))
    stages = {
        stage: {
            "label": "label",
            "label_value_or_threshold": "1",
            "facets": {
                "plan": [{"value_or_threshold": "pro", "metrics": [{"name": name, "description": name, "value": 0.9}]}]
            },
        }
        for stage, name in (("pre_training_bias_metrics", "DPL"), ("post_training_bias_metrics", "DPPL"))
    }
    world.store.put("baselines/churn/bias/analysis.json", msgspec.json.encode({"version": "1.0", **stages}))
    given = {"kind": MonitoringType.BIAS, "bias": spec, "ground_truth": TRUTH}
    return world.measure(baseline="s3://b/baselines/churn/bias", **given, **changes)


PLAN = (FacetSpec(name="plan", values=("pro",)),)


@pytest.mark.parametrize(
    ("spec", "quality", "measured"),
    [
        (BiasSpec(label="label", facets=PLAN), None, {"DPL of plan pro"}),
        (BiasSpec(label="label", facets=PLAN), QUALITY, {"DPL of plan pro", "DPPL of plan pro"}),
        (
            BiasSpec(label="label", facets=PLAN, probability_attribute="score"),
            None,
            {"DPL of plan pro", "DPPL of plan pro"},
        ),
        (
            BiasSpec(label="label", facets=PLAN, probability_attribute="0"),
            None,
            {"DPL of plan pro", "DPPL of plan pro"},
        ),
    ],
    ids=["labels alone", "those of model quality", "its own", "by number"],
)
def test_bias_is_measured_of_labels_and_of_the_predictions_that_the_monitor_names(
    baseline: dict[str, bytes], spec: BiasSpec, quality: ModelQualitySpec | None, measured: set[str]
):
    result = biased(World(baseline), spec, model_quality=quality)
    assert result.verdict is Verdict.CLEAN
    assert {each.name for each in result.measures} == measured


def test_bias_uses_the_threshold_of_the_probability(baseline: dict[str, bytes]):
    spec = BiasSpec(label="label", facets=PLAN, probability_attribute="score")
    low = biased(World(baseline), msgspec.structs.replace(spec, probability_threshold=0.1))
    high = biased(World(baseline), msgspec.structs.replace(spec, probability_threshold=0.9))
    assert [each.value for each in low.measures] != [each.value for each in high.measures]


def conditional(**changes: Any) -> BiasSpec:
    return BiasSpec(
        label="label",
        facets=(FacetSpec(name="age", threshold=40.0),),
        probability_attribute="score",
        group_attribute="plan",
        feature_attributes=("x",),
        **changes,
    )


def with_bias_baseline(world: World, columns: BiasColumns, many: int = 1_000) -> dict[str, float]:
    """Put the bias of the hour itself as its baseline, and return its metrics."""
    world.capture(0, many)
    world.store.put("labels/2026/11/20/10/a.jsonl", labels(100, many, START, flipped=False))
    known = Labels()
    known.read([source(labels(100, many, START, flipped=False), key="labels/2026/11/20/10/a.jsonl")])
    captured = [source(records(100, many, START), key=capture_key(START))]
    layout = survey_capture(captured, None, CaptureSettings())
    analysis = read_bias(captured, layout, known, CaptureSettings(), columns).state.measure().analysis
    world.store.put("baselines/churn/bias/analysis.json", write_struct(analysis))
    return {name: found.number for (_, _, name), found in analysis.metrics.items() if found.number is not None}


def test_the_conditional_metrics_and_the_flip_test_are_measured_as_the_document_says(baseline: dict[str, bytes]):
    world, spec = World(baseline), conditional()
    expected = with_bias_baseline(world, bias_columns(spec, None))
    given = {"kind": MonitoringType.BIAS, "bias": spec, "ground_truth": TRUTH}
    result = world.measure(baseline="s3://b/baselines/churn/bias", **given)
    assert result.verdict is Verdict.CLEAN
    measured = {each.name: each.value for each in result.measures}
    for name in ("CDDL", "CDDPL", "FT"):
        assert measured[f"{name} of age 40"] == expected[name]
    assert len(measured) == len(expected) == 21
    # Without them in the document, only these three are missing.
    bare = world.measure(
        baseline="s3://b/baselines/churn/bias",
        **given | {"bias": msgspec.structs.replace(spec, group_attribute=None, feature_attributes=())},
    )
    assert set(measured) - {each.name for each in bare.measures} == {f"{n} of age 40" for n in ("CDDL", "CDDPL", "FT")}


def test_columns_of_bias_can_be_named_by_their_numbers(baseline: dict[str, bytes]):
    world = World(baseline)
    expected = with_bias_baseline(world, bias_columns(conditional(), None))
    # The columns are score, x, plan, age.
    numbers = BiasSpec(
        label="label", facets=(FacetSpec(name="3", threshold=40.0),), probability_attribute="0", group_attribute="2",
        feature_attributes=("1",),
    )  # fmt: skip
    result = world.measure(
        baseline="s3://b/baselines/churn/bias", kind=MonitoringType.BIAS, bias=numbers, ground_truth=TRUTH
    )
    assert {each.name: each.value for each in result.measures} == {
        f"{name} of age 40": value for name, value in expected.items()
    }


def test_a_column_that_data_quality_leaves_out_can_be_a_facet(baseline: dict[str, bytes]):
    result = biased(World(baseline), BiasSpec(label="label", facets=PLAN), exclude=("plan",))
    assert {each.name for each in result.measures} == {"DPL of plan pro"}


def test_a_feature_of_the_flip_test_that_does_not_exist_is_named(baseline: dict[str, bytes]):
    spec = msgspec.structs.replace(conditional(), feature_attributes=("income",))
    result = biased(World(baseline), spec)
    assert result.verdict is Verdict.FAILED
    assert (
        "`feature_attributes` is 'income', but the data has no such column. Name one of: score, x, plan"
        in result.message
    )
