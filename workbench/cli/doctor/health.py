"""Checks of a stack of Kedge. Each reads AWS and yields its results; together they take a few dozen calls."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from kedge.formatting import format_duration
from workbench.cli.doctor.looking import Check, Looking
from workbench.cli.doctor.result import CheckResult, fault, ok

# AWS refuses a signature after 5 minutes, and the proof of an approval is a signature.
_CLOCK: Final = timedelta(seconds=60)
# A new account has 10. The functions of the ring need these at the same time in a burst.
_CONCURRENCY: Final = 20
_SETTLED: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
_NOTHING: Final = {
    "policy": "No policy was published, so the built-in one is in force.",
    "monitors": "No Monitors document was published, so Kedge measures nothing itself.",
}
_QUEUES: Final = {
    "SignalsDeadLettersUrl": "Fix the cause, and run kedge signals redrive (docs/operations.md).",
    "EffectsDeadLettersUrl": "Read a message, fix its cause, and redrive the queue (docs/operations.md).",
    "WindowsDeadLettersUrl": "Read a message, fix its cause, and redrive the queue (docs/operations.md).",
}


def check_stack(at: Looking) -> Iterator[CheckResult]:
    """Check the status of the CloudFormation stack."""
    name = at.stack.name
    status = at.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    if status in _SETTLED:
        yield ok("stack", name, f"The stack is {status}.")
    elif status.endswith("IN_PROGRESS"):
        yield fault("stack", name, f"The stack is {status}.", "Wait for the end of the deployment.")
    else:
        yield fault(
            "stack",
            name,
            f"The stack is {status}.",
            "Read the stack's events, fix the cause, and run sam deploy again.",
        )


def check_documents(at: Looking) -> Iterator[CheckResult]:
    """Check that the newest deployed policy and Monitors document are in force."""
    deployed = _deployed(at)
    documents = {
        "policy": ("PolicyProfileId", at.stack.policy.label),
        "monitors": ("MonitorsProfileId", at.stack.monitors.label),
    }
    for what, (output, in_force) in documents.items():
        newest = deployed.get(at.stack.outputs.get(output, ""))
        if newest is None:
            yield ok(what, in_force or "none", _NOTHING[what])
        elif newest in (in_force, "") or newest.startswith("sha256-"):
            yield ok(what, in_force, f"{in_force} is in force.")
        else:
            yield fault(
                what,
                newest,
                f"{newest} was deployed last, and {in_force or 'nothing'} is in force.",
                f"Wait for 2 minutes. If it stays so, read kedge incident list and run kedge {'policy' if what == 'policy' else 'monitor'} lint.",
            )


def _deployed(at: Looking) -> dict[str, str]:
    """Return the label of the newest complete deployment of each configuration profile, by the id of the profile."""
    appconfig, outputs = at.client("appconfig"), at.stack.outputs
    application, environment = outputs["PolicyApplicationId"], outputs["PolicyEnvironmentId"]
    newest: dict[str, str] = {}
    listed = appconfig.list_deployments(ApplicationId=application, EnvironmentId=environment, MaxResults=50)["Items"]
    for each in sorted(listed, key=lambda item: item["DeploymentNumber"], reverse=True):
        if each["State"] != "COMPLETE":
            continue
        told = appconfig.get_deployment(
            ApplicationId=application, EnvironmentId=environment, DeploymentNumber=each["DeploymentNumber"]
        )
        newest.setdefault(told["ConfigurationProfileId"], told.get("VersionLabel") or "")
        if len(newest) == len({outputs.get("PolicyProfileId"), outputs.get("MonitorsProfileId")}):
            break
    return newest


def check_key(at: Looking) -> Iterator[CheckResult]:
    """Check that the stack's KMS key is enabled."""
    key = at.stack.outputs["KeyArn"]
    state = at.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    name = key.rpartition("/")[2]
    if state == "Enabled":
        yield ok("key", name, "The key is enabled.")
    else:
        yield fault("key", name, f"The key is {state}.", f"Run: aws kms enable-key --key-id {name}")


