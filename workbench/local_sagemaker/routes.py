"""`Control` over HTTP: `POST /_kedge/<method>` with a JSON object of keyword arguments."""

from datetime import UTC, datetime

from workbench.local_sagemaker.control import Control
from workbench.local_sagemaker.errors import invalid
from workbench.local_sagemaker.world import Document

_TIMES = ("scheduled_time", "start")
METHODS = tuple(name for name in vars(Control) if not name.startswith("_"))


def drive(control: Control, method: str, arguments: Document) -> object:
    """Call a method by name with JSON arguments. Raises ApiError if the method or the arguments are invalid."""
    if method not in METHODS:
        raise invalid(f"no control method {method!r}; there are {', '.join(METHODS)}")
    try:
        answer: object = getattr(control, method)(**arguments | _moments(arguments))
    except (TypeError, ValueError) as fault:
        raise invalid(f"{method}: {fault}") from fault
    return answer


def _moments(arguments: Document) -> dict[str, datetime]:
    found = {name: datetime.fromisoformat(arguments[name]) for name in _TIMES if arguments.get(name) is not None}
    return {name: moment if moment.tzinfo else moment.replace(tzinfo=UTC) for name, moment in found.items()}
