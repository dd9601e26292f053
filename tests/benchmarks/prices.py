"""List prices of AWS in us-east-1, in US dollars, with the free part of each in every month of every account.

The prices are those of KNOWN_ON; each line names the authoritative list of AWS. Taxes, discounts and the free tier of an
account's first year are left out. This is the only place of a price: change it here.
"""

from typing import Final, NamedTuple

KNOWN_ON: Final = "20 November 2026"
REGION: Final = "us-east-1"


class Price(NamedTuple):
    """Dollars for `per` units. The first `free` units of a month cost nothing, for all usage of an account together."""

    dollars: float
    per: float
    free: float
    unit: str
    source: str

    def of(self, units: float, *, free_tier: bool) -> float:
        """Return the dollars of an amount of units."""
        billed = max(0.0, units - self.free) if free_tier else units
        return billed / self.per * self.dollars


_M: Final = 1e6
_GIB: Final = float(2**30)

PRICES: Final = {
    "lambda requests": Price(0.20, _M, 1 * _M, "requests", "AWS Lambda Pricing"),
    "lambda time": Price(0.0000166667, 1, 400_000, "GB-seconds, x86", "AWS Lambda Pricing"),
    "sqs requests": Price(0.40, _M, 1 * _M, "requests to standard queues", "Amazon SQS Pricing"),
    "sqs fifo requests": Price(0.50, _M, 0, "requests to FIFO queues", "Amazon SQS Pricing"),
    "sns publishes": Price(0.50, _M, 1 * _M, "requests", "Amazon SNS Pricing"),
    "sns mails": Price(2.00, 1e5, 1_000, "mails", "Amazon SNS Pricing"),
    "dynamodb writes": Price(0.625, _M, 0, "write request units, on demand", "Amazon DynamoDB Pricing"),
    "dynamodb reads": Price(0.125, _M, 0, "read request units, on demand", "Amazon DynamoDB Pricing"),
    "dynamodb storage": Price(0.25, _GIB, 25 * _GIB, "bytes for a month", "Amazon DynamoDB Pricing"),
    "dynamodb recovery": Price(0.20, _GIB, 0, "bytes for a month, point-in-time recovery", "Amazon DynamoDB Pricing"),
    "appconfig requests": Price(0.20, _M, 0, "requests for a configuration", "AWS Systems Manager Pricing"),
    "appconfig copies": Price(0.0008, 1, 0, "configurations received", "AWS Systems Manager Pricing"),
    "workflow transitions": Price(0.025, 1_000, 4_000, "state transitions", "AWS Step Functions Pricing"),
    "s3 gets": Price(0.0004, 1_000, 0, "GET requests", "Amazon S3 Pricing"),
    "s3 lists": Price(0.005, 1_000, 0, "LIST requests", "Amazon S3 Pricing"),
    "s3 puts": Price(0.005, 1_000, 0, "PUT requests", "Amazon S3 Pricing"),
    "s3 storage": Price(0.023, _GIB, 0, "bytes for a month", "Amazon S3 Pricing"),
    "kms key": Price(1.00, 1, 0, "key versions for a month", "AWS KMS Pricing"),
    "kms requests": Price(0.03, 10_000, 20_000, "requests", "AWS KMS Pricing"),
    "cloudwatch alarms": Price(0.10, 1, 10, "metrics in standard alarms for a month", "Amazon CloudWatch Pricing"),
    "cloudwatch metrics": Price(0.30, 1, 10, "metrics of one's own for a month", "Amazon CloudWatch Pricing"),
    "cloudwatch requests": Price(0.01, 1_000, 1 * _M, "API requests", "Amazon CloudWatch Pricing"),
    "cloudwatch dashboard": Price(3.00, 1, 3, "dashboards for a month", "Amazon CloudWatch Pricing"),
    "logs taken in": Price(0.50, _GIB, 5 * _GIB, "bytes", "Amazon CloudWatch Pricing"),
    "logs kept": Price(0.03, _GIB, 0, "compressed bytes for a month", "Amazon CloudWatch Pricing"),
    "events put": Price(
        1.0,
        _M,
        0,
        "events of one's own, or invocations of EventBridge Scheduler",
        "Amazon EventBridge Pricing",
    ),
    "events of AWS": Price(0.0, _M, 0, "events of AWS's own services on the default bus", "Amazon EventBridge Pricing"),
    "processing": Price(0.23, 1, 0, "hours of a processing job on ml.m5.xlarge", "Amazon SageMaker AI Pricing"),
    "sagemaker calls": Price(0.0, _M, 0, "Describe and List calls", "Amazon SageMaker AI Pricing"),
}
