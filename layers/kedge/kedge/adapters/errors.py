"""The one table of AWS error codes and their meaning for the caller.

The table uses codes, never sentences, because AWS may change a sentence. SageMaker is the exception: it has one code
for everything. A code that is not listed is judged by its HTTP status. 5xx and 429 are transient, the rest is
permanent.
"""

import re
from enum import Enum
from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ProxyConnectionError,
    ResponseStreamingError,
)
from botocore.exceptions import (
    ConnectionError as NoConnection,
)


class Meaning(Enum):
    """The action that an error asks for."""

    ABSENT = "there is no such thing: an answer"
    CONFLICT = "another writer was first: read again"
    TRANSIENT = "it may work the next time"
    PERMANENT = "AWS refused, and will again"


_CODES: Final = {
    # S3; a HEAD has no body, so botocore derives a code from its status
    "NoSuchKey": Meaning.ABSENT,
    "NoSuchBucket": Meaning.ABSENT,
    "404": Meaning.ABSENT,
    "SlowDown": Meaning.TRANSIENT,
    "RequestTimeout": Meaning.TRANSIENT,
    # SageMaker
    "ResourceNotFound": Meaning.ABSENT,
    # AppConfig: an environment, a profile, or a first deployment is missing
    "ResourceNotFoundException": Meaning.ABSENT,
    # Step Functions and CodePipeline
    "StateMachineDoesNotExist": Meaning.ABSENT,
    "ExecutionDoesNotExist": Meaning.ABSENT,
    "PipelineNotFoundException": Meaning.ABSENT,
    "PipelineExecutionNotFoundException": Meaning.ABSENT,
    "ExecutionLimitExceeded": Meaning.TRANSIENT,
    "ConcurrentPipelineExecutionsLimitExceededException": Meaning.TRANSIENT,
    "KmsThrottlingException": Meaning.TRANSIENT,
    # DynamoDB
    "ConditionalCheckFailedException": Meaning.CONFLICT,
    "TransactionConflictException": Meaning.CONFLICT,
    "ReplicatedWriteConflictException": Meaning.CONFLICT,
    "TransactionInProgressException": Meaning.TRANSIENT,
    "ProvisionedThroughputExceededException": Meaning.TRANSIENT,
    # SNS, SQS and their keys
    "KMSThrottling": Meaning.TRANSIENT,
    "KmsThrottled": Meaning.TRANSIENT,
    "OverLimit": Meaning.TRANSIENT,
    # every service, in its own spelling
    "ExpiredToken": Meaning.TRANSIENT,  # the credentials of a running function are renewed
    "ExpiredTokenException": Meaning.TRANSIENT,
    "InternalError": Meaning.TRANSIENT,
    "InternalFailure": Meaning.TRANSIENT,
    "InternalServerError": Meaning.TRANSIENT,
    "RequestExpired": Meaning.TRANSIENT,
    "RequestLimitExceeded": Meaning.TRANSIENT,
    "RequestThrottled": Meaning.TRANSIENT,
    "RequestThrottledException": Meaning.TRANSIENT,
    "ServiceUnavailable": Meaning.TRANSIENT,
    "ServiceUnavailableException": Meaning.TRANSIENT,
    "Throttled": Meaning.TRANSIENT,
    "ThrottledException": Meaning.TRANSIENT,
    "Throttling": Meaning.TRANSIENT,
    "ThrottlingException": Meaning.TRANSIENT,
    "TooManyRequestsException": Meaning.TRANSIENT,
}
# botocore's own, if there was no response or only a partial one
_PASSING: Final = (NoConnection, HTTPClientError, IncompleteReadError, ResponseStreamingError, CredentialRetrievalError)
_TOO_MANY_REQUESTS: Final = 429
_SERVER_FAULTS: Final = range(500, 600)

