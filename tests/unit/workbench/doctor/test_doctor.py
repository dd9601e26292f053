"""`kedge doctor` on a stack of which only AWS's answers exist: each check finds its fault, and nothing on a sound stack."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from tests.fakes.deployed import MemoryStack
from workbench.cli.exits import Exit
from workbench.main import app

ARN = "arn:aws:states:us-east-1:111122223333:stateMachine:kedge-remediation"
RESOURCES = {
    "AWS::Events::Rule": {"AlarmRule": "kedge-AlarmRule"},
    "AWS::Lambda::EventSourceMapping": {"RelayFunctionOutbox": "m-1"},
    "AWS::Lambda::Function": {"IntakeFunction": "kedge-intake"},
    "AWS::IAM::Role": {
        role: f"kedge-{role}"
        for role in (
            *("IntakeRole", "RelayRole", "DispatchRole", "ReconcileRole"),
            *("MonitorRole", "WatchRole", "ApproveRole", "RollBackRole", "ShiftTrafficRole"),
        )
    },
}
CONFIRMED = {"Protocol": "email", "Endpoint": "oncall@example.com", "SubscriptionArn": "arn:aws:sns:us-east-1:1:t:1"}


OWN_ALARMS = [{"AlarmName": "kedge-self-kedge-x", "StateValue": "OK", "ActionsEnabled": True}]


class Client:
    """A client of one service that answers from a dictionary: by operation, an answer, an error, or a function."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self._answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.exceptions = SimpleNamespace(BadRequestException=BadRequest)

    def __getattr__(self, operation: str) -> Any:
        def call(**asked: Any) -> Any:
            self.calls.append((operation, asked))
            found = self._answers[operation]
            if isinstance(found, Exception):
                raise found
            return found(**asked) if callable(found) else found

        return call

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **asked: [getattr(self, operation)(**asked)])


class BadRequest(ClientError):
    """AppConfig's refusal of a configuration."""


def refused(operation: str, permission: str) -> ClientError:
    said = f"User: arn:aws:iam::1:user/x is not authorized to perform: {permission} on resource: y"
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": said}}, operation)


def sound() -> dict[str, dict[str, Any]]:
    """Return the answers of AWS for a sound stack, by service and operation."""
    summaries = [
        {"ResourceType": kind, "LogicalResourceId": logical, "PhysicalResourceId": physical}
        for kind, each in RESOURCES.items()
        for logical, physical in each.items()
    ]
    date = format_datetime(datetime.now(UTC), usegmt=True)
    return {
        "cloudformation": {
            "describe_stacks": {"Stacks": [{"StackStatus": "UPDATE_COMPLETE"}]},
            "list_stack_resources": {"StackResourceSummaries": summaries},
        },
        "appconfig": {
            "list_deployments": {"Items": []},
            "list_hosted_configuration_versions": {"Items": [{"VersionNumber": 3}]},
            "validate_configuration": {},
        },
        "kms": {"describe_key": {"KeyMetadata": {"KeyState": "Enabled"}}},
        "events": {
            "describe_rule": {"State": "ENABLED"},
            "list_targets_by_rule": {"Targets": [{"Id": "signals"}]},
        },
        "lambda": {
            "get_event_source_mapping": {"State": "Enabled", "LastProcessingResult": "OK"},
            "get_function_configuration": {"State": "Active", "LastUpdateStatus": "Successful"},
            "get_account_settings": {"AccountLimit": {"UnreservedConcurrentExecutions": 1_000}},
        },
        "dynamodb": {
            "describe_table": {"Table": {"TableStatus": "ACTIVE", "StreamSpecification": {"StreamEnabled": True}}}
        },
        "sqs": {"get_queue_attributes": {"Attributes": {"ApproximateNumberOfMessages": "0"}}},
        "cloudwatch": {
            "describe_alarms": lambda **asked: {
                "MetricAlarms": OWN_ALARMS if "self" in asked.get("AlarmNamePrefix", "") else []
            },
            "get_metric_data": {"MetricDataResults": [{"Label": "kedge-AlarmRule", "Values": []}]},
            "put_metric_alarm": {},
            "set_alarm_state": {},
            "delete_alarms": {},
        },
        "sns": {"list_subscriptions_by_topic": {"Subscriptions": [CONFIRMED]}},
        "sts": {"get_caller_identity": {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}},
        "stepfunctions": {"describe_state_machine": {"status": "ACTIVE"}},
        "iam": {"simulate_principal_policy": {"EvaluationResults": [{"EvalDecision": "allowed"}]}},
        "logs": {"filter_log_events": {"events": [{"message": "decided"}]}},
        "sagemaker": {
            "list_monitoring_executions": {"MonitoringExecutionSummaries": []},
            "list_endpoints": {"Endpoints": []},
            "list_processing_jobs": {"ProcessingJobSummaries": []},
            "list_monitoring_schedules": {"MonitoringScheduleSummaries": []},
        },
        "s3": {},
    }


