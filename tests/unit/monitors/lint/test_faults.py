"""Every fault of a Monitors document is reported with its place and its fix; all of them at once."""

import pytest

from kedge.monitors import lint
from kedge.policy import lint as policy_lint
from tests.unit.monitors.conftest import DEFAULTS, HEAD, MONITOR, QUALITY, SMALL, TRUTH

PREDICTED_BIAS = "    bias: {{label: churned, inference_attribute: answer, facets: [{{name: gender}}], {}}}\n"
BIAS = "    bias: {label: churned, facets: [{name: gender}]}\n"


def said(text: str) -> list[str]:
    return [fault.brief.removeprefix("m:") for fault in lint.read(text, "m").faults]


def noted(text: str) -> list[str]:
    reading = lint.read(text, "m")
    assert reading.faults == ()
    return [note.brief.removeprefix("m:") for note in reading.notes]


def target(text: str) -> str:
    return SMALL.replace("{endpoint: churn-prod}", text)


def second(text: str) -> str:
    return f"{SMALL}  - name: {text}\n    target: {{endpoint: search-prod}}\n    baseline: s3://baselines/search\n"


def test_the_small_document_has_no_fault_and_no_note():
    assert noted(SMALL) == []


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        # the head
        (SMALL.replace("kind: Monitors\n", ""), ["1:1: kind is missing: begin with `kind: Monitors`"]),
        (SMALL.replace("Monitors", "Monitor"), ["2:7: 'Monitor' is not known here: did you mean Monitors?"]),
        (SMALL.replace("v1", "v2"), ["1:13: 'kedge/v2' is not known here: did you mean kedge/v1?"]),
        (HEAD, ["1:1: monitors is missing: add `monitors:`"]),
        ("apiVersion: kedge/v1\nreceivers: []\nroute: {}\n", ["1:1: this is a policy, not a Monitors document: check it with `kedge policy lint`"]),
        ("", ["1:1: there is nothing in it: begin with `apiVersion: kedge/v1`"]),
        # keys and types
        (SMALL + "    widow: 1h\n", ["8:5: 'widow' is not a key here: did you mean window?"]),
        (SMALL + "    endpoint: a\n", ["8:5: 'endpoint' is not a key here: it belongs to target"]),
        (SMALL + "    window: 1h\n    window: 2h\n", ["9:5: window is given twice: the first is in line 8: keep one"]),
        (SMALL + "    catch_up: 0\n", ["8:15: 0 is too small: it must be 1 or more"]),
        (SMALL + "    catch_up: 1000\n", ["8:15: 1000 is too large: it must be 168 or less"]),
        (SMALL + "    unreadable_share: 5%\n", ["8:23: '5%' is not a number: write 0.05"]),
        (SMALL + "    types: [data_qualty]\n", ["8:13: 'data_qualty' is not known here: did you mean data_quality?"]),
        (SMALL + "    types: []\n", ["8:12: the list is empty: it needs at least one item"]),
        (SMALL + "    mode: strict\n", ["8:11: 'strict' is not known here: write one of promise, compatible"]),
        (SMALL.replace("name: churn", "name: our churn"), ["5:11: 'our churn' does not have the required form: letters, digits, dots, dashes and underscores, 64 at most, beginning with a letter or digit"]),
        # names, targets and prefixes
        (second("churn"), ["8:11: 'churn' is given twice: the first is in line 5: write another name"]),
        (
            SMALL + "    types: [data_quality, model_quality]\n" + TRUTH + QUALITY + "  - name: churn-data-quality\n    target: {endpoint: a}\n    baseline: s3://baselines/a\n",
            ["11:11: 'churn-data-quality' is given twice: the first is in line 5: write another name"],
        ),
        (target("{}"), ["6:13: the target is neither an endpoint nor a batch schedule: add `endpoint:` or `batch_schedule:`"]),
        (target("{endpoint: a, batch_schedule: b}") + "    capture: s3://capture/a\n", ["6:43: a monitor has one target: write a second monitor for the batch schedule"]),
        (target("{batch_schedule: b}"), ["6:13: a batch schedule has no config that names its captures: add `capture:` with a prefix"]),
        (target("{batch_schedule: b, variants: [a]}") + "    capture: s3://capture/a\n", ["6:43: a batch schedule has no variants: remove `variants`"]),
        (target("{endpoint: a, variants: [blue, blue]}"), ["6:44: 'blue' is given twice: the first is in line 6: keep one"]),
        (target("{endpoint: churn_prod}"), ["6:24: 'churn_prod' is not a name of SageMaker: write letters, digits and hyphens, 63 at most"]),
        (target("{endpoint: 'arn:aws:sagemaker:us-east-1:111122223333:endpoint/churn'}"), ["6:24: 'arn:aws:sagemaker:us-east-1:111122223333:endpoint/churn' is an ARN: write the name alone, churn"]),
        (SMALL.replace("s3://baselines/churn", "baselines/churn"), ["7:15: 'baselines/churn' is not an S3 URI: write s3://BUCKET/PREFIX"]),
        (SMALL.replace("s3://baselines/churn", "arn:aws:s3:::baselines/churn"), ["7:15: 'arn:aws:s3:::baselines/churn' is not an S3 URI: write s3://baselines/churn"]),
        (SMALL.replace("s3://baselines/churn", "s3://Base/churn"), ["7:15: 'Base' is not the name of a bucket: write small letters, digits, dots and hyphens"]),
        (SMALL.replace("s3://baselines/churn", "s3://baselines//churn"), ["7:15: 's3://baselines//churn' has an empty part, a space or a backslash: write s3://BUCKET/PREFIX"]),
        (HEAD + MONITOR, ["4:5: there is no prefix for reports: add `reports:` here or under `defaults:`"]),
        (SMALL + "    capture: s3://reports\n", ["5:5: the reports are written below 's3://reports', which this monitor reads: write the reports under another prefix"]),
        # times
        (SMALL + "    window: 90s\n", ["8:13: '90s' is not a number of whole minutes: write 1m or more"]),
        (SMALL + "    window: 365d\n", ["8:13: a window has at most 92d: write 92d or less"]),
        (SMALL + "    offset: 100d\n", ["8:13: Kedge waits for late data for at most 92d: write 92d or less"]),
        (SMALL + "    offset: 15\n", ["8:13: '15' is not a duration: write a number and a unit, such as 30s, 5m, 1h30m or 7d"]),
        (SMALL + "    schedule: hourly\n", ["8:15: 'hourly' is not a schedule: write one such as cron(0 * ? * * *), rate(1 hour) or 15m"]),
        (SMALL + "    schedule: '0 * * * *'\n", ["8:15: '0 * * * *' is a cron expression without brackets: write cron(0 * ? * * *), with six fields"]),
        (SMALL + "    schedule: cron(0 0 30 2 ? *)\n", ["8:15: this schedule never runs: there is no such day: check the day, the month and the year"]),
        # promises
        (SMALL + "    promise: {within: 0s}\n", ["8:23: the duration is zero: write one such as 5m"]),
        (SMALL + "    promise: {false_pages: 0}\n", ["8:28: 0 is too small: it must be more than 0"]),
        (
            SMALL + "    promise: {false_pages: 3, within: 2h}\n",
            ["8:14: 3 false pages in 2h are allowed, and this schedule has 2 runs in that time: each may page: write fewer `false_pages`, a longer `within`, or a shorter schedule"],
        ),
        (SMALL + "    mode: compatible\n    promise: {within: 4w}\n", ["9:14: the mode compatible keeps no promise: remove `promise`, or write `mode: promise`"]),
        (SMALL.replace("kedge}", "kedge, mode: compatible}") + "    promise: {within: 4w}\n", ["8:14: the mode compatible keeps no promise: remove `promise`, or write `mode: promise`"]),
        # what a type needs
        (SMALL + "    types: [model_quality]\n" + QUALITY, ["8:12: model_quality compares predictions with labels, and there are none: add `ground_truth:` with a prefix"]),
        (SMALL + "    types: [model_quality, bias]\n" + QUALITY + BIAS, ["8:12: model_quality and bias compare predictions with labels, and there are none: add `ground_truth:` with a prefix"]),
        (SMALL + "    types: [model_quality]\n" + TRUTH, ["8:12: model_quality has no settings: add `model_quality:`"]),
        (SMALL + "    types: [bias]\n" + TRUTH + "    bias: {label: a, facets: []}\n", ["10:30: the list is empty: it needs at least one item"]),
        (
            SMALL + "    types: [bias]\n" + TRUTH + "    bias: {label: a, facets: [{name: age, values: ['1'], threshold: 50}]}\n",
            ["10:69: the facet has values and a threshold: keep `values` or `threshold`"],
        ),
        (
            SMALL + "    types: [bias]\n" + TRUTH + PREDICTED_BIAS.format("group_attribute: gender"),
            ["10:100: 'gender' is a facet, so each group of CDDL and CDDPL would have one side only: name another column, or remove `group_attribute`"],
        ),
        (
            SMALL + "    types: [bias]\n" + TRUTH + PREDICTED_BIAS.format("group_attribute: churned"),
            ["10:100: 'churned' is the label: name a column of the inputs"],
        ),
        (
            SMALL + "    types: [bias]\n" + TRUTH + PREDICTED_BIAS.format("feature_attributes: [age, answer, age, churned]"),
            [
                "10:109: 'answer' is the prediction, and the flip test finds similar records by their inputs: remove it",
                "10:117: 'age' is given twice: the first is in line 10: keep one",
                "10:122: 'churned' is the label, and the flip test finds similar records by their inputs: remove it",
            ],
        ),
        (
            SMALL + "    types: [bias]\n" + TRUTH + PREDICTED_BIAS.format("feature_attributes: [gender]"),
            ["10:104: the flip test needs a feature beside the facets: add a column of numbers, or remove `feature_attributes`"],
        ),
        (
            SMALL + "    types: [bias]\n" + TRUTH + PREDICTED_BIAS.format("feature_attributes: ['']"),
            ["10:104: there is no text here: write one"],
        ),
        (SMALL + "    types: [attribution]\n    attribution: {}\n", ["9:18: the attributions have no source, and Kedge cannot compute them without the model: add `columns:` with the output columns, or `analysis:` with the prefix of Clarify's files"]),
        (SMALL + "    types: [attribution]\n    attribution: {columns: {age: shap_age}, analysis: s3://a-bucket/b}\n", ["9:55: the attributions have two sources: keep `columns` or `analysis`"]),
        (SMALL + "    types: [data_quality, data_quality]\n", ["8:27: 'data_quality' is given twice: the first is in line 8: keep one"]),
        (SMALL + "    types: [model_quality]\n" + QUALITY + TRUTH.replace("14d", "1h"), ["10:73: labels are expected after 1d, and Kedge stops waiting after 1h: write a longer `maximum_age`"]),
        (SMALL + "    spark: {application: My App, code: s3://a-bucket/code, job_role: 'arn:aws:iam::111122223333:role/kedge-monitor-jobs'}\n", ["8:26: 'My App' is not the id of an application: write one such as 00f1abcdexample2"]),
        (SMALL + "    spark: {application: 00f1, code: s3://a-bucket/code, job_role: jobs}\n", ["8:68: 'jobs' is not the ARN of a role: write one such as arn:aws:iam::111122223333:role/monitor-jobs"]),
    ],
)  # fmt: skip
def test_a_fault_is_reported_with_its_place_and_its_fix(text, faults):
    assert said(text) == faults


