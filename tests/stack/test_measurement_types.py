"""Each type of measurement and each bad input: captured data in S3 to files, one signal, one incident and one mail."""

import json
import re
from datetime import datetime
from typing import Any, Final, NamedTuple

import pytest

from kedge.domain.run import Monitor
from kedge.domain.target import Target, TargetKind
from tests.stack.deployed_ring import BUCKET, DeployedRing
from tests.stack.measuring import END, HOUR, forget_rounds, put, put_in_force, report_of
from tests.support.measured_hours import (
    ACCURATE,
    ATTRIBUTED,
    QUALITY,
    attribution_baseline,
    bias_baseline,
    capture_key,
    data_baseline,
    labels,
    records,
    transform_baseline,
    transform_job,
    transformed,
)
from workbench.local_sagemaker.onboarding import monitored_endpoint, send
from workbench.local_stack.environment import ACCOUNT, REGION

MANY: Final = 800
# A daily run, almost a day ago. Its window waits 26 hours for labels: a measurement of it was due about 4 hours ago, and no
# other is due soon.
LATE: Final = END - 23 * HOUR
DAILY: Final = f"cron(0 {LATE.hour} ? * * *)"
OTHERS: Final = "data-of-others"

BY_LABELS: Final = {
    "types": ["model_quality"],
    "baseline": f"s3://{BUCKET}/baselines/typed",
    "model_quality": QUALITY,
    "ground_truth": {"prefix": f"s3://{BUCKET}/labels", "maximum_age": "8h"},
}
BIASED: Final = {
    **BY_LABELS,
    "types": ["bias"],
    "bias": {"label": "label", "facets": [{"name": "plan", "values": ["pro"]}]},
}
EXPLAINED: Final = {
    "types": ["attribution"],
    "baseline": f"s3://{BUCKET}/baselines/typed",
    "attribution": {"columns": ATTRIBUTED},
}
NIGHTLY: Final = {"batch_schedule": "typed-nightly"}
PLAIN: Final[dict[str, Any]] = {"baseline": f"s3://{BUCKET}/baselines/typed"}


def truth(name: str, maximum_age: str) -> dict[str, Any]:
    """Return the settings of a monitor whose labels have a prefix of their own."""
    return {**BY_LABELS, "ground_truth": {"prefix": f"s3://{BUCKET}/labels-of-{name}", "maximum_age": maximum_age}}


MONITORS: Final[dict[str, dict[str, Any]]] = {
    "typed-quality": BY_LABELS,
    "typed-sound": BY_LABELS,
    "typed-late": truth("typed-late", "26h") | {"schedule": DAILY},
    "typed-never": truth("typed-never", "6h") | {"schedule": DAILY},
    "typed-bias": BIASED,
    "typed-order": EXPLAINED,
    "typed-mute": EXPLAINED,
    "typed-nightly": {
        "target": NIGHTLY,
        "capture": f"s3://{BUCKET}/transforms/capture",
        "baseline": f"s3://{BUCKET}/baselines/nightly",
    },
    "typed-columns": {"baseline": f"s3://{BUCKET}/baselines/nightly"},
    "typed-texts": PLAIN,
    "typed-void": {"baseline": f"s3://{BUCKET}/baselines/void"},
    "typed-off": PLAIN,
    "typed-unread": {**PLAIN, "capture": f"s3://{OTHERS}/capture/typed-unread"},
    "typed-unwritten": {**PLAIN, "reports": f"s3://{OTHERS}/reports"},
    "typed-refused": PLAIN,
}
OF_MONITOR: Final = {
    "model_quality": Monitor.MODEL_QUALITY,
    "bias": Monitor.MODEL_BIAS,
    "attribution": Monitor.MODEL_EXPLAINABILITY,
}
# (monitor, seed): the labels of an hour are found by the ids of its records, which begin with the seed.
SEEDS: Final = {name: 20 + number for number, name in enumerate(MONITORS)}


def captured(name: str) -> bytes:
    """Return the records of a monitor's window."""
    if name == "typed-order":
        turned = {"shap_x": 0.05, "shap_plan": -0.25, "shap_age": 0.7}
        return records(SEEDS[name], MANY, END - HOUR, attributions=turned)
    window = LATE if MONITORS[name].get("schedule") == DAILY else END
    data = records(SEEDS[name], MANY, window - HOUR)
    return re.sub(rb'\\"age\\":(\d+)', rb'\\"age\\":\\"aged \1\\"', data) if name == "typed-texts" else data


