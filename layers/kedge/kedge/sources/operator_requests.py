"""Reads people's events: decisions on incidents, marks of configs, silences, drills.

They arrive at an entry point of their own, never with AWS's events.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from kedge.domain.incident import Severity
from kedge.domain.provenance import EntryPoint, Provenance
from kedge.domain.run import Monitor
from kedge.domain.signal import ConfigMarked, DecisionMade, DrillRequested, OperatorAction, SilenceChanged
from kedge.domain.silence import Silence
from kedge.domain.target import Target, TargetKind
from kedge.policy.matchers import matcher
from kedge.sources.arns import is_config
from kedge.sources.event_header import Event, Home, SignalOrigin, event_of
from kedge.sources.json_path import JsonValue
from kedge.sources.operator_fields import Person, choice, moment_under, said, when
from kedge.sources.size_limits import within_bounds
from kedge.sources.timestamps import moment


def read_config_mark(event: Event, person: Person, provenance: Provenance) -> ConfigMarked:
    """Return the mark in `{"id", "at", "target", "config", "good", "by", "comment"}`.

    `target` is written as in messages, and is an endpoint. `good` is true, false, or null, which removes the mark. The
    default of `at` is the time of the event. If the person is proven, `by` is ignored. Raises MalformedSignal.
    """
    detail = event.detail
    text = detail.need("target", "the endpoint, as <account>/<region>/endpoint/<name>")
    try:
        target = Target.parse(text)
    except ValueError:
        target = None
    if target is None or target.kind is not TargetKind.ENDPOINT:
        wanted = "<account>/<region>/endpoint/<name>, such as 111122223333/us-east-1/endpoint/churn-prod"
        raise detail.at("target").fault(f"must be {wanted}")
    config = detail.need("config", "the name of an endpoint config")
    if not is_config(config):
        raise detail.at("config").fault(
            "must be the name of an endpoint config: letters, digits and hyphens, 63 at most"
        )
    good = detail.at("good").value
    if good is not None and not isinstance(good, bool):
        raise detail.at("good").fault("must be true, false, or null")
    return ConfigMarked(
        id=f"config-mark/{detail.need('id', 'an id that no other mark has')}",
        at=when(event, detail),
        target=target,
        config=config,
        good=good,
        by=person.named(detail, "by", "the name of the person who says so"),
        proven=person.proven,
        comment=said(detail, "comment"),
        provenance=provenance,
    )


def read_decision(event: Event, person: Person, provenance: Provenance) -> DecisionMade:
    """Return the decision in `{"id", "at", "incident", "target", "monitor", "act", "by", "comment"}`.

    `target` is written as in messages, `<account>/<region>/<kind>/<name>`. Only a note needs a `comment`. The default
    of `at` is the time of the event. If the person is proven, `by` is ignored. Raises MalformedSignal.
    """
    detail = event.detail
    act = choice(detail, "act", OperatorAction)
    comment = said(detail, "comment")
    if act is OperatorAction.NOTE and not comment:
        raise detail.at("comment").fault("must hold the note")
    return DecisionMade(
        id=f"decision/{detail.need('id', 'an id that no other decision has')}",
        at=when(event, detail),
        target=_target(detail),
        incident=detail.need("incident", "the incident's id"),
        monitor=choice(detail, "monitor", Monitor),
        act=act,
        by=person.named(detail, "by", "the name of the person who decided"),
        proven=person.proven,
        comment=comment,
        provenance=provenance,
    )


def _target(detail: JsonValue) -> Target:
    text = detail.need("target", "the incident's target")
    try:
        return Target.parse(text)
    except ValueError:
        wanted = "<account>/<region>/<kind>/<name>, such as 111122223333/us-east-1/endpoint/churn-prod"
        raise detail.at("target").fault(f"must be {wanted}") from None


SILENCES: Final = "silences"
"""The name of the fleet's case for silences, which do not belong to a single target."""

LONGEST: Final = timedelta(days=30)
"""A longer silence is a rule, and rules belong in the policy, where others read them."""

_MOST_MATCHERS: Final = 32
_LONGEST_MATCHER: Final = 1_024


def read_silence(event: Event, home: Home, person: Person, provenance: Provenance) -> SilenceChanged:
    """Return the silence of a person's event.

    The event's detail is `{"id", "at", "silence": {"id", "matchers", "starts_at", "ends_at", "author", "comment",
    "created"}}`. The silence is complete, even if only its end has moved. The default of `at` is the time of the event.
    If the person is proven, `author` is ignored. Raises MalformedSignal, also for matchers that a policy could not
    have.
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


def _matchers(place: JsonValue) -> Iterator[str]:
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


DRILL: Final = "drill"
"""The name of the fleet's case for drills that are about no endpoint."""

