"""The compositions of lambdas on the local stack: one alarm passes through every handler."""

import copy
import importlib
import json
from types import SimpleNamespace
from uuid import uuid4

import pytest

from kedge.adapters import clients
from kedge.domain.provenance import EntryPoint, Voucher
from kedge.lambdas import dispatch, intake, relay
from kedge.services.intake import Intake
from tests.support.samples import event
from workbench.local_stack import environment

pytestmark = pytest.mark.stack

CONTEXT = SimpleNamespace(
    function_name="kedge",
    memory_limit_in_mb=256,
    invoked_function_arn="arn:aws:lambda:us-east-1:111122223333:function:kedge",
    aws_request_id="52fdfc07-2182-154f-163f-5f0f9a621d72",
    get_remaining_time_in_millis=lambda: 1_000,
)


@pytest.fixture
def deployed(stack, table, monkeypatch):
    """Set the functions' environment as the template does, and return it."""
    sqs, sns = stack.client("sqs"), stack.client("sns")
    effects, dead, signals = (sqs.create_queue(QueueName=f"q-{uuid4()}")["QueueUrl"] for _ in range(3))
    topics = [sns.create_topic(Name=f"t-{uuid4()}")["TopicArn"] for _ in range(2)]
    # The topic has a subscriber; a mail without a receiver has its own test.
    listener = sns.subscribe(
        TopicArn=topics[0], Protocol="email", Endpoint="oncall@example.com", ReturnSubscriptionArn=True
    )
    told = {
        **environment.CREDENTIALS,
        "AWS_ENDPOINT_URL": stack.endpoint,
        **environment.served_by(stack.sagemaker),
        "KEDGE_TABLE": table._name,
        "KEDGE_ENVIRONMENT": "test",
        "KEDGE_EFFECTS_QUEUE_URL": effects,
        "KEDGE_DEAD_LETTERS_URL": dead,
        "KEDGE_SIGNALS_QUEUE_URL": signals,
        "KEDGE_ALARMS_TOPIC_ARN": topics[0],
        "KEDGE_REPORT_BUCKETS": "reports",
        "KEDGE_WORKFLOW_ARN": "arn:aws:states:us-east-1:111122223333:stateMachine:kedge-remediation",
        "KEDGE_PEOPLE_TOPIC_ARN": topics[0],
        "KEDGE_PROGRAMS_TOPIC_ARN": topics[1],
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    caches = (clients._session, clients._made, intake.intake, relay.relay, dispatch.dispatch)
    for cache in caches:
        cache.cache_clear()
    yield SimpleNamespace(
        effects=effects, dead=dead, signals=signals, table=table, listener=listener["SubscriptionArn"]
    )
    for service in ("dynamodb", "sns", "sqs"):
        clients._made(service).close()
    for cache in caches:
        cache.cache_clear()


def handler(name):
    return importlib.import_module(f"functions.{name}.handler").lambda_handler


def stream_records(stack, table):
    """Return the records of the table's stream for relay: new effects."""
    items = stack.client("dynamodb").scan(TableName=table._name)["Items"]
    effects = [item for item in items if item["kind"]["S"] == "effect"]
    return [{"dynamodb": {"SequenceNumber": str(number), "NewImage": item}} for number, item in enumerate(effects)]


def messages(stack, url):
    found = stack.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])[
        "Messages"
    ]
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:111122223333:{url.rpartition('/')[2]}",
            }
            for message in found
        ]
    }


def test_an_alarm_goes_once_round_and_is_on_the_timeline(stack, deployed):
    (outcome,) = handler("intake")(event("eventbridge.alarm.alarm"), CONTEXT)["outcomes"]
    assert outcome["reason"] == "first_seen"

    assert handler("relay")({"Records": stream_records(stack, deployed.table)}, CONTEXT) == {"batchItemFailures": []}
    batch = messages(stack, deployed.effects)
    assert handler("dispatch")(batch, CONTEXT) == {"batchItemFailures": []}
    assert handler("dispatch")(batch, CONTEXT) == {"batchItemFailures": []}

    story = deployed.table.partition(f"INCIDENT#{outcome['incident']['id']}")
    assert sorted(item.kind for item in story) == ["delivery", "delivery", "entry", "entry", "entry", "incident"]

    (again,) = handler("intake")(event("eventbridge.alarm.alarm"), CONTEXT)["outcomes"]
    assert (again["reason"], again["effects"]) == ("duplicate", [])


