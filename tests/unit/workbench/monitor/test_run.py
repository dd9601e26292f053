"""`kedge monitor run` and `kedge monitor report`: a window to its verdict, its files and its page."""

import json
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kedge_monitor.files.run_files import read_comparison
from tests.support.monitor_commands import (
    CAPTURE,
    CLEAN_HOUR,
    DRIFTED_HOUR,
    LABEL_FOLDER,
    TRAIN,
    answer,
    call,
    refusal,
)

MODEL_MONITORS = {"statistics.json", "constraints.json", "constraint_violations.json"}


def test_a_clean_hour_is_exit_code_zero(churn: Path, tmp_path: Path):
    result = call("run", CAPTURE, "--baseline", churn, "--out", tmp_path, *CLEAN_HOUR)
    lines = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (0, "")
    assert lines[0] == "clean  no violation in 6 features"
    assert lines[1] == "window    2026-11-20 22:00 to 2026-11-20 23:00 UTC"
    assert len(lines) < 40
    assert lines[-1] == f"report  {tmp_path / 'report.html'}"


def test_a_drifted_hour_is_exit_code_zero_too_and_shows_the_worst_features_first(churn: Path, tmp_path: Path):
    result = call("run", CAPTURE, "--baseline", churn, "--out", tmp_path, *DRIFTED_HOUR)
    assert result.exit_code == 0
    assert result.stdout.startswith("violated  5 violations, 4 of 6 features\n")
    rows = [line.split() for line in result.stdout.splitlines()]
    start = rows.index(["feature", "check", "observed", "limit", "p-value", "visible", "from"])
    assert [row[0] for row in rows[start + 1 : start + 8]] == [
        "plan", "calls", "probability", "charge", "plan", "tenure", "region",
    ]  # fmt: skip
    assert "estimated without labels: accuracy 0." in result.stdout


def test_a_run_writes_model_monitors_files_and_kedges_own(churn: Path, tmp_path: Path):
    found = answer("run", CAPTURE, "--baseline", churn, "--out", tmp_path, *DRIFTED_HOUR)
    files = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*") if file.is_file()}
    own = {"kedge_profile.msgpack", "kedge_comparison.json", "kedge_read.json", "kedge_run.json", "report.html"}
    copied = {f"baseline/{name}" for name in ("statistics.json", "constraints.json", "kedge_profile.msgpack")}
    assert files == {*MODEL_MONITORS, *own, *copied}
    entries = json.loads((tmp_path / "constraint_violations.json").read_text())["violations"]
    assert len(entries) == len(found["violations"]) == 5
    assert found["message"] == "CompletedWithViolations: Job completed successfully with 5 violations."
    assert found["window"] == {"start": "2026-11-20T23:00:00Z", "end": "2026-11-21T00:00:00Z"}
    assert found["features"][0]["distance"] > found["features"][0]["limit"]
    assert found["estimated_quality"]["records"] == found["records"] == 520
    assert read_comparison((tmp_path / "kedge_comparison.json").read_bytes()).records == 520


def test_a_window_without_records_is_no_data_and_leaves_no_old_violations(churn: Path, tmp_path: Path):
    answer("run", CAPTURE, "--baseline", churn, "--out", tmp_path, *DRIFTED_HOUR)
    found = answer("run", CAPTURE, "--baseline", churn, "--out", tmp_path, "--start", "2027-01-01")
    assert (found["outcome"], found["records"]) == ("no_data", 0)
    assert not any((tmp_path / name).exists() for name in MODEL_MONITORS)
    assert "No data in this window" in (tmp_path / "report.html").read_text()


def test_labels_are_measured_against_the_baseline_of_model_quality(churn: Path, tmp_path: Path):
    found = answer("run", CAPTURE, "--baseline", churn, "--out", tmp_path, *DRIFTED_HOUR, "--labels", LABEL_FOLDER)
    quality = found["labelled"]["model_quality"]
    assert quality["outcome"] == "violated"
    assert quality["labels"]["labelled"] == 520
    assert {entry["metric_name"] for entry in quality["violations"]} >= {"false_positive_rate"}
    assert (tmp_path / "model_quality" / "constraint_violations.json").is_file()
    assert "Model quality" in (tmp_path / "report.html").read_text()


def test_too_few_labels_are_inconclusive_and_never_clean(churn: Path, tmp_path: Path):
    some = tmp_path / "labels.jsonl"
    (labels,) = LABEL_FOLDER.rglob("*.jsonl")
    some.write_text("".join(labels.read_text().splitlines(keepends=True)[:3]))
    found = answer("run", CAPTURE, "--baseline", churn, "--out", tmp_path / "run", *CLEAN_HOUR, "--labels", some)
    assert found["outcome"] == "inconclusive"
    assert "Check the upload of labels" in found["labelled"]["model_quality"]["message"]


