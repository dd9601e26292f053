import functools
from pathlib import Path

import pytest

from kedge_monitor.baseline import Baseline
from kedge_monitor.capture.read_report import CaptureUnreadable
from kedge_monitor.capture.reader import CaptureSettings, survey_capture
from kedge_monitor.capture.source import Source
from kedge_monitor.capture.tables import TableFormat
from kedge_monitor.compare.settings import CompareMode, CompareSettings
from kedge_monitor.compare.verdict import CheckType, Outcome
from kedge_monitor.engines.embedded import (
    READ_REPORT,
    MeasureSettings,
    Neighbours,
    edges_of,
    late_objects,
    measure,
    measure_table,
    read_read_report,
)
from kedge_monitor.engines.fitting import fit_capture, fit_table, infer_schema
from kedge_monitor.engines.workers import Workers, profile_objects
from kedge_monitor.files.violations import VIOLATIONS, read_violations
from kedge_monitor.profile.dataset import merge_profiles
from tests.support.capture import (
    HOUR,
    as_json,
    capture_lines,
    csv_lines,
    file_source,
    made_table,
    request,
    side,
    source,
    write_capture,
)
from tests.unit.monitor.capture.reading import numbers

SETTINGS = MeasureSettings(capture=CaptureSettings(window=HOUR))


@functools.cache
def baseline() -> Baseline:
    """Return the baseline of the synthetic records, read from a table with a header."""
    table = made_table(20_000, seed=5)
    text = "\n".join([",".join(table.column_names), *csv_lines(table), ""])
    return fit_table([source(text.encode(), key="train.csv")], TableFormat.CSV).baseline


def records(count: int, seed: int = 9) -> list[bytes]:
    """Return captured requests of the same distribution."""
    return [line.encode() for line in capture_lines(csv_lines(made_table(count, seed)))]


def test_records_like_the_baseline_are_clean():
    found = measure([source(*records(3_000))], baseline(), SETTINGS)
    assert found.comparison.outcome is Outcome.CLEAN
    assert found.message == "Completed: Job completed successfully with no violations."
    assert found.profile.records == found.report.records == 3_000
    assert set(found.files) == {
        "statistics.json", "constraints.json", "constraint_violations.json", "kedge_profile.msgpack", "kedge_comparison.json",
        "kedge_read.json",
    }  # fmt: skip


def test_a_shifted_column_is_a_violation_in_the_verdict_and_in_the_file():
    table = made_table(3_000, seed=9)
    shifted = table.set_column(1, "balance", [[value + 1 for value in table.column("balance").to_pylist()]])
    lines = [line.encode() for line in capture_lines(csv_lines(shifted))]
    settings = MeasureSettings(capture=CaptureSettings(window=HOUR), compare=CompareSettings(runs_per_week=7))
    found = measure([source(*lines)], baseline(), settings)
    assert found.comparison.outcome is Outcome.VIOLATED
    entries = read_violations(found.files[VIOLATIONS])
    assert [(entry.feature_name, entry.constraint_check_type) for entry in entries] == [
        ("balance", "baseline_drift_check")
    ]
    assert found.message == "CompletedWithViolations: Job completed successfully with 1 violations."


def test_a_window_without_records_is_no_data_and_never_clean():
    found = measure([], baseline(), SETTINGS)
    assert found.comparison.outcome is Outcome.NO_DATA
    assert VIOLATIONS not in found.files


def test_too_many_unreadable_lines_fail_the_window():
    with pytest.raises(CaptureUnreadable, match="line 1"):
        measure([source(b"?\n", *records(20))], baseline(), SETTINGS)


def test_a_column_that_no_record_has_is_missing_and_not_incomplete():
    names = made_table(1).column_names
    rows = [dict(zip(names, line.split(","), strict=True)) for line in csv_lines(made_table(400))]
    lines = [
        request(None, as_json({name: text for name, text in row.items() if name != "income"} | {"new": 1}))
        for row in rows
    ]
    found = measure([source(*lines)], baseline(), SETTINGS)
    checks = {check.check: check.columns for check in found.comparison.violations}
    assert checks[CheckType.MISSING_COLUMN] == ("income",)
    assert checks[CheckType.EXTRA_COLUMN] == ("new",)
    assert CheckType.COMPLETENESS not in checks


def test_a_column_that_is_left_out_is_no_missing_column():
    capture = CaptureSettings(window=HOUR, excluded=("sku", "1"))
    found = measure([source(*records(500))], baseline(), MeasureSettings(capture=capture))
    assert not {CheckType.MISSING_COLUMN, CheckType.EXTRA_COLUMN} & {check.check for check in found.comparison.checks}
    assert not {"sku", "balance"} & {one.feature for one in found.comparison.distances}


