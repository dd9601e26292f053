"""The reasons to distrust a config that was good: the registry, its age, and a later creation under the same name."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from kedge.decide.deployment_ledger import EVER
from kedge.domain.deployment import Deployment, Deployments
from kedge.domain.facts import Facts
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
