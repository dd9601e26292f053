"""What no remedy may exceed, whatever the evidence: every limit of the policy, counted in the register.

What was done, or may have been, counts until its time is over. What is under way counts as done, since it may be at any moment: so two
hundred plans at once cannot pass a limit of one.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import floor
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.action import ActionRecord, ActionRegister
from kedge.domain.decision import RemedyHeld
from kedge.domain.ids import mark
from kedge.domain.incident import Incident
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.domain.stage import Stage
from kedge.domain.target import Target, TargetKind
from kedge.formatting import format_clock
from kedge.policy.compiled import Policy
from kedge.policy.durations import spell_duration

LEAST_KEPT: Final = timedelta(days=7)
"""For so long at least is a roll-back remembered as one half of going back and forth."""

_ROUNDING: Final = 1e-9  # 0.29 * 100 is 28.999…


class _Asked(Struct, frozen=True, kw_only=True):
    """Whether a remedy may be begun on a target now, with everything that others have done."""

    policy: Policy
    target: Target
    remedy: RemedyName
    now: datetime
    others: tuple[ActionRecord, ...]
    known: int
    source: str
    destination: str
    using: str

    def refused(self, why: HoldReason, says: str, until: datetime | None = None) -> RemedyHeld:
        return RemedyHeld(remedy=self.remedy, why=why, says=says, until=until)

    def within(self, taken: ActionRecord, time: timedelta) -> bool:
        return taken.stage.is_done and taken.at + time > self.now

    @property
    def counted(self) -> tuple[ActionRecord, ...]:
        """What was done in the policy's window, and all that may still be."""
        per = self.policy.limits.per
        return tuple(each for each in self.others if _under_way(each) or self.within(each, per))


def held_back(
    policy: Policy,
    register: ActionRegister,
    target: Target,
    remedy: RemedyName,
    now: datetime,
    *,
    own: str | None = None,
    incident: Incident | None = None,
    source: str = "",
    destination: str = "",
    using: str = "",
) -> RemedyHeld | None:
    """The first limit that a remedy of a target would exceed now; None where it may be begun.

    `own` is the digest of the plan that asks, which never stands in its own way. Nor does an unanswered question about the same remedy of
    the same `incident`, or, if that is confirmed, a question about what is only said: limits are counted again when it is approved. `source` and `destination` are the configs of a roll-back,
    `using` is what a remedy would start.
    """

    def _gives_way(each: ActionRecord) -> bool:
        if incident is None or each.stage is not Stage.ASKED:
            return False
        replaced = (each.remedy, each.incident) == (remedy, incident.id)
        return replaced or (each.said and not incident.is_only_said)

    asked = _Asked(
        policy=policy,
        target=target,
        remedy=remedy,
        now=now,
        others=tuple(_no_later(each, now) for each in register.taken if each.digest != own and not _gives_way(each)),
        known=_known(register, target),
        source=source,
        destination=destination,
        using=using,
    )
    return next((refused for limit in LIMITS if (refused := limit(asked)) is not None), None)


def reserve(register: ActionRegister, taken: ActionRecord, now: datetime, keep: timedelta) -> ActionRegister:
    """The register with an action as it now is, and without what no limit counts any more.

    An action is there once, by its digest. Once it was called, the time of the act stays, whatever becomes of it: one that was permitted may
    have had to wait. What ended without an act is left out, and so is what was done longer than `keep` ago. A time in the future is set
    back to `now`.
    """
    before = next((each for each in register.taken if each.digest == taken.digest), None)
    if before is not None and before.stage.is_done and before.stage is not Stage.ACTING and taken.stage.is_done:
        taken = msgspec.structs.replace(taken, at=before.at)
    others = (each for each in register.taken if each.digest != taken.digest)
    every = (_no_later(each, now) for each in (*others, taken))
    kept = tuple(each for each in every if _under_way(each) or (each.stage.is_done and each.at + keep > now))
    return msgspec.structs.replace(register, taken=kept)


def kept_for(policy: Policy) -> timedelta:
    """How long the register has to remember what was done, so that every limit of a policy can count it."""
    return max(policy.limits.cooldown, policy.limits.per, LEAST_KEPT)


def _known(register: ActionRegister, target: Target) -> int:
    """How many endpoints there are, with one whose first signal this is, and which has not been written down yet."""
    ours = (mark(target.name),) if target.kind is TargetKind.ENDPOINT else ()
    return max(1, len({*register.endpoints, *ours}))


def _kill_switch(asked: _Asked) -> RemedyHeld | None:
    if not asked.policy.limits.kill_switch:
        return None
    says = f"the kill switch of policy {asked.policy.label} is on: no remedy is carried out until limits.kill_switch is false"
    return asked.refused(HoldReason.KILL_SWITCH, says)


