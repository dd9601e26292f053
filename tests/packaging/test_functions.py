"""The built functions under Lambda's own emulator: every package comes from the build or from the runtime."""

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.artifacts import FUNCTIONS
from tests.packaging.lambda_runtime import EmulatorFailed, LambdaRuntime
from tests.support.samples import event
from tests.template.acts import REMEDY_NAMES
from workbench.local_stack.inbox import Inbox
from workbench.local_stack.local_stack import ROOT, LocalStack

type Start = Callable[[str], LambdaRuntime]

POLICIES = [path for path in sorted((ROOT / "policies").rglob("*.yaml")) if ".test" not in path.suffixes]
ALARM = "alarm/churn-prod drift: tenure"
DIGEST = "0123456789abcdef" * 4


def queued(*bodies: str) -> dict[str, Any]:
    """Return a batch as Lambda reads it from a queue."""
    sample = event("sqs.raw_alarm")["Records"][0]
    return {"Records": [sample | {"messageId": str(number), "body": body} for number, body in enumerate(bodies)]}


def letters(stack: LocalStack, url: str) -> list[str]:
    found = stack.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in found.get("Messages", [])]


def outcome(answer: Any) -> dict[str, Any]:
    assert answer.error is None
    (only,) = answer.body["outcomes"]
    return dict(only)


def test_intake_makes_an_incident_of_the_barest_alarm(function: Start):
    told = outcome(function("intake").invoke(event("sns.alarm.minimal")))
    assert told["signal"]["target"].endswith(ALARM)
    assert (told["incident"]["state"], told["reason"]) == ("firing", "first_seen")
    assert outcome(function("intake").invoke(event("sns.alarm.minimal")))["effects"] == []


def test_intake_reads_a_report_that_comes_with_the_event(function: Start):
    told = outcome(function("intake").invoke(event("direct.violations.inline")))
    assert (told["verdict"], told["incident"]["cause"]) == ("violated", "input_drift")


def test_intake_says_that_a_report_is_not_where_the_event_points(function: Start, services: LocalStack):
    services.client("s3").create_bucket(Bucket="sagemaker-us-east-1-111122223333")
    sent = event("direct.violations") | {"endpointName": "fraud-prod", "monitoringScheduleName": "fraud-data-quality"}
    told = outcome(function("intake").invoke(sent))
    assert (told["verdict"], told["incident"]["state"]) == ("violated", "firing")


def test_a_batch_is_taken_in_and_what_nobody_can_read_is_laid_aside_as_it_came(
    function: Start, services: LocalStack, physical: Mapping[str, str]
):
    batch = queued(event("sqs.sns_alarm")["Records"][0]["body"], "{half a", json.dumps(event("eventbridge.alarm.ok")))
    answer = function("intake").invoke(batch)
    assert answer.body == {"batchItemFailures": []}
    assert letters(services, physical["SignalsDeadLetters"]) == ["{half a"]


@pytest.mark.parametrize(
    ("malformed", "place"),
    [({"Records": [{"Sns": {"Message": "no JSON"}}]}, "$.Records[0].Sns.Message"), ({"a": 1}, "$:"), ([], "$")],
)
def test_a_malformed_event_ends_in_an_error_that_names_the_place(function: Start, malformed: object, place: str):
    error = function("intake").invoke(malformed).error
    assert error is not None
    assert error.startswith(f"MalformedSignal: {place}")


def test_relay_and_dispatch_carry_an_effect_to_everybody_who_is_to_hear_of_it(
    function: Start, services: LocalStack, physical: Mapping[str, str]
):
    inbox = Inbox(services, {"mail": physical["PeopleTopic"], "programs": physical["ProgramsTopic"]})
    sent = event("direct.violations.inline") | {"endpointName": "pricing", "monitoringScheduleName": "pricing-dq"}
    outcome(function("intake").invoke(sent))

    items = services.client("dynamodb").scan(TableName=physical["Table"])["Items"]
    effects = [item for item in items if item["kind"]["S"] == "effect" and "pricing" in item["body"]["S"]]
    records = [
        {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(number), "NewImage": item}}
        for number, item in enumerate(effects)
    ]
    assert function("relay").invoke({"Records": records}).body == {"batchItemFailures": []}

    batch = queued(*letters(services, physical["EffectsQueue"]))
    assert len(batch["Records"]) == len(effects) == 3
    for _ in range(2):  # the queue may deliver a message twice
        assert function("dispatch").invoke(batch).body == {"batchItemFailures": []}
    assert sorted(message.channel for message in inbox.read()) == ["mail", "programs"]


