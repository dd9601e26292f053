"""What AWS's errors mean to whoever asked."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from kedge.adapters.calls import ask, send
from kedge.domain.errors import Conflict, Permanent, Transient


def said(code, status=400, message="", **more):
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
    return ClientError(response, "Anything")


def cancelled(*codes):
    return said("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


def raising(error):
    def call(**_):
        raise error

    return call


@pytest.mark.parametrize(
    "error",
    [
        said("ThrottlingException"),
        said("Throttling"),
        said("SlowDown", 503),
        said("ProvisionedThroughputExceededException"),
        said("TransactionInProgressException"),
        said("KMSThrottling"),
        said("NobodyEverHeardOfThis", 500),
        said("NobodyEverHeardOfThis", 429),
        said("ExpiredTokenException"),
        cancelled("None", "ThrottlingError"),
        ReadTimeoutError(endpoint_url="https://sns"),
        ConnectTimeoutError(endpoint_url="https://sns"),
        EndpointConnectionError(endpoint_url="https://sns"),
        IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ],
    ids=str,
)
def test_what_may_pass_is_left_to_the_queue(error):
    with pytest.raises(Transient) as raised:
        send(raising(error))
    assert not isinstance(raised.value, Conflict)


@pytest.mark.parametrize(
    "error",
    [
        said("ConditionalCheckFailedException"),
        said("TransactionConflictException"),
        cancelled("ConditionalCheckFailed", "None"),
        cancelled("None", "TransactionConflict"),
        cancelled("ThrottlingError", "ConditionalCheckFailed"),
        cancelled(),
    ],
    ids=str,
)
def test_another_writer_asks_for_a_second_reading(error):
    with pytest.raises(Conflict):
        send(raising(error))


@pytest.mark.parametrize(
    "error",
    [
        said("AccessDenied", 403),
        said("AccessDeniedException"),
        said("ResourceNotFoundException"),
        said("NotFound", 404),
        said("QueueDoesNotExist"),
        said("InvalidParameter"),
        said("ValidationException", message="1 validation error detected"),
        said("KMSAccessDenied"),
        said("IdempotentParameterMismatchException"),
        said("NobodyEverHeardOfThis", 400),
        cancelled("ConditionalCheckFailed", "ValidationError"),
        NoCredentialsError(),
        ParamValidationError(report="name too short"),
    ],
    ids=str,
)
def test_what_will_be_refused_again_is_permanent(error):
    with pytest.raises(Permanent):
        send(raising(error))


@pytest.mark.parametrize(
    "error",
    [
        said("NoSuchKey", 404),
        said("NoSuchBucket", 404),
        said("404", 404),
        said("ResourceNotFound"),
        said("ValidationException", message="Could not find requested job with name: x"),
        said("ValidationException", message="Requested resource not found."),
    ],
    ids=str,
)
def test_absence_is_an_answer(error):
    assert ask(raising(error)) is None


def test_what_must_exist_and_does_not_is_permanent():
    with pytest.raises(Permanent):
        send(raising(said("NoSuchBucket", 404)))


def test_an_error_names_the_call_that_met_it():
    with pytest.raises(Permanent, match=r"^call: .*AccessDenied"):
        send(raising(said("AccessDenied", 403)))
