"""A person asked for quiet, or ended it early: `kedge silence add`, or a caller of the function people with a `Silence Changed`."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from kedge.domain.provenance import Provenance
from kedge.domain.signal import SilenceChanged
from kedge.domain.silence import Silence
from kedge.domain.target import Target, TargetKind
from kedge.policy.matchers import matcher
from kedge.sources.moments import moment
from kedge.sources.origin import Event, Home
from kedge.sources.person import Person, moment_under, said, when
from kedge.sources.place import Place

SILENCES: Final = "silences"
"""The name of the fleet's case to which silences belong: they are of no single target."""

LONGEST: Final = timedelta(days=30)
"""A silence for longer is a rule, and rules stand in the policy, where others read them."""

_MOST_MATCHERS: Final = 32
_LONGEST_MATCHER: Final = 1_024


def read_silence(event: Event, home: Home, person: Person, provenance: Provenance) -> SilenceChanged:
    """Return the silence in `{"id", "at", "silence": {"id", "matchers", "starts_at", "ends_at", "author", "comment", "created"}}`.

    It is whole, also if only its end has moved. Without `at` it is the time of the event. If the person is proven, `author` counts for
    nothing. Raises MalformedSignal, also for matchers that a policy could not have.
    """
    detail = event.detail
    place = detail.at("silence").must_be_object()
    starts, ends = moment_under(place, "starts_at"), moment_under(place, "ends_at")
    if ends < starts:
        raise place.at("ends_at").fault("must not lie before starts_at")
    if ends - starts > LONGEST:
        raise place.at("ends_at").fault(
            f"must lie within {LONGEST.days} days: what is quiet for longer belongs into the policy"
        )
    comment = said(place, "comment")
    if not comment:
        raise place.at("comment").fault("must say why: others read it when they miss a message")
    return SilenceChanged(
        id=f"silence/{detail.need('id', 'an id that no other change has')}",
        at=when(event, detail),
        target=Target(account=home.account, region=home.region, kind=TargetKind.FLEET, name=SILENCES),
        silence=Silence(
            id=place.need("id", "the silence's id"),
            matchers=tuple(_matchers(place.at("matchers"))),
            starts_at=starts,
            ends_at=ends,
            author=person.named(place, "author", "the name of the person who asks for quiet"),
            proven=person.proven,
            comment=comment,
            created=moment(place.at("created").value),
        ),
        provenance=provenance,
    )


def _matchers(place: Place) -> Iterator[str]:
    found = list(place.each())
    if not 0 < len(found) <= _MOST_MATCHERS:
        raise place.fault(f'must be a list of 1 to {_MOST_MATCHERS} matchers, such as ["endpoint=\\"churn-prod\\""]')
    for one in found:
        if not isinstance(one.value, str) or len(one.value) > _LONGEST_MATCHER:
            raise one.fault(f"must be a matcher: a text of {_LONGEST_MATCHER} characters at most")
        try:
            matcher(one.value)
        except ValueError as error:
            raise one.fault(str(error)) from error
        yield one.value