def test_a_folder_without_labels_is_inconclusive_for_each_type_that_needs_them(unfair: Path, tmp_path: Path):
    (tmp_path / "labels").mkdir()
    found = answer(
        "run", CAPTURE, "--baseline", unfair, "--out", tmp_path / "run", *CLEAN_HOUR, "--labels", tmp_path / "labels"
    )
    assert found["outcome"] == "inconclusive"
    assert {name: run["outcome"] for name, run in found["labelled"].items()} == {
        "model_quality": "inconclusive",
        "bias": "inconclusive",
    }
    assert found["labelled"]["bias"]["message"].startswith("Labels never came: 0 of 520 records have a label")


@pytest.mark.parametrize("labels", [(), ("--labels", LABEL_FOLDER)])
@pytest.mark.parametrize("hour", [(), CLEAN_HOUR, CLEAN_HOUR[:2]])
def test_a_folder_without_records_is_no_data_and_says_what_to_check(
    churn: Path, tmp_path: Path, labels: tuple[object, ...], hour: tuple[str, ...]
):
    (tmp_path / "capture").mkdir()
    found = answer("run", tmp_path / "capture", "--baseline", churn, "--out", tmp_path / "run", *labels, *hour)
    assert (found["outcome"], found["records"]) == ("no_data", 0)
    assert found["notes"] == ["The window has no records. Check that there were requests, and that data capture is on."]
    assert found["notes"][0] in (tmp_path / "run" / "report.html").read_text()


def test_a_violated_metric_of_bias_is_marked_with_its_numbers(unfair: Path, tmp_path: Path):
    result = call(
        "run", CAPTURE, "--baseline", unfair, "--out", tmp_path, *DRIFTED_HOUR, "--labels", LABEL_FOLDER,
        "--mode", "compatible", "--json",
    )  # fmt: skip
    bias = json.loads(result.stdout)["labelled"]["bias"]
    violated = [row for row in bias["metrics"] if row["violated"]]
    assert len(violated) == len(bias["violations"]) > 0
    for row, entry in zip(
        sorted(violated, key=lambda row: (row["name"], row["value"])),
        sorted(bias["violations"], key=lambda entry: (entry["metric_name"], entry["observed"])),
        strict=True,
    ):
        numbers = (row["value"], row["limit"], row["p_value"], row["error"], row["smallest"])
        assert numbers == tuple(entry[key] for key in ("observed", "limit", "p_value", "standard_error", "smallest"))
    page = (tmp_path / "report.html").read_text()
    assert f"Bias</a>: {len(violated)} violation" in page
    assert page.count('class="state alarm tight"') >= len(violated)


def test_a_window_without_one_of_the_baselines_labels_is_measured(churn: Path, tmp_path: Path):
    labels = tmp_path / "labels.jsonl"
    (given,) = LABEL_FOLDER.rglob("*.jsonl")
    # Each label of this hour is the negative one.
    labels.write_text(
        "".join(
            json.dumps({**json.loads(line), "groundTruthData": {"data": "0\n" * 3 + "0", "encoding": "CSV"}}) + "\n"
            for line in given.read_text().splitlines()
        )
    )
    found = answer("run", CAPTURE, "--baseline", churn, "--out", tmp_path / "run", *CLEAN_HOUR, "--labels", labels)
    assert found["labelled"]["model_quality"]["outcome"] == "violated"


def test_attributions_of_csv_have_the_names_of_the_baseline(tmp_path: Path):
    answer(
        "baseline",
        TRAIN,
        "--out",
        tmp_path / "b",
        "--label",
        "churned",
        "--attribution",
        "charge=charge",
        "--attribution",
        "tenure=tenure",
    )
    found = answer("run", CAPTURE, "--baseline", tmp_path / "b", "--out", tmp_path / "run", *CLEAN_HOUR)
    assert found["labelled"]["attribution"]["outcome"] == "clean"
    assert found["labelled"]["attribution"]["values"]["ndcg_label0"]["value"] == 1.0


def test_a_run_with_seasonality_names_what_it_compared_with(churn: Path, tmp_path: Path):
    found = answer(
        "run", CAPTURE, "--baseline", churn, "--out", tmp_path / "run", *CLEAN_HOUR,
        "--history", tmp_path / "history.json", "--seasonality", "hour_of_week",
    )  # fmt: skip
    assert found["seasonality"] == "hour_of_week"
    assert any("fewer than 4 clean weeks of this hour are known" in note for note in found["notes"])
    # The history names the clean window of this hour of the week: Friday, 22:00.
    assert list(json.loads((tmp_path / "history.json").read_text())["seasons"]) == ["118"]


