"""Command lines for the reader's next action. They can be pasted into a shell, whatever characters a name contains."""

import shlex
from collections.abc import Iterator
from typing import Final

from kedge.domain.effect import Effect
from kedge.domain.incident import Incident, IncidentState
from kedge.domain.run import Monitor
from kedge.domain.target import TargetKind
from kedge.formatting import one_line
from kedge.messages.digest import about_several, asks_for_approval, worst_of
from kedge.messages.remedy_status import asked_of, handle_of, news_of
from kedge.messages.update import is_update

_LONGEST: Final = 256


def commands(effect: Effect) -> tuple[str, ...]:
    """Return the commands that acknowledge an incident, silence its target and explain the decision, as far as they apply.

    An update has the command that shows the whole incident, in place of the silence.
    """
    several = about_several(effect)
    one = worst_of(effect) if several else effect
    if one is None or (several and not one.incident.is_open):
        return ()
    return ("kedge incident list", *_of(one, quiet=False)) if several else tuple(_of(one, quiet=True))


def answers(effect: Effect) -> tuple[str, ...]:
    """Return the commands that show, approve and reject a plan that waits for approval; none if no plan waits.

    A message about several incidents has only the list of approvals.
    """
    if about_several(effect):
        return ("kedge approval list",) if asks_for_approval(effect) else ()
    acting = asked_of(effect.incident)
    if acting is None:
        return ()
    plan = handle_of(acting)
    return (
        f"kedge approval show {plan}",
        f'kedge approval approve {plan} --reason "..."',
        f'kedge approval reject {plan} --reason "..."',
    )


def _of(effect: Effect, *, quiet: bool) -> Iterator[str]:
    incident, matchers = effect.incident, _matchers(effect.incident)
    name = one_line(incident.id)
    if not name or len(name) > _LONGEST:
        return
    if incident.state is IncidentState.FIRING:
        yield f"kedge incident ack {shlex.quote(name)}"
    if incident.monitor is Monitor.DRILL:
        yield f"kedge incident show {shlex.quote(name)}"
        return
    if not incident.is_open and not incident.resolved_by and news_of(effect) is None:
        yield f'kedge incident note {shlex.quote(name)} "..."'
    if is_update(effect):
        yield f"kedge incident show {shlex.quote(name)}"
    elif quiet and incident.is_open and matchers:
        yield f'kedge silence add {shlex.join(matchers)} --for 4h --comment "..."'
    if incident.is_open or not is_update(effect):
        yield f"kedge policy explain --incident {shlex.quote(name)}"


def _matchers(incident: Incident) -> tuple[str, ...]:
    """Return the matchers that silence an incident's target; none if it must not be silenced, or its name cannot be quoted.

    A fault of monitoring is silenced without the problems of the model.
    """
    target = incident.target
    if incident.monitor is Monitor.POLICY:
        return ()
    if target.kind is TargetKind.FLEET:
        return (f'monitor="{Monitor.FLEET}"',)
    name = one_line(target.name)
    if not name or len(name) > _LONGEST or set(name) & set('"\\'):
        return ()
    named = f'{"endpoint" if target.kind is TargetKind.ENDPOINT else "target"}="{name}"'
    return (named, f'monitor="{Monitor.WATCH}"') if incident.monitor is Monitor.WATCH else (named,)
