"""All that is wrong with an incident: what keeps it quiet must cover all of it, while routing asks for one match.

A silence of one feature was made by somebody who knew of that feature. What breaks beside it is news.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from kedge.domain.cause import Cause
from kedge.domain.finding import SCHEMA_CHECKS
from kedge.domain.incident import Incident, IncidentPart, SourceFindings
from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.policy.matchers import Labels, Matcher

_CUT: Final = 128
_SOURCES: Final = 50
_SAID: Final = "~"
_SAID_SOURCES: Final = 10
# Bytes of JSON: a state holds its incident, and DynamoDB takes no item above 400 KB.
_ROOM: Final = 32_768
_MORE: Final = "\u2026"


def whole_of(incident: Incident, labels: Labels, *, said: bool = False) -> tuple[Labels, ...]:
    """Return the labels of each thing that is wrong with an incident, of all of its sources. `labels` are the incident's own.

    What no authority confirms counts only if the news is itself only `said`: a message must not end the quiet of what is confirmed.
    """
    alarm = incident.problem.alarm
    return tuple(
        {**labels, **_own(each, alarm), **_labels(part)}
        for each in shown_by_all(incident, said=said)
        for part in each.parts or (IncidentPart(),)
    )


def shown_by_all(incident: Incident, *, said: bool) -> list[SourceFindings]:
    """Return what each source of an incident shows that is not well yet, what is only said if `said`."""
    others = [each for each in incident.others.values() if said or not each.said]
    return [*([] if incident.eased and others else [shown_of(incident)]), *others]


def is_only_blind(incident: Incident) -> bool:
    """Return if all that is still wrong with an incident is that nothing is measured: what was bad beside it may be well again."""
    return all(each.cause is Cause.MONITOR_FAULT for each in shown_by_all(incident, said=incident.is_only_said))


def covers(wanted: tuple[Matcher, ...], whole: tuple[Labels, ...]) -> bool:
    """Whether matchers cover all that is wrong; of no matchers, always."""
    return left_out(wanted, whole) is None


def left_out(wanted: tuple[Matcher, ...], whole: tuple[Labels, ...]) -> Labels | None:
    """Return the first thing that is wrong and that matchers do not cover, None if they cover everything."""
    return next((labels for labels in whole if not all(each.covers(labels) for each in wanted)), None)


def named(labels: Labels, wanted: tuple[Matcher, ...]) -> str:
    """Return the words for a thing that matchers leave out, by the first label for which they do: `feature plan`."""
    failed = next((each for each in wanted if not each.covers(labels)), None)
    label = failed.label if failed is not None else "source"
    values = [value for value in labels.get(label, ()) if value and not (failed and failed.covers({label: (value,)}))]
    if values:
        return f"{label} {', '.join(values[:3])}{', \u2026' if len(values) > 3 else ''}"
    known = next((name for name in ("feature", "facet", "metric", "check", "source") if any(labels.get(name, ()))), "")
    return f"{known} {', '.join(labels[known][:3])}" if known else f"what has no {label}"


def shown_of(incident: Incident) -> SourceFindings:
    """Return what the newest bad signal of an incident shows."""
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
    """Return what a source of an incident shows that is not well yet."""
    newest = [shown_of(incident)] if incident.problem.source == source and not incident.eased else []
    return [*newest, *(each for name, each in incident.others.items() if name == source)]


def parts_of(incident: Incident) -> tuple[IncidentPart, ...]:
    """Return what is wrong by the newest problem of an incident, finding by finding.

    Only the worst findings are kept whole. Of the rest, names of features and counts of checks are known; if even names are missing, one
    part without any stands for them, which no matcher of a name covers.
    """
    problem, worst = incident.problem, incident.problem.worst
    parts = [
        IncidentPart(_one(each.check), _one(each.feature), _one(each.metric or problem.metric), _one(each.facet))
        for each in worst
    ]
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
    """Return if all that is wrong with an incident is wrong with some of these features."""
    known = set(features)
    return all(part.feature and {name[:_CUT] for name in part.feature} <= known for part in parts_of(incident))


def with_draft(incident: Incident, draft: Incident, signal: AlarmChanged | RunFinished, *, thin: bool) -> Incident:
    """Return the incident, whose problem is to be the draft's, with what else goes on.

    That is what its other sources show, and, if the draft is of a run on few records (`thin`), what of its own source only a run on more
    can end.
    """
    others, before = dict(incident.others), shown_of(incident)
    name = draft.problem.source
    left = [
        part for each in shown_by(incident, name) for part in each.parts if not SCHEMA_CHECKS.issuperset(part.check)
    ]
    if name != before.source and not incident.eased:
        others[before.source] = before
    others.pop(name, None)
    if thin and left:
        others[name] = replace(before, source=name, parts=tuple(dict.fromkeys(left)))
    problem, own = draft.problem, None
    if isinstance(signal, AlarmChanged) and (draft.cause, draft.variant) != (incident.cause, incident.variant):
        # Each alarm looks at something else, and has a cause and a variant of its own.
        own = SourceFindings(source=problem.source, verdict=problem.verdict, cause=draft.cause, variant=draft.variant)
    return replace(incident, others=_fitting(others), eased=False, own=own)


def beside(incident: Incident, draft: Incident, *, said: bool) -> Incident:
    """Return the incident with what a draft shows beside its problem: a monitor that broke, or what no authority confirms."""
    name = f"{_SAID}{draft.problem.source}" if said else draft.problem.source
    shown = replace(shown_of(draft), said=said)
    if incident.others.get(name) == shown:
        return incident
    return replace(incident, others=_fitting({**incident.others, name: shown}))


def without(incident: Incident, source: str, *, said: bool) -> Incident:
    """Return the incident without what a source showed, which is well again while others are not.

    What is only `said` ends nothing that is confirmed, and all that an incident shows that is only said itself.
    """
    ends_all = not said or incident.is_only_said
    names = {source, f"{_SAID}{source}"} if ends_all else {f"{_SAID}{source}"}
    others = {name: each for name, each in incident.others.items() if name not in names}
    eased = incident.eased or (ends_all and source == incident.problem.source)
    return replace(incident, others=others, eased=eased)


def grew(before: Incident, after: Incident) -> bool:
    """Return if more, or something else, is wrong with an incident than before."""
    return not _things(after) <= _things(before)


def _things(incident: Incident) -> set[tuple[str, IncidentPart]]:
    shown = (shown_of(incident), *incident.others.values())
    return {(each.source, part) for each in shown for part in each.parts or (IncidentPart(),)}


def _labels(part: IncidentPart) -> dict[str, tuple[str, ...]]:
    return {"check": part.check, "feature": part.feature, "metric": part.metric, "facet": part.facet}


def _own(shown: SourceFindings, alarm: str) -> dict[str, tuple[str, ...]]:
    # A contributor goes by the name of its alarm.
    is_part = alarm != "" and shown.source.startswith(f"{alarm}[")
    return {
        "source": (alarm if is_part else shown.source,),
        "verdict": (shown.verdict,),
        "cause": (shown.cause,),
        "variant": _one(shown.variant),
    }


def _fitting(others: Mapping[str, SourceFindings]) -> dict[str, SourceFindings]:
    """Return as much of what others show as may be kept. The rest is kept as one thing that no matcher of a name covers."""
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
