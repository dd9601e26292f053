"""Errors of the local SageMaker.

    ApiError             the caller's error, in AWS's words
    ConnectionDropped    no answer: the caller cannot know whether the call was performed
    WrongAnswer          a bug of the local SageMaker: its answer does not fit the service model

`LocalSageMaker.call` raises no other error.
"""

from dataclasses import dataclass
from typing import override


@dataclass
class ApiError(Exception):
    """An error answer: `code` as in the service model, `message` for people, HTTP `status`."""

    code: str
    message: str
    status: int = 400

    @override
    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class ConnectionDropped(Exception):
    """The connection is closed without an answer, after `after` seconds, so that a client's read can time out."""

    def __init__(self, after: float = 0.0) -> None:
        super().__init__(f"dropped after {after:g} s")
        self.after = after


class WrongAnswer(Exception):
    """An operation made an answer that SageMaker could not give."""


def invalid(message: str) -> ApiError:
    """Return SageMaker's catch-all error: most of its refusals differ only in their words."""
    return ApiError("ValidationException", message)


def not_found(message: str) -> ApiError:
    """Return the modelled error of the resources that have one."""
    return ApiError("ResourceNotFound", message)


def in_use(message: str) -> ApiError:
    """Return the error for a name that is taken."""
    return ApiError("ResourceInUse", message)


def conflict(message: str) -> ApiError:
    """Return the error that pipelines and model packages use where others use ResourceInUse."""
    return ApiError("ConflictException", message)