def test_all_faults_are_reported_at_once_and_in_order():
    text = SMALL + "    window: 1\n    schedule: daily\n    mode: fast\n"
    assert [line.partition(":")[0] for line in said(text)] == ["8", "9", "10"]


def test_what_defaults_name_is_not_missing():
    text = (
        HEAD
        + "defaults:\n  reports: s3://reports/kedge\n  types: [model_quality]\n"
        + TRUTH[2:]
        + QUALITY[2:]
        + MONITOR
    )
    assert noted(text) == []


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (HEAD + DEFAULTS + "monitors: []\n", ["4:11: there is no monitor, so this document ends all measurements: add one, or publish it on purpose"]),
        (SMALL + "    schedule: 1d\n", ["8:15: records of up to 23h between two windows are never measured: write `window: 1d` to measure all"]),
        (SMALL + "    window: 2h\n", ["8:13: windows overlap by up to 1h, so one record counts in several runs: write `window: 1h` for independent windows"]),
        (SMALL + QUALITY, ["8:20: no type of this monitor reads model_quality: add model_quality to `types`, or remove it"]),
        (SMALL + TRUTH, ["8:19: no type of this monitor reads ground truth: add model_quality or bias to `types`, or remove it"]),
        (
            SMALL + "    types: [bias]\n" + TRUTH + BIAS,
            ["10:11: no field of the prediction is named, so only the bias of the labels is measured: add `inference_attribute` or `probability_attribute`"],
        ),
        (
            SMALL + "    types: [bias]\n" + TRUTH + BIAS.replace("}]}", "}], feature_attributes: [age]}"),
            ["10:74: the flip test compares predictions, and no field of the prediction is named: add `inference_attribute` or `probability_attribute`, or remove `feature_attributes`"],
        ),
        (SMALL + "    types: [bias]\n" + TRUTH + PREDICTED_BIAS.format("group_attribute: plan, feature_attributes: [age, tenure]"), []),
        (SMALL + "    types: [bias]\n" + TRUTH + BIAS + QUALITY.replace("}", ", probability_attribute: score}"), []),
        (SMALL + "    types: [bias]\n" + TRUTH + BIAS.replace("facets", "inference_attribute: answer, facets"), []),
        (SMALL + "    seasonality: hour_of_week\n    mode: compatible\n", ["8:18: the mode compatible always compares with the baseline: remove `seasonality`, or write `mode: promise`"]),
        (SMALL + "    seasonality: hour_of_week\n    window: 1d\n    schedule: 1d\n", ["8:18: a window of 1d has no hour of the week: remove `seasonality`, or write a shorter window"]),
        (
            target("{batch_schedule: invoices}") + "    capture: s3://captures/invoices\n    window: 15m\n    schedule: 15m\n",
            ["9:13: a transform job counts at the full hour of its start, so a window of 15m can have no data: write `window: 1h` or a longer one"],
        ),
        (target("{batch_schedule: invoices}") + "    capture: s3://captures/invoices\n    window: 2h\n    schedule: 2h\n", []),
        (SMALL + "    window: 15m\n    schedule: 15m\n", []),
    ],
)  # fmt: skip
def test_what_is_valid_and_probably_not_intended_is_noted(text, notes):
    assert noted(text) == notes


