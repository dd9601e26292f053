"""House rules for functions: each has its logs, its failure destination, and an answer for each record of a batch."""

import importlib
import re

import pytest

from kedge.domain.effect import ChannelName
from tests.template.deployed import ROOT, Deployed, whole, written

FUNCTIONS = sorted(name for name, it in written()["Resources"].items() if it["Type"] == "AWS::Serverless::Function")
LAYERS = sorted(name for name, it in written()["Resources"].items() if it["Type"] == "AWS::Serverless::LayerVersion")
RUNTIME = "python" + (ROOT / ".python-version").read_text(encoding="utf-8").strip()
# Lambda's own names, from "Defined runtime environment variables" in its developer guide; AWS_ is reserved as a whole.
RESERVED = re.compile(r"AWS_.*|_HANDLER|_X_AMZN_TRACE_ID|LAMBDA_(TASK_ROOT|RUNTIME_DIR)|TZ|PATH|PYTHONPATH")
SOURCES_OF_MESSAGES = "AWS::Lambda::EventSourceMapping"


# Functions that receive messages, or whose caller does not wait for the answer.
HANDED = ["DispatchFunction", "IntakeFunction", "MonitorFunction", "RelayFunction"]


def folder(function: str) -> str:
    """Return the folder of a function: `ValidatePolicyFunction` lives in `functions/validate_policy`."""
    return "_".join(re.findall("[A-Z][a-z]*", function.removesuffix("Function"))).lower()


def event_sources(stack: Deployed, function: str):
    return [
        source for source in stack.of_type(SOURCES_OF_MESSAGES).values() if source["FunctionName"] == f"${{{function}}}"
    ]


