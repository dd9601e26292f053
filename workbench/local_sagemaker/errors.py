"""Errors of the local SageMaker.

ApiError                what the caller gets, as AWS would say it
ConnectionDropped       no answer at all; the caller cannot know whether the call was performed
WrongAnswer             a bug of the local SageMaker: its answer does not fit the service model
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
    """The connection is closed without an answer; `after` seconds pass first, so that a client's read can time out."""

    def __init__(self, after: float = 0.0) -> None:
        super().__init__(f"dropped after {after:g} s")
        self.after = after


class WrongAnswer(Exception):
    """The answer that an operation made is not one that SageMaker could give."""


def invalid(message: str) -> ApiError:
    """SageMaker's catch-all: most of its refusals are told apart by their words only."""
    return ApiError("ValidationException", message)


def not_found(message: str) -> ApiError:
    """The modelled error of the resources that have one."""
    return ApiError("ResourceNotFound", message)


def in_use(message: str) -> ApiError:
    """A name is taken."""
    return ApiError("ResourceInUse", message)


def conflict(message: str) -> ApiError:
    """Pipelines and model packages say this where others say ResourceInUse."""
    return ApiError("ConflictException", message)
