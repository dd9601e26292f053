"""Batch transform: pairs of objects to a baseline and to a verdict."""

from kedge_monitor.capture.transform import TransformPair, TransformSettings
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.engines.transform import fit_transform, measure_transform
from tests.support.capture import source

READING = TransformSettings()


def pairs(shift: float = 0.0) -> list[TransformPair]:
    rows = [(n * 37 % 1000 / 1000, f"k{n % 3}") for n in range(1500)]
    inputs = "".join(f"{value + shift},{kind}\n" for value, kind in rows).encode()
    outputs = "".join(f"{value / 2}\n" for value, _ in rows).encode()
    return [TransformPair(inputs=source(inputs, key="a.csv"), outputs=source(outputs, key="a.csv.out"))]


def test_a_baseline_of_transform_jobs_has_the_outputs_first():
    baseline, report = fit_transform(pairs(), READING)
    assert [(column.name, column.data_type) for column in baseline.profile.columns] == [
        ("_c0", "Fractional"),
        ("_c1", "Fractional"),
        ("_c2", "String"),
    ]
    assert (baseline.profile.records, report.unreadable) == (1500, 0)


def test_the_same_jobs_are_clean_and_a_shifted_input_is_not():
    baseline, _ = fit_transform(pairs(), READING)
    assert measure_transform(pairs(), READING, baseline).comparison.outcome is Outcome.CLEAN
    found = measure_transform(pairs(0.4), READING, baseline)
    assert [check.feature for check in found.comparison.violations] == ["_c1"]
