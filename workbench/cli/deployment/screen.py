"""The output of deployments on a terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from kedge.decide.deployment_ledger import EVER
from kedge.domain.action import Efficacy
from kedge.domain.deployment import ConfigMark, Deployment, DeploymentOrigin, Trust
from kedge.domain.target import Target
from kedge.formatting import format_time
from workbench.cli.incident.screen import console

if TYPE_CHECKING:
    from workbench.cli.deployment.reading import Shown

_STYLES: Final = {Trust.GOOD: "green", Trust.BAD: "red", Trust.UNPROVEN: "yellow"}
_ARRIVALS: Final = {
    DeploymentOrigin.FOUND: "found there",
    DeploymentOrigin.DEPLOYED: "deployed",
    DeploymentOrigin.WENT_BACK: "SageMaker went back",
    DeploymentOrigin.REMEDY: "rolled back by Kedge",
}


def print_ledger(shown: "Shown") -> None:
    """Print a line for each config, the roll-back target, and the results of remedies."""
    screen, name = console(), Target.parse(shown.target).name
    if not shown.configs:
        screen.print(f"Nothing is known of the configs of {name}.", markup=False)
    else:
        screen.print(_table(shown))
    if shown.coming is not None:
        screen.print(f"{shown.coming.config} is being deployed since {format_time(shown.coming.since)}.", markup=False)
    known = {each.deployment.config for each in shown.configs}
    for mark in shown.marks:
        if mark.config not in known:
            screen.print(f"{mark.config} never ran here, as far as is known, and is {_said(mark)}.", markup=False)
    if shown.configs:
        back = f"A roll-back would go to {shown.back_to}." if shown.back_to else f"No roll-back: {shown.why_not}."
        screen.print(back, markup=False)
    for remedy, efficacy in sorted(shown.efficacy.items()):
        screen.print(f"{remedy}: {_worked(efficacy)}", markup=False)


def _table(shown: "Shown") -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("config", "since (UTC)", "until (UTC)", "how it came", "runs", "standing", "said of it"):
        table.add_column(name, no_wrap=name in {"since (UTC)", "until (UTC)", "standing"}, overflow="fold")
    for each in shown.configs:
        deployment = each.deployment
        table.add_row(
            Text(deployment.config),
            "before it was known" if deployment.since == EVER else f"{deployment.since:%Y-%m-%d %H:%M}",
            f"{deployment.until:%Y-%m-%d %H:%M}" if deployment.until is not None else "serves",
            _came(deployment),
            Text("\n".join(_runs(deployment))),
            Text(each.standing, style=_STYLES[each.standing]),
            Text(_said(each.mark) if each.mark is not None else ""),
        )
    return table


def _came(deployment: Deployment) -> str:
    plan = f" (plan {deployment.action[:12]})" if deployment.action else ""
    return f"{_ARRIVALS[deployment.arrival]}{plan}"


def _runs(deployment: Deployment) -> Iterator[str]:
    for source, tally in sorted(deployment.runs.items()):
        last = ", the last violated" if tally.last == "v" else ""
        yield f"{source}: {tally.clean} clean, {tally.bad} violated{last}"
    for source, tally in sorted(deployment.unconfirmed.items()):
        yield f"{source}: {tally.clean} clean, {tally.bad} violated, by reports that no authority confirms"


def _said(mark: ConfigMark) -> str:
    word = "pinned as good" if mark.good else "vetoed"
    return f"{word} by {mark.author_name}, {format_time(mark.at)}{f': {mark.comment}' if mark.comment else ''}"


def _worked(efficacy: Efficacy) -> str:
    counts = f"worked {efficacy.verified}, failed {efficacy.failed}, unknown {efficacy.unverified}"
    if efficacy.demoted is None:
        return counts
    return f"{counts}; since {format_time(efficacy.demoted)} never without approval, until it has worked once more"
