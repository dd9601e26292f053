"""The first line of a message, in its parts: how bad, where, what, and how it stands."""

from msgspec import Struct

from kedge.domain.effect import Effect
from kedge.domain.target import TargetKind
from kedge.notify.kind import Kind, kind_of
from kedge.notify.plain import squeezed
from kedge.notify.several import about_several, census, where
from kedge.notify.wording import headline


class Head(Struct, frozen=True, kw_only=True):
    """`[MARK] name: words (STANDING)`. A filter looks at both ends, a telephone shows the beginning."""

    mark: str
    name: str
    words: str
    standing: str


def head(effect: Effect) -> Head:
    """The first line of a message."""
    return _of_several(effect) if about_several(effect) else _of_one(effect)


def _of_one(effect: Effect) -> Head:
    incident, target = effect.incident, effect.incident.target
    over = kind_of(effect) is Kind.RESOLVED
    severity = incident.severity.upper()
    # A name that SageMaker takes (63 characters) is shown whole. What a fleet is called, nobody chose.
    name = "fleet" if target.kind is TargetKind.FLEET else squeezed(target.name, 63) or "unnamed"
    return Head(
        mark="RESOLVED" if over else severity,
        name=name,
        words=headline(effect),
        standing=f"was {severity}" if over else incident.state.upper(),
    )


def _of_several(effect: Effect) -> Head:
    counted = census(effect)
    return Head(
        mark=counted.worst.upper() if counted.worst is not None else "RESOLVED",
        name=where(effect),
        words=counted.words or "nothing left to tell",
        standing="DIGEST",
    )