def look(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, dict[str, Any]], *words: str
) -> tuple[Result, list[dict[str, str]], MemoryStack]:
    stack = MemoryStack()
    stack.clients = {service: Client(of_service) for service, of_service in answers.items()}
    account = "us-east-1:111122223333"
    queues = ("SignalsQueue", "EffectsQueue", "WindowsQueue")
    dead = ("SignalsDeadLetters", "EffectsDeadLetters", "WindowsDeadLetters")
    stack.outputs = {f"{name}Url": f"https://sqs/111122223333/kedge-{name}" for name in (*queues, *dead)} | {
        "WorkflowArn": ARN,
        "KeyArn": f"arn:aws:kms:{account}:key/k-1",
        "TableName": "kedge-Table",
        "PeopleTopicArn": f"arn:aws:sns:{account}:people",
        "OpsTopicArn": f"arn:aws:sns:{account}:ops",
        "IntakeFunctionName": "kedge-intake",
        "PolicyApplicationId": "a",
        "PolicyEnvironmentId": "e",
        "PolicyProfileId": "p",
        "MonitorsProfileId": "m",
    }
    monkeypatch.setattr("workbench.cli.doctor.command.DeployedStack", lambda *_: stack)
    ran = CliRunner(env={"NO_COLOR": "1", "COLUMNS": "140"}).invoke(app, ["doctor", *words])
    lines = [json.loads(line) for line in ran.stdout.splitlines()] if "--json" in words else []
    return ran, lines, stack


def states(lines: list[dict[str, str]], check: str) -> set[str]:
    return {each["state"] for each in lines if each["check"] == check}


def test_a_sound_stack_has_no_fault(monkeypatch):
    ran, lines, _ = look(monkeypatch, sound(), "--live-checks", "--json")
    assert (ran.exit_code, {each["state"] for each in lines}) == (Exit.DONE, {"ok"}), lines
    ran, _, _ = look(monkeypatch, sound())
    assert ran.stdout.splitlines()[-1].endswith("results: no fault")


FAULTS = {
    "stack": ("cloudformation", "describe_stacks", {"Stacks": [{"StackStatus": "UPDATE_ROLLBACK_FAILED"}]}),
    "key": ("kms", "describe_key", {"KeyMetadata": {"KeyState": "PendingDeletion"}}),
    "rule": ("events", "describe_rule", {"State": "DISABLED"}),
    "event source": ("lambda", "get_event_source_mapping", {"State": "Disabled"}),
    "function": ("lambda", "get_function_configuration", {"State": "Failed", "StateReason": "the key is disabled"}),
    "limits": ("lambda", "get_account_settings", {"AccountLimit": {"UnreservedConcurrentExecutions": 10}}),
    "table": ("dynamodb", "describe_table", {"Table": {"TableStatus": "ACTIVE"}}),
    "dead letters": ("sqs", "get_queue_attributes", {"Attributes": {"ApproximateNumberOfMessages": "2"}}),
    "subscription": (
        "sns",
        "list_subscriptions_by_topic",
        {"Subscriptions": [CONFIRMED | {"SubscriptionArn": "PendingConfirmation"}]},
    ),
    "workflow": ("stepfunctions", "describe_state_machine", {"status": "DELETING"}),
    "permission": (
        "iam",
        "simulate_principal_policy",
        {
            "EvaluationResults": [
                {
                    "EvalDecision": "implicitDeny",
                    "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
                }
            ]
        },
    ),
    "alarm": (
        "cloudwatch",
        "describe_alarms",
        lambda **asked: {
            "MetricAlarms": [{"AlarmName": "a", "StateValue": "ALARM", "AlarmDescription": "Read the log."}]
            if "self" in asked.get("AlarmNamePrefix", "")
            else []
        },
    ),
    "delivery of events": (
        "cloudwatch",
        "get_metric_data",
        {"MetricDataResults": [{"Label": "kedge-AlarmRule", "Values": [3.0]}]},
    ),
    "validator": (
        "appconfig",
        "validate_configuration",
        BadRequest({"Error": {"Code": "BadRequestException", "Message": "refused"}}, "ValidateConfiguration"),
    ),
}


@pytest.mark.parametrize("check", FAULTS)
def test_a_fault_is_found_with_what_fixes_it(monkeypatch, check):
    service, operation, answer = FAULTS[check]
    answers = sound()
    answers[service][operation] = answer
    ran, lines, _ = look(monkeypatch, answers, "--live-checks", "--json")
    found = [each for each in lines if each["state"] == "fault"]
    assert ran.exit_code == Exit.FAILED
    assert {each["check"] for each in found} == {check}
    assert all(each["evidence"] and each["fix"] for each in found)


