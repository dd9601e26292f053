"""The steps of a plan: each with its present state, its change, its cost, its permission and its undo. Pure.

An action is what `apply` carries out and `emit` writes as code. An item without an action is for the reader only.
"""

import hashlib
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct

from kedge.monitors.spec import MonitorSpec
from workbench.cli.model.state import EndpointKind, relies_on

VERSION: Final = "kedge/onboarding-plan/v1"


class Permission(Struct, frozen=True, order=True):
    """An IAM action on a resource. `statement` in `refusals` writes it as a statement of a policy."""

    action: str
    resource: str = "*"


class SwitchConfig(Struct, frozen=True, kw_only=True, tag="switch_config"):
    """Make a config, update the endpoint to it with the capacity kept, and check the result.

    `capture` is whether the new config captures data. `deletes` is a config to delete afterwards, or an empty text.
    `makes` is whether the config does not exist yet.
    """

    endpoint: str
    request: dict[str, Any]
    previous: str
    capture: bool
    retains_deployment: bool = False
    deletes: str = ""
    makes: bool = True


class MakeBaseline(Struct, frozen=True, kw_only=True, tag="make_baseline"):
    """Read data in S3 and write the baseline of it.

    `source` is a prefix of data, or that of captured records if `since_days` is above zero.
    """

    endpoint: str
    source: str
    destination: str
    since_days: int = 0
    labels: str = ""
    options: dict[str, Any] = {}
    facets: tuple[str, ...] = ()
    attributions: tuple[str, ...] = ()


class ChangeMonitors(Struct, frozen=True, kw_only=True, tag="change_monitors"):
    """Add monitors to the Monitors document in force, or remove some by name, and publish it."""

    add: tuple[MonitorSpec, ...] = ()
    remove: tuple[str, ...] = ()


class Call(Struct, frozen=True, kw_only=True, tag="call"):
    """One call of AWS. `is_done_on` are the error codes that mean that the result is there already."""

    service: str
    operation: str
    request: dict[str, Any]
    is_done_on: tuple[str, ...] = ()


class MakeAlarm(Struct, frozen=True, kw_only=True, tag="make_alarm"):
    """Put an alarm; `test` also sets its state to ALARM and back, so that its actions are known to work."""

    request: dict[str, Any]
    test: bool = False


type Action = SwitchConfig | MakeBaseline | ChangeMonitors | Call | MakeAlarm


class Standing(StrEnum):
    """The state of an item in a plan."""

    EXISTS = "exists"
    MAKE = "make"
    CHANGE = "change"
    DELETE = "delete"
    KEEP = "keep"
    LATER = "later"


class PlanItem(Struct, frozen=True, kw_only=True):
    """One row of a plan. `brings` are the facts after its action; an empty text means that the fact is gone.

    `needs` names facts of other items: if one of them fails, this one is left out.

    `cost` is in US dollars a month, in us-east-1.
    """

    what: str
    standing: Standing
    present: str
    change: str = ""
    cost: float = 0.0
    permissions: tuple[Permission, ...] = ()
    undo: str = ""
    brings: dict[str, str] = {}
    needs: tuple[str, ...] = ()
    action: Action | None = None

    @property
    def label(self) -> str:
        """Return the item in a line of progress: with its name, if several have the same word."""
        return (
            f"{self.what} {self.present}" if isinstance(self.action, Call) and self.standing == "delete" else self.what
        )


class OnboardingPlan(Struct, frozen=True, kw_only=True):
    """The changes of a run to one endpoint, and the facts that they rely on.

    `about` describes the endpoint in a line. `remark` says what cannot be watched, and why. `digest` is that of the state.
    """

    endpoint: str
    account: str
    region: str
    kind: EndpointKind = EndpointKind.REAL_TIME
    about: str = ""
    remark: str = ""
    digest: str
    facts: dict[str, str]
    items: tuple[PlanItem, ...]

    @property
    def steps(self) -> tuple[PlanItem, ...]:
        """Return the items that change something, in their order."""
        return tuple(each for each in self.items if each.action is not None)


class PlanFile(Struct, frozen=True, kw_only=True):
    """Plans for review. `digest` is that of the plans, so that an edited file is refused."""

    format: str = VERSION
    stack: str
    plans: tuple[OnboardingPlan, ...]
    digest: str = ""


class PlanUnreadable(Exception):
    """A file is not a plan, or was changed after it was written. The message says which."""


def write_plans(stack: str, plans: tuple[OnboardingPlan, ...]) -> bytes:
    """Return the file of plans, with its digest."""
    return msgspec.json.format(
        msgspec.json.encode(PlanFile(stack=stack, plans=plans, digest=digest_of_plans(plans))) + b"\n"
    )


def read_plans(data: bytes) -> PlanFile:
    """Return the plans of a file. Raises PlanUnreadable."""
    try:
        read = msgspec.json.decode(data, type=PlanFile)
    except msgspec.DecodeError as error:
        raise PlanUnreadable(f"it is not a plan of kedge model onboard: {error}") from error
    if read.format != VERSION:
        raise PlanUnreadable(f"it is a plan of the format {read.format}: make it again with this release")
    if read.digest != digest_of_plans(read.plans):
        raise PlanUnreadable("it was changed after it was written: make the plan again")
    return read


def digest_of_plans(plans: tuple[OnboardingPlan, ...]) -> str:
    """Return the digest of plans, which a reviewer can quote: 16 hexadecimal digits."""
    return hashlib.sha256(msgspec.json.encode(plans, order="deterministic")).hexdigest()[:16]


def is_done(item: PlanItem, facts: dict[str, str]) -> bool:
    """Return whether the facts after the action of an item hold already."""
    return bool(item.brings) and all(facts.get(name, "") == value for name, value in item.brings.items())


def differences(plan: OnboardingPlan, facts: dict[str, str]) -> tuple[str, ...]:
    """Return each fact that changed since a plan was made, except those that the plan's own steps bring about."""
    brought: dict[str, set[str]] = {}
    for item in plan.steps:
        for name, value in item.brings.items():
            brought.setdefault(name, set()).add(value)
    found = []
    for name in sorted(plan.facts.keys() | facts.keys()):
        before, now = plan.facts.get(name, ""), facts.get(name, "")
        if relies_on(name) and now != before and now not in brought.get(name, ()):
            found.append(f"{name}: {before or 'none'} → {now or 'none'}")
    return tuple(found)
