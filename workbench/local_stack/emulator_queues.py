"""How MiniStack's queues and streams give a function what there is, and give it again what it did not take.

Runs in MiniStack's own interpreter.
"""

# ruff: noqa: SLF001  mending MiniStack means reaching into it
import json
import os
from typing import Any


def offer_again(lambdas: Any) -> None:
    """A batch of a stream of which the function left something is a failed one: MiniStack knows no other way to keep it."""
    execute = lambdas._execute_function

    def execute_function(function: Any, event: Any, *rest: Any, **more: Any) -> Any:
        result = execute(function, event, *rest, **more)
        match event, result:
            case {"Records": [{"eventSource": "aws:dynamodb"}, *_]}, {"body": {"batchItemFailures": [_, *_]}}:
                return result | {"error": True}
        return result

    lambdas._execute_function = execute_function


def start_no_more_than_there_are_cores(lambdas: Any) -> None:
    """A function that has yet to start takes a core for itself: ten at once would all be late."""
    concurrency = lambdas._sqs_esm_concurrency
    cores = max(2, os.cpu_count() or 2)
    lambdas._sqs_esm_concurrency = lambda *mapping: min(cores, concurrency(*mapping))


def hide_no_longer_than_the_queue(sqs: Any) -> None:
    """Whoever asks about a receipt hides its message for as long as the template says. A test may have told the queue to hide it for less."""
    change = sqs._HANDLERS["ChangeMessageVisibility"]

    def change_visibility(data: dict[str, Any], url: str) -> Any:
        queue = sqs._get_q(data.get("QueueUrl", url), "sqs:ChangeMessageVisibility")
        most = int(queue["attributes"].get("VisibilityTimeout", "30"))
        return change(data | {"VisibilityTimeout": min(most, int(data.get("VisibilityTimeout", most)))}, url)

    sqs._HANDLERS["ChangeMessageVisibility"] = change_visibility


def waiting_records(lambdas: Any, dynamodb: Any) -> int:
    """Stream records that no function has been given yet."""
    waiting = 0
    for mapping in lambdas._esms.values():
        source = mapping.get("EventSourceArn", "")
        if ":dynamodb:" not in source or not mapping.get("Enabled", True):
            continue
        end = dynamodb.stream_end_position(source.split("/stream/")[0].split("/")[-1])
        waiting += max(0, end - lambdas._dynamodb_stream_positions.get(mapping["UUID"], 0))
    return waiting


def queues(sqs: Any) -> dict[str, dict[str, Any]]:
    """Each queue by its URL: how many `messages` it holds (waiting, delayed or in flight), and whether it takes `dead` letters."""
    found = [queue for _, queue in sqs._queues.all_items()]
    policies = [json.loads(each["attributes"].get("RedrivePolicy") or "{}") for each in found]
    dead = {policy.get("deadLetterTargetArn") for policy in policies}
    return {
        each["url"]: {"messages": len(each["messages"]), "dead": each["attributes"]["QueueArn"] in dead}
        for each in found
    }
