"""AWS clients that answer from a recording: same methods, answers and errors as boto3's, no network."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from botocore import xform_name
from botocore.exceptions import ClientError, OperationNotPageableError

from workbench.recordings.answer import ErrorAnswer, Found
from workbench.recordings.answers import Answers
from workbench.recordings.bucket import Bucket
from workbench.recordings.objects import Shelf
from workbench.recordings.parameters import Parameters
from workbench.recordings.recording import Fault
from workbench.recordings.service_model import OperationModel, ServiceModel
from workbench.recordings.shapes import (
    Owner,
    body_of,
    empty_listing,
    pagination,
    response_of,
    result_keys,
    service_model,
)
from workbench.recordings.typed import type_of
from workbench.recordings.values import Misshapen

if TYPE_CHECKING:
    from botocore.errorfactory import BaseClientExceptions
    from botocore.paginate import Paginator

_STATUS: Final = {
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "NoSuchKey": 404,
    "NoSuchBucket": 404,
    "404": 404,
    "InvalidRange": 416,
    "TooManyRequestsException": 429,
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
}
# SageMaker models ResourceNotFound for jobs, and answers ValidationException with these words.
_NOT_FOUND: Final = {
    "DescribeProcessingJob": ("ProcessingJobName", "Could not find requested job with name: {}"),
    "DescribeTrainingJob": ("TrainingJobName", "Requested resource not found."),
    "DescribeTransformJob": ("TransformJobName", "Could not find requested job with name: {}"),
    "DescribeEndpoint": ("EndpointName", 'Could not find endpoint "{}".'),
    "DescribeEndpointConfig": ("EndpointConfigName", 'Could not find endpoint configuration "{}".'),
    "DescribeModel": ("ModelName", 'Could not find model "{}".'),
}


class AnswerUnreadable(Exception):
    """A recorded answer fits a call but does not have AWS's shape, so it cannot be returned."""

    def __init__(self, fault: Fault) -> None:
        """Keep `fault`, which names the place in the recording."""
        super().__init__(str(fault))
        self.fault = fault


class RecordedAws:
    """AWS as a recording has it. `clock` returns the time (UTC) of the call."""

    def __init__(self, folder: Path, owner: Callable[[], Owner], clock: Callable[[], datetime]) -> None:
        """Keep the recording's folder, `owner` (whose account is asked), and `clock`, which returns the time (UTC)."""
        self.owner = owner
        # Names are compared without case: `SageMaker.DescribeProcessingJob.jsonl` is a common mistake, and would never
        # be found.
        self._files = {file.name.lower(): file for file in (folder / "aws").glob("*.jsonl") if file.is_file()}
        self.clock = clock
        self._answers: dict[tuple[str, str], Answers | None] = {}
        self.shelf = Shelf(folder / "s3")

    def client(self, service: str) -> "RecordedClient":
        """Return a client by boto3's service name (`sagemaker`, `s3`, `cloudwatch` …).

        Its first call raises UnknownServiceError if there is no such service.
        """
        return RecordedClient(service, self)

    def answers(self, service: str, operation: str) -> Answers | None:
        """Return the recorded answers to an operation, or None."""
        name = (service, operation)
        if name not in self._answers:
            file = self._files.get(f"{service}.{operation}.jsonl".lower())
            self._answers[name] = Answers(file, type_of(service, operation)) if file is not None else None
        return self._answers[name]

    @property
    def faults(self) -> list[Fault]:
        """Return the unreadable lines of the operations that were used so far."""
        return [fault for answers in self._answers.values() if answers is not None for fault in answers.faults]

    def close(self) -> None:
        """Close all files."""
        for answers in self._answers.values():
            if answers is not None:
                answers.close()


