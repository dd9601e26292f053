"""Reduces the problem of a signal to a storable size."""

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
"""How long a suppression counts if CloudWatch states no end and cannot be asked."""

LONGEST_MUTE: Final = timedelta(days=30)
"""The maximum duration of a mute rule, as for a silence."""

KEPT: Final = 20
NAMED: Final = 200
_LONGEST_NAME: Final = 128
_LONGEST: Final = 400
_LONGEST_CHECK: Final = 100
# Bytes of JSON. A state holds its incident, and DynamoDB refuses an item above 400 KB.
_ROOM: Final = 64_000
_ROOM_FOR_NAMES: Final = 32_768
_KNOWN: Final = frozenset(Check)


def problem_of_run(run: RunFinished) -> Problem:
    """Return the problem of a bad run, with its worst findings and a count of all."""
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
        estimate=evidence.estimate[:_LONGEST],
    )


def problem_of_alarm(alarm: AlarmChanged) -> Problem:
    """Return the problem of an alarm: one finding, of its metric against its threshold."""
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
    """Return the suppression of an alarm's actions with its end; None without one."""
    if alarm.suppressed_by is None:
        return None
    by = (alarm.suppressed_why or f"Actions suppressed by {alarm.suppressed_by}")[:_LONGEST]
    if alarm.suppressed_until is not None:
        # After the period, the suppressor alarm may suppress them: CloudWatch is asked then.
        stated = alarm.suppressed_by not in PERIODS
        return SuppressedAtSource(by=by, until=min(alarm.suppressed_until, alarm.at + LONGEST_MUTE), stated=stated)
    return SuppressedAtSource(by=by, until=alarm.at + BELIEVED)


def features_of(run: RunFinished) -> tuple[str, ...]:
    """Return the violated features of a run, each once, in the report's order.

    At most `NAMED`, cut to a storable length.
    """
    named: dict[str, None] = {}
    for finding in run.evidence.findings:
        if finding.feature:
            named[finding.feature[:_LONGEST_NAME]] = None
            if len(named) == NAMED:
                break
    return that_fit(named)


def that_fit(features: Iterable[str], beside: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the first features that fit beside the stored ones: with ordinary names, all."""
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
    """Return the findings that a person should see first, at most `KEPT`, with shortened sentences.

    Fewer are stored if their bytes (a character has up to six in JSON) would not fit. If all are stored, they keep the
    order of the report: reading a number from each sentence takes time.
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
    """Return the number of subjects without building the text of each."""
    return len(
        {
            f.feature if f.feature is not None else (f.facet, f.facet_value, f.label, f.metric or f.check)
            for f in findings
        }
    )


def _checks(findings: tuple[Finding, ...]) -> dict[str, int]:
    """Return the number of findings of each check; of unknown checks, only the most frequent."""
    counts = Counter([finding.check for finding in findings])
    if counts.keys() <= _KNOWN:
        return dict(counts)
    known = {check: count for check, count in counts.items() if check in _KNOWN}
    others = Counter({check: count for check, count in counts.items() if check not in _KNOWN})
    return known | {check[:_LONGEST_CHECK]: count for check, count in others.most_common(KEPT)}
