"""What is wrong, boiled down to what is worth keeping."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

import msgspec

from kedge.domain.finding import Check, Finding, worst_first
from kedge.domain.incident import Problem, SuppressedAtSource
from kedge.domain.run import Reading, Verdict
from kedge.domain.signal import PERIODS, AlarmChanged, RunFinished

BELIEVED: Final = timedelta(days=1)
"""For so long does a suppression count whose end CloudWatch has not told, and of which it cannot be asked."""

LONGEST_MUTE: Final = timedelta(days=30)
"""For no longer does a mute rule keep people from hearing, as a silence."""

KEPT: Final = 20
NAMED: Final = 200
_LONGEST_NAME: Final = 128
_LONGEST: Final = 400
_LONGEST_CHECK: Final = 100
# Bytes of JSON. A state holds its incident, and DynamoDB takes no item above 400 KB: it would refuse what it cannot keep.
_ROOM: Final = 64_000
_ROOM_FOR_NAMES: Final = 32_768
_KNOWN: Final = frozenset(Check)


def problem_of_run(run: RunFinished) -> Problem:
    """The problem that a bad run shows, with its worst findings and a count of all."""
    evidence = run.evidence
    read = evidence.reading is Reading.READ
    return Problem(
        source=run.source,
        verdict=run.verdict,
        said=(run.said or "")[:_LONGEST],
        findings=len(evidence.findings) if read else None,
        checks=_checks(evidence.findings),
        subjects=_subjects(evidence.findings) if read else None,
        worst=worst_of(evidence.findings),
        reading=evidence.reading,
        why_unread=evidence.why and evidence.why[:_LONGEST],
        report=evidence.uri,
        job=run.job,
        window=run.window,
        records=evidence.records,
        features=evidence.features,
        disputed=run.disputed[:_LONGEST],
    )


def problem_of_alarm(alarm: AlarmChanged) -> Problem:
    """The problem that an alarm shows: one finding, of its metric against its threshold."""
    finding = Finding(
        check=Check.ALARM,
        said=alarm.reason[:_LONGEST],
        metric=(alarm.metric or alarm.alarm)[:_LONGEST],
        measured=alarm.observed,
        allowed=alarm.limit,
    )
    return Problem(
        source=alarm.source,
        verdict=alarm.verdict,
        said=alarm.reason[:_LONGEST],
        worst=(finding,),
        namespace=alarm.namespace and alarm.namespace[:_LONGEST],
        metric=alarm.metric and alarm.metric[:_LONGEST],
        blind=alarm.measured_nothing,
        alarm=alarm.whole if alarm.contributor else "",
        contributors=(alarm.part[:_LONGEST],) if alarm.contributor else (),
        was_ok=alarm.previous is Verdict.OK,
        hushed=suppressed_at_source(alarm),
    )


def suppressed_at_source(alarm: AlarmChanged) -> SuppressedAtSource | None:
    """Who keeps an alarm's actions from being taken, until when; None if nobody does."""
    if alarm.suppressed_by is None:
        return None
    by = (alarm.suppressed_why or f"Actions suppressed by {alarm.suppressed_by}")[:_LONGEST]
    if alarm.suppressed_until is not None:
        # After the period, the suppressor alarm may suppress them: CloudWatch is asked then.
        stated = alarm.suppressed_by not in PERIODS
        return SuppressedAtSource(by=by, until=min(alarm.suppressed_until, alarm.at + LONGEST_MUTE), stated=stated)
    return SuppressedAtSource(by=by, until=alarm.at + BELIEVED)


def features_of(run: RunFinished) -> tuple[str, ...]:
    """The features that a run found violated, each once, in the report's order; at most `NAMED`, cut to a bearable length."""
    named: dict[str, None] = {}
    for finding in run.evidence.findings:
        if finding.feature:
            named[finding.feature[:_LONGEST_NAME]] = None
            if len(named) == NAMED:
                break
    return that_fit(named)


def that_fit(features: Iterable[str], beside: Iterable[str] = ()) -> tuple[str, ...]:
    """The first features that may be kept with those that are kept already: of ordinary names, all."""
    room, kept = _ROOM_FOR_NAMES - sum(map(_bytes_of, beside)), list[str]()
    for feature in features:
        room -= _bytes_of(feature)
        if room < 0:
            break
        kept.append(feature)
    return tuple(kept)


def _bytes_of(name: str) -> int:
    return len(msgspec.json.encode(name)) + 1


def worst_of(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that a person should see first, at most `KEPT`, with sentences cut to a bearable length.

    Fewer are kept where they are so dear in bytes (a character has up to six in JSON) that together they would not fit. If all are
    kept, they stay in the order of the report: reading a number out of each sentence takes time.
    """
    return tuple(_that_fit(worst_first(findings)[:KEPT] if len(findings) > KEPT else findings))


def _that_fit(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    room = _ROOM
    for finding in findings:
        short = finding.shortened(_LONGEST)
        room -= len(msgspec.json.encode(short))
        if room < 0:
            return
        yield short


def _subjects(findings: tuple[Finding, ...]) -> int:
    """How many subjects the findings have, without writing a large report's subjects out."""
    return len(
        {
            f.feature if f.feature is not None else (f.facet, f.facet_value, f.label, f.metric or f.check)
            for f in findings
        }
    )


def _checks(findings: tuple[Finding, ...]) -> dict[str, int]:
    """How many findings each check has; of checks that only the team's own detector knows, the commonest."""
    counts = Counter([finding.check for finding in findings])
    if counts.keys() <= _KNOWN:
        return dict(counts)
    known = {check: count for check, count in counts.items() if check in _KNOWN}
    others = Counter({check: count for check, count in counts.items() if check not in _KNOWN})
    return known | {check[:_LONGEST_CHECK]: count for check, count in others.most_common(KEPT)}
