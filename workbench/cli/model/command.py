"""`kedge model onboard` and `kedge model offboard`: reads, plans, asks, and carries out."""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct
from rich.console import Console

from workbench.cli.connection.ending import Unwise, ending, say
from workbench.cli.connection.stack import AwsRefused, DeployedStack
from workbench.cli.exits import Exit
from workbench.cli.model.apply import Effects, Result, apply_plan
from workbench.cli.model.emit.cloudformation import cloudformation
from workbench.cli.model.emit.terraform import terraform
from workbench.cli.model.monitors import CannotMerge, baseline_prefix, merged
from workbench.cli.model.offboarding import plan_offboarding
from workbench.cli.model.permissions import denied_actions
from workbench.cli.model.plan import NotReady, plan_onboarding
from workbench.cli.model.reading import config_request, read_endpoint, read_remains
from workbench.cli.model.screen import print_details, print_plan, print_result, shown_items
from workbench.cli.model.selection import Where, names_of
from workbench.cli.model.stack_reading import publish_change, published_text, read_stack, with_baselines
from workbench.cli.model.state import EndpointState, StackState, facts_of, monitors_of
from workbench.cli.model.steps import (
    ChangeMonitors,
    MakeBaseline,
    OnboardingPlan,
    PlanUnreadable,
    differences,
    digest_of_plans,
    read_plans,
    write_plans,
)
from workbench.cli.model.wishes import Wishes, WishUnfit
from workbench.private import opened

ONBOARD: Final = "model onboard"
OFFBOARD: Final = "model offboard"


class Code(StrEnum):
    """The forms of `--emit`."""

    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"


class Way(Struct, frozen=True, kw_only=True):
    """The use of a plan: it is shown, written, emitted as code, or carried out."""

    yes: bool = False
    write: Path | None = None
    apply: Path | None = None
    emit: Code | None = None
    as_json: bool = False


class Offboarding(Struct, frozen=True, kw_only=True):
    """The options of `kedge model offboard`."""

    every: bool = False
    delete_endpoint: bool = False


def onboard(where: Where, wishes: Wishes, way: Way) -> Exit:
    """Plan, show and, after an approval, carry out the onboarding of endpoints. Returns the exit code.

    It is FAILED if a step failed or a plan is stale, USAGE if an option does not fit, and REFUSED if AWS refused.
    """
    return _ending(ONBOARD, lambda: _onboard(where, wishes, way))


def offboard(where: Where, options: Offboarding, way: Way) -> Exit:
    """Plan, show and, after an approval, carry out the offboarding of endpoints. Returns the exit code."""
    return _ending(OFFBOARD, lambda: _offboard(where, options, way))


def _onboard(where: Where, wishes: Wishes, way: Way) -> Exit:
    stack = DeployedStack(where.stack, where.region, where.profile)
    if way.apply is not None:
        return _apply_file(way.apply, stack, way)
    plans, facts = [], []
    for name in names_of(stack, where):
        state = read_endpoint(stack.client, name, datetime.now(UTC))
        watcher = read_stack(stack, state)
        watcher = with_baselines(stack, watcher, [baseline_prefix(state, watcher, wishes)])
        plans.append(plan_onboarding(state, watcher, wishes))
        facts.append(facts_of(state, watcher))
    if way.emit is not None:
        write = cloudformation if way.emit is Code.CLOUDFORMATION else terraform
        text = published_for(stack, plans)
        sys.stdout.write(write(tuple(plans), stack.outputs, text))
        return Exit.DONE
    return _go_on(ONBOARD, stack, tuple(plans), facts, way)


def published_for(stack: DeployedStack, plans: Sequence[OnboardingPlan]) -> str:
    """Return the Monitors document with the monitors of all plans; an empty text if none adds one."""
    changes = [item.action for plan in plans for item in plan.steps if isinstance(item.action, ChangeMonitors)]
    if not changes:
        return ""
    return merged(published_text(stack), ChangeMonitors(add=tuple(each for change in changes for each in change.add)))


def _offboard(where: Where, options: Offboarding, way: Way) -> Exit:
    stack = DeployedStack(where.stack, where.region, where.profile)
    plans, facts = [], []
    for name in names_of(stack, where):
        state, watcher = _present(stack, name)
        previous = config_request(stack.client, state.replaces) if state.replaces else None
        plan = plan_offboarding(state, watcher, previous, every=options.every, delete_endpoint=options.delete_endpoint)
        plans.append(plan)
        facts.append(facts_of(state, watcher))
    return _go_on(OFFBOARD, stack, tuple(plans), facts, way)


def _present(stack: DeployedStack, name: str) -> tuple[EndpointState, StackState]:
    """Return an endpoint and its stack with the baselines of its monitors. A deleted endpoint may have left things."""
    try:
        state = read_endpoint(stack.client, name, datetime.now(UTC), traffic=False)
    except Unwise as error:
        target = stack.endpoint(name)
        state = read_remains(stack.client, name, target.account, target.region)
        watcher = read_stack(stack, state)
        if not (state.alarms or state.schedules or state.definitions or state.leftovers or monitors_of(watcher, name)):
            raise Unwise(f"{error}, and nothing of it is left") from error
    else:
        watcher = read_stack(stack, state)
    prefixes = [each.baseline.rstrip("/") for each in monitors_of(watcher, name)]
    return state, with_baselines(stack, watcher, prefixes)