def check_rules(at: Looking) -> Iterator[CheckResult]:
    """Check that each rule on the event bus is enabled and has a target."""
    events, rules = at.client("events"), at.resources("AWS::Events::Rule")
    bad = []
    for logical, physical in sorted(rules.items()):
        name = physical.rpartition("/")[2].rpartition("|")[2]
        if events.describe_rule(Name=name)["State"] == "DISABLED":
            bad.append(
                fault("rule", logical, f"The rule {name} is disabled.", f"Run: aws events enable-rule --name {name}")
            )
        elif not events.list_targets_by_rule(Rule=name)["Targets"]:
            bad.append(fault("rule", logical, f"The rule {name} has no target.", "Run sam deploy again."))
    yield from bad or [ok("rule", f"{len(rules)} rules", "Each rule is enabled and has a target.")]


def check_mappings(at: Looking) -> Iterator[CheckResult]:
    """Check that each event source mapping is enabled: it starts a function for a queue or for the table's stream."""
    functions, mappings = at.client("lambda"), at.resources("AWS::Lambda::EventSourceMapping")
    bad = []
    for logical, identity in sorted(mappings.items()):
        told = functions.get_event_source_mapping(UUID=identity)
        result = told.get("LastProcessingResult") or ""
        if told["State"] not in {"Enabled", "Enabling", "Creating", "Updating"}:
            bad.append(
                fault(
                    "event source",
                    logical,
                    f"The mapping {identity} is {told['State']}: nothing reaches its function.",
                    f"Run: aws lambda update-event-source-mapping --uuid {identity} --enabled",
                )
            )
        elif result.startswith("PROBLEM"):
            bad.append(
                fault("event source", logical, f"Lambda reports {result}.", "Read docs/operations.md, fix the cause.")
            )
    yield from bad or [ok("event source", f"{len(mappings)} mappings", "Each mapping is enabled.")]


def check_functions(at: Looking) -> Iterator[CheckResult]:
    """Check that each function is active and that its last update worked."""
    functions, names = at.client("lambda"), at.resources("AWS::Lambda::Function")
    bad = []
    for logical, name in sorted(names.items()):
        told = functions.get_function_configuration(FunctionName=name)
        state, update = told.get("State", "Active"), told.get("LastUpdateStatus", "Successful")
        if state not in {"Active", "Inactive"} or update == "Failed":
            why = told.get("StateReason") or told.get("LastUpdateStatusReason") or "no reason given"
            bad.append(
                fault(
                    "function",
                    logical,
                    f"The function {name} is {state}, its update {update}: {why}",
                    "Run sam deploy again.",
                )
            )
    yield from bad or [ok("function", f"{len(names)} functions", "Each function is active.")]


def check_table(at: Looking) -> Iterator[CheckResult]:
    """Check that the table is active and has its stream, which carries effects to the receivers."""
    name = at.stack.outputs["TableName"]
    table = at.client("dynamodb").describe_table(TableName=name)["Table"]
    if table["TableStatus"] not in {"ACTIVE", "UPDATING"}:
        yield fault("table", name, f"The table is {table['TableStatus']}.", "Read the table's page in the AWS console.")
    elif not table.get("StreamSpecification", {}).get("StreamEnabled"):
        yield fault("table", name, "The table's stream is off: no message leaves Kedge.", "Run sam deploy again.")
    else:
        yield ok("table", name, "The table is active, and its stream is on.")


def check_dead_letters(at: Looking) -> Iterator[CheckResult]:
    """Check that no dead-letter queue has a message."""
    found = []
    for output, fix in _QUEUES.items():
        waiting = _waiting(at.client("sqs"), at.stack.outputs.get(output, ""))
        if waiting:
            found.append(fault("dead letters", output.removesuffix("Url"), f"{waiting} messages wait.", fix))
    yield from found or [ok("dead letters", f"{len(_QUEUES)} queues", "No message waits.")]


def _waiting(sqs: Any, url: str) -> int:
    if not url:
        return 0
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(told.get(name, 0)) for name in names)