def put_labels(ring: DeployedRing, name: str, prefix: str, end: datetime = END, **how: Any) -> None:
    """Write the labels of a window in the hour after it."""
    put(ring, f"{prefix}/{end:%Y/%m/%d/%H}/{name}.jsonl", labels(SEEDS[name], MANY, **how))


def put_baselines(ring: DeployedRing) -> None:
    """Write the baselines of all types, those that do not fit among them."""
    files = {f"typed/{name}": data for name, data in data_baseline().items()}
    files |= {f"nightly/{name}": data for name, data in transform_baseline().items()}
    files |= {f"void/{name}.json": b'{"version": 0.0, "features": []}' for name in ("statistics", "constraints")}
    files["typed/model_quality/constraints.json"] = ACCURATE
    files["typed/bias/analysis.json"] = bias_baseline(0.05)
    files["typed/attribution/analysis.json"] = attribution_baseline({"x": 0.7, "plan": 0.25, "age": 0.05})
    for name, data in files.items():
        put(ring, f"baselines/{name}", data)


def switch_capture_off(ring: DeployedRing, endpoint: str) -> None:
    """Give an endpoint a config that captures nothing."""
    sagemaker = ring.stack.client("sagemaker")
    (variant,) = sagemaker.describe_endpoint_config(EndpointConfigName=f"{endpoint}-1")["ProductionVariants"]
    sagemaker.create_endpoint_config(EndpointConfigName=f"{endpoint}-off", ProductionVariants=[variant])
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=f"{endpoint}-off")


@pytest.fixture(scope="module")
def typed(ring: DeployedRing) -> DeployedRing:
    """Return the ring after the first measurement of each monitor."""
    ring.stack.client("s3").create_bucket(Bucket=OTHERS)
    put_baselines(ring)
    for name, monitor in MONITORS.items():
        if "target" not in monitor:
            send(ring.stack.client("sagemaker"), monitored_endpoint(name, bucket=BUCKET, kinds=()))
            window = LATE if monitor.get("schedule") == DAILY else END
            if name != "typed-off":
                put(ring, f"capture/{capture_key(name, window - HOUR)}", captured(name))
    switch_capture_off(ring, "typed-off")
    put_labels(ring, "typed-quality", "labels", flipped=True)
    put_labels(ring, "typed-sound", "labels")
    put_labels(ring, "typed-bias", "labels", against="pro")
    data, capture = f"s3://{BUCKET}/transforms/data", f"s3://{BUCKET}/transforms/capture"
    for bucket, key, content in transform_job(data, capture, END - HOUR, transformed(3, MANY, 0.9)):
        put(ring, key, content, bucket)
    # The policy of the bucket refuses the first file of a report.
    refused = (
        f"arn:aws:s3:::{BUCKET}/kedge-monitoring/typed-refused/typed-refused/{END:%Y/%m/%d/%H}/kedge_profile.msgpack"
    )
    function = ring.outputs["MonitorFunctionName"]
    ring.stack.ask("fault", function=function, action="s3:PutObject", code="AccessDenied", resource=refused)
    monitors = [{"name": name, "target": {"endpoint": name}, **monitor} for name, monitor in MONITORS.items()]
    ring.until(put_in_force(ring, "typed", monitors))
    ring.settle()
    assert ring.stack.mend()["s3:PutObject"] == 1
    return ring


def signals_of(ring: DeployedRing, name: str) -> int:
    """Return the number of different signals that the case of a monitor received."""
    kind = TargetKind.SCHEDULE if "target" in MONITORS[name] else TargetKind.ENDPOINT
    target = Target(account=ACCOUNT, region=REGION, kind=kind, name=name)
    (type_,) = MONITORS[name].get("types", ["data_quality"])
    state, _ = ring.ledger.load(target, OF_MONITOR.get(type_, Monitor.DATA_QUALITY))
    return len(state.recent)


class Violated(NamedTuple):
    """A violated window: the folder of its report, its cause, and the files of Model Monitor."""

    folder: str
    cause: str
    files: frozenset[str]