_MOST_TAGS: Final = 50
_LONGEST_TAG: Final = 256


def read_drill(event: Event, home: Home, person: Person, provenance: Provenance) -> DrillRequested:
    """Return the drill in `{"id", "at", "severity", "endpoint", "receiver", "tags", "by", "comment"}`.

    Without `endpoint`, the drill is about no endpoint. `receiver` limits it to one receiver. `tags` are those of the
    endpoint, which select routes and owner. If the person is proven, `by` is ignored. Raises
    MalformedSignal.
    """
    detail = event.detail
    endpoint = detail.text("endpoint")
    kind = TargetKind.FLEET if endpoint is None else TargetKind.ENDPOINT
    return DrillRequested(
        id=f"drill/{detail.need('id', 'an id that no other drill has')}",
        at=when(event, detail),
        target=Target(account=home.account, region=home.region, kind=kind, name=endpoint or DRILL),
        severity=choice(detail, "severity", Severity),
        receiver=detail.text("receiver") or "",
        tags=_tags(detail.at("tags")),
        by=person.named(detail, "by", "the name of the person who starts the drill"),
        proven=person.proven,
        comment=said(detail, "comment"),
        provenance=provenance,
    )


def _tags(place: JsonValue) -> dict[str, str]:
    if place.value is None:
        return {}
    found = place.must_be_object().value
    tags = {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}
    if len(tags) > _MOST_TAGS or any(len(text) > _LONGEST_TAG for tag in tags.items() for text in tag):
        raise place.fault(f"must hold at most {_MOST_TAGS} tags of {_LONGEST_TAG} characters")
    return tags


__all__ = ["SOURCE", "Home", "Personal", "is_personal", "read_person"]

type Personal = DecisionMade | ConfigMarked | SilenceChanged | DrillRequested

SOURCE: Final = "kedge"
"""The `source` of such an event."""

# A clock may run ahead by this time. A later time cannot be the time of a statement.
_AHEAD: Final = timedelta(minutes=5)
_READERS: Final[Mapping[str, Callable[[Event, Home, Person, Provenance], Personal]]] = {
    "Decision Made": lambda event, _, person, provenance: read_decision(event, person, provenance),
    "Config Marked": lambda event, _, person, provenance: read_config_mark(event, person, provenance),
    "Silence Changed": read_silence,
    "Drill Requested": read_drill,
}


def is_personal(raw: object) -> bool:
    """Return whether an event claims to be a person's decision."""
    root = raw if isinstance(raw, JsonValue) else JsonValue(raw)
    return root.text("source") == SOURCE and root.text("detail-type") in _READERS


def read_person(raw: object, home: Home, received: datetime, person: Person) -> Personal:
    """Return the signal of a person's event, which arrived at `received` (UTC).

    Args:
        raw: the event, decoded JSON: `{"source": "kedge", "detail-type": "Decision Made", "detail": {…}}`.
        home: where Kedge runs.
        received: the time of arrival, which is also the time of the statement if the event does not have one.
        person: the sender, as far as that is proven.

    Raises:
        MalformedSignal: carries the JSON path of the fault.
    """
    root = _writable((raw if isinstance(raw, JsonValue) else JsonValue(raw)).must_be_object())
    if (source := root.need("source", f'"{SOURCE}"')) != SOURCE:
        raise root.at("source").fault(f'must be "{SOURCE}", not {source[:50]!r}: only what people decide comes in here')
    kind = root.need("detail-type", f"one of {', '.join(_READERS)}")
    read = _READERS.get(kind)
    if read is None:
        raise root.at("detail-type").fault(f"must be one of {', '.join(_READERS)}, not {kind[:50]!r}")
    says = "a person whose identity AWS confirmed" if person.proven else "a person whose identity is not proven"
    if person.arn and not root.at("detail").parsed().has("at"):
        raise root.at("detail", "at").fault("must hold the time: without it, what was signed could be repeated as new")
    signal = read(
        event_of(root, home, received, SignalOrigin(EntryPoint.PEOPLE)),
        home,
        person,
        Provenance(entry_point=EntryPoint.PEOPLE, says=says),
    )
    if signal.at > received + _AHEAD:
        raise root.at("detail", "at").fault("must not lie in the future: check the clock of the machine that sends it")
    return within_bounds(signal, root, received)


def _writable(root: JsonValue) -> JsonValue:
    """Return the event if it can be written to a table and a mail. Raises MalformedSignal otherwise."""
    try:
        json.dumps(root.value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise root.fault("holds half a surrogate pair, which no text can hold") from error
    except (RecursionError, TypeError, ValueError) as error:
        raise root.fault("nests too deep, or holds what is not JSON") from error
    return root