def test_every_folder_is_a_function_and_every_function_a_folder():
    folders = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
    assert folders == sorted(folder(name) for name in FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_built_from_the_folder_of_its_name(name):
    assert written()["Resources"][name]["Properties"]["CodeUri"] == f"functions/{folder(name)}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_handler_that_the_template_names_exists(name, stack):
    module, _, function = stack.properties(name)["Handler"].rpartition(".")
    assert callable(getattr(importlib.import_module(f"functions.{folder(name)}.{module}"), function))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_runs_on_the_python_that_the_tests_ran_on(name, stack):
    assert stack.properties(name)["Runtime"] == RUNTIME
    assert stack.properties(name)["Architectures"] == ["x86_64"]


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_built_for_the_python_and_the_processor_of_the_functions(name):
    layer = written()["Resources"][name]
    # The layer of the monitor leaves out parts of its packages; its Makefile names the Python and the processor.
    method = "makefile" if name == "MonitorLayer" else RUNTIME
    assert layer["Metadata"] == {"BuildMethod": method, "BuildArchitecture": "x86_64"}
    assert layer["Properties"]["CompatibleRuntimes"] == [RUNTIME]
    assert layer["Properties"]["CompatibleArchitectures"] == ["x86_64"]
    assert layer["Properties"]["RetentionPolicy"] == "Delete"


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_leaves_the_folder_python_to_sam(name):
    # With a build method, SAM adds the folder; a second one hides the package from the function.
    source = ROOT / written()["Resources"][name]["Properties"]["ContentUri"]
    assert source.is_dir()
    assert not (source / "python").exists()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_writes_json_to_a_log_group_of_its_own_that_forgets(name, stack):
    logging = stack.properties(name)["LoggingConfig"]
    group = name.removesuffix("Function") + "LogGroup"
    assert logging["LogFormat"] == "JSON"
    assert logging["LogGroup"] == f"${{{group}}}"
    assert stack.properties(group)["RetentionInDays"] == 90
    assert stack.properties(group)["KmsKeyId"] == "${Key.Arn}"


def test_those_that_are_handed_messages_are_those_with_an_event_source(stack):
    assert [name for name in FUNCTIONS if event_sources(stack, name)] == HANDED


# Only its queue calls the monitor, and Lambda takes no FIFO queue as the destination of an asynchronous call.
@pytest.mark.parametrize("name", [name for name in HANDED if name != "MonitorFunction"])
def test_what_a_function_cannot_do_ends_in_dead_letters_however_it_was_called(name, stack):
    by_call = [
        config
        for config in stack.of_type("AWS::Lambda::EventInvokeConfig").values()
        if config["FunctionName"] == f"${{{name}}}"
    ]
    places = [config["DestinationConfig"]["OnFailure"]["Destination"] for config in by_call]
    for source in event_sources(stack, name):
        if ":sqs:" in source["EventSourceArn"] or source["EventSourceArn"].endswith("Queue.Arn}"):
            queue = stack.properties(source["EventSourceArn"].removeprefix("${").removesuffix(".Arn}"))
            places.append(queue["RedrivePolicy"]["deadLetterTargetArn"])
        else:
            places.append(source["DestinationConfig"]["OnFailure"]["Destination"])
    assert len(places) == 1 + len(event_sources(stack, name))
    assert len(set(places)) == 1
    assert places[0].endswith("DeadLetters.Arn}")


@pytest.mark.parametrize("name", HANDED)
def test_a_function_answers_for_each_record_of_a_batch(name, stack):
    for source in event_sources(stack, name):
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("name", HANDED)
def test_a_message_stays_hidden_for_six_times_as_long_as_its_function_may_take(name, stack):
    for source in event_sources(stack, name):
        if source["EventSourceArn"].endswith("Queue.Arn}"):
            queue = stack.properties(source["EventSourceArn"].removeprefix("${").removesuffix(".Arn}"))
            # The queue of windows is a FIFO queue: a hidden message holds back the later windows of its monitor.
            times = 1 if queue.get("FifoQueue") else 6
            assert queue["VisibilityTimeout"] >= times * stack.properties(name)["Timeout"]


def test_the_relay_sees_only_new_outbox_entries(stack):
    (source,) = event_sources(stack, "RelayFunction")
    (only,) = source["FilterCriteria"]["Filters"]
    assert only["Pattern"] == '{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["effect"]}}}}'


def test_the_relay_gives_up_before_the_stream_forgets(stack):
    (source,) = event_sources(stack, "RelayFunction")
    # A stream keeps a record for 24 hours; after that the record vanishes without a trace.
    assert source["MaximumRetryAttempts"] == -1
    assert 0 < source["MaximumRecordAgeInSeconds"] < 24 * 3600
    assert source["BisectBatchOnFunctionError"] is True


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_environment_variable_is_one_of_lambdas_own(name, stack):
    assert [key for key in stack.properties(name)["Environment"]["Variables"] if RESERVED.fullmatch(key)] == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_gets_no_environment_variable_that_nothing_reads(name, stack):
    settings = (ROOT / "layers/kedge/kedge/lambdas/settings.py").read_text(encoding="utf-8")
    given = {key for key in stack.properties(name)["Environment"]["Variables"] if key.startswith("KEDGE_")}
    topics = {f"KEDGE_{channel.topic.upper()}_TOPIC_ARN" for channel in ChannelName}
    assert given <= topics | set(re.findall(r"KEDGE_[A-Z_]+", settings))


def test_dispatch_knows_how_often_its_queue_offers_a_message(stack):
    offered = stack.properties("EffectsQueue")["RedrivePolicy"]["maxReceiveCount"]
    assert stack.properties("DispatchFunction")["Environment"]["Variables"]["KEDGE_EFFECT_RECEIVES"] == str(offered)


def test_chat_is_configured_for_all_functions_or_for_none():
    for stack, topic in ((whole(), "${ChatTopic}"), (Deployed(), "")):
        for name in ("IntakeFunction", "DispatchFunction", "ReconcileFunction"):
            assert stack.properties(name)["Environment"]["Variables"]["KEDGE_CHAT_TOPIC_ARN"] == topic


def test_a_function_is_called_by_alarms_of_this_account_by_its_schedule_and_by_appconfig(stack):
    callers = {
        (it["FunctionName"], it["Principal"], it.get("SourceAccount") or it.get("SourceArn"))
        for it in stack.of_type("AWS::Lambda::Permission").values()
    }
    assert callers == {
        ("${IntakeFunction}", "lambda.alarms.cloudwatch.amazonaws.com", "111122223333"),
        ("${ReconcileFunction}", "events.amazonaws.com", "${ReconcileFunctionEveryMinute.Arn}"),
        ("${WatchFunction}", "events.amazonaws.com", "${WatchFunctionEveryTenMinutes.Arn}"),
        # AWS does not document that AppConfig names an account or a profile in its call.
        ("${ValidatePolicyFunction}", "appconfig.amazonaws.com", None),
    }


@pytest.mark.parametrize(
    ("name", "rule", "every", "seconds"),
    [
        ("ReconcileFunction", "EveryMinute", "rate(1 minute)", 60),
        ("WatchFunction", "EveryTenMinutes", "rate(10 minutes)", 600),
    ],
)
def test_a_function_with_a_schedule_ends_before_its_next_run_and_is_not_tried_again(name, rule, every, seconds, stack):
    schedule = stack.properties(f"{name}{rule}")
    assert schedule["ScheduleExpression"] == every
    (target,) = schedule["Targets"]
    assert target["Arn"] == f"${{{name}.Arn}}"
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 0
    assert stack.properties(name)["Timeout"] < seconds
    (called,) = [
        it for it in stack.of_type("AWS::Lambda::EventInvokeConfig").values() if it["FunctionName"] == f"${{{name}}}"
    ]
    assert called["MaximumRetryAttempts"] == 0
    assert called.get("DestinationConfig", {}) == {}
