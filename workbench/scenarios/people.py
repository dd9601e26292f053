"""Statements of people about configs and incidents in a test. The identity of each person counts as proven."""

from typing import Final

from kedge.domain.provenance import EntryPoint, Provenance
from kedge.domain.run import Monitor
from kedge.domain.signal import ConfigMarked, DecisionMade, OperatorAction
from kedge.domain.target import Target
from workbench.scenarios.changes import Mark, MarkPart
from workbench.scenarios.document import Input, Person
from workbench.scenarios.looking import newest
from workbench.scenarios.ring import Ring, Unplayable
from workbench.scenarios.situation import Place

PERSON: Final = Provenance(entry_point=EntryPoint.PEOPLE, says="a person of the test")
"""The provenance of people's actions in a test."""

_GOOD: Final = {Mark.GOOD: True, Mark.VETOED: False, Mark.NEITHER: None}
_ACTS: Final = (
    ("ack", OperatorAction.ACKNOWLEDGE),
    ("mitigate", OperatorAction.MITIGATE),
    ("resolve", OperatorAction.RESOLVE),
    ("note", OperatorAction.NOTE),
)


def by_a_person(ring: Ring, given: Input, place: Place, number: int) -> None:
    """Carry out a person's decision. Raises Unplayable if there is no incident to decide about."""
    if given.mark is not None:
        _marked(ring, given.mark, place.target, number)
    for key, act in _ACTS:
        person: Person | None = getattr(given, key)
        if person is not None:
            _decided(ring, person, act, place, given.monitor, number)


def _marked(ring: Ring, part: MarkPart, target: Target, number: int) -> None:
    signal = ConfigMarked(
        id=f"mark/{number}",
        at=ring.now,
        target=target,
        config=part.config,
        good=_GOOD[part.says],
        by=part.by,
        proven=part.proven,
        comment=part.comment,
        provenance=PERSON,
    )
    ring.settle(signal)


def _decided(
    ring: Ring, person: Person, act: OperatorAction, place: Place, monitor: Monitor | None, number: int
) -> None:
    incident = newest(ring.story, place.target, monitor)
    if incident is None:
        raise Unplayable(f"{person.by} has no incident of {place.target.name} to {act}")
    ring.settle(
        DecisionMade(
            id=f"decision/{number}",
            at=ring.now,
            target=incident.target,
            incident=incident.id,
            monitor=incident.monitor,
            act=act,
            by=person.by,
            proven=True,
            comment=person.comment,
            provenance=PERSON,
        )
    )
