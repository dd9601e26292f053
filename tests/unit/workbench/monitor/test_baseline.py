"""`kedge monitor baseline`: any data to the files of a baseline, and what is wrong with it."""

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from kedge_monitor.baseline.folder import read_baseline
from kedge_monitor.quality.calibration import Calibration
from tests.support.capture import as_json, request, side
from tests.support.monitor_commands import CAPTURE, LABEL_FOLDER, QUALITY, TRAIN, answer, call, refusal
from workbench.sample_capture import FOLDER, sample_files

THREE = ("statistics.json", "constraints.json", "kedge_profile.msgpack")


def rows() -> list[dict[str, object]]:
    found: list[dict[str, object]] = pyarrow.csv.read_csv(TRAIN).to_pylist()[:1200]
    # Parquet stores no digits: 85.0 is a fraction there, and a whole number in CSV.
    return [row | {"charge": round(row["charge"] + 0.003, 3)} for row in found]  # type: ignore[operator]


def test_the_committed_samples_are_those_of_the_generator_and_small():
    files = sample_files()
    assert {name: (FOLDER / name).read_bytes() for name in files} == files, "run python -m workbench.sample_capture"
    assert sum(map(len, files.values())) < 300_000


def test_a_baseline_has_model_monitors_files_and_those_with_labels(churn: Path):
    found = {file.relative_to(churn).as_posix() for file in churn.rglob("*") if file.is_file()}
    labelled = {f"model_quality/{name}" for name in ("statistics.json", "constraints.json", "kedge_columns.json")}
    assert found == {*THREE, "kedge_calibration.json", *labelled}
    baseline = read_baseline({name: (churn / name).read_bytes() for name in THREE})
    assert baseline.profile.schema.names == ("probability", "tenure", "charge", "calls", "plan", "region")
    calibration = Calibration(**json.loads((churn / "kedge_calibration.json").read_text()))
    assert calibration.usable


def test_a_person_sees_each_column_and_what_will_make_noise(tmp_path: Path):
    lines = ["id,amount,constant,when", *(f"u{n:06d}x,{n % 97},7,2026-11-{n % 28 + 1:02d}" for n in range(400))]
    data = tmp_path / "data.csv"
    data.write_text("\n".join([*lines, ""]))
    result = call("baseline", data, "--out", tmp_path / "out")
    said = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert f"{data}, csv, 400 records" in said.replace("\n", "")
    assert "id String identifier or free text: nearly all values are distinct 400" in said
    assert "amount Integral yes 400 0 97" in said
    assert "constant Integral constant: there is 1 value" in said
    assert "when String time stamp: the values are dates or times" in said
    assert "* The baseline has 400 records. It cannot show a distance below 0.1 reliably. Use at least 1,000" in said


def test_the_same_data_in_any_form_is_the_same_baseline(tmp_path: Path):
    table = pa.Table.from_pylist(rows())
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    pyarrow.csv.write_csv(table, tmp_path / "t.csv")
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows()))
    made = {
        form: answer("baseline", tmp_path / f"t.{form}", "--out", tmp_path / form)
        for form in ("csv", "jsonl", "parquet")
    }
    assert [each["format"] for each in made.values()] == ["csv", "json_lines", "parquet"]
    assert len({each["digest"] for each in made.values()}) == 1
    assert made["csv"]["columns"][0] == {
        "name": "probability", "type": "Fractional", "present": 1200, "missing": 0, "distinct": made["csv"]["columns"][0]["distinct"],
        "left_out": None,
    }  # fmt: skip


def test_csv_without_a_header_is_recognised(tmp_path: Path):
    (tmp_path / "a.csv").write_text("".join(f"{n},x{n % 3}\n" for n in range(50)))
    (tmp_path / "b.csv").write_text("name,city\n" + "".join(f"n{n},c{n % 3}\n" for n in range(50)))
    assert answer("baseline", tmp_path / "a.csv", "--out", tmp_path / "a")["records"] == 50
    named = answer("baseline", tmp_path / "b.csv", "--out", tmp_path / "b")
    assert [column["name"] for column in named["columns"]] == ["name", "city"]


def test_nested_json_and_base64_are_read_from_captured_data(tmp_path: Path):
    given = [{"customer": {"age": 20 + n}, "items": [n, n / 2]} for n in range(40)]
    lines = [
        request(
            side({"predictions": [{"score": 0.5}, {"score": 0.4}]}, "BASE64", "application/json"),
            as_json({"instances": [each, each]}),
        )
        if n % 2
        else request(as_json({"predictions": [{"score": 0.1}]}), side(each, "BASE64", "application/json"))
        for n, each in enumerate(given)
    ]
    (tmp_path / "c.jsonl").write_bytes(b"".join(lines))
    found = answer("baseline", tmp_path / "c.jsonl", "--out", tmp_path / "out")
    assert found["format"] == "capture"
    assert found["records"] == 60
    assert [column["name"] for column in found["columns"]] == ["score", "customer.age", "items_0", "items_1"]