def test_the_mode_compatible_uses_the_rules_of_model_monitor(churn: Path, tmp_path: Path):
    found = answer("run", CAPTURE, "--baseline", churn, "--out", tmp_path, *DRIFTED_HOUR, "--mode", "compatible")
    assert (found["mode"], found["promise"]) == ("compatible", None)
    assert found["outcome"] == "violated"


def test_several_processes_give_the_result_of_one(churn: Path, tmp_path: Path):
    alone = answer("run", CAPTURE, "--baseline", churn, "--out", tmp_path / "1")
    shared = answer("run", CAPTURE, "--baseline", churn, "--out", tmp_path / "2", "--workers", 2)
    assert shared["features"] == alone["features"]


def test_the_history_joins_small_windows_and_names_its_baseline(churn: Path, tmp_path: Path):
    history = tmp_path / "history.json"
    for name, hour in (("22", CLEAN_HOUR), ("23", DRIFTED_HOUR)):
        answer("run", CAPTURE, "--baseline", churn, "--out", tmp_path / name, *hour, "--history", history)
    stored = json.loads(history.read_text())
    assert len(stored["windows"]) == len(stored["folders"]) == 2
    assert len(stored["flags"][0]) > 0 == len(stored["flags"][1])
    other = tmp_path / "other"
    answer("baseline", TRAIN, "--out", other)
    code, said = refusal("run", CAPTURE, "--baseline", other, "--out", tmp_path / "x", "--history", history)
    assert code == 2
    assert "is the history of another baseline" in said


def test_a_small_window_is_joined_with_those_before(churn: Path, tmp_path: Path):
    quarters = [f"2026-11-20T{hour}:{minute:02}:00Z" for hour in (22, 23) for minute in (0, 15, 30, 45)]
    found: dict[str, Any] = {}
    records = 0
    for start, end in pairwise([*quarters, "2026-11-21T00:00:00Z"]):
        words = ("--history", tmp_path / "h", "--runs-per-week", 672, "--start", start, "--end", end)
        found = answer("run", CAPTURE, "--baseline", churn, "--out", tmp_path / start[11:16], *words)
        records += found["records"]
    assert records == 1040
    assert "The joined window of 2 hours has 1040 records." in found["notes"]


def test_a_table_without_times_is_a_window_by_itself(churn: Path, tmp_path: Path):
    found = answer("run", TRAIN, "--baseline", churn, "--out", tmp_path, "--exclude", "churned")
    assert (found["outcome"], found["window"], found["records"]) == ("clean", None, 2500)


def test_the_page_is_made_again_from_the_folder_of_the_run(churn: Path, tmp_path: Path):
    folder = tmp_path / "run"
    answer(
        "run",
        CAPTURE,
        "--baseline",
        churn,
        "--out",
        folder,
        *DRIFTED_HOUR,
        "--title",
        "churn",
        "--labels",
        LABEL_FOLDER,
    )
    first = (folder / "report.html").read_text()
    assert call("report", folder, "--out", tmp_path / "a" / "page.html").exit_code == 0
    assert (tmp_path / "a" / "page.html").read_text() == first
    shutil.rmtree(folder / "baseline")
    code, said = refusal("report", folder)
    assert (code, "Set --baseline to the folder of the run's baseline." in said) == (2, True)
    assert answer("report", folder, "--baseline", churn) == {"report": str(folder / "report.html")}
    assert (folder / "report.html").read_text() == first


def test_a_report_does_not_take_another_baseline(churn: Path, tmp_path: Path):
    answer("run", CAPTURE, "--baseline", churn, "--out", tmp_path / "run")
    answer("baseline", TRAIN, "--out", tmp_path / "other", "--label", "churned", "--exclude", "plan")
    code, said = refusal("report", tmp_path / "run", "--baseline", tmp_path / "other")
    assert code == 2
    assert "Set --baseline to the folder of that version." in said


@pytest.mark.parametrize("damage", ["kedge_comparison.json", "kedge_profile.msgpack", "kedge_run.json"])
def test_a_damaged_run_is_a_clear_error(churn: Path, tmp_path: Path, damage: str):
    answer("run", CAPTURE, "--baseline", churn, "--out", tmp_path)
    (tmp_path / damage).write_bytes(b"{")
    code, said = refusal("report", tmp_path)
    assert code in (1, 2)
    assert said.startswith("kedge monitor report: ")


