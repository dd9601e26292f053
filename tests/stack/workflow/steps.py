"""The stand-in for the functions of the workflow: each step is recorded, and answers as the test has scripted."""

import json
import os

import boto3


def lambda_handler(event, context):
    """Record the step, and its token if there is one; return the step's next answer, and repeat the last one."""
    noted = boto3.client("dynamodb").update_item(
        TableName=os.environ["TABLE"],
        Key={"action": {"S": event["action"]}},
        UpdateExpression="SET #steps = list_append(#steps, :step)",
        ExpressionAttributeNames={"#steps": "steps"},
        ExpressionAttributeValues={":step": {"L": [{"S": json.dumps(event | {"by": context.function_name})}]}},
        ReturnValues="ALL_NEW",
    )["Attributes"]
    times = sum(json.loads(one["S"])["step"] == event["step"] for one in noted["steps"]["L"])
    answers = json.loads(noted["answers"]["S"]).get(event["step"], [{}])
    answer = answers[min(times, len(answers)) - 1]
    if answer == "raise":
        raise RuntimeError("on purpose")
    return answer