def test_batch_transform_data_is_paired_by_its_manifests(tmp_path: Path):
    for name, lines in (("a.csv", [f"{n},k{n % 4}" for n in range(60)]), ("a.csv.out", [f"0.{n}" for n in range(60)])):
        folder = tmp_path / ("output" if name.endswith(".out") else "input") / "2026" / "11" / "20" / "10"
        folder.mkdir(parents=True)
        (folder / "m.json").write_text(json.dumps([{"prefix": "s3://b/data/"}, name]))
        (tmp_path / name).write_text("\n".join([*lines, ""]))
    found = answer("baseline", tmp_path, "--out", tmp_path / "made")
    assert (found["format"], found["records"]) == ("batch_transform", 60)
    assert [column["type"] for column in found["columns"]] == ["Fractional", "Integral", "String"]
    (tmp_path / "a.csv.out").unlink()
    code, said = refusal("baseline", tmp_path, "--out", tmp_path / "made")
    assert code == 2
    assert "names s3://b/data/a.csv.out, which is not below" in said


def test_a_column_that_is_left_out_keeps_its_place(tmp_path: Path):
    found = answer("baseline", CAPTURE, "--out", tmp_path, "--exclude", "1")
    assert [column["left_out"] for column in found["columns"]][1] == "left out: its checks are switched off"
    rules = json.loads((tmp_path / "constraints.json").read_text())["features"]
    assert rules[1]["monitoringConfigOverrides"] == {
        "evaluate_constraints": "Disabled",
        "distribution_constraints": {"perform_comparison": "Disabled"},
    }  # fmt: skip
    ran = answer("run", CAPTURE, "--baseline", tmp_path, "--out", tmp_path / "run")
    assert ran["outcome"] == "clean"


def test_captured_data_with_labels_gives_all_types_of_baselines(tmp_path: Path):
    words = (
        "--problem-type",
        "BinaryClassification",
        "--probability",
        "_c0",
        "--facet",
        "_c4=pro",
        "--facet",
        "_c1>24",
    )
    found = answer(
        "baseline", CAPTURE, "--out", tmp_path, "--labels", LABEL_FOLDER, *words, "--attribution", "_c2=charge"
    )
    assert found["quality"]["auc"] > 0.7
    limits = {each["metric"]: each for each in found["limits"]["model_quality"]}
    assert limits["auc"] == {"metric": "auc", "limit": found["quality"]["auc"], "violated": "below"}
    assert limits["false_positive_rate"]["violated"] == "above"
    assert "1,040 records have a label, 0 have none, and 0 labels have no record." in found["notes"]
    facets = json.loads((tmp_path / "bias" / "analysis.json").read_text())["post_training_bias_metrics"]["facets"]
    assert set(facets) == {"_c4", "_c1"}
    assert (tmp_path / "attribution" / "analysis.json").is_file()
    answer("baseline", CAPTURE, "--out", tmp_path)
    assert not (tmp_path / "bias" / "analysis.json").exists()


def make(folder: Path) -> dict[str, Path]:
    files = {
        "utf16": "a,b\n1,2\n".encode("utf-16"),
        "gzip": b"\x1f\x8b\x08\0\0\0",
        "array": b'[{"a": 1}]\n',
        "broken": b'{"captureData": 1\n' * 3,
        "twice": b"a,a\n1,2\n",
        "quote": b'a,b\n1,"2\n',
        "header": b"a,b\n",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "empty").mkdir()
    (folder / "mixed").mkdir()
    (folder / "mixed" / "a.csv").write_text("1,2\n")
    (folder / "mixed" / "b.jsonl").write_text("{}\n")
    return {path.name: path for path in folder.iterdir()} | {"none": folder / "none"}


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("none", 2, "does not exist. Correct the path."),
        ("empty", 2, "has no data. Name a file or a folder with records."),
        ("mixed", 2, "is json_lines. Name a folder with one form, or set --format."),
        ("utf16", 2, "is not UTF-8. Store it as UTF-8."),
        ("gzip", 2, "is compressed. Decompress it first."),
        ("array", 2, "has JSON arrays. Write one JSON object on each line."),
        ("broken", 1, "broken, line 1: "),
        ("twice", 1, "line 1: columns have the same name: a. Rename them."),
        ("quote", 1, "does not end. Close it."),
        ("header", 2, "has no records. Give data with at least 1,000 records."),
    ],
)
def test_data_that_cannot_be_read_names_the_place_and_the_action(tmp_path: Path, name: str, code: int, said: str):
    found, text = refusal("baseline", make(tmp_path)[name], "--out", tmp_path / "out")
    assert found == code
    assert text.startswith("kedge monitor baseline: ")
    assert said in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--exclude", "age"), "The column 'age' is to be left out, and the data has no such column."),
        (("--problem-type", "Regression", "--label", "churned"), "has no column of predictions. Set --prediction."),
        (("--problem-type", "Regression", "--prediction", "calls"), "Set --label, and leave out --labels."),
        (("--label", "churn"), "--label is 'churn', but the data has no such column"),
        (("--labels", LABEL_FOLDER), "--labels needs --problem-type or --facet"),
        (("--attribution", "calls"), "Write COLUMN=FEATURE."),
        (("--facet", "tenure>x", "--label", "churned"), "Write a column, column=value or column>40."),
        ((*QUALITY, "--positive-label", "yes"), "Set --positive-label to one of the labels"),
        ((*QUALITY[:-1], "charge"), "Name a column of probabilities"),
    ],
)
def test_options_that_do_not_fit_the_data_are_exit_code_two(tmp_path: Path, words: tuple[object, ...], said: str):
    code, text = refusal("baseline", TRAIN, "--out", tmp_path / "out", *words)
    assert code == 2
    assert said in text


