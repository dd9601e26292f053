"""Finds one incident by a part of its id."""

from kedge.domain.incident import Incident
from kedge.ledger.codec import IncidentHistory
from workbench.cli.connection.ending import Unwise
from workbench.cli.connection.stack import DeployedStack

_WHOLE = 36


def story_of(stack: DeployedStack, text: str) -> IncidentHistory:
    """Return the story of the incident whose id is, begins or ends with a text.

    Raises Unwise if there is none, or more than one.
    """
    if len(text) < _WHOLE:
        text = _one(text, stack.incidents.listing(open_only=False)).id
    story = stack.incidents.story(text)
    if story is None:
        raise Unwise(f"there is no incident {text} in {stack.name}; `kedge incident list --all` shows those there are")
    return story


def _one(text: str, incidents: tuple[Incident, ...]) -> Incident:
    found = [each for each in incidents if each.id.endswith(text) or each.id.startswith(text)]
    if not found:
        raise Unwise(
            f"no incident's id begins or ends with {text!r}; `kedge incident list --all` shows those there are"
        )
    if len(found) > 1:
        named = ", ".join(f"{each.id} ({each.target.name})" for each in found[:5])
        raise Unwise(f"{len(found)} incidents' ids begin or end with {text!r}: {named}")
    return found[0]
