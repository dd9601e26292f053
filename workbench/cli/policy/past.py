"""Explains the notifications of a past incident from its timeline, which has the reasons of every decision."""

import sys
from datetime import UTC
from pathlib import Path
from typing import Any

import boto3
import msgspec
from rich.console import Console
from rich.text import Text

from kedge.adapters.dynamodb.incidents import DynamoIncidents
from kedge.adapters.dynamodb.table import Table
from kedge.domain.context import Context
from kedge.domain.decision import CaseState
from kedge.domain.errors import MalformedPolicy
from kedge.explain.explain import rules_of
from kedge.explain.suggestions import STEP_OF, suggest_for_suppressed
from kedge.ledger.codec import IncidentHistory
from kedge.ledger.timeline import Entry, EntryKind
from kedge.policy.compiled import Policy
from kedge.policy.labels import labels_of
from workbench.cli.connection.ending import Unwise, ending
from workbench.cli.connection.stack import DeployedStack, policy_of
from workbench.cli.exits import Exit
from workbench.cli.incident.finding import story_of
from workbench.cli.policy_files import policy_in


def explain_incident(
    incident: str,
    stack: str,
    table: str | None,
    policy: Path | None,
    *,
    environment: str = "",
    region: str | None = None,
    profile: str | None = None,
    as_json: bool,
) -> Exit:
    """Explain an incident of a stack, or of a table, by its timeline, and return the exit code.

    The named rules are those of the policy in force now, unless another policy is given.
    """

    def work() -> Exit:
        try:
            chosen = policy_in(policy, environment) if policy is not None else None
        except MalformedPolicy as error:
            raise Unwise(str(error)) from error
        story, in_force, context = _story(incident, stack, table, environment, region, profile)
        found = _object(story, chosen or in_force, context)
        if as_json:
            sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
            sys.stdout.buffer.flush()
        else:
            _show(Console(soft_wrap=True, highlight=False), story, found)
        return Exit.DONE

    return ending("policy explain", work)


def _story(
    incident: str, stack: str, table: str | None, environment: str, region: str | None, profile: str | None
) -> tuple[IncidentHistory, Policy, Context]:
    if table is None:
        deployed = DeployedStack(stack, region, profile)
        return story_of(deployed, incident), deployed.policy, Context(silences=deployed.incidents.silences())
    session = boto3.Session(profile_name=profile, region_name=region) if profile else boto3.Session(region_name=region)
    ledger = Table(session.client("dynamodb"), table)
    incidents = DynamoIncidents(ledger)
    story = incidents.story(incident)
    if story is None:
        raise Unwise(f"there is no incident {incident} in {table}")
    return story, policy_of(ledger, environment), Context(silences=incidents.silences())


def _object(story: IncidentHistory, policy: Policy, context: Context) -> dict[str, Any]:
    incident = story.incident
    return {
        "incident": {
            "id": incident.id,
            "target": str(incident.target),
            "monitor": incident.monitor,
            "state": incident.state,
            "severity": incident.severity,
            "cause": incident.cause,
        },
        "policy": policy.label,
        "rules": rules_of(policy, incident),
        "decisions": [
            _decision(entry, story, policy, context) for entry in story.entries if entry.what is EntryKind.DECIDED
        ],
        "deliveries": [_delivery(entry) for entry in story.entries if entry.what is not EntryKind.DECIDED],
        "waiting": [
            {"receiver": receiver, **msgspec.to_builtins(waiting)} for receiver, waiting in incident.waiting.items()
        ],
    }


def _decision(entry: Entry, story: IncidentHistory, policy: Policy, context: Context) -> dict[str, Any]:
    labels = labels_of(story.incident, policy.environment)
    state = CaseState(incident=story.incident)
    return {
        "at": entry.recorded.astimezone(UTC),
        "signal": entry.signal,
        "policy": entry.policy,
        "reason": entry.reason,
        "because": entry.because,
        "routes": entry.routes,
        "told_now": _receivers(entry.effects),
        "told_later": _receivers(entry.notices),
        "quiet": [
            {
                **msgspec.to_builtins(suppressed),
                "step": STEP_OF[suppressed.quiet],
                "change": suggest_for_suppressed(suppressed, policy, context, state, labels),
            }
            for suppressed in entry.suppressed
        ],
    }


def _receivers(names: tuple[str, ...]) -> list[str]:
    """Return the receivers in the ids of effects and notices: `<incident>/<revision>/<receiver>[/<channel>]`."""
    return list(dict.fromkeys(name.split("/")[2] for name in names if name.count("/") > 1))


def _delivery(entry: Entry) -> dict[str, Any]:
    at = entry.recorded.astimezone(UTC)
    return {"at": at, "what": entry.what, "effect": entry.effect, "because": entry.because}


def _show(screen: Console, story: IncidentHistory, found: dict[str, Any]) -> None:
    incident = story.incident
    head = f"{incident.target.name} {incident.monitor}: {incident.state}, {incident.severity}, {incident.cause}"
    screen.print(Text.assemble((incident.id, "bold"), f"  {head}"))
    screen.print(Text(f"  by the policy {found['policy']}:"))
    for name, said in found["rules"].items():
        screen.print(Text(f"    {name:11}  {said}"))
    for entry in found["decisions"]:
        screen.print()
        screen.print(
            Text(f"{entry['at']:%Y-%m-%d %H:%M}  {entry['reason']}: {entry['because']} (policy {entry['policy']})")
        )
        if entry["routes"]:
            screen.print(Text(f"    by {', '.join(entry['routes'])}"))
        for when in ("told_now", "told_later"):
            if entry[when]:
                screen.print(Text(f"    {when.replace('_', ' ')}: {', '.join(entry[when])}"))
        for suppressed in entry["quiet"]:
            by = f" by {suppressed['by']}" if suppressed["by"] else ""
            screen.print(
                Text(f"    not notified, at {suppressed['step']}: {suppressed['receiver']}, {suppressed['quiet']}{by}")
            )
            screen.print(Text(f"        to change that: {suppressed['change']}"))
    if found["deliveries"]:
        screen.print()
        screen.print(Text("what was sent:"))
    for entry in found["deliveries"]:
        screen.print(Text(f"    {entry['at']:%Y-%m-%d %H:%M}  {entry['what']}: {entry['because']}"))
