"""`Control` over HTTP: `POST /_kedge/<method>` with a JSON object of keyword arguments."""

from datetime import UTC, datetime

from workbench.sagemaker.control import Control
from workbench.sagemaker.errors import invalid
from workbench.sagemaker.world import Document

METHODS = tuple(name for name in vars(Control) if not name.startswith("_"))


def drive(control: Control, method: str, arguments: Document) -> object:
    """Call a method by name with JSON arguments. Raises ApiError for a method or arguments that do not fit."""
    if method not in METHODS:
        raise invalid(f"no control method {method!r}; there are {', '.join(METHODS)}")
    if "scheduled_time" in arguments:
        moment = datetime.fromisoformat(arguments["scheduled_time"])
        arguments = arguments | {"scheduled_time": moment if moment.tzinfo else moment.replace(tzinfo=UTC)}
    try:
        answer: object = getattr(control, method)(**arguments)
    except (TypeError, ValueError) as fault:
        raise invalid(f"{method}: {fault}") from fault
    return answer