class RecordedClient:
    """One service's client. It has the methods of boto3's client, and refuses what boto3 refuses.

    Callers must not change the contents of a response, because several may share it.
    """

    def __init__(self, service: str, aws: RecordedAws) -> None:
        """Keep the parts; use `RecordedAws.client` to create one."""
        self._service = service
        self._aws = aws
        self._bucket = Bucket(aws.shelf)
        self._made = lru_cache(64)(self._make_error)

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        """Return the method of an operation, as in `describe_processing_job(ProcessingJobName="…")`."""
        operation = self._operations.get(method)
        if operation is None:
            raise AttributeError(f"the {self._service} client has no method {method}")

        model = self._model.operation_model(operation)
        parameters = Parameters(model.input_shape) if model.input_shape is not None else None
        answers, clock = self._aws.answers(self._service, operation), self._aws.clock

        def call(**asked: object) -> dict[str, Any]:
            if parameters is not None:
                parameters.check(asked)
            found = answers.find(asked, clock()) if answers is not None else None
            return self._unrecorded(model, asked) if found is None else self._recorded(model, asked, found)

        call.__name__ = method
        self.__dict__[method] = call  # Python finds it there the next time, without a call of this
        return call

    @cached_property
    def _model(self) -> ServiceModel:
        """Return botocore's model of the service. A replay makes clients that it never calls, and models are large."""
        return service_model(self._service)

    @cached_property
    def _operations(self) -> dict[str, str]:
        """Return the operations by the names of their methods."""
        return {xform_name(name): name for name in self._model.operation_names}

    @cached_property
    def exceptions(self) -> "BaseClientExceptions":
        """Return the exception classes of boto3's client of this service."""
        from botocore.errorfactory import ClientExceptionsFactory

        return ClientExceptionsFactory().create_client_exceptions(cast("Any", self._model))

    def can_paginate(self, method: str) -> bool:
        """Return whether `get_paginator` accepts this method."""
        return self._operations.get(method) in result_keys(self._service)

    def get_paginator(self, method: str) -> "Paginator[Any]":
        """Return botocore's own paginator, over recorded pages. Raises OperationNotPageableError."""
        if not self.can_paginate(method):
            raise OperationNotPageableError(operation_name=method)
        from botocore.paginate import Paginator

        operation = self._operations[method]
        return Paginator(
            getattr(self, method),
            pagination(self._service)[operation],
            cast("Any", self._model.operation_model(operation)),
        )

    def _recorded(self, model: OperationModel, asked: Mapping[str, object], found: Found) -> dict[str, Any]:
        answer = found.answer
        if answer.error is not None:
            raise self._error(answer.error, model.name)
        try:
            if found.given is None:
                found.given = body_of(model, answer.response or {})
            return response_of(model, found.given, asked, self._aws.owner)
        except Misshapen as error:
            raise AnswerUnreadable(Fault(where=found.where, path=error.path, why=error.why)) from error

    def _unrecorded(self, model: OperationModel, asked: Mapping[str, object]) -> dict[str, Any]:
        """Return AWS's answer to a request for a thing that does not exist."""
        if self._service == "s3":
            answered = self._bucket.answer(model.name, asked)
            if isinstance(answered, ErrorAnswer):
                raise self._error(answered, model.name)
            if answered is not None:
                return answered
        if model.name in result_keys(self._service):
            return response_of(model, empty_listing(self._service, model.name), asked, self._aws.owner)
        raise self._error(self._not_found(model, asked), model.name)

    def _not_found(self, model: OperationModel, asked: Mapping[str, object]) -> ErrorAnswer:
        if self._service == "sagemaker" and model.name in _NOT_FOUND:
            parameter, words = _NOT_FOUND[model.name]
            return ErrorAnswer("ValidationException", words.format(asked.get(parameter, "")))
        codes = (shape.metadata.get("error", {}).get("code", shape.name) for shape in model.error_shapes)
        modelled = next((code for code in codes if "NotFound" in code or code.startswith("NoSuch")), None)
        named = next((str(value) for value in asked.values() if isinstance(value, str)), "it")
        return ErrorAnswer(modelled or "ValidationException", f"Could not find {named}: the recording has no answer")

    def _error(self, error: ErrorAnswer, operation: str) -> ClientError:
        """Return a new error. Nearly all are the same (a missing object), so its text is built once."""
        model = self._made(error, operation)
        copy = type(model).__new__(type(model), *model.args)
        copy.__dict__.update(model.__dict__)
        return copy

    def _make_error(self, error: ErrorAnswer, operation: str) -> ClientError:
        raised = cast("Callable[[dict[str, Any], str], ClientError]", self.exceptions.from_code(error.code))
        metadata = {"HTTPStatusCode": _STATUS.get(error.code, 400), "HTTPHeaders": {}, "RetryAttempts": 0}
        told = {"Error": {"Code": error.code, "Message": error.message}, "ResponseMetadata": metadata}
        return raised(told, operation)