def _already_running(asked: _Asked) -> RemedyHeld | None:
    for each in filter(_under_way, asked.others):
        about = f"{each.stage} since {format_clock(each.at, asked.now)}; the next can start after that"
        if each.target == str(asked.target) and not _only_asks(each, asked):
            says = f"a {each.remedy.noun} of {asked.target.name} is under way, {about}"
            return asked.refused(HoldReason.ALREADY_RUNNING, says)
        if asked.using and each.using == asked.using:
            says = f"{asked.using} is already being used for {_name(each)}, {about}"
            return asked.refused(HoldReason.ALREADY_RUNNING, says)
    return None


def _only_asks(each: ActionRecord, asked: _Asked) -> bool:
    """Whether it is a question about another remedy, which nobody has answered: whichever is approved first is begun first."""
    return each.stage is Stage.ASKED and each.remedy is not asked.remedy


def _back_and_forth(asked: _Asked) -> RemedyHeld | None:
    """A, B, A: what a target was taken away from is never where it is taken."""
    if asked.remedy is not RemedyName.ROLL_BACK or not asked.destination:
        return None
    for each in asked.others:
        away = each.remedy is RemedyName.ROLL_BACK and each.source == asked.destination
        if away and each.stage.is_done and each.target == str(asked.target):
            came = f" from {asked.source}" if asked.source else ""
            says = (
                f"{asked.target.name} was rolled back away from config {each.source} at {format_clock(each.at, asked.now)}, and Kedge does not"
                f" go back to it{came}. Deploy it by hand if {each.source} is good"
            )
            return asked.refused(HoldReason.BACK_AND_FORTH, says)
    return None


def _cooldown(asked: _Asked) -> RemedyHeld | None:
    cooldown = asked.policy.limits.cooldown
    same = [each for each in asked.others if each.target == str(asked.target) and each.remedy is asked.remedy]
    last = max((each.at for each in same if asked.within(each, cooldown)), default=None)
    if last is None:
        return None
    says = (
        f"{asked.target.name} {asked.remedy.past} at {format_clock(last, asked.now)}; the cooldown of {spell_duration(cooldown)} ends at"
        f" {format_clock(last + cooldown, asked.now)}"
    )
    return asked.refused(HoldReason.COOLDOWN, says, last + cooldown)


def _most_actions(asked: _Asked) -> RemedyHeld | None:
    limits, counted = asked.policy.limits, asked.counted
    if len(counted) < limits.most_actions:
        return None
    until = _room(asked, [[each] for each in counted], len(counted) - limits.most_actions + 1)
    begun = "1 remedy was" if len(counted) == 1 else f"{len(counted)} remedies were"
    says = (
        f"{begun} begun in {asked.target.account}/{asked.target.region} in the last {spell_duration(limits.per)}, and the policy allows"
        f" {limits.most_actions}; {_when(asked, until)}"
    )
    return asked.refused(HoldReason.MOST_ACTIONS, says, until)


def _share_of_fleet(asked: _Asked) -> RemedyHeld | None:
    limits, touched = asked.policy.limits, dict[str, list[ActionRecord]]()
    for each in asked.counted:
        touched.setdefault(each.target, []).append(each)
    allowed = max(1, floor(limits.share * asked.known + _ROUNDING))
    if str(asked.target) in touched or len(touched) < allowed:
        return None
    until = _room(asked, list(touched.values()), len(touched) - allowed + 1)
    says = (
        f"{len(touched)} of {asked.known} endpoints had a remedy in the last {spell_duration(limits.per)}, and the policy allows {allowed}"
        f" ({limits.share:.0%}, one at least); {_when(asked, until)}"
    )
    return asked.refused(HoldReason.SHARE_OF_FLEET, says, until)


LIMITS: Final[tuple[Callable[[_Asked], RemedyHeld | None], ...]] = (
    _kill_switch,
    _already_running,
    _back_and_forth,
    _cooldown,
    _most_actions,
    _share_of_fleet,
)
"""In the order in which they are told: first what no waiting ends, then what ends soonest."""


def _room(asked: _Asked, groups: list[list[ActionRecord]], wanted: int) -> datetime | None:
    """When so many of the groups no longer count; None where one of those is still under way, and so has no end yet."""
    per = asked.policy.limits.per
    ends = sorted(
        max(each.at for each in group) + per for group in groups if not any(_under_way(each) for each in group)
    )
    return ends[wanted - 1] if len(ends) >= wanted else None


def _when(asked: _Asked, until: datetime | None) -> str:
    if until is None:
        return "there is room when one of those that are under way has ended and its time is over"
    return f"there is room at {format_clock(until, asked.now)}"


def _under_way(taken: ActionRecord) -> bool:
    return not taken.stage.is_over


def _no_later(taken: ActionRecord, now: datetime) -> ActionRecord:
    # A clock that ran ahead must neither open a limit, as if it had not been yet, nor shut it for ever.
    return msgspec.structs.replace(taken, at=now) if taken.at > now else taken


def _name(taken: ActionRecord) -> str:
    return taken.target.rsplit("/", 1)[-1]
