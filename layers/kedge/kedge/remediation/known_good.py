"""Finds the known-good config by people's marks and by its runs, and what ends that trust. Unknown facts are not guessed."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from kedge.decide.deployment_ledger import EVER
from kedge.domain.decision import RemedyHeld
from kedge.domain.deployment import Deployment, DeploymentOrigin, Deployments, Trust
from kedge.domain.facts import Facts
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.formatting import format_duration
from kedge.policy.compiled import Policy

_REJECTED: Final = "Rejected"


class RemadeConfig(Struct, frozen=True):
    """A config, or a model of it, that differs from the one that served under its name.

    `what` describes it, and `made` is its creation (UTC).
    """

    what: str
    made: datetime


def rejected_of(facts: Facts, each: Deployment) -> str | None:
    """Return the ARN of a config's model package that was rejected in the registry; None by the known facts."""
    return next((arn for arn in _packages(facts, each.config) if facts.approvals.get(arn) == _REJECTED), None)


def made_anew(facts: Facts, deployments: Deployments, each: Deployment) -> RemadeConfig | None:
    """Return the part of a config that was made after it had begun to serve; None if all of it may have served."""
    config = facts.configs.get(each.config)
    if config is None or each not in deployments.history:
        return None
    # A config exists before its deployment begins. If it was found serving, it is only known that it existed at the
    # end.
    served = each.until if each.since == EVER else each.since
    if served is None:
        return None
    found = [RemadeConfig(f"config {each.config}", config.created)] if config.created is not None else []
    models = (facts.models.get(variant.model or "") for variant in config.variants)
    found += [
        RemadeConfig(f"model {model.name} of config {each.config}", model.created)
        for model in models
        if model is not None and model.created is not None
    ]
    return next((one for one in found if one.made > served or one.made == each.until), None)


def outlived(policy: Policy, deployments: Deployments, config: str, now: datetime) -> str | None:
    """Return why a config served too long ago for an automatic roll-back.

    None if it did not, or if a person named it since.

    The known-good tag does not say when it was set, so it does not count as recent.
    """
    ends = [each.until or now for each in deployments.history if each.config == config]
    named = [mark.at for mark in deployments.marks if mark.good and mark.config == config]
    last = max((*ends, *named), default=None)
    good_for = policy.blame.good_for
    if last is None or now - last <= good_for:
        return None
    if not ends:
        return f"config {config} was named as good {format_duration(now - last)} ago, and was not seen to serve"
    return f"config {config} last served {format_duration(now - max(ends))} ago, and the policy asks if that is more than {format_duration(good_for)}"


def unread_approval(facts: Facts, config: str) -> str | None:
    """Return the model package of a config that could not be looked up in the registry; None if there is none."""
    unread = next((arn for arn in _packages(facts, config) if arn not in facts.approvals), None)
    return (
        None if unread is None else f"whether model package {unread} of config {config} was rejected could not be read"
    )


def _packages(facts: Facts, config: str) -> tuple[str, ...]:
    """Return the ARNs of the model packages behind the models of a config."""
    found = facts.configs.get(config)
    models = (facts.models.get(variant.model or "") for variant in found.variants) if found is not None else ()
    return tuple(dict.fromkeys(arn for model in models if model is not None for arn in model.packages))


# botocore's rule for EndpointConfigName.
_NAME: Final = re.compile(r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}")

_LOOKED_AT: Final = 3
"""The maximum number of configs that are read before one is chosen: each costs a few calls."""


def trust_of(
    policy: Policy,
    deployments: Deployments,
    each: Deployment,
    tags: Mapping[str, str],
    *,
    confirmed: bool = True,
) -> Trust:
    """Return the trust in a config, by its confirmed runs or, unless `confirmed`, also by the others."""
    runs = (*each.runs.values(), *(() if confirmed else each.unconfirmed.values()))
    ownership = policy.ownership
    if each.config in tags.get(ownership.veto_tag, "").split():
        return Trust.BAD
    mark = next((mark for mark in deployments.marks if mark.config == each.config), None)
    if mark is not None:
        return Trust.GOOD if mark.good else Trust.BAD
    if each.config in tags.get(ownership.known_good_tag, "").split():
        return Trust.GOOD
    if each.config in deployments.away_from or any(tally.last == "v" and not tally.of_inputs for tally in runs):
        return Trust.BAD
    if any(tally.clean >= policy.blame.clean_runs for tally in runs):
        return Trust.GOOD
    watched = each.until is not None and each.arrival is not DeploymentOrigin.FOUND
    if watched and each.until is not None and each.until - each.since >= policy.blame.proven_after:
        return Trust.GOOD
    return Trust.UNPROVEN


def known_good(
    policy: Policy, deployments: Deployments, tags: Mapping[str, str], now: datetime, facts: Facts | None = None
) -> Deployment | RemedyHeld:
    """Return the config to roll back to: the newest that a person named as good, else the newest with good runs.

    It is never the current one, a vetoed one, or one that a remedy replaced. Unconfirmed runs count only if the others
    show no good config; then `doubt_about` says so. By the `facts`, it is never one whose model package was rejected. A
    config that was made again under its old name is used only if there is no other.
    """
    every = candidates(policy, deployments, tags, now)
    if isinstance(every, RemedyHeld) or facts is None:
        return every if isinstance(every, RemedyHeld) else every[0]
    rejected = {each.config: found for each in every if (found := rejected_of(facts, each)) is not None}
    left = [each for each in every if each.config not in rejected]
    if not left:
        first = every[0].config
        return _none(f"the model package {rejected[first]} of config {first} was rejected in the registry")
    named = left[0] if is_named(policy, deployments, tags, left[0].config) else None
    return named or next((each for each in left if made_anew(facts, deployments, each) is None), left[0])


