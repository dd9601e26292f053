"""The meaning of each key of a Monitors document, in a sentence: for the schema in editors and for docs/monitors.md."""

from typing import Final

_SETTINGS: Final[dict[str, str]] = {
    "types": "data_quality, model_quality, bias and attribution. Each type of a monitor has its own reports and incidents.",
    "reports": "The S3 prefix for reports. Kedge adds the endpoint, the monitor and the hour, as Model Monitor does. Required here or under `defaults`.",
    "window": "The length of the measured span, which ends with the run. Whole minutes, at most 92d.",
    "schedule": "When a window ends, in UTC: `cron(…)` of EventBridge or SageMaker, `rate(…)`, or a duration between runs such as 15m.",
    "offset": "The wait for late data after the end of a window, at most 92d.",
    "catch_up": "The number of missed windows of each type that Kedge still measures, the newest ones. Kedge skips the others and says so.",
    "mode": "promise: a check is violated if its difference is significant and large enough. compatible: the documented rules of Model Monitor.",
    "promise": "The promise about false pages, for the mode promise.",
    "comparison_threshold": "The least distance between window and baseline that matters, as in Model Monitor.",
    "unreadable_share": "If a larger share of the lines cannot be read, the run fails and names the first place.",
    "exclude": "Columns that are not compared.",
    "seasonality": "none: compare with the baseline. hour_of_week: compare with the same hour of earlier weeks as soon as enough of them were clean.",
    "ground_truth": "The labels, for model_quality and bias.",
    "model_quality": "The prediction, the probability and the label of a record, for model_quality.",
    "bias": "The label and the facets, for bias.",
    "attribution": "The source of feature attributions, for attribution. Kedge does not call the model to compute them.",
    "spark": "The application for windows that are too large for a function. If left out, such a window fails and says so.",
}

MONITOR_KEYS: Final[dict[str, dict[str, str]]] = {
    "MonitorsDocument": {
        "apiVersion": "Always kedge/v1.",
        "kind": "Always Monitors.",
        "name": "The name of this document in reports.",
        "version": "The version of this document. If left out: eight digits of the text's SHA-256.",
        "defaults": "The values of all monitors that do not have their own.",
        "monitors": "The monitors. An empty list ends all measurements.",
    },
    "DefaultsSpec": _SETTINGS,
    "MonitorSpec": {
        "name": "The name of the monitor. It takes the place of a schedule's name in paths, metrics and incidents.",
        "target": "The endpoint or the batch schedule that is measured.",
        "baseline": "The S3 prefix of the baseline files. Each type but data_quality has a folder in it: `model_quality` and so on. `kedge monitor baseline` writes them so.",
        "capture": "The S3 prefix of the captured records. If left out: that of the endpoint's own config.",
        **_SETTINGS,
    },
    "TargetSpec": {
        "endpoint": "The name of the endpoint.",
        "variants": "The production variants that are measured. If left out: all.",
        "batch_schedule": "The name of the batch schedule, which needs `capture`.",
    },
    "PromiseSpec": {
        "false_pages": "The number of false pages that the monitor may cause on average.",
        "within": "The time that this number is for.",
    },
    "GroundTruthSpec": {
        "prefix": "The S3 prefix of the labels, as SageMaker's ground truth files.",
        "delay": "The usual delay of labels. The first measurement waits for it after the end of the window.",
        "maximum_age": "A window with too few labels is measured again until it is this old.",
    },
    "ModelQualitySpec": {
        "problem_type": "Regression, BinaryClassification or MulticlassClassification.",
        "ground_truth_attribute": "The field of a label record that contains the label. If left out: its only field.",
        "inference_attribute": "The field of a prediction that contains the predicted value.",
        "probability_attribute": "The field of a prediction that contains the probability of the positive label.",
        "probability_threshold": "The least probability that counts as a positive prediction.",
        "positive_label": "The label that counts as positive.",
    },
    "BiasSpec": {
        "label": "The name of the label.",
        "inference_attribute": "The field of a prediction that contains the predicted value. If left out: that of `model_quality`.",
        "probability_attribute": "The field of a prediction that contains the probability. If left out: that of `model_quality`.",
        "probability_threshold": "The least probability that counts as a positive prediction.",
        "positive_values": "The values of the label that are favourable.",
        "facets": "The columns whose groups are compared.",
        "group_attribute": "The column with the groups of the conditional metrics CDDL and CDDPL. If left out: they are not measured.",
        "feature_attributes": "The number columns that make records similar for the flip test FT. If left out: it is not measured.",
    },
    "FacetSpec": {
        "name": "The name of the column.",
        "values": "The values of the group that could be treated worse. If left out: each value.",
        "threshold": "Numbers above it are the group that could be treated worse, in place of `values`.",
    },
    "AttributionSpec": {
        "columns": "The output column with the attribution of each feature.",
        "analysis": "The S3 prefix of the analysis files of SageMaker Clarify.",
    },
    "SparkSpec": {
        "application": "The id of the EMR Serverless application. It needs the tag `kedge:monitor` with the value `true`.",
        "code": "The S3 folder with the job `jobs/monitor_spark.py` and its archive `monitor-spark.tar.gz`.",
        "job_role": "The ARN of the role that the jobs run with. Allow the function `monitor` to pass it.",
    },
}
"""By part of the document (the type's name), then by key."""