def wrong(folder: Path, churn: Path) -> dict[str, tuple[object, ...]]:
    (folder / "empty").mkdir()
    (folder / "empty.jsonl").touch()
    (folder / "bad").mkdir()
    (folder / "bad" / "a.jsonl").write_text('{"captureData": 1}\n')
    broken = folder / "broken"
    shutil.copytree(churn, broken)
    (broken / "constraints.json").write_text('{"features": 3}')
    torn = folder / "torn"
    shutil.copytree(churn, torn)
    (torn / "statistics.json").unlink()
    of_a_run = folder / "ran"
    shutil.copytree(churn, of_a_run)
    (of_a_run / "kedge_comparison.json").write_text("{}")
    (of_a_run / "baseline").mkdir()
    given = ("--baseline", churn)
    return {
        "none": (folder / "none", *given),
        "empty": (folder / "empty.jsonl", *given),
        "seasonality": (CAPTURE, *given, "--seasonality", "hour_of_week"),
        "no season": (CAPTURE, *given, "--seasonality", "hour_of_week", "--mode", "compatible"),
        "bad": (folder / "bad", *given),
        "s3": ("s3://bucket/capture", *given),
        "part": (CAPTURE, "--baseline", churn / "model_quality"),
        "of a run": (CAPTURE, "--baseline", of_a_run),
        "no baseline": (CAPTURE, "--baseline", folder / "none"),
        "empty baseline": (CAPTURE, "--baseline", folder / "empty"),
        "broken baseline": (CAPTURE, "--baseline", broken),
        "torn baseline": (CAPTURE, "--baseline", torn),
        "start": (CAPTURE, *given, "--start", "yesterday"),
        "end": (CAPTURE, *given, "--start", "2026-11-20T23:00:00Z", "--end", "2026-11-20T22:00:00Z"),
        "times": (TRAIN, *given, "--start", "1d"),
        "promise": (CAPTURE, *given, "--false-pages", "0"),
        "within": (CAPTURE, *given, "--within", "long"),
        "threshold": (CAPTURE, *given, "--threshold", "2"),
        "mode": (CAPTURE, *given, "--mode", "compatible", "--threshold", "0.2"),
        "exclude": (CAPTURE, *given, "--exclude", "age"),
        "labels": (CAPTURE, *given, "--labels", folder / "none"),
        "probability": (CAPTURE, *given, "--problem-type", "BinaryClassification", "--probability", "p"),
        "history": (CAPTURE, *given, "--history", TRAIN),
        "out": (CAPTURE, *given, "--out", TRAIN),
    }


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("none", 2, "does not exist. Correct the path."),
        ("empty", 2, "has no data. Name a file or a folder with records."),
        ("bad", 1, "a.jsonl, line 1: "),
        ("s3", 2, "is not on this disk. Copy it first: aws s3 sync"),
        ("part", 2, "model_quality is a part of a baseline. Name the whole: "),
        ("of a run", 2, "is the folder of a run. Its baseline is in "),
        ("no baseline", 2, "does not exist. Correct the path."),
        ("empty baseline", 2, "has no baseline. Make one: kedge monitor baseline"),
        ("broken baseline", 1, "constraints.json"),
        ("torn baseline", 2, "The baseline has no statistics.json"),
        ("start", 2, "is not a time. Write a time such as"),
        ("end", 2, "Set a later end."),
        ("times", 2, "The data has no times"),
        ("promise", 2, "Correct --false-pages"),
        ("within", 2, "--within: 'long' is not a duration"),
        ("threshold", 2, "threshold is a distance above 0 and at most 1"),
        ("mode", 2, "--threshold does not apply to the mode compatible."),
        ("exclude", 2, "The column 'age' is to be left out"),
        ("labels", 2, "does not exist. Correct the path."),
        ("seasonality", 2, "--seasonality needs --history"),
        ("no season", 2, "--seasonality does not apply to the mode compatible"),
        ("probability", 2, "--probability is 'p', but the data has no such column."),
        ("history", 2, "is no history"),
        ("out", 2, "is a file. Name a folder."),
    ],
)
def test_what_cannot_be_measured_is_a_clear_error(churn: Path, tmp_path: Path, name: str, code: int, said: str):
    words = wrong(tmp_path, churn)[name]
    out = () if "--out" in words else ("--out", tmp_path / "out")
    found, text = refusal("run", *words, *out)
    assert found == code
    assert said in text


def test_columns_of_another_model_are_violations_and_named(tmp_path: Path):
    (tmp_path / "other.csv").write_text("x,y\n" + "".join(f"{n},{n % 7}\n" for n in range(1500)))
    answer("baseline", tmp_path / "other.csv", "--out", tmp_path / "b")
    found = answer("run", CAPTURE, "--baseline", tmp_path / "b", "--out", tmp_path / "run")
    extra = [each for each in found["violations"] if each["check"] == "extra_column_check"]
    assert extra[0]["columns"] == ["_c2", "_c3", "_c4", "_c5"]


@pytest.mark.parametrize("words", [["--help"], ["monitor", "run", "--help"], ["monitor", "lint", "--help"]])
def test_only_a_measurement_imports_numpy_and_pyarrow(words: list[str]):
    code = (
        "import sys\nfrom workbench.main import app\n"
        f"try:\n    app({words!r})\nexcept SystemExit:\n    pass\n"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pyarrow', 'kedge_monitor')))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
