"""How a run ends, where its files lie, and the whole comparison."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kedge.reports.location import locate
from kedge.sources.data_window import from_prefix
from kedge_monitor.compare.verdict import CheckType, Distances, FeatureCheck, Outcome, WindowComparison
from kedge_monitor.errors import MonitorError
from kedge_monitor.files.run_files import (
    exit_message,
    failure_message,
    read_comparison,
    run_folder,
    write_comparison,
)

END = datetime(2026, 12, 1, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("outcome", "violations", "message"),
    [
        (Outcome.CLEAN, 0, "Completed: Job completed successfully with no violations."),
        (Outcome.VIOLATED, 60, "CompletedWithViolations: Job completed successfully with 60 violations."),
        (Outcome.VIOLATED, 1, "CompletedWithViolations: Job completed successfully with 1 violations."),
        (Outcome.NO_DATA, 0, "Job inputs had no data"),
    ],
)
def test_the_message_is_that_of_the_analyzer(outcome: Outcome, violations: int, message: str):
    assert exit_message(outcome, violations) == message


def test_an_inconclusive_run_is_neither_completed_nor_violated():
    assert exit_message(Outcome.INCONCLUSIVE, 0, ["8 records."]).startswith("Inconclusive: ")


def test_a_failure_is_one_line_of_at_most_1024_characters():
    message = failure_message("first\n  second " + "x" * 2000)
    assert message.startswith("first second x")
    assert len(message) == 1024
    assert message.endswith("…")


@pytest.mark.parametrize("prefix", ["s3://bucket/reports", "s3://bucket/reports/"])
def test_the_folder_of_an_hour_is_that_of_model_monitor(prefix: str):
    folder = run_folder(prefix, "churn-hourly", END, endpoint="churn")
    assert folder == "s3://bucket/reports/churn/churn-hourly/2026/12/01/14/"


def test_a_batch_run_has_no_endpoint_in_its_folder():
    assert run_folder("s3://b/r", "nightly", END) == "s3://b/r/nightly/2026/12/01/14/"


def test_the_product_reads_the_window_and_the_report_of_a_folder():
    folder = run_folder("s3://bucket/reports", "churn-hourly", END, endpoint="churn")
    window = from_prefix(folder)
    assert window is not None
    assert (window.start, window.end) == (END - timedelta(hours=1), END)
    assert locate(folder).keys[0] == "reports/churn/churn-hourly/2026/12/01/14/constraint_violations.json"


def test_windows_that_end_within_an_hour_have_a_folder_each():
    ends = [END + timedelta(minutes=minutes) for minutes in (0, 15, 30)]
    folders = [run_folder("s3://b", "m", end, endpoint="e") for end in ends]
    assert folders[1] == "s3://b/e/m/2026/12/01/14/15/"
    assert len(set(folders)) == 3


def test_the_folder_is_in_utc():
    berlin = END.astimezone(timezone(timedelta(hours=1)))
    assert run_folder("p", "m", berlin) == run_folder("p", "m", END)


def test_a_time_without_zone_is_refused():
    with pytest.raises(MonitorError, match="has no time zone"):
        run_folder("p", "m", END.replace(tzinfo=None))


def test_the_whole_comparison_is_read_back():
    whole = WindowComparison(
        outcome=Outcome.CLEAN,
        checks=(
            FeatureCheck(
                feature="ü", check=CheckType.BASELINE_DRIFT, violated=False, sentence="s", observed=0.05, hours=6.0
            ),
        ),
        distances=(Distances(feature="ü", psi=0.01, records=7),),
        records=7,
        notes=("The promise assumes independent records.",),
    )
    assert read_comparison(write_comparison(whole)) == whole