# DynamoDB lists why a transaction was cancelled: one code for each item, `None` for an item without a fault.
CANCELLED: Final = "TransactionCanceledException"
_REASONS: Final = {
    "ConditionalCheckFailed": Meaning.CONFLICT,
    "TransactionConflict": Meaning.CONFLICT,
    "ThrottlingError": Meaning.TRANSIENT,
    "ProvisionedThroughputExceeded": Meaning.TRANSIENT,
}
_WORST_FIRST: Final = (Meaning.PERMANENT, Meaning.CONFLICT, Meaning.TRANSIENT)

# SageMaker declares ResourceNotFound for jobs and schedules, but returns a ValidationException. No code separates it
# from others.
_VALIDATION: Final = "ValidationException"
_NOT_FOUND_WORDS: Final = re.compile(
    r"Could not find|Requested resource not found|Model ?Package (Group )?\S+ does not exist"
)
_BUSY_WORDS: Final = "Cannot update in-progress endpoint"
# The same codes are permanent for other operations.
_BUSY_CALLS: Final = frozenset(
    {
        ("StartPipelineExecution", "ConflictException"),  # "the pipeline is busy handling ongoing activities"
        ("Invoke", "ResourceConflictException"),  # the function is being changed
    }
)
_FULL_CALLS: Final = frozenset({("StartPipelineExecution", "ResourceLimitExceeded")})

# AWS returns these before it carries out a call, so a repetition cannot be a second call.
_NOT_TAKEN: Final = frozenset(
    {
        "ConcurrentPipelineExecutionsLimitExceededException",
        "ExecutionLimitExceeded",
        "ExpiredToken",
        "ExpiredTokenException",
        "KmsThrottlingException",
        "RequestExpired",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
# botocore's own, if it had no host to send the call to, or nothing to sign it with
_NOT_SENT: Final = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError, CredentialRetrievalError)


def code_of(error: ClientError) -> str:
    """Return the code of an error that a service returned, or an empty string if it has none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def meaning_of(error: ClientError | BotoCoreError) -> Meaning:
    """Return the meaning of an error that a service returned, or that botocore raised before or after the response."""
    if not isinstance(error, ClientError):
        return Meaning.TRANSIENT if isinstance(error, _PASSING) else Meaning.PERMANENT
    code = code_of(error)
    if (known := _CODES.get(code)) is not None:
        return known
    if code == CANCELLED:
        return _meaning_of_cancellation(error)
    if code == _VALIDATION and _NOT_FOUND_WORDS.match(_message_of(error)):
        return Meaning.ABSENT
    status = _status_of(error)
    return Meaning.TRANSIENT if status in _SERVER_FAULTS or status == _TOO_MANY_REQUESTS else Meaning.PERMANENT


def is_busy(error: ClientError | BotoCoreError) -> bool:
    """Return whether AWS refuses because another change of the resource is in progress (docs/aws-behaviour.md)."""
    if not isinstance(error, ClientError):
        return False
    code = code_of(error)
    in_progress = code == _VALIDATION and _message_of(error).startswith(_BUSY_WORDS)
    return in_progress or (error.operation_name, code) in _BUSY_CALLS


def was_not_taken(error: ClientError | BotoCoreError) -> bool:
    """Return whether AWS certainly did not carry out a call, and may later: it was throttled, or never sent."""
    if not isinstance(error, ClientError):
        return isinstance(error, _NOT_SENT)
    code = code_of(error)
    full = (error.operation_name, code) in _FULL_CALLS
    return full or code in _NOT_TAKEN or _status_of(error) == _TOO_MANY_REQUESTS


def cancellation_codes(error: ClientError) -> tuple[str, ...]:
    """Return why each item of a transaction was refused, in the items' order; `"None"` for items without a fault."""
    reasons = error.response.get("CancellationReasons", ())
    return tuple(str(reason.get("Code", "None")) for reason in reasons)


def _message_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))


def _status_of(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _meaning_of_cancellation(error: ClientError) -> Meaning:
    found = {_REASONS.get(code, Meaning.PERMANENT) for code in cancellation_codes(error) if code != "None"}
    # A cancellation may lack its reasons. Another writer is the likely one.
    return next((meaning for meaning in _WORST_FIRST if meaning in found), Meaning.CONFLICT)