_OF_STATISTICS = frozenset({"statistics.json", "constraints.json", "constraint_violations.json"})
_OF_CLARIFY = frozenset({"analysis.json", "constraint_violations.json"})
VIOLATED: Final = {
    "typed-quality": Violated("typed-quality/typed-quality", "concept_drift", _OF_STATISTICS),
    "typed-bias": Violated("typed-bias/typed-bias", "bias_drift", _OF_CLARIFY),
    "typed-order": Violated("typed-order/typed-order", "attribution_drift", _OF_CLARIFY),
    "typed-nightly": Violated("typed-nightly", "input_drift", _OF_STATISTICS),
    "typed-texts": Violated("typed-texts/typed-texts", "schema_break", _OF_STATISTICS),
}
BAD: Final = {
    "typed-never": "Labels never came: 0 of 800 records have a label",
    "typed-mute": "Kedge would need the model",
    "typed-columns": "Name the baseline of this data",
    "typed-void": "The baseline has no records. Create it again",
    "typed-off": "data capture of the endpoint typed-off is switched off",
    "typed-unread": "add the bucket to the parameter MonitoredBucketArns",
    "typed-refused": "check the bucket policy and the KMS key",
    "typed-unwritten": "name a prefix in the bucket of the parameter MonitorReportsBucket",
}


def only_mail(ring: DeployedRing, name: str) -> str:
    """Return the one mail about a monitor's target, of one incident, after a check that one signal caused it."""
    (mail,) = ring.told(name)["mail"]
    assert ring.mails(name) == [mail.subject]
    assert len(ring.stories(name)) == 1
    assert signals_of(ring, name) == 1
    return mail.body


def run_in(files: dict[str, bytes]) -> tuple[str, int]:
    """Return the verdict of a run, and the revision of its signal."""
    run = json.loads(files["kedge_run.json"])
    return run["verdict"], run["revision"]


def check_report(ring: DeployedRing, expected: Violated, end: datetime = END) -> None:
    """Check the files of a violated window."""
    files = report_of(ring, expected.folder, end)
    own = {name for name in files if name.startswith("kedge_")}
    assert files.keys() - own == {*expected.files, "report.html"}
    assert json.loads(files["constraint_violations.json"])["violations"]
    assert b"violation" in files["report.html"]


@pytest.mark.parametrize("name", VIOLATED)
def test_a_violated_window_is_one_incident_with_the_files_of_model_monitor(typed: DeployedRing, name: str):
    only_mail(typed, name)
    (story,) = typed.stories(name)
    assert str(story.incident.cause) == VIOLATED[name].cause
    assert story.incident.provenance.voucher == "kedge"
    check_report(typed, VIOLATED[name])


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_incident_of_its_own_that_says_what_to_do(typed: DeployedRing, name: str):
    assert BAD[name] in " ".join(only_mail(typed, name).split())
    (story,) = typed.stories(name)
    assert str(story.incident.cause) == "monitor_fault"
    end = LATE if name == "typed-never" else END
    assert "constraint_violations.json" not in report_of(typed, f"{name}/{name}", end)


def test_a_model_that_is_as_good_as_its_labels_ask_notifies_no_receiver_and_writes_its_files(typed: DeployedRing):
    assert typed.mails("typed-sound") == []
    assert signals_of(typed, "typed-sound") == 1
    files = report_of(typed, "typed-sound/typed-sound")
    assert {*_OF_STATISTICS, "report.html"} <= files.keys()
    assert json.loads(files["constraint_violations.json"])["violations"] == []


def test_labels_that_come_late_are_measured_when_they_come(typed: DeployedRing):
    waiting = report_of(typed, "typed-late/typed-late", LATE)
    assert run_in(waiting) == ("inconclusive", 1)
    assert not {*_OF_STATISTICS, "report.html"} & waiting.keys()
    assert typed.mails("typed-late") == []
    put_labels(typed, "typed-late", "labels-of-typed-late", LATE, flipped=True)
    forget_rounds(typed, "typed-late", 6 * HOUR)
    typed.minute()
    typed.settle()
    assert len(typed.mails("typed-late")) == 1
    (story,) = typed.stories("typed-late")
    assert str(story.incident.cause) == "concept_drift"
    check_report(typed, Violated("typed-late/typed-late", "concept_drift", _OF_STATISTICS), LATE)
    assert run_in(report_of(typed, "typed-late/typed-late", LATE)) == ("violated", 2)


def test_a_second_round_measures_no_window_again(typed: DeployedRing):
    before = {name: (typed.mails(name), signals_of(typed, name)) for name in MONITORS}
    typed.minute()
    assert not any(typed.settle().dead.values())
    assert {name: (typed.mails(name), signals_of(typed, name)) for name in MONITORS} == before
