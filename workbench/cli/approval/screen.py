"""The output of plans on a terminal."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from rich.table import Table
from rich.text import Text

from kedge.domain.action import Action, Answer
from kedge.domain.cause import Cause
from kedge.domain.plan import PlanAction, RollBack, ShiftTraffic
from kedge.domain.remedy import Sessions
from kedge.domain.stage import Stage
from kedge.formatting import format_deadline, format_duration, format_time
from kedge.remediation.approval import expiry
from workbench.cli.incident.screen import console

_HANDLE: Final = 12


def print_plans(actions: list[Action], now: datetime, *, every: bool) -> None:
    """Print a line for each plan."""
    screen = console()
    if not actions:
        screen.print("No remedy is under way." if every else "Nothing waits for approval.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("plan", "stage", "target", "what", "until (UTC)", "left", "yes", "incident"):
        table.add_column(name, no_wrap=name not in {"target", "what"}, overflow="fold")
    for each in actions:
        asked, until = each.stage is Stage.ASKED, expiry(each)
        table.add_row(
            each.digest[:_HANDLE],
            each.stage,
            Text(each.plan.target.name),
            Text(each.plan.brief),
            f"{until:%Y-%m-%d %H:%M}" if asked else "",
            (format_duration(until - now) if until > now else "over") if asked else "",
            f"{_yes(each)} of {each.required}" if asked else "",
            each.plan.incident[-_HANDLE:],
        )
    screen.print(table)


def print_plan(action: Action, cause: Cause | None, evidence: tuple[str, ...], now: datetime) -> None:
    """Print a plan with its reasons, preconditions, approvers and result."""
    screen = console()
    screen.print(Text(action.plan.sentence, style="bold"))
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _facts(action, cause, evidence, now):
        if value:
            table.add_row(name, Text(value))
    screen.print(table)


def _facts(action: Action, cause: Cause | None, evidence: tuple[str, ...], now: datetime) -> Iterator[tuple[str, str]]:
    plan = action.plan
    yield "plan", action.digest
    yield "stage", f"{action.stage} since {format_time(action.changed)}{f' ({action.why})' if action.why else ''}"
    yield "said", action.says if action.says != plan.sentence else ""
    if action.stage is Stage.ASKED:
        yield "until", f"{format_deadline(expiry(action), now)}; no answer in time means no"
    elif action.deadline is not None and not action.stage.is_over:
        yield "known by", format_deadline(action.deadline, now)
    yield "target", str(plan.target)
    yield "incident", plan.incident
    yield "cause", cause or ""
    yield from _lines("evidence", evidence)
    yield from _of(plan.doing)
    yield from _lines("provided", plan.preconditions)
    yield from _lines("note", plan.notes)
    yield "mode", action.mode
    yield "policy", action.policy
    yield "asked for by", action.requested_by
    yield "approvers", _approvers(action)
    for vote in action.votes:
        word = "approved" if vote.answer is Answer.APPROVE else "rejected"
        proof = "" if vote.proven else ", as they say"
        yield (
            word,
            f"{vote.by}{proof}, {format_time(vote.at)}{f', by {vote.entry_point}' if vote.entry_point else ''}: {vote.reason or '-'}",
        )
    yield "called", format_time(action.called) if action.called is not None else ""
    yield "started", action.started or ""


def _of(doing: PlanAction) -> Iterator[tuple[str, str]]:
    match doing:
        case RollBack():
            yield "from", f"{doing.from_config}, which serves since {format_time(doing.since)}"
            yield "to", doing.to_config
        case ShiftTraffic():
            for variant, weight in doing.before.items():
                yield "weight", f"{variant}: {weight:g} to {doing.after.get(variant, weight):g}"
        case _:
            yield "starts", doing.using
            for name, value in doing.parameters.items():
                yield "parameter", f"{name} = {value}"


def _approvers(action: Action) -> str:
    who = ", ".join(action.approvers) or "all who may invoke the approve function"
    never = f", and never {', '.join(action.requesters)}" if action.requesters else ""
    proof = "; AWS has to confirm each" if action.proof else ""
    bound = "; each session of a role is a person" if action.sessions is Sessions.BOUND else ""
    return f"{action.required} of {who}{never}{proof}{bound}"


def _lines(name: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(texts):
        yield ("" if number else name), text


def _yes(action: Action) -> int:
    return sum(vote.answer is Answer.APPROVE for vote in action.votes)