def test_several_processes_give_the_counts_and_the_numbers_of_one(tmp_path: Path):
    paths = [tmp_path / f"{number}.jsonl" for number in range(3)]
    for number, path in enumerate(paths):
        write_capture(path, 2_000, seed=number)
    sources = [file_source(path, key=f"c/2026/11/20/23/0{number}-00-000-a.jsonl") for number, path in enumerate(paths)]
    alone = measure(sources, baseline(), SETTINGS)
    with Workers(2) as workers:
        shared = measure(sources, baseline(), SETTINGS, workers=workers)
    assert shared.report == alone.report
    assert shared.comparison == alone.comparison
    for ours, theirs in zip(shared.profile.columns, alone.profile.columns, strict=True):
        assert (ours.classes, ours.missing, ours.categories.counts) == (
            theirs.classes,
            theirs.missing,
            theirs.categories.counts,
        )
        if ours.numbers and theirs.numbers:
            assert (ours.numbers.total, ours.numbers.m2) == (theirs.numbers.total, theirs.numbers.m2)
    assert shared.files[VIOLATIONS] == alone.files[VIOLATIONS]


def test_late_objects_are_merged_into_the_profile_of_their_window():
    early, late = (source(*records(1_000, seed), key=f"c/{seed}", etag=f"{seed}") for seed in (1, 2))
    first = measure([early], baseline(), SETTINGS)
    report = read_read_report(first.files[READ_REPORT])
    assert report == first.report
    assert late_objects([early, late], report) == (late,)
    assert late_objects([Source(early.key, early.open, "changed")], report) != ()
    whole = measure([early, late], baseline(), SETTINGS)
    layout = survey_capture([late], baseline().profile.schema, SETTINGS.capture)
    merged = merge_profiles(
        [first.profile, profile_objects([late], layout, edges_of(baseline()), SETTINGS.capture).profile]
    )
    assert merged.records == 2_000
    assert [column.classes for column in merged.columns] == [column.classes for column in whole.profile.columns]


def test_the_history_of_a_run_is_for_the_next_one():
    first = measure([source(*records(500))], baseline(), SETTINGS)
    second = measure([source(*records(500, 10))], baseline(), SETTINGS, Neighbours(history=first.history))
    assert first.history.baseline == second.history.baseline == baseline().digest


def test_what_was_left_out_of_the_reading_stands_in_the_notes():
    lines = [*records(400), request(side("1"), side("2"), invocationSource="ShadowExperiment")]
    found = measure([source(*lines)], baseline(), SETTINGS)
    assert "1 requests to shadow variants are left out." in found.comparison.notes


def test_a_table_is_measured_as_capture_is():
    table = made_table(3_000, seed=9)
    text = "\n".join([",".join(table.column_names), *csv_lines(table), ""]).encode()
    from_table = measure_table([source(text, key="batch.csv")], TableFormat.CSV, baseline(), SETTINGS)
    from_capture = measure([source(*records(3_000))], baseline(), SETTINGS)
    assert from_table.comparison.checks == from_capture.comparison.checks
    assert from_table.files[VIOLATIONS] == from_capture.files[VIOLATIONS]


def test_the_documented_rules_apply_if_the_caller_says_so():
    settings = MeasureSettings(capture=SETTINGS.capture, compare=CompareSettings(mode=CompareMode.COMPATIBLE))
    found = measure([source(*records(3_000))], baseline(), settings)
    assert all(check.p_value is None for check in found.comparison.checks if check.check is CheckType.COMPLETENESS)


def test_the_kinds_of_columns_follow_from_all_records():
    lines = [request(side("1"), side("2,3"))] * 2_000 + [request(side("1"), side("2,Unknown"))]
    kinds = [column.kind.value for column in infer_schema([source(*lines)], CaptureSettings()).columns]
    assert kinds == ["number", "number", "text"]


def test_names_that_only_late_records_have_are_columns():
    lines = [request(None, as_json({"a": 1}))] * 1_500 + [request(None, as_json({"a": 1, "b": "x"}))]
    columns = infer_schema([source(*lines)], CaptureSettings()).columns
    assert [(column.name, column.kind.value) for column in columns] == [("a", "number"), ("b", "text")]


def test_a_baseline_of_capture_fits_its_own_records():
    sources = [source(*records(4_000))]
    fitted = fit_capture(sources, CaptureSettings())
    assert fitted.baseline.profile.records == 4_000
    assert fitted.report.read == 4_000
    assert measure(sources, fitted.baseline, SETTINGS).comparison.outcome is Outcome.CLEAN


def test_an_empty_layout_reads_nothing():
    layout = survey_capture([], numbers("a"), CaptureSettings())
    assert profile_objects([], layout, {}, CaptureSettings()).profile.records == 0
