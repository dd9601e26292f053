"""Reads the deployments of an endpoint. It changes nothing."""

import sys
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from kedge.decide.deployment_ledger import MONITORS, tallies
from kedge.domain.action import Efficacy
from kedge.domain.deployment import ConfigMark, Deployment, Deployments, PendingDeployment, RunTally, Trust
from kedge.domain.errors import KedgeError
from kedge.domain.remedy import RemedyName
from kedge.domain.signal import ChangeKind
from kedge.domain.target import Target
from kedge.remediation.known_good import known_good, trust_of
from workbench.cli.connection.ending import ending, say
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.deployment.finding import endpoint_of
from workbench.cli.deployment.screen import print_ledger
from workbench.cli.exits import Exit


class Served(Struct, frozen=True, kw_only=True):
    """A config that is or was in service, and what is known about its quality."""

    deployment: Deployment
    standing: Trust
    mark: ConfigMark | None = None


class Shown(Struct, frozen=True, kw_only=True):
    """The configs of an endpoint, the newest first, with the roll-back target and the results of remedies.

    If there is no roll-back target, it has the reason.
    """

    target: str
    configs: tuple[Served, ...]
    coming: PendingDeployment | None
    marks: tuple[ConfigMark, ...]
    back_to: str | None
    why_not: str | None
    efficacy: dict[RemedyName, Efficacy]


def list_deployments(endpoint: str, stack: str, region: str | None, profile: str | None, *, as_json: bool) -> Exit:
    """Print the configs of an endpoint and return the exit code."""

    def work() -> Exit:
        deployed = DeployedStack(stack, region, profile)
        shown = _shown(deployed, endpoint_of(deployed, endpoint), datetime.now(UTC))
        if as_json:
            sys.stdout.buffer.write(msgspec.json.encode(shown) + b"\n")
            sys.stdout.buffer.flush()
        else:
            print_ledger(shown)
        return Exit.DONE

    return ending("deployment list", work)


def _shown(deployed: DeployedStack, target: Target, now: datetime) -> Shown:
    ledger, policy = deployed.ledger, deployed.policy
    known = ledger.load(target, ChangeKind.ENDPOINT)[0].deployments
    tags = deployed.tags(target, _unread)
    runs = tallies(known.current.since, now, ledger.cases(target, MONITORS)) if known.current else {}
    marks = {mark.config: mark for mark in known.marks}
    back_to = known_good(policy, known, tags, now)
    counted = _counted(known, runs)
    return Shown(
        target=str(target),
        configs=tuple(
            Served(deployment=each, standing=trust_of(policy, counted, each, tags), mark=marks.get(each.config))
            for each in reversed(counted.history)
        ),
        coming=known.coming,
        marks=known.marks,
        back_to=back_to.config if isinstance(back_to, Deployment) else None,
        why_not=None if isinstance(back_to, Deployment) else back_to.says,
        efficacy=ledger.efficacy(target),
    )


def _counted(known: Deployments, runs: dict[str, RunTally]) -> Deployments:
    """Return the deployments with the runs of the current config, which are stored only when it ends."""
    if not known.history or not runs:
        return known
    current = msgspec.structs.replace(known.history[-1], runs=runs)
    return msgspec.structs.replace(known, history=(*known.history[:-1], current))


def _unread(target: Target, error: KedgeError) -> None:
    say(
        "deployment list",
        f"the tags of {target.name} could not be read, so what they say of configs is not in it: {error}",
    )
