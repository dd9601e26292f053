"""`kedge monitor backtest`: past windows, their pages, and other rules from the same profiles."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from kedge.policy.compiled import default_policy
from kedge_monitor.capture.reader import CaptureSettings, survey_capture
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.engines.embedded import edges_of
from kedge_monitor.engines.workers import profile_objects
from kedge_monitor.profile.dataset import DatasetProfile
from tests.support.monitor_commands import CAPTURE, DRIFTED_HOUR, LABEL_FOLDER, TRAIN, answer, call, refusal
from workbench.cli.monitor.measuring.data import find_data
from workbench.cli.monitor.measuring.past import PastCheck, PastWindow, mark_pages
from workbench.cli.monitor.measuring.settings import load_baseline
from workbench.cli.monitor.measuring.slots import SlotReader, SlotStore

SINCE = ("--since", "2026-11-20", "--until", "2026-11-22")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_person_sees_the_violated_windows_and_what_other_rules_change(churn: Path):
    result = call("backtest", CAPTURE, "--baseline", churn, *SINCE)
    rows = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert rows[0] == "1 of 2 windows violated, 1 page"
    assert "span 2026-11-20 22:00 to 2026-11-21 00:00 UTC" in rows
    assert "as given 2 1 0 0 1" in rows
    assert "mode: compatible 2 1 0 0 1" in rows
    assert any(row.startswith("2026-11-20 23:00 plan: unknown values, drift; calls: drift") for row in rows)


def test_a_program_gets_each_window_and_each_alternative(churn: Path):
    found = answer("backtest", CAPTURE, "--baseline", churn, *SINCE, "--every", "30m", "--within", "4w")
    assert [each["outcome"] for each in found["windows"]] == ["clean", "clean", "violated", "violated"]
    assert sum(each["records"] for each in found["windows"]) == found["records"] == 1040
    changes = [each["change"] for each in found["alternatives"]]
    assert changes == [
        "promise: 1 false page within 26w", "promise: 1 false page within 52w",
        "limit: distance 0.05", "limit: distance 0.2", "window: 1h", "mode: compatible",
    ]  # fmt: skip
    assert not any("fewer than 500 records" in note for note in found["notes"])


def test_a_promised_verdict_on_few_records_pages_as_in_the_stack(churn: Path):
    found = answer("backtest", CAPTURE, "--baseline", churn, *SINCE, "--every", "10m")
    assert found["result"]["violated"] >= 2
    assert found["result"]["pages"] == 1
    assert max(each["records"] for each in found["windows"]) < 500


def test_a_compatible_verdict_on_few_records_does_not_page_and_a_note_says_so(churn: Path):
    found = answer("backtest", CAPTURE, "--baseline", churn, *SINCE, "--every", "10m", "--mode", "compatible")
    assert found["result"]["pages"] == 0
    assert any("fewer than 500 records" in note for note in found["notes"])


@pytest.mark.parametrize("mode", ["promise", "compatible"])
def test_types_with_labels_are_judged_as_a_run_judges_them(unfair: Path, tmp_path: Path, mode: str):
    given = ("--baseline", unfair, "--labels", LABEL_FOLDER, "--mode", mode)
    played = answer("backtest", CAPTURE, *given, *SINCE)
    ran = answer("run", CAPTURE, *given, "--out", tmp_path, *DRIFTED_HOUR)
    assert set(played["labelled"]) == {"model_quality", "bias"}
    for name, one in played["labelled"].items():
        drifted, expected = one["windows"][1], ran["labelled"][name]
        assert (drifted["outcome"], drifted["records"]) == (expected["outcome"], expected["records"])
        assert len(drifted["violations"]) == len(expected["violations"])
        assert drifted["violations"] or mode == "promise"
        assert sorted((each["observed"], each["limit"], each["p_value"]) for each in drifted["violations"]) == sorted(
            (each["observed"], each["limit"], each["p_value"]) for each in expected["violations"]
        )


def test_limits_of_distances_are_no_alternatives_for_types_with_labels(unfair: Path):
    played = answer("backtest", CAPTURE, "--baseline", unfair, *SINCE, "--labels", LABEL_FOLDER)
    changes = [each["change"] for each in played["labelled"]["bias"]["alternatives"]]
    assert changes == [
        "promise: 1 false page within 4w",
        "promise: 1 false page within 52w",
        "mode: compatible",
    ]


def test_parts_of_a_window_with_labels_give_what_the_whole_gives(unfair: Path):
    whole, parts = (
        answer("backtest", CAPTURE, "--baseline", unfair, *SINCE, "--window", "1h", "--every", every, "--labels", LABEL_FOLDER)
        for every in ("1h", "20m")
    )  # fmt: skip
    for name in ("model_quality", "bias"):
        assert (
            whole["labelled"][name]["windows"][-1]["violations"] == parts["labelled"][name]["windows"][-1]["violations"]
        )


def test_a_person_sees_each_type_that_was_judged(unfair: Path):
    result = call("backtest", CAPTURE, "--baseline", unfair, *SINCE, "--labels", LABEL_FOLDER)
    heads = [line for line in result.stdout.splitlines() if "windows violated" in line]
    assert [head.partition(":")[0] for head in heads] == ["data quality", "model quality", "bias"]


def test_labels_without_a_baseline_of_labels_are_refused(tmp_path: Path):
    answer("baseline", TRAIN, "--out", tmp_path)
    code, said = refusal("backtest", CAPTURE, "--baseline", tmp_path, *SINCE, "--labels", LABEL_FOLDER)
    assert code == 2
    assert "has no baseline with labels. Make one" in said


def test_windows_are_compared_with_the_same_hour_of_earlier_weeks(tmp_path: Path):
    train = tmp_path / "train.csv"
    draws = np.random.default_rng(3)
    train.write_text("score,x\n" + "".join(f"{a:.4f},{b:.4f}\n" for a, b in draws.normal(size=(4000, 2))))
    answer("baseline", train, "--out", tmp_path / "baseline")
    first = datetime(2026, 10, 5, 9, tzinfo=UTC)
    lines = [
        json.dumps(
            {
                "captureData": {
                    side: {"observedContentType": "text/csv", "mode": "X", "data": f"{value:.4f}", "encoding": "CSV"}
                    for side, value in zip(("endpointOutput", "endpointInput"), draws.normal(size=2), strict=True)
                },
                "eventMetadata": {"eventId": f"{week}-{number}", "inferenceTime": f"{first + timedelta(weeks=week, seconds=number):%Y-%m-%dT%H:%M:%SZ}"},
                "eventVersion": "0",
            }
        )
        for week in range(6)
        for number in range(600)
    ]  # fmt: skip
    (tmp_path / "capture.jsonl").write_text("\n".join(lines) + "\n")
    asked = ("backtest", tmp_path / "capture.jsonl", "--baseline", tmp_path / "baseline", "--since", "2026-10-05")
    found = answer(*asked, "--until", "2026-11-20", "--seasonality", "hour_of_week")
    measured = [each for each in found["windows"] if each["records"]]
    assert [each["seasonal"] for each in measured] == [False] * 4 + [True] * 2
    assert any("2 of" in note and "same hour of earlier weeks" in note for note in found["notes"])
    assert "seasonality: none" in [each["change"] for each in found["alternatives"]]
    usual = answer(*asked, "--until", "2026-11-20")
    assert "seasonality: hour_of_week" in [each["change"] for each in usual["alternatives"]]


def test_a_window_can_be_longer_than_the_time_between_windows(churn: Path):
    found = answer("backtest", CAPTURE, "--baseline", churn, *SINCE, "--every", "30m", "--window", "1h")
    assert [each["records"] for each in found["windows"]] == [520, 520, 520]


def test_a_backtest_agrees_with_a_run_of_the_same_window(churn: Path, tmp_path: Path):
    ran = answer(
        "run", CAPTURE, "--baseline", churn, "--out", tmp_path, "--start", "2026-11-20T23:00:00Z", "--end", "2026-11-21T00:00:00Z"
    )  # fmt: skip
    played = answer("backtest", CAPTURE, "--baseline", churn, *SINCE)["windows"][1]
    assert [(each["feature"], each["p_value"]) for each in played["violations"]] == [
        (each["feature"], each["p_value"]) for each in ran["violations"]
    ]


def test_profiles_of_spans_do_not_depend_on_files_or_on_the_order_of_lines(churn: Path, tmp_path: Path):
    whole = tmp_path / "whole.jsonl"
    lines = [line for file in sorted(CAPTURE.rglob("*.jsonl")) for line in file.read_text().splitlines()]
    whole.write_text("\n".join([*lines[::2], *lines[1::2]]))
    baseline, _, _ = load_baseline(churn)
    stored = []
    for place in (CAPTURE, whole):
        folder = tmp_path / f"slots-{place.name}"
        folder.mkdir()
        store = SlotStore(folder, timedelta(minutes=30))
        sources = find_data(place).sources
        settings = CaptureSettings()
        layout = survey_capture(sources, baseline.profile.schema, settings)
        report = SlotReader(layout, baseline, settings, store).read(sources)
        assert (report.lines, report.records, report.unreadable) == (260, 1040, 0)
        found = store.find(store.start(store.numbers[0]), store.start(store.numbers[-1] + 1))
        assert found is not None
        stored.append(found.profile)
    direct = profile_objects(sources, layout, edges_of(baseline), settings).profile
    assert facts(stored[0]) == facts(stored[1]) == facts(direct)


def facts(profile: DatasetProfile) -> list[object]:
    """Return the counts and the exact sums of each column; the items of the sketches depend on the order."""
    return [
        (column.present, column.classes, dict(column.categories.counts), column.numbers and column.numbers.total)
        for column in profile.columns
    ]


def test_lines_that_cannot_be_read_are_named_and_above_the_limit_fail(churn: Path, tmp_path: Path):
    hour = tmp_path / "2026/11/20/22"
    hour.mkdir(parents=True)
    (source,) = (CAPTURE / "AllTraffic/2026/11/20/22").glob("*.jsonl")
    (hour / "00-00-000-a.jsonl").write_text("{broken\n" + source.read_text())
    found = answer("backtest", tmp_path, "--baseline", churn, *SINCE)
    assert any("1 of 131 lines cannot be read" in note for note in found["notes"])
    code, said = refusal("backtest", tmp_path, "--baseline", churn, *SINCE, "--unreadable-share", "0")
    assert code == 1
    assert "00-00-000-a.jsonl" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((TRAIN, "--since", "2026-11-20"), "is csv, which has no times."),
        (
            (CAPTURE, "--since", "2026-11-10", "--until", "2026-11-12"),
            "has no record from 2026-11-10 00:00 to 2026-11-12",
        ),
        ((CAPTURE, "--since", "2026-11-22", "--until", "2026-11-20"), "Set a later end."),
        ((CAPTURE, "--since", "long ago"), "--since 'long ago' is not a time."),
        ((CAPTURE, *SINCE, "--every", "10s"), "--every 10s is not in whole minutes."),
        ((Path("none"), *SINCE), "none does not exist."),
        ((CAPTURE, *SINCE, "--window", "2d"), "No window of 2d lies in the records"),
    ],
)
def test_what_cannot_be_played_is_exit_code_two(churn: Path, words: tuple[object, ...], said: str):
    code, text = refusal("backtest", *words, "--baseline", churn)
    assert code == 2
    assert said in text


def played(outcomes: str, records: int = 1000, check: str = "baseline_drift_check") -> list[int]:
    """Return the places of the pages: `v` is a violated window, `c` a clean one, `n` one without data."""
    kinds = {"v": Outcome.VIOLATED, "c": Outcome.CLEAN, "n": Outcome.NO_DATA}
    violated = (PastCheck(feature="x", check=check, observed=0.5, limit=0.1, p_value=1e-9),)
    windows = [
        PastWindow(
            start=NOON + timedelta(hours=n),
            end=NOON + timedelta(hours=n + 1),
            outcome=kinds[letter],
            records=0 if letter == "n" else records,
            violations=violated if letter == "v" else (),
        )
        for n, letter in enumerate(outcomes)
    ]
    return [n for n, window in enumerate(mark_pages(windows, default_policy())) if window.pages]


def test_an_incident_pages_when_it_begins_and_when_it_returns():
    assert played("ccvvvcv") == [2, 6]


def test_a_window_without_data_ends_no_incident():
    assert played("vnvnv") == [0]


def test_an_incident_that_flaps_does_not_page():
    assert played("vcvcvcvc") == [0, 2]


def test_drift_on_few_records_does_not_page_but_a_missing_column_does():
    assert played("vv", records=400) == []
    assert played("vv", records=400, check="missing_column_check") == [0]
    assert played("vv", records=50, check="missing_column_check") == []
