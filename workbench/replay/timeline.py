"""A replay for people: a line for each signal, and a sum at the end."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from typing import Final

from rich.console import Console
from rich.text import Text

from kedge.domain.decision import Decision, Notify, Queued, RemedyHeld
from kedge.domain.incident import Incident, IncidentState, Severity
from kedge.domain.notification import IncidentSummary
from kedge.domain.run import Reading
from kedge.domain.signal import AlarmChanged, AnySignal, FeaturesDrifted, RunFinished, SilenceChanged, TimerFired
from kedge.formatting import format_time
from kedge.services.intake import IntakeOutcome
from workbench.recordings.recording import moment
from workbench.replay.loop import Played
from workbench.replay.side import Told
from workbench.replay.wire import shown_group, unreadable

_COLOURS: Final = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_INDENT: Final = " " * 18
_LISTED: Final = 12


class Timeline:
    """Prints each event with its time, and counts them."""

    def __init__(self, console: Console) -> None:
        """Print to `console`, that of the results; `signals` counts the printed signals."""
        self._console = console
        self._reasons: Counter[str] = Counter()
        self.signals = 0
        self._notifications = 0
        self._incidents: dict[str, IncidentState] = {}

    def show(self, played: Played) -> None:
        """Print one signal and its decision."""
        line = Text(f"{_when(played.stamp)}  ")
        if played.told is not None:
            self._gathered(line, played.told)
            return
        self.signals += not played.timer
        if played.fault is not None:
            self._reasons["malformed"] += 1
            self._print(line.append("malformed", "bold red"), str(played.fault))
        elif played.outcome is None:
            self._reasons["dead_letter"] += 1
            self._print(line.append("dead letter", "bold red"), played.dead or "")
        elif played.outcome.ignored is not None:
            self._reasons[played.outcome.ignored] += 1
            about = f"{_shown(played.about)}  " if played.about else ""
            self._print(line.append(f"{about}ignored: {played.outcome.ignored}", "dim"))
        else:
            self._decided(line, played.outcome, again=played.again, timer=played.timer)

    def sum_up(self) -> None:
        """Print the number of signals by result, and of open incidents."""
        reasons = ", ".join(f"{count} {reason}" for reason, count in self._reasons.most_common()) or "nothing"
        still = sum(state is not IncidentState.RESOLVED for state in self._incidents.values())
        self._print(Text())
        self._print(Text(f"{_many(self.signals, 'signal')}: {reasons}"))
        opened = _many(len(self._incidents), "incident")
        self._print(Text(f"{opened}, {still} still open; {_many(self._notifications, 'notification')}"))

    def _gathered(self, line: Text, told: Told) -> None:
        """Print one message of gathered news."""
        self._notifications += 1
        count = len(told.briefs) + told.effect.tally.incidents
        line.append("timer", "bold").append(f"  {told.effect.why}: {_many(count, 'incident')} in one message")
        briefs = [_listed(brief) for brief in told.briefs[:_LISTED]]
        if count > len(briefs):
            briefs.append(f"and {count - len(briefs)} more")
        self._print(line, *briefs, f"notified: {told.receiver}")

    def _decided(self, line: Text, outcome: IntakeOutcome, *, again: bool, timer: bool) -> None:
        signal, decision = outcome.signal, outcome.decision
        if signal is None:
            return
        if decision is None:
            self._reasons["noted"] += 1
            self._print(line.append(_shown(_subject(signal)), "bold"), _silence(signal))
            return
        if not timer:
            self._reasons[decision.reason] += 1
        self._notifications += sum(isinstance(effect, Notify) for effect in decision.effects)
        line.append(_shown(_subject(signal)), "bold").append(f"  {_finding(signal, decision)}")
        if again:
            line.append("  (on a later delivery)", "dim")
        details = [f"{decision.reason}: {decision.because}"]
        if (note := unreadable(signal)) is not None and note not in decision.because:
            details.append(note)
        if decision.incident is not None:
            self._incidents[decision.incident.id] = decision.incident.state
            details.append(_standing(decision.incident))
            if decision.effects or decision.remedies:
                details += [f"because {said}" for said in decision.incident.evidence]
        details += [*_remedies(decision), *_tellings(decision)]
        self._print(line, *details, loud=_colour(decision.incident) if decision.incident else "")

    def _print(self, line: Text, *details: str, loud: str = "") -> None:
        self._console.print(line, soft_wrap=True)
        for detail in details:
            style = loud if detail.startswith("incident ") else ""
            self._console.print(Text(f"{_INDENT}{_shown(detail)}", style), soft_wrap=True)


def _shown(text: str) -> str:
    """Return foreign text without characters that a terminal would obey instead of print."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _when(stamp: str | None) -> str:
    try:
        return f"{moment(stamp).astimezone(UTC):%Y-%m-%d %H:%M}"
    except ValueError:
        return "????-??-?? ??:??"


