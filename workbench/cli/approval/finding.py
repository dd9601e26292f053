"""Finds one plan by the beginning of its digest."""

import re
from typing import Final

from kedge.domain.action import Action
from workbench.cli.connection.ending import Unwise
from workbench.cli.connection.stack import DeployedStack

MOST: Final = 1_000
"""The maximum number of plans in progress that are searched."""

_WHOLE: Final = 64
_SHORTEST: Final = 4
_DIGITS: Final = re.compile(r"[0-9a-f]+")


def action_of(stack: DeployedStack, text: str) -> Action:
    """Return the action whose plan's digest is, or begins with, a text. Raises Unwise if there is none, or several."""
    text = text.strip().lower()
    if not _DIGITS.fullmatch(text) or len(text) < _SHORTEST or len(text) > _WHOLE:
        raise Unwise(f"{text!r} is not a plan id: give its first {_SHORTEST} to {_WHOLE} hexadecimal digits")
    held = stack.actions.load(text if len(text) == _WHOLE else _one(stack, text))
    if held is None:
        raise Unwise(f"there is no plan {text} in {stack.name}; `kedge approval list --all` shows those under way")
    return held.action


def _one(stack: DeployedStack, text: str) -> str:
    """Return the digest that begins with a text, from the plans in progress or else from the plans of all incidents."""
    found = {each.digest: each.plan.sentence for each in stack.actions.open(MOST) if each.digest.startswith(text)}
    if not found:
        remedies = (each.remedy for each in stack.incidents.listing(open_only=False))
        found = {
            each.digest: each.sentence for each in remedies if each and each.digest and each.digest.startswith(text)
        }
    if not found:
        raise Unwise(f"no plan id begins with {text}; `kedge approval list --all` shows those under way")
    if len(found) > 1:
        named = "; ".join(f"{digest[:16]}: {sentence}" for digest, sentence in list(found.items())[:5])
        raise Unwise(f"{len(found)} plan ids begin with {text}: give more of it. {named}")
    return next(iter(found))