def test_the_lint_of_policies_recognises_a_monitors_document():
    (fault,) = policy_lint.read(SMALL, "m").faults
    assert fault.brief == "m:2:7: this is a Monitors document, not a policy: check it with `kedge monitor lint`"


def test_a_document_without_a_version_has_the_digest_of_its_text():
    one, two = (lint.read(text, "m").document for text in (SMALL, SMALL + "# another\n"))
    assert one is not None
    assert two is not None
    assert len(one.version) == 8
    assert one.version != two.version
    assert one.label == f"monitors@{one.version}"


@pytest.mark.parametrize(
    "text", [b"\xff\xfe", "monitors: [", "- a\n- b\n", "a\n", "{}", "monitors: {a: b}", "kind: [x]"]
)
def test_any_text_leads_to_faults_and_never_to_an_error(text):
    assert lint.read(text, "m").faults


@pytest.mark.parametrize("value", ["x", "[]", "{}", "[[a]]", "{a: b}", "-1", "''", "null", "[1, {}]"])
@pytest.mark.parametrize(
    "key",
    ["name", "target", "types", "capture", "baseline", "reports", "window", "schedule", "promise", "ground_truth", "bias",
     "model_quality", "attribution", "spark", "exclude", "mode", "seasonality", "offset"],
)  # fmt: skip
def test_any_value_of_any_key_leads_to_a_document_or_to_faults(key, value):
    for text in (
        HEAD + f"defaults: {{{key}: {value}}}\n" + MONITOR,
        HEAD + DEFAULTS + f"monitors: [{{{key}: {value}}}]\n",
        SMALL + f"    types: [model_quality, bias, attribution]\n    {key}: {value}\n",
    ):
        reading = lint.read(text, "m")
        assert (reading.document is None) is bool(reading.faults)