def _tellings(decision: Decision) -> Iterator[str]:
    """Yield the receivers that are notified now, later, or not at all."""
    now = [effect.receiver for effect in decision.effects if isinstance(effect, Notify)]
    if now:
        yield f"notified: {', '.join(now)}"
    for effect in decision.effects:
        if isinstance(effect, Queued):
            what = "one digest" if effect.digest else f"its group ({shown_group(effect.group)})"
            yield f"gathered: {effect.receiver} is notified with {what}, from {effect.due:%H:%M} UTC on"
    for suppressed in decision.suppressed:
        by = f" by {suppressed.by}" if suppressed.by and suppressed.by != suppressed.quiet else ""
        until = f", re-evaluated at {format_time(suppressed.until)}" if suppressed.until else ""
        yield f"not notified: {suppressed.receiver}, {suppressed.quiet}{by}{until}"


def _remedies(decision: Decision) -> Iterator[str]:
    """Yield the remedies, or why there are none."""
    for remedy in decision.remedies:
        if isinstance(remedy, RemedyHeld):
            until = f" (until {format_time(remedy.until)})" if remedy.until else ""
            yield f"held back: {remedy.remedy}, {remedy.why}: {remedy.says}{until}"
        else:
            yield f"remedy: {remedy.remedy}, {remedy.mode}: {remedy.says}"


def _silence(signal: AnySignal) -> str:
    if not isinstance(signal, SilenceChanged):
        return ""
    silence = signal.silence
    span = f"{silence.starts_at:%Y-%m-%d %H:%M} to {format_time(silence.ends_at)}"
    return f"silence {silence.id} of {silence.author_name}, {span}: {', '.join(silence.matchers)} ({silence.comment})"


def _listed(brief: IncidentSummary) -> str:
    return f"{brief.why}: {brief.target.name} {brief.monitor}, incident {brief.incident[-12:]} {brief.state}, {brief.severity}, {brief.cause}"


def _subject(signal: AnySignal) -> str:
    match signal:
        case FeaturesDrifted():
            return "all targets together"
        case TimerFired():
            return f"timer  {signal.target.name} {signal.monitor}"
        case RunFinished():
            return f"{signal.target.name} {signal.monitor}"
        case AlarmChanged() if signal.target.name == signal.alarm:
            return f"alarm {signal.alarm}"
        case AlarmChanged():
            return f"{signal.target.name} alarm {signal.alarm}"
        case _:
            return f"{signal.target.name} {type(signal).__name__}"


def _finding(signal: AnySignal, decision: Decision) -> str:
    verdict = decision.verdict or ""
    if not isinstance(signal, RunFinished) or signal.evidence.reading is not Reading.READ:
        return verdict
    count = len(signal.evidence.findings)
    return f"{verdict}, {_many(count, 'finding')}" if count else verdict


def _colour(incident: Incident) -> str:
    return "green" if incident.state is IncidentState.RESOLVED else _COLOURS.get(incident.severity, "")


def _standing(incident: Incident) -> str:
    return f"incident {incident.id[-12:]} {incident.state}, {incident.severity}, {incident.cause}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
