"""Names the subject of an event that Kedge ignores, for readers of a replay."""

from typing import Final

from kedge.domain.errors import InputError
from kedge.sources.arns import last_part
from kedge.sources.json_path import JsonValue

_LONGEST: Final = 80
_NAMES: Final = ("ProcessingJobName", "stepName", "pipelineExecutionDisplayName")


def subject_of(event: object) -> str:
    """Return the name of the resource, else the event's type, or an empty text. It has at most 80 characters."""
    place = event if isinstance(event, JsonValue) else JsonValue(event)
    try:
        root = place.at("body").parsed() if place.has("body") else place.parsed()
    except InputError:
        return ""
    resource = next((item.value for item in root.at("resources").each() if isinstance(item.value, str)), None)
    detail = root.at("detail")
    name = detail.text(*_NAMES) or detail.at("object").text("key") or last_part(resource)
    return (name or root.text("detail-type", "Type", "source") or "")[:_LONGEST]