def candidates(
    policy: Policy, deployments: Deployments, tags: Mapping[str, str], now: datetime
) -> tuple[Deployment, ...] | RemedyHeld:
    """Return the first few configs that are good by the ledger and people's marks, the best first; at least one."""
    shown = _candidates(policy, deployments, tags, now, confirmed=True)
    if isinstance(shown, RemedyHeld) and shown.why is not HoldReason.NO_KNOWN_GOOD:
        return shown
    said = _candidates(policy, deployments, tags, now, confirmed=False)
    every = [each for found in (shown, said) if not isinstance(found, RemedyHeld) for each in found]
    if isinstance(shown, RemedyHeld) and not every:
        return shown
    return _once(every)[:_LOOKED_AT]


def doubt_about(policy: Policy, deployments: Deployments, tags: Mapping[str, str], config: str) -> str | None:
    """Return why only a person may choose a known-good config; None if an authority confirms it."""
    mark = next((mark for mark in deployments.marks if mark.config == config and mark.good), None)
    each = term_of(deployments, config) or Deployment(config=config, since=EVER, arrival=DeploymentOrigin.FOUND)
    if config in tags.get(policy.ownership.known_good_tag, "").split():
        return None
    if mark is not None:
        return None if mark.proven else f"{mark.by} named config {config} as good, and did not prove who that is"
    if trust_of(policy, deployments, each, tags) is not Trust.GOOD:
        return f"only runs that no authority confirms were clean under config {config}"
    return None


def is_named(policy: Policy, deployments: Deployments, tags: Mapping[str, str], config: str) -> bool:
    """Return whether a person or the endpoint's tag names a config as good."""
    tagged = tags.get(policy.ownership.known_good_tag, "").split()
    return config in tagged or any(mark.good and mark.config == config for mark in deployments.marks)


def term_of(deployments: Deployments, config: str) -> Deployment | None:
    """Return when a config served last; None if it is not known to have served."""
    return next((each for each in reversed(deployments.history) if each.config == config), None)


def _candidates(
    policy: Policy, deployments: Deployments, tags: Mapping[str, str], now: datetime, *, confirmed: bool
) -> list[Deployment] | RemedyHeld:
    current = deployments.current
    if current is None:
        return _none("nothing is known of the configs that this endpoint ran")
    named = tags.get(policy.ownership.known_good_tag, "").split()
    wrong = [name for name in named if not _NAME.fullmatch(name)]
    if wrong:
        tag = policy.ownership.known_good_tag
        says = f"the tag {tag} holds {wrong[0]!r}, which is not a name of an endpoint config: fix the tag"
        return RemedyHeld(remedy=RemedyName.ROLL_BACK, why=HoldReason.WRONG_PARAMETER, says=says)
    marks = sorted((mark for mark in deployments.marks if mark.good), key=lambda mark: mark.at, reverse=True)
    said = (*named, *(mark.config for mark in marks))
    unknown = {name: Deployment(config=name, since=EVER, arrival=DeploymentOrigin.FOUND, until=now) for name in said}
    every = [*(term_of(deployments, name) or unknown[name] for name in said), *reversed(deployments.history)]
    found = [
        each
        for each in _once(every)
        if each.config != current.config
        and trust_of(policy, deployments, each, tags, confirmed=confirmed) is Trust.GOOD
    ]
    if found:
        return found
    before = [each.config for each in deployments.history if each.config != current.config]
    if not before:
        return _none(f"no config is known that ran before {current.config}")
    return _none(f"of {', '.join(dict.fromkeys(before[-3:]))} none is known as good")


def chosen_by(
    policy: Policy, deployments: Deployments, tags: Mapping[str, str], now: datetime, good: Deployment
) -> tuple[str, ...]:
    """Return the people whose marks decided that `good` is the target of the roll-back.

    None if the runs alone choose it.

    These are the author of the mark that names it as good or, if none does, the authors of the vetoes on newer configs.
    """
    unmarked = known_good(policy, msgspec.structs.replace(deployments, marks=()), tags, now)
    if isinstance(unmarked, Deployment) and unmarked.config == good.config:
        return ()
    pins = [mark.by for mark in deployments.marks if mark.good and mark.config == good.config]
    configs = [each.config for each in deployments.history[:-1]]
    newer = configs[len(configs) - configs[::-1].index(good.config) :] if good.config in configs else configs
    vetoes = [mark.by for mark in deployments.marks if not mark.good and mark.config in newer]
    return tuple(dict.fromkeys(pins or vetoes))


def _once(every: Iterable[Deployment]) -> tuple[Deployment, ...]:
    """Return each config once, at its first place."""
    found: dict[str, Deployment] = {}
    for each in every:
        found.setdefault(each.config, each)
    return tuple(found.values())


def _none(why: str) -> RemedyHeld:
    says = (
        f"{why}: which config was good? Say it with `kedge deployment pin`, or by the endpoint's tag kedge:known-good"
    )
    return RemedyHeld(remedy=RemedyName.ROLL_BACK, why=HoldReason.NO_KNOWN_GOOD, says=says)
