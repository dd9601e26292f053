"""Hours of a model with a calibrated score: captured records, their labels, transform jobs, and the baselines of each type.

The tests of the engine put them into a bucket in memory, those of the stack into a bucket of the local stack.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
import numpy as np
import orjson

from kedge_monitor.baseline.folder import write_baseline
from kedge_monitor.capture.reader import CaptureSettings
from kedge_monitor.capture.transform import TransformSettings, pair_objects
from kedge_monitor.engines.fitting import fit_capture
from kedge_monitor.engines.transform import fit_transform
from tests.support.capture import as_json, request, side, source

_DAY: Final = datetime.fromisoformat("2026-11-20T09:00:00Z")
PLANS: Final = ("basic", "plus", "pro")
QUALITY: Final = {
    "problem_type": "BinaryClassification",
    "ground_truth_attribute": "label",
    "probability_attribute": "score",
}
"""The settings of model quality for these records, as the Monitors document has them."""

ACCURATE: Final = msgspec.json.encode(
    {"binary_classification_constraints": {"accuracy": {"threshold": 0.8, "comparison_operator": "LessThanThreshold"}}}
)
"""constraints.json of a model that is right in at least 80 % of all records."""

ATTRIBUTED: Final = {"shap_x": "x", "shap_plan": "plan", "shap_age": "age"}
"""The output column of each attribution, to its feature."""


class _Person(NamedTuple):
    value: float
    plan: str
    age: int

    @property
    def score(self) -> float:
        return float(1 / (1 + np.exp(-3 * self.value)))


def _people(seed: int, many: int, shift: float = 0.0) -> Iterator[_Person]:
    draws = np.random.default_rng(seed)
    for _ in range(many):
        yield _Person(draws.normal(shift, 1.0), str(draws.choice(PLANS)), int(draws.integers(18, 90)))


def _event(seed: int, number: int, hour: datetime) -> dict[str, str]:
    return {"time": f"{hour + timedelta(seconds=number % 3600):%FT%TZ}", "eventId": f"{seed}-{number}"}


def records(
    seed: int, many: int, hour: datetime, shift: float = 0.0, attributions: Mapping[str, float] | None = None
) -> bytes:
    """Return requests of three features as JSON, with a calibrated score as the answer.

    `attributions` are the sizes of the attributions that each answer carries, by its output column.
    """
    lines = []
    for number, one in enumerate(_people(seed, many, shift)):
        answer = {"score": round(one.score, 6), **(attributions or {})}
        given = {"x": one.value, "plan": one.plan, "age": one.age}
        lines.append(request(as_json(answer), as_json(given), **_event(seed, number, hour)))
    return b"".join(lines)


def records_in_csv(seed: int, many: int, hour: datetime, *attributions: float) -> bytes:
    """Return the requests of `records` without names: score and attributions, then x, plan and age."""
    lines = []
    for number, one in enumerate(_people(seed, many)):
        answer = ",".join((f"{one.score:.6f}", *map(str, attributions)))
        given = f"{one.value},{one.plan},{one.age}"
        lines.append(request(side(answer), side(given), **_event(seed, number, hour)))
    return b"".join(lines)


def labels(seed: int, many: int, *, flipped: bool = False, against: str = "") -> bytes:
    """Return the labels of `records`, which agree with the scores unless they are flipped.

    The people of the plan `against` have the label 0.
    """
    lines = []
    for number, one in enumerate(_people(seed, many)):
        is_one = np.random.default_rng(number).random() < (1 - one.score if flipped else one.score)
        line = {
            "groundTruthData": {"data": str(int(is_one and one.plan != against)), "encoding": "CSV"},
            "eventMetadata": {"eventId": f"{seed}-{number}"},
            "eventVersion": "0",
        }
        lines.append(orjson.dumps(line) + b"\n")
    return b"".join(lines)


def capture_key(endpoint: str, hour: datetime) -> str:
    """Return the key of an hour's records below the destination of data capture."""
    return f"{endpoint}/AllTraffic/{hour:%Y/%m/%d/%H}/05-00-000-a.jsonl"


def data_baseline() -> dict[str, bytes]:
    """Return the files of the baseline of data quality for `records`."""
    return write_baseline(fit_capture([source(records(1, 4_000, _DAY))], CaptureSettings()).baseline)


def bias_baseline(limit: float) -> bytes:
    """Return analysis.json of the plan pro: a limit for a metric of labels and for one of predictions."""
    stages = {
        stage: {
            "label": "label",
            "label_value_or_threshold": "1",
            "facets": {
                "plan": [
                    {"value_or_threshold": "pro", "metrics": [{"name": name, "description": name, "value": limit}]}
                ]
            },
        }
        for stage, name in (("pre_training_bias_metrics", "DPL"), ("post_training_bias_metrics", "DPPL"))
    }
    return msgspec.json.encode({"version": "1.0", **stages})


def attribution_baseline(values: Mapping[str, float]) -> bytes:
    """Return analysis.json with the mean absolute attribution of each feature."""
    return msgspec.json.encode(
        {"version": "1.0", "explanations": {"kernel_shap": {"label0": {"global_shap_values": values}}}}
    )


def transformed(seed: int, many: int, shift: float) -> tuple[bytes, bytes]:
    """Return inputs and outputs of a transform job, with the ids of `GenerateInferenceId`."""
    draws = np.random.default_rng(seed)
    values = draws.normal(shift, 1.0, many)
    ids = [f"00000000-0000-0000-0000-{number:012d},2026-11-20T09:00:00Z" for number in range(many)]
    given = "".join(f"{value:.6f},{draws.choice(['basic', 'pro'])}\n" for value in values)
    answers = "".join(f"{1 / (1 + np.exp(-value)):.6f},{one}\n" for value, one in zip(values, ids, strict=True))
    return given.encode(), answers.encode()


def transform_baseline() -> dict[str, bytes]:
    """Return the files of the baseline of data quality for `transformed`."""
    given, answers = transformed(1, 3_000, 0.0)
    pairs = pair_objects([source(given, key="a.csv")], [source(answers, key="a.csv.out")])
    return write_baseline(fit_transform(pairs, TransformSettings(has_ids=True)).baseline)


def transform_job(data: str, capture: str, hour: datetime, sides: Sequence[bytes]) -> Iterator[tuple[str, str, bytes]]:
    """Yield bucket, key and content of the objects of a transform job.

    Its data is below the S3 prefix `data`, the manifests of its capture are below `capture`.
    """
    folder = f"{hour:%Y/%m/%d/%H}"
    for part, name, content in zip(("input", "output"), ("a.csv", "a.csv.out"), sides, strict=True):
        manifest = [{"prefix": f"{data}/{part}/{folder}/"}, name]
        yield (*_place(f"{data}/{part}/{folder}/{name}"), content)
        yield (*_place(f"{capture}/{part}/{folder}/manifest-1.json"), msgspec.json.encode(manifest))


def _place(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
