"""`kedge policy explain`: why a signal notified its receivers, and what suppresses the others."""

import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from kedge.domain.errors import MalformedPolicy
from kedge.domain.signal import AnySignal
from kedge.explain.explain import Explanation
from kedge.services.intake import IntakeOutcome
from workbench.cli.exits import Exit
from workbench.cli.policy.route_test import show_visits
from workbench.cli.policy.situation import OneEvent, Situation, Unexplained, situations
from workbench.recordings.recording import Recording, RecordingMissing, moment, refuse_links
from workbench.replay.command import rules
from workbench.replay.loop import Played
from workbench.replay.wire import object_of


def explain_recording(
    folder: Path, number: int | None, policy: Path | None, *, environment: str = "", as_json: bool
) -> Exit:
    """Explain the signals of one line of a recording, with its context at arrival, and return the exit code."""
    return _explained(lambda: Recording.open(folder), number, policy, environment, as_json=as_json)


def explain_event(
    event: Path, folder: Path | None, at: str | None, policy: Path | None, *, environment: str = "", as_json: bool
) -> Exit:
    """Explain one event as if it were the first one, and return the exit code.

    AWS's answers come from a recording's folder, if there is one.
    """
    with tempfile.TemporaryDirectory() as nothing:

        def recording() -> Recording:
            if folder is not None:
                refuse_links(folder)
            one = OneEvent(folder or Path(nothing))
            try:
                one.event = msgspec.json.decode(event.read_bytes())
            except msgspec.DecodeError as error:
                raise RecordingMissing(f"{event}: not JSON: {error}") from error
            try:
                one.at = moment(at) if at is not None else _time_of(one.event)
            except ValueError as error:
                raise RecordingMissing(f"--at {error}") from error
            return one

        if folder is None:
            note = "what the event points at is not looked up; --recording gives answers and objects"
            Console(stderr=True, soft_wrap=True).print(f"kedge policy explain: {note}", markup=False)
        return _explained(recording, 1, policy, environment, as_json=as_json)


def _time_of(event: Any) -> datetime:
    """Return when the event arrived: the time in an EventBridge event, or now."""
    try:
        return moment(event.get("time") if isinstance(event, dict) else None)
    except ValueError:
        return datetime.now(UTC)


def _explained(
    opened: Callable[[], Recording], number: int | None, policy: Path | None, environment: str, *, as_json: bool
) -> Exit:
    notes = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        recording = opened()
        found = situations(recording, rules(recording, policy, environment), number)
    except (RecordingMissing, MalformedPolicy) as error:
        notes.print(f"kedge policy explain: {error}", markup=False)
        return Exit.USAGE
    except Unexplained as error:
        notes.print(f"kedge policy explain: {error}", markup=False)
        return Exit.FAILED
    if not found:
        place = "" if number is None else f" in line {number} of signals.jsonl"
        notes.print(f"kedge policy explain: there is no such signal{place}", markup=False)
        return Exit.USAGE
    if as_json:
        _as_json(found)
    else:
        screen = Console(soft_wrap=True, highlight=False)
        for situation in found:
            _show(screen, situation)
    return Exit.DONE if all(not _unread(each) for each in found) else Exit.FAILED


def _unread(situation: Situation) -> bool:
    return situation.signal is None and not situation.nothing.startswith("ignored")


def _show(screen: Console, situation: Situation) -> None:
    when = f"{situation.at:%Y-%m-%d %H:%M}  " if situation.at is not None else ""
    screen.print(Text.assemble(when, (_name(situation.signal), "bold")))
    if situation.explained is None:
        screen.print(Text(f"  {situation.nothing}"))
        return
    show_explained(screen, situation.explained)


def show_explained(screen: Console, explained: Explanation) -> None:
    """Print the steps in order, the rules, the path through the tree, and each receiver with its reason."""
    decision = explained.decision
    screen.print(Text(f"  {decision.reason}: {decision.because} (policy {decision.policy})"))
    screen.print(Text(f"  {explained.origin}"))
    _section(screen, "Steps")
    wide = max((len(step.name) for step in explained.steps), default=0)
    for step in explained.steps:
        ends = "  <- decided here" if step.decided else ""
        screen.print(Text(f"  {step.name:{wide}}  {step.said}{ends}"))
    if explained.rules:
        _section(screen, "Rules")
        for name, said in explained.rules.items():
            screen.print(Text(f"  {name:11}  {said}"))
    if explained.receivers:
        _section(screen, "Routes")
        show_visits(screen, explained.visits)
        _section(screen, "Receivers")
        for heard in explained.receivers:
            told = {"now": "notified now", "later": "notified later", "no": "not notified"}[heard.told]
            screen.print(Text.assemble("  ", (heard.receiver, "bold"), f"  {told}, at {heard.step}: {heard.because}"))
            if heard.change:
                screen.print(Text(f"      to change that: {heard.change}"))
    elif explained.change:
        _section(screen, "No receiver is notified")
        screen.print(Text(f"  to change that: {explained.change}"))


def _section(screen: Console, name: str) -> None:
    screen.print()
    screen.print(Text(name, "bold"))


def _name(signal: AnySignal | None) -> str:
    if signal is None:
        return "no signal"
    return f"{type(signal).__struct_config__.tag} {signal.id}"


def _as_json(found: Sequence[Situation]) -> None:
    for situation in found:
        sys.stdout.buffer.write(msgspec.json.encode(_object(situation)) + b"\n")
    sys.stdout.buffer.flush()


def _object(situation: Situation) -> dict[str, Any]:
    explained = situation.explained
    if explained is None:
        return {"at": situation.at, "signal": None, "nothing": situation.nothing}
    played = Played(stamp=None, outcome=IntakeOutcome(signal=situation.signal, decision=explained.decision))
    told = object_of(played)
    visits = [{**msgspec.to_builtins(visit), "because": visit.because} for visit in explained.visits]
    return {
        "at": situation.at,
        "signal": told["signal"],
        "decision": {**told["decision"], "because": explained.decision.because},
        "steps": msgspec.to_builtins(explained.steps),
        "rules": explained.rules,
        "labels": explained.labels,
        "routes": visits,
        "receivers": msgspec.to_builtins(explained.receivers),
        "origin": explained.origin,
        "change": explained.change,
    }