def test_reconcile_looks_and_finds_nothing_due(function: Start):
    answer = function("reconcile").invoke({})
    assert answer.error is None
    assert (answer.body["left"], answer.body["unfinished"]) == (0, False)


def test_watch_looks_and_finds_nothing_lost(function: Start):
    answer = function("watch").invoke({})
    assert answer.error is None
    assert (answer.body["sent"], answer.body["failed"], answer.body["unfinished"]) == (0, 0, False)


def test_an_answer_to_a_plan_that_nobody_made_is_told_so(function: Start):
    answer = function("approve").invoke({"digest": DIGEST, "decision": "approve", "by": "responder"})
    assert answer.error is None
    assert answer.body["outcome"] == "unknown"


def test_an_answer_of_the_chat_to_a_plan_that_nobody_made_is_told_so(function: Start):
    answer = function("approve_from_chat").invoke({"approve": DIGEST})
    assert answer.error is None
    assert answer.body["outcome"] == "unknown"


@pytest.mark.parametrize("sent", [{}, {"digest": "ab12", "decision": "approve", "by": "responder"}, []])
def test_an_answer_that_could_mean_another_plan_is_not_counted(function: Start, sent: object):
    answer = function("approve").invoke(sent)
    assert answer.error is None
    assert answer.body["outcome"] == "malformed"


def test_a_mark_without_proof_is_refused_with_the_way_to_prove_it(function: Start):
    target = "111122223333/us-east-1/endpoint/churn-prod"
    detail = {"id": "m-1", "target": target, "config": "churn-40", "good": True, "by": "mallory"}
    answer = function("people").invoke({"source": "kedge", "detail-type": "Config Marked", "detail": detail})
    assert answer.error is None
    assert answer.body["outcome"] == "refused"
    assert "kedge" in answer.body["says"]


@pytest.mark.parametrize("name", REMEDY_NAMES)
def test_a_plan_that_nobody_made_is_not_carried_out(function: Start, name: str):
    error = function(name).invoke({"step": "act", "action": DIGEST}).error
    assert error is not None
    assert DIGEST in error


def test_a_step_that_the_workflow_does_not_have_is_refused_with_the_place(function: Start):
    error = function("remediate").invoke({"step": "act", "action": DIGEST}).error
    assert error is not None
    assert error.startswith("MalformedSignal: $.step")


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.stem)
def test_a_policy_that_is_sound_is_consented_to(function: Start, policy: Path):
    assert function("validate_policy").invoke(asked(policy.read_bytes())).error is None


def test_a_policy_that_is_not_sound_is_refused_with_the_place(function: Start):
    error = function("validate_policy").invoke(asked(b"apiVersion: kedge/v1\nroute: {reciever: x}\n")).error
    assert error is not None
    assert "2:9" in error
    assert "reciever" in error


def asked(policy: bytes) -> dict[str, Any]:
    """Return AppConfig's request to a validator."""
    content = base64.b64encode(policy).decode()
    return {
        "applicationId": "a",
        "configurationProfileId": "p",
        "configurationVersion": "1",
        "content": content,
        "uri": "",
    }


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"validate_policy"}))
def test_a_function_without_its_settings_names_each_that_is_missing(made, name: str):
    folder = made.function(name)
    with LambdaRuntime(folder, made.path(folder), {}) as bare:
        error = bare.invoke(queued("{}") if name in ("intake", "relay", "dispatch") else {}).error
    assert error is not None
    assert error.startswith("SettingsError: KEDGE_")


def test_a_package_that_is_neither_built_nor_the_runtimes_is_not_found(made, tmp_path):
    (tmp_path / "handler.py").write_text("import rich\n")
    with (
        LambdaRuntime(tmp_path, made.path(tmp_path), {}) as function,
        pytest.raises(EmulatorFailed, match="No module named 'rich'"),
    ):
        function.invoke({})
