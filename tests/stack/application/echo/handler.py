"""Two functions in one: note the job of an event, then mail the notes."""

import json
import os

import boto3


class Unwanted(Exception):
    pass


def lambda_handler(event, context):
    if "raise" in event:
        raise Unwanted(event["raise"])
    if "overstep" in event:
        boto3.client("sagemaker").list_endpoints()
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    for record in event["Records"]:
        envelope = json.loads(record["body"])
        name = envelope["detail"]["ProcessingJobName"]
        job = boto3.client("sagemaker").describe_processing_job(ProcessingJobName=name)
        table.put_item(Item={"pk": name, "said": job.get("ExitMessage", ""), "at": envelope["time"]})
    return {"batchItemFailures": []}


def tell(event, context):
    for record in event["Records"]:
        item = record["dynamodb"]["NewImage"]
        boto3.client("sns").publish(
            TopicArn=os.environ["TOPIC"],
            Subject=f"{os.environ['GREETING']}: {item['pk']['S'][:40]}",
            Message=f"{item['at']['S']}\n{item['said']['S']}",
            MessageAttributes={"severity": {"DataType": "String", "StringValue": "critical"}},
        )