def test_a_mail_to_nobody_is_on_the_timeline_as_undelivered(stack, deployed):
    stack.client("sns").unsubscribe(SubscriptionArn=deployed.listener)
    (outcome,) = handler("intake")(event("eventbridge.alarm.alarm"), CONTEXT)["outcomes"]
    handler("relay")({"Records": stream_records(stack, deployed.table)}, CONTEXT)
    assert handler("dispatch")(messages(stack, deployed.effects), CONTEXT) == {"batchItemFailures": []}
    story = deployed.table.partition(f"INCIDENT#{outcome['incident']['id']}")
    whats = [json.loads(item.body)["what"] for item in story if item.kind == "entry"]
    assert sorted(whats) == ["decided", "delivered", "undelivered"]


def test_a_heartbeat_out_of_the_queue_goes_once_round(stack, deployed):
    beat = {"source": "kedge.heartbeat", "detail-type": "Kedge Heartbeat", "detail": {}}
    stack.client("sqs").send_message(QueueUrl=deployed.signals, MessageBody=json.dumps(beat))
    batch = messages(stack, deployed.signals)
    assert handler("intake")(batch, CONTEXT) == {"batchItemFailures": []}
    # A repeated offer is carried out once: a stream distinguishes a new item from an existing one.
    assert handler("intake")(batch, CONTEXT) == {"batchItemFailures": []}
    handler("relay")({"Records": stream_records(stack, deployed.table)}, CONTEXT)
    (carried,) = messages(stack, deployed.effects)["Records"]
    assert json.loads(carried["body"])["kind"] == "heartbeat"
    assert handler("dispatch")({"Records": [carried]}, CONTEXT) == {"batchItemFailures": []}


def test_what_cannot_be_read_is_kept_with_the_place_of_its_fault(stack, deployed):
    stack.client("sqs").send_message(QueueUrl=deployed.effects, MessageBody='{"id": 7}')
    assert handler("dispatch")(messages(stack, deployed.effects), CONTEXT) == {"batchItemFailures": []}
    (kept,) = stack.client("sqs").receive_message(QueueUrl=deployed.dead, MessageAttributeNames=["All"])["Messages"]
    assert kept["Body"] == '{"id": 7}'
    assert kept["MessageAttributes"]["path"]["StringValue"] == "$.id"


@pytest.fixture
def outcomes(deployed, monkeypatch):
    """Return the outcome of every event."""
    found, take_in = [], Intake.take_in

    def keep(*given):
        taken = take_in(*given)
        found.extend(taken)
        return taken

    monkeypatch.setattr(Intake, "take_in", keep)
    return found


def test_an_event_out_of_the_queue_is_vouched_for_and_the_same_in_a_batch_that_was_made_up_is_not(
    stack, deployed, outcomes
):
    stack.client("sqs").send_message(
        QueueUrl=deployed.signals, MessageBody=json.dumps(event("eventbridge.deployment.baking"))
    )
    genuine = messages(stack, deployed.signals)
    forged = copy.deepcopy(genuine)
    forged["Records"][0]["receiptHandle"] += "x"
    for batch in (genuine, forged):
        assert handler("intake")(batch, CONTEXT) == {"batchItemFailures": []}
    assert [(one.signal.provenance.entry_point, one.signal.provenance.voucher) for one in outcomes] == [
        (EntryPoint.EVENTS, Voucher.EVENTBRIDGE),
        (EntryPoint.DIRECT, Voucher.NOBODY),
    ]