def test_an_option_that_does_not_exist_is_exit_code_two():
    assert call("baseline", TRAIN).exit_code == 2


def test_the_limits_of_bias_are_printed_with_the_metrics_that_need_more_columns(tmp_path: Path):
    words = (*QUALITY, "--facet", "plan=pro", "--facet", "tenure>24", "--group", "region", "--feature", "charge")
    found = answer("baseline", TRAIN, "--out", tmp_path, *words)
    limits = {(each["group"], each["metric"]): each for each in found["limits"]["bias"]}
    analysis = json.loads((tmp_path / "bias" / "analysis.json").read_text())
    (entry,) = analysis["post_training_bias_metrics"]["facets"]["plan"]
    stored = {each["name"]: each.get("value") for each in entry["metrics"]}
    for metric in ("DPPL", "CDDPL", "FT"):
        assert limits["plan pro", metric]["limit"] == stored[metric] is not None
    assert limits["tenure above 24", "CI"]["violated"] == "farther from 0"
    text = call("baseline", TRAIN, "--out", tmp_path, *words).stdout
    assert ["bias", "plan", "pro", "tenure", "above", "24"] in [line.split() for line in text.splitlines()]
    rows = [line.split() for line in text.splitlines()]
    assert ["FT", f"{stored['FT']:.4f}"] in [row[:2] for row in rows]


def test_metrics_of_bias_that_need_an_option_name_it(tmp_path: Path):
    text = call("baseline", TRAIN, "--out", tmp_path, *QUALITY, "--facet", "plan=pro").stdout
    assert "* CDDL: needs --group" in text
    assert "* FT: needs --feature" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--group", "region"), "--group and --feature are for bias. Set --facet, too"),
        (("--facet", "plan", "--label", "churned", "--feature", "charge"), "--feature is for the flip test"),
        ((*QUALITY, "--facet", "plan", "--group", "nobody"), "`--group` is 'nobody', but the data has no such column."),
        ((*QUALITY, "--facet", "plan", "--feature", "region"), "Feature region"),
    ],
)
def test_an_option_of_bias_that_cannot_be_is_refused(tmp_path: Path, words: tuple[str, ...], said: str):
    code, text = refusal("baseline", TRAIN, "--out", tmp_path, *words)
    assert code == 2
    assert said.replace("`", "") in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a;b\n1;2\n3;4\n", "has fields that a semicolon separates. Separate them by commas."),
        ("a\tb\n1\t2\n", "has fields that a tab separates. Separate them by commas."),
        ("a|b\n1|2\n", "has fields that a vertical bar separates. Separate them by commas."),
        ("a,b\r1,2\r3,4\r", "has rows that end with a carriage return alone. End each row with a line feed."),
        ("[1,2]\n[3,4]\n", "has JSON arrays. Write one JSON object on each line."),
    ],
)
def test_a_table_with_other_separators_is_refused_with_the_fix(tmp_path: Path, text: str, said: str):
    (tmp_path / "t.csv").write_bytes(text.encode())
    assert refusal("baseline", tmp_path / "t.csv", "--out", tmp_path / "out") == (
        2, f"kedge monitor baseline: {tmp_path / 't.csv'} {said}",
    )  # fmt: skip


def test_a_column_of_texts_with_semicolons_is_a_column(tmp_path: Path):
    (tmp_path / "t.csv").write_text("tags\n" + "a;b\nc\n" * 600)
    assert answer("baseline", tmp_path / "t.csv", "--out", tmp_path / "out")["columns"][0]["name"] == "tags"


def test_a_folder_that_cannot_be_read_is_an_error_and_its_files_are_not_missing_silently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    data = tmp_path / "data"
    (data / "secret").mkdir(parents=True)
    (data / "a.csv").write_text("a,b\n1,2\n")
    scan = os.scandir

    def refuse(place: str) -> object:
        if str(place).endswith("secret"):
            raise PermissionError(13, "Permission denied", str(place))
        return scan(place)

    monkeypatch.setattr(os, "scandir", refuse)
    code, text = refusal("baseline", data, "--out", tmp_path / "out")
    assert code == 1
    assert text == f"kedge monitor baseline: {data / 'secret'}: Permission denied. Check the path and its permissions."


def test_a_link_that_leads_nowhere_is_an_error(tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").symlink_to(tmp_path / "gone.csv")
    code, text = refusal("baseline", tmp_path / "data", "--out", tmp_path / "out")
    assert (code, "a.csv is a link to a file that does not exist." in text) == (2, True)
