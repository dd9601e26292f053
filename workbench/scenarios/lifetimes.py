"""The parts of `input` for the end and the creation of targets and of their schedules."""

from enum import StrEnum

from workbench.scenarios.parts import Part


class Told(StrEnum):
    """How often the events of a deletion or a creation reach Kedge. SageMaker guarantees none of them."""

    ONCE = "once"
    TWICE = "twice"
    NEVER = "never"


class DeletedPart(Part, frozen=True, kw_only=True):
    """The target's endpoint is deleted, or the `schedule` beside it. The deletion of a schedule stops it first."""

    heard: Told = Told.ONCE


class MadePart(Part, frozen=True, kw_only=True):
    """The `schedule` beside it is made, perhaps again under its old name. The next `deployment` makes an endpoint."""

    heard: Told = Told.ONCE
