"""All parts of an incident's problem: a suppression must cover all of them, while a route needs one match.

The author of a silence for one feature knew that feature. A further broken part is news.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from kedge.domain.cause import Cause
from kedge.domain.finding import SCHEMA_CHECKS
from kedge.domain.incident import Incident, IncidentPart, SourceFindings
from kedge.domain.run import FAULTS
from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.policy.matchers import Labels, Matcher

_CUT: Final = 128
_SOURCES: Final = 50
_SAID: Final = "~"
_SAID_SOURCES: Final = 10
# Bytes of JSON: a state holds its incident, and DynamoDB refuses an item above 400 KB.
_ROOM: Final = 32_768
_MORE: Final = "\u2026"


def whole_of(incident: Incident, labels: Labels, *, said: bool = False) -> tuple[Labels, ...]:
    """Return the labels of each part of an incident's problem, of all of its sources. `labels` are the incident's own.

    Unconfirmed parts count only if the news itself is unconfirmed (`said`): a message must not end the suppression of a
    confirmed incident.
    """
    alarm = incident.problem.alarm
    return tuple(
        {**labels, **_own(each, alarm), **_labels(part)}
        for each in shown_by_all(incident, said=said)
        for part in each.parts or (IncidentPart(),)
    )


def shown_by_all(incident: Incident, *, said: bool) -> list[SourceFindings]:
    """Return the bad findings of each source of an incident, with unconfirmed ones if `said`."""
    others = [each for each in incident.others.values() if said or not each.said]
    return [*([] if incident.eased and others else [shown_of(incident)]), *others]


def is_only_blind(incident: Incident) -> bool:
    """Return whether an incident only reports that nothing is measured; other parts may have recovered."""
    return all(each.cause is Cause.MONITOR_FAULT for each in shown_by_all(incident, said=incident.is_only_said))


def covers(wanted: tuple[Matcher, ...], whole: tuple[Labels, ...]) -> bool:
    """Return whether matchers cover the whole problem; without matchers, always."""
    return left_out(wanted, whole) is None


def left_out(wanted: tuple[Matcher, ...], whole: tuple[Labels, ...]) -> Labels | None:
    """Return the first part of the problem that matchers do not cover, or None."""
    for labels in whole:
        for each in wanted:
            if not each.covers(labels):
                return labels
    return None


def named(labels: Labels, wanted: tuple[Matcher, ...]) -> str:
    """Return the words for a part that matchers do not cover, by the first such label: `feature plan`."""
    failed = next((each for each in wanted if not each.covers(labels)), None)
    label = failed.label if failed is not None else "source"
    values = [value for value in labels.get(label, ()) if value and not (failed and failed.covers({label: (value,)}))]
    if values:
        return f"{label} {', '.join(values[:3])}{', \u2026' if len(values) > 3 else ''}"
    known = next((name for name in ("feature", "facet", "metric", "check", "source") if any(labels.get(name, ()))), "")
    return f"{known} {', '.join(labels[known][:3])}" if known else f"what has no {label}"


def shown_of(incident: Incident) -> SourceFindings:
    """Return the findings of the newest bad signal of an incident."""
    own = incident.own
    return SourceFindings(
        source=incident.problem.source,
        verdict=incident.problem.verdict,
        cause=own.cause if own is not None else incident.cause,
        variant=own.variant if own is not None else incident.variant,
        parts=parts_of(incident),
        said=incident.is_only_said,
        hushed=incident.problem.hushed,
    )


def shown_by(incident: Incident, source: str) -> list[SourceFindings]:
    """Return the bad findings of a source of an incident."""
    newest = [shown_of(incident)] if incident.problem.source == source and not incident.eased else []
    return [*newest, *(each for name, each in incident.others.items() if name == source)]


def parts_of(incident: Incident) -> tuple[IncidentPart, ...]:
    """Return the parts of an incident's newest problem, finding by finding.

    Only the worst findings are stored completely. For the rest, names of features and counts of checks are known. If
    even names are missing, one part without any represents them, and no matcher of a name covers it.
    """
    problem, worst = incident.problem, incident.problem.worst
    parts = [
        IncidentPart(_one(each.check), _one(each.feature), _one(each.metric or problem.metric), _one(each.facet))
        for each in worst
    ]
    if (failed := incident.failed_check) is not None:
        parts.append(IncidentPart((failed,)))
    checks, features = tuple(problem.checks), set(incident.features)
    whole = {each.feature[:_CUT] for each in worst if each.feature}
    rest = tuple(name for name in incident.features if name not in whole)
    if rest or (problem.findings or 0) > len(worst):
        parts.append(IncidentPart(checks, rest or tuple(incident.features)))
    subjects = {(each.facet, each.facet_value, each.label, each.metric) for each in worst if not each.feature}
    if (problem.subjects or 0) > len(features | whole) + len(subjects):
        parts.append(IncidentPart(checks))
    return tuple(dict.fromkeys(parts))


def is_only_of(incident: Incident, features: tuple[str, ...]) -> bool:
    """Return whether the whole problem of an incident is about some of these features."""
    known = set(features)
    return all(part.feature and {name[:_CUT] for name in part.feature} <= known for part in parts_of(incident))


def with_draft(incident: Incident, draft: Incident, signal: AlarmChanged | RunFinished, *, thin: bool) -> Incident:
    """Return the incident with the other parts that continue, before its problem becomes the draft's.

    These are the findings of its other sources. A draft of a run on few records (`thin`) does not end all findings of
    its own source: those that need more records stay.
    """
    others, before = dict(incident.others), shown_of(incident)
    name = draft.problem.source
    left = [
        part
        for each in shown_by(incident, name)
        if each.verdict not in FAULTS
        for part in each.parts
        if not SCHEMA_CHECKS.issuperset(part.check)
    ]
    if name != before.source and not incident.eased:
        others[before.source] = before
    others.pop(name, None)
    if thin and left:
        others[name] = replace(before, source=name, parts=tuple(dict.fromkeys(left)))
    problem, own = draft.problem, None
    if isinstance(signal, AlarmChanged) and (draft.cause, draft.variant) != (incident.cause, incident.variant):
        # Each alarm monitors something else, and has a cause and a variant of its own.
        own = SourceFindings(source=problem.source, verdict=problem.verdict, cause=draft.cause, variant=draft.variant)
    return replace(incident, others=_fitting(others), eased=False, own=own)


def beside(incident: Incident, draft: Incident, *, said: bool) -> Incident:
    """Return the incident with a draft beside its problem: a monitor that broke, or an unconfirmed signal."""
    name = f"{_SAID}{draft.problem.source}" if said else draft.problem.source
    shown = replace(shown_of(draft), said=said)
    if incident.others.get(name) == shown:
        return incident
    return replace(incident, others=_fitting({**incident.others, name: shown}))


def without(incident: Incident, source: str, *, said: bool) -> Incident:
    """Return the incident without the findings of a source that has recovered while others are not.

    An unconfirmed signal (`said`) ends no confirmed finding, but all findings of an unconfirmed incident.
    """
    ends_all = not said or incident.is_only_said
    names = {source, f"{_SAID}{source}"} if ends_all else {f"{_SAID}{source}"}
    others = {name: each for name, each in incident.others.items() if name not in names}
    eased = incident.eased or (ends_all and source == incident.problem.source)
    return replace(incident, others=others, eased=eased)


def grew(before: Incident, after: Incident) -> bool:
    """Return whether the problem of an incident has a part that it lacked before."""
    return not _things(after) <= _things(before)


def _things(incident: Incident) -> set[tuple[str, IncidentPart]]:
    shown = (shown_of(incident), *incident.others.values())
    return {(each.source, part) for each in shown for part in each.parts or (IncidentPart(),)}


def _labels(part: IncidentPart) -> dict[str, tuple[str, ...]]:
    return {"check": part.check, "feature": part.feature, "metric": part.metric, "facet": part.facet}


def _own(shown: SourceFindings, alarm: str) -> dict[str, tuple[str, ...]]:
    # A contributor uses the name of its alarm.
    is_part = alarm != "" and shown.source.startswith(f"{alarm}[")
    return {
        "source": (alarm if is_part else shown.source,),
        "verdict": (shown.verdict,),
        "cause": (shown.cause,),
        "variant": _one(shown.variant),
    }


def _fitting(others: Mapping[str, SourceFindings]) -> dict[str, SourceFindings]:
    """Return the other findings up to the limits. The rest becomes one part that no matcher of a name covers."""
    kept = [*_kept(others, said=False), *_kept(others, said=True)]
    return dict(reversed(kept))


def _kept(others: Mapping[str, SourceFindings], *, said: bool) -> Iterator[tuple[str, SourceFindings]]:
    alike = [each for each in reversed([*others.items()]) if each[1].said is said]
    room = _ROOM // (4 if said else 1)
    for count, (name, shown) in enumerate(alike, 1):
        room -= len(msgspec.json.encode({name: shown}))
        if room < 0 or count > (_SAID_SOURCES if said else _SOURCES):
            more = f"{_SAID}{_MORE}" if said else _MORE
            yield more, SourceFindings(source=_MORE, verdict=shown.verdict, cause=shown.cause, said=said)
            return
        yield name, shown


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()
