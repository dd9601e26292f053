"""The output of `kedge model` on a terminal."""

from collections.abc import Iterable
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from workbench.cli.incident.screen import console
from workbench.cli.model.apply import Result
from workbench.cli.model.refusals import statement
from workbench.cli.model.steps import OnboardingPlan, PlanItem, Standing

_STYLES: Final = {
    Standing.EXISTS: "green",
    Standing.MAKE: "bold cyan",
    Standing.CHANGE: "bold yellow",
    Standing.DELETE: "bold red",
    Standing.KEEP: "dim",
    Standing.LATER: "yellow",
}
_NARROW: Final = 110


def print_plan(plan: OnboardingPlan) -> None:
    """Print a plan: what exists, what would change, and its cost. Details follow below the table."""
    screen = console()
    screen.print(
        Text.assemble((plan.endpoint, "bold"), f"  {plan.kind}, account {plan.account}, {plan.region}\n{plan.about}"),
        soft_wrap=True,
    )
    if plan.remark:
        screen.print(Text(plan.remark, style="yellow"), soft_wrap=True)
    if screen.width < _NARROW:
        _print_list(screen, plan)
    else:
        _print_table(screen, plan)
    if not plan.steps:
        screen.print(f"{plan.endpoint}: nothing to do.")
        return
    total = sum(item.cost for item in plan.steps)
    cost = f", about ${total:.2f} a month in us-east-1" if total else ""
    screen.print(f"{_counted(len(plan.steps), 'step')}{cost}. The state has the digest {plan.digest}.", soft_wrap=True)


def _print_table(screen: Console, plan: OnboardingPlan) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("watch", no_wrap=True)
    table.add_column("plan", no_wrap=True)
    table.add_column("exists", overflow="fold")
    table.add_column("change", overflow="fold")
    table.add_column("$ a month", no_wrap=True, justify="right")
    for item in plan.items:
        standing = Text(item.standing, style=_STYLES[item.standing])
        table.add_row(Text(item.what), standing, Text(item.present), Text(item.change), _cost(item))
    screen.print(table)


def _print_list(screen: Console, plan: OnboardingPlan) -> None:
    """Print each item below the other: 5 columns do not fit into a narrow terminal."""
    for item in plan.items:
        cost = f"  ${_cost(item)} a month" if item.action is not None and item.cost else ""
        standing = (f"{item.standing:7}", _STYLES[item.standing])
        if item.change == "deleted":
            screen.print(Text.assemble(standing, (item.what, "bold"), f"  {item.present}"))
            continue
        screen.print(Text.assemble(standing, (item.what, "bold"), cost))
        for text in (item.present if item.present != "none" else "", item.change):
            if text:
                screen.print(Padding(Text(text, overflow="fold"), (0, 0, 0, 7)))


def _cost(item: PlanItem) -> str:
    return f"{item.cost:.2f}" if item.action is not None else ""


def print_details(plans: Iterable[OnboardingPlan], denied: Iterable[str]) -> None:
    """Print how each step is undone, and the permissions of all steps."""
    screen = console()
    steps = [item for plan in plans for item in plan.steps]
    if not steps:
        return
    screen.print(Text("Undo", style="bold"))
    undone: dict[str, list[str]] = {}
    for item in steps:
        undone.setdefault(item.undo, []).append(item.what)
    for undo, what in undone.items():
        screen.print(Text(f"  {', '.join(dict.fromkeys(what))}: {undo}"), soft_wrap=True)
    missing = set(denied)
    wanted = sorted({each for item in steps for each in item.permissions})
    screen.print(Text("Permissions", style="bold"))
    for action in dict.fromkeys(each.action for each in wanted):
        on = [each.resource for each in wanted if each.action == action]
        shown = on[0] if len(on) == 1 else f"{len(on)} resources (--json lists them)"
        mark = ("missing ", "bold red") if action in missing else ("", "")
        screen.print(Text.assemble("  ", mark, f"{action} on {shown}"), soft_wrap=True)
    if lacking := [each for each in wanted if each.action in missing]:
        screen.print("Add this statement to a policy of your role:")
        screen.print(statement(*lacking), soft_wrap=True, markup=False)


def print_result(plan: OnboardingPlan, result: Result) -> None:
    """Print what a run did, and what is left for the next one."""
    screen = console()
    done = len(result.done)
    kept = f", {_counted(len(result.before), 'step')} of an earlier run kept" if result.before else ""
    screen.print(f"{plan.endpoint}: {_counted(done, 'step')} done{kept}.")
    for failure in (*result.failed, *result.skipped):
        word = "failed" if failure in result.failed else "left out"
        screen.print(Text.assemble((f"{failure.what} {word}: ", "bold red"), failure.why), soft_wrap=True)
    if result.failed or result.skipped:
        screen.print("The finished steps stay. Run the command again: it continues with the others.")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def shown_items(items: Iterable[PlanItem]) -> list[dict[str, object]]:
    """Return items as programs read them."""
    return [
        {
            "what": each.what,
            "standing": each.standing,
            "present": each.present,
            "change": each.change,
            "cost": round(each.cost, 2),
            "permissions": [{"action": one.action, "resource": one.resource} for one in each.permissions],
            "undo": each.undo,
            "changes": each.action is not None,
        }
        for each in items
    ]