def check_alarms(at: Looking) -> Iterator[CheckResult]:
    """Check that none of Kedge's own alarms is on, and that the actions of each are on."""
    prefix = f"kedge-self-{at.stack.name}-"
    pages = at.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    alarms = [alarm for page in pages for alarm in page["MetricAlarms"]]
    bad = [
        fault("alarm", alarm["AlarmName"], "The alarm is on.", alarm.get("AlarmDescription", ""))
        for alarm in alarms
        if alarm["StateValue"] == "ALARM"
    ]
    bad += [
        fault(
            "alarm",
            alarm["AlarmName"],
            "The actions of the alarm are off: nobody is notified.",
            f"Run: aws cloudwatch enable-alarm-actions --alarm-names {alarm['AlarmName']}",
        )
        for alarm in alarms
        if not alarm.get("ActionsEnabled", True)
    ]
    if not alarms:
        bad = [fault("alarm", prefix, "The stack has no alarm on itself.", "Run sam deploy again.")]
    yield from bad or [ok("alarm", f"{len(alarms)} alarms", "None of Kedge's own alarms is on.")]


def check_subscriptions(at: Looking) -> Iterator[CheckResult]:
    """Check that people receive messages: each subscription is confirmed, and each topic for people has one."""
    for what, output in (("people topic", "PeopleTopicArn"), ("ops topic", "OpsTopicArn")):
        topic = at.stack.outputs[output]
        pages = at.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        listed = [each for page in pages for each in page["Subscriptions"]]
        pending = [each for each in listed if each["SubscriptionArn"] == "PendingConfirmation"]
        ended = [each for each in listed if each["SubscriptionArn"] == "Deleted"]
        for each in pending:
            yield fault(
                "subscription",
                what,
                f"{each['Protocol']} to {each['Endpoint']} is not confirmed, so it receives nothing.",
                "Open the mail from AWS Notifications and confirm it. If it is lost, subscribe the address again.",
            )
        for each in ended:
            yield fault(
                "subscription",
                what,
                f"{each['Protocol']} to {each['Endpoint']} was deleted.",
                "Subscribe the address again.",
            )
        confirmed = len(listed) - len(pending) - len(ended)
        if confirmed:
            yield ok(
                "subscription", what, f"{confirmed} confirmed {'subscription' if confirmed == 1 else 'subscriptions'}."
            )
        elif not pending:
            yield fault(
                "subscription",
                what,
                "Nobody subscribes to the topic.",
                f"Run: aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint ADDRESS",
            )


def check_clock(at: Looking) -> Iterator[CheckResult]:
    """Check this machine's clock against AWS: a proof of identity is valid for minutes."""
    told = at.client("sts").get_caller_identity()["ResponseMetadata"]["HTTPHeaders"].get("date")
    if told is None:
        return
    away = abs(datetime.now(UTC) - parsedate_to_datetime(told))
    if away > _CLOCK:
        yield fault(
            "clock",
            "this machine",
            f"The clock is {format_duration(away)} away from AWS.",
            "Synchronise the clock (NTP).",
        )
    else:
        yield ok("clock", "this machine", "The clock agrees with AWS.")


def check_limits(at: Looking) -> Iterator[CheckResult]:
    """Check that the account lets enough functions run at the same time."""
    limit = at.client("lambda").get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    if limit < _CONCURRENCY:
        yield fault(
            "limits",
            "Lambda concurrency",
            f"All functions of the account share {limit} concurrent executions.",
            "Ask for more: aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 100",
        )
    else:
        yield ok("limits", "Lambda concurrency", f"{limit} concurrent executions.")


def check_workflow(at: Looking) -> Iterator[CheckResult]:
    """Check that the workflow of remedies is active."""
    arn = at.stack.outputs["WorkflowArn"]
    status = at.client("stepfunctions").describe_state_machine(stateMachineArn=arn).get("status", "ACTIVE")
    name = arn.rpartition(":")[2]
    if status == "ACTIVE":
        yield ok("workflow", name, "The workflow of remedies is active.")
    else:
        yield fault("workflow", name, f"The workflow of remedies is {status}.", "Run sam deploy again.")


HEALTH: Final[tuple[tuple[str, Check], ...]] = (
    ("stack", check_stack),
    ("policy", check_documents),
    ("key", check_key),
    ("rule", check_rules),
    ("event source", check_mappings),
    ("function", check_functions),
    ("table", check_table),
    ("dead letters", check_dead_letters),
    ("alarm", check_alarms),
    ("subscription", check_subscriptions),
    ("clock", check_clock),
    ("limits", check_limits),
    ("workflow", check_workflow),
)
"""The checks of a stack in the order of the table, each with its name."""
