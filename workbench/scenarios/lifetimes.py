"""The end and the making of what is monitored, and of what monitors it: the parts of `input` for that."""

from enum import StrEnum

from workbench.scenarios.parts import Part


class Told(StrEnum):
    """How often the events of a deletion or a making reach Kedge. SageMaker promises none of them."""

    ONCE = "once"
    TWICE = "twice"
    NEVER = "never"


class DeletedPart(Part, frozen=True, kw_only=True):
    """The target's endpoint is deleted, or the `schedule` that is named beside it. Deleting a schedule stops it first."""

    heard: Told = Told.ONCE


class MadePart(Part, frozen=True, kw_only=True):
    """The `schedule` that is named beside it is made, perhaps again under its old name. An endpoint is made by its next `deployment`."""

    heard: Told = Told.ONCE