@pytest.mark.parametrize(("service", "operation"), [(s, o) for s, each in sound().items() for o in each])
def test_a_refused_read_names_the_missing_permission_and_stops_no_other_check(monkeypatch, service, operation):
    answers = sound()
    answers[service][operation] = refused(operation, f"{service}:Some{operation.title().replace('_', '')}")
    ran, lines, _ = look(monkeypatch, answers, "--live-checks", "--json")
    unread = [each for each in lines if each["state"] == "unknown"]
    assert ran.exit_code == Exit.REFUSED, lines
    assert all(f"{service}:Some" in each["evidence"] and "Add" in each["fix"] for each in unread)
    assert len({each["check"] for each in lines}) >= 15


def test_a_document_that_was_deployed_and_is_not_in_force_is_a_fault(monkeypatch):
    answers = sound()
    answers["appconfig"]["list_deployments"] = {"Items": [{"DeploymentNumber": 7, "State": "COMPLETE"}]}
    answers["appconfig"]["get_deployment"] = {"ConfigurationProfileId": "p", "VersionLabel": "strict@9"}
    ran, lines, _ = look(monkeypatch, answers, "--json")
    (found,) = [each for each in lines if each["check"] == "policy"]
    assert (ran.exit_code, found["state"]) == (Exit.FAILED, "fault")
    assert "strict@9 was deployed last" in found["evidence"]


def test_a_clock_that_is_minutes_away_is_a_fault(monkeypatch):
    answers = sound()
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=4), usegmt=True)
    answers["sts"]["get_caller_identity"] = {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}
    _, lines, _ = look(monkeypatch, answers, "--json")
    assert states(lines, "clock") == {"fault"}


def test_without_live_checks_the_command_only_reads(monkeypatch):
    _, _, stack = look(monkeypatch, sound(), "--json")
    called = {operation for client in stack.clients.values() for operation, _ in client.calls}
    assert {name for name in called if not name.startswith(("describe_", "get_", "list_", "simulate_"))} == set()


def test_the_test_alarm_notifies_nobody_and_is_deleted_also_if_no_event_arrives(monkeypatch):
    monkeypatch.setattr("workbench.cli.doctor.live.PATIENCE", timedelta())
    answers = sound()
    answers["logs"]["filter_log_events"] = {"events": []}
    ran, lines, stack = look(monkeypatch, answers, "--live-checks", "--json")
    assert (ran.exit_code, states(lines, "alarm path")) == (Exit.FAILED, {"fault"})
    called = dict(stack.clients["cloudwatch"].calls)
    assert called["put_metric_alarm"]["ActionsEnabled"] is False
    assert called["delete_alarms"]["AlarmNames"] == [called["put_metric_alarm"]["AlarmName"]]


def test_an_alarm_that_an_interrupted_test_left_is_deleted(monkeypatch):
    answers = sound()
    answers["cloudwatch"]["describe_alarms"] = lambda **asked: {
        "MetricAlarms": [{"AlarmName": f"{asked['AlarmNamePrefix']}x", "StateValue": "OK"}]
        if "AlarmNamePrefix" in asked
        else []
    }
    _, lines, stack = look(monkeypatch, answers, "--live-checks", "--json")
    deleted = [asked["AlarmNames"] for name, asked in stack.clients["cloudwatch"].calls if name == "delete_alarms"]
    assert ["kedge-doctor-x"] in deleted
    assert states(lines, "leftovers") == {"ok"}


def test_a_monitoring_job_is_read_and_its_schedule_named(monkeypatch):
    answers = sound()
    job = "arn:aws:sagemaker:us-east-1:1:processing-job/model-monitoring-1"
    answers["sagemaker"] |= {
        "list_monitoring_executions": {"MonitoringExecutionSummaries": [{"ProcessingJobArn": job}]},
        "describe_processing_job": {"MonitoringScheduleArn": "arn:aws:sagemaker:us-east-1:1:monitoring-schedule/s"},
    }
    _, lines, _ = look(monkeypatch, answers, "--live-checks", "--json")
    (found,) = [each for each in lines if each["check"] == "monitoring job"]
    assert (found["state"], found["subject"]) == ("ok", "model-monitoring-1")
    answers["sagemaker"]["describe_processing_job"] = {}
    _, lines, _ = look(monkeypatch, answers, "--live-checks", "--json")
    assert states(lines, "monitoring job") == {"fault"}


@pytest.mark.parametrize("words", [("doctor",), ("drill",), ("model", "status"), ("incident", "list")])
def test_a_command_without_a_region_names_the_option_and_asks_aws_nothing(monkeypatch, words):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    ran = CliRunner(env={"NO_COLOR": "1"}).invoke(app, [*words])
    assert (ran.exit_code, "add --region, or set AWS_DEFAULT_REGION" in ran.stderr) == (Exit.USAGE, True)