def _apply_file(file: Path, stack: DeployedStack, way: Way) -> Exit:
    try:
        plans = read_plans(file.read_bytes())
    except OSError as error:
        raise Unwise(f"{file} cannot be read: {error.strerror}") from error
    except PlanUnreadable as error:
        raise Unwise(f"{file}: {error}") from error
    if plans.stack != stack.name:
        raise Unwise(f"{file} is for the stack {plans.stack}, not for {stack.name}: give --stack {plans.stack}")
    facts = []
    stale = False
    for plan in plans.plans:
        state = read_endpoint(stack.client, plan.endpoint, datetime.now(UTC), traffic=False)
        watcher = read_stack(stack, state)
        known = facts_of(state, with_baselines(stack, watcher, _prefixes(plan)))
        changed = differences(plan, known)
        if changed:
            stale = True
            say(ONBOARD, f"the plan for {plan.endpoint} is stale, and nothing was changed:")
            for each in changed:
                say(ONBOARD, f"  {each}")
        facts.append(known)
    if stale:
        say(
            ONBOARD,
            f"make the plan again: kedge model onboard {' '.join(p.endpoint for p in plans.plans)} --plan {file}",
        )
        return Exit.FAILED
    return _go_on(ONBOARD, stack, plans.plans, facts, way)


def _prefixes(plan: OnboardingPlan) -> list[str]:
    names = [*plan.facts, *(name for item in plan.steps for name in item.brings)]
    return [name.removeprefix("baseline ") for name in names if name.startswith("baseline ")]


def _go_on(
    command: str, stack: DeployedStack, plans: tuple[OnboardingPlan, ...], facts: list[dict[str, str]], way: Way
) -> Exit:
    """Show plans, and write or carry them out as wanted."""
    has_steps = any(plan.steps for plan in plans)
    if not way.as_json:
        for plan in plans:
            print_plan(plan)
        print_details(plans, denied_actions(stack, plans) if has_steps else ())
    if way.write is not None:
        with opened(way.write) as out:
            out.write(write_plans(stack.name, plans))
        say(command, f"the plan is in {way.write}, digest {digest_of_plans(plans)}; nothing was changed")
        return _report(plans, (), way)
    if not has_steps:
        return _report(plans, (), way)
    if not way.yes and not _is_approved(command, plans):
        say(command, "nothing was changed: give --yes, or answer yes, to carry the plan out")
        return _report(plans, (), way)
    effects = _effects(stack, command, as_json=way.as_json)
    results = tuple(apply_plan(plan, known, effects) for plan, known in zip(plans, facts, strict=True))
    if not way.as_json:
        for plan, result in zip(plans, results, strict=True):
            print_result(plan, result)
    return _report(plans, results, way)


def _report(plans: tuple[OnboardingPlan, ...], results: tuple[Result, ...], way: Way) -> Exit:
    if way.as_json:
        for number, plan in enumerate(plans):
            line: dict[str, Any] = {
                "endpoint": plan.endpoint,
                "kind": plan.kind,
                "remark": plan.remark,
                "digest": plan.digest,
                "items": shown_items(plan.items),
                "result": results[number] if results else None,
            }
            sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
        sys.stdout.buffer.flush()
    return Exit.FAILED if any(result.failed or result.skipped for result in results) else Exit.DONE


def _is_approved(command: str, plans: tuple[OnboardingPlan, ...]) -> bool:
    """Ask on a terminal. Without one, no answer is no."""
    if not sys.stdin.isatty():
        return False
    names = ", ".join(plan.endpoint for plan in plans if plan.steps)
    screen = Console(stderr=True, highlight=False, soft_wrap=True)
    screen.print(f"kedge {command}: type yes to carry this out on {names}: ", end="", markup=False)
    return sys.stdin.readline().strip() == "yes"


def _effects(stack: DeployedStack, command: str, *, as_json: bool) -> Effects:
    from workbench.cli.model.baseline_making import make_baseline
    from workbench.cli.monitor.measuring.baseline_screen import print_baseline

    def publish(change: ChangeMonitors) -> None:
        published = publish_change(stack, change)
        if published is not None:
            say(command, f"{published.label} is deployed to {stack.name}, as version {published.version}")

    def baseline(action: MakeBaseline) -> None:
        made = make_baseline(stack, action, datetime.now(UTC))
        if not as_json:
            print_baseline(made)

    return Effects(
        clients=stack.client, publish=publish, baseline=baseline, tell=lambda line: say(command, line), sleep=time.sleep
    )


def _ending(command: str, work: Callable[[], Exit]) -> Exit:
    def without_surprise() -> Exit:
        try:
            return work()
        except WishUnfit as error:
            raise Unwise(str(error)) from error
        except CannotMerge as error:
            raise AwsRefused(str(error)) from error
        except NotReady as error:
            say(command, str(error))
            return Exit.FAILED

    return ending(command, without_surprise)
