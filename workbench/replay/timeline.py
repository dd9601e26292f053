"""A replay for people: a line for each signal, and a sum at the end."""

from collections import Counter
from datetime import UTC
from typing import Final

from rich.console import Console
from rich.text import Text

from kedge.domain.decision import Decision
from kedge.domain.incident import Incident, IncidentState, Severity
from kedge.domain.run import Reading
from kedge.domain.signal import AlarmChanged, AnySignal, RunFinished
from kedge.intake import Outcome
from workbench.recordings.recording import moment
from workbench.replay.loop import Played
from workbench.replay.wire import unreadable

_COLOURS: Final = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_INDENT: Final = " " * 18


class Timeline:
    """Prints what happened, when it happened, and counts it."""

    def __init__(self, console: Console) -> None:
        """`console` is that of the results."""
        self._console = console
        self._reasons: Counter[str] = Counter()
        self._signals = 0
        self._told = 0
        self._incidents: dict[str, IncidentState] = {}

    def show(self, played: Played) -> None:
        """Print one signal and what was decided."""
        self._signals += 1
        line = Text(f"{_when(played.stamp)}  ")
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
            self._decided(line, played.outcome, again=played.again)

    def sum_up(self) -> None:
        """Print how many signals came to what, and what is still open."""
        reasons = ", ".join(f"{count} {reason}" for reason, count in self._reasons.most_common()) or "nothing"
        still = sum(state is not IncidentState.RESOLVED for state in self._incidents.values())
        self._print(Text())
        self._print(Text(f"{_many(self._signals, 'signal')}: {reasons}"))
        opened = _many(len(self._incidents), "incident")
        self._print(Text(f"{opened}, {still} still open; {_many(self._told, 'notification')}"))

    def _decided(self, line: Text, outcome: Outcome, *, again: bool) -> None:
        signal, decision = outcome.signal, outcome.decision
        if signal is None or decision is None:
            return
        self._reasons[decision.reason] += 1
        self._told += len(decision.effects)
        line.append(_shown(_subject(signal)), "bold").append(f"  {_finding(signal, decision)}")
        if again:
            line.append("  (on a later delivery)", "dim")
        details = [f"{decision.reason}: {decision.because}"]
        if (note := unreadable(signal)) is not None and note not in decision.because:
            details.append(note)
        if decision.incident is not None:
            self._incidents[decision.incident.id] = decision.incident.state
            details.append(_standing(decision.incident))
        if decision.effects:
            details.append(f"told: {', '.join(effect.receiver for effect in decision.effects)}")
        self._print(line, *details, loud=_colour(decision.incident) if decision.incident else "")

    def _print(self, line: Text, *details: str, loud: str = "") -> None:
        self._console.print(line, soft_wrap=True)
        for detail in details:
            style = loud if detail.startswith("incident ") else ""
            self._console.print(Text(f"{_INDENT}{_shown(detail)}", style), soft_wrap=True)


def _shown(text: str) -> str:
    """Foreign text without what a terminal would obey instead of show."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _when(stamp: str | None) -> str:
    try:
        return f"{moment(stamp).astimezone(UTC):%Y-%m-%d %H:%M}"
    except ValueError:
        return "????-??-?? ??:??"


def _subject(signal: AnySignal) -> str:
    match signal:
        case RunFinished():
            return f"{signal.target.name} {signal.monitor}"
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
