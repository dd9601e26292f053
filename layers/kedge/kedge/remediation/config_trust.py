"""What takes from a config that was good that it still is: the registry, the calendar, and whoever made it anew."""

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
    """A config or a model of it that is another than what served under its name: `what` it is, and when it was made (UTC)."""

    what: str
    made: datetime


def rejected_of(facts: Facts, each: Deployment) -> str | None:
    """Return the ARN of a model package of a config that was rejected in the registry; None if none was, as far as facts tell."""
    return next((arn for arn in _packages(facts, each.config) if facts.approvals.get(arn) == _REJECTED), None)


def made_anew(facts: Facts, deployments: Deployments, each: Deployment) -> RemadeConfig | None:
    """Return what of a config was made after it had begun to serve; None if all of it may be what served."""
    config = facts.configs.get(each.config)
    if config is None or each not in deployments.history:
        return None
    # A config is there before its deployment begins. Of one that was found serving it is only known that it was there at its end.
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
    """Return why a config served too long ago to be gone back to by itself; None if it did not, or if a person named it since.

    The known-good tag does not tell when it was set, so that it makes nothing younger.
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
    """Return which model package of a config could not be looked up in the registry; None if each was, or there is none."""
    unread = next((arn for arn in _packages(facts, config) if arn not in facts.approvals), None)
    return (
        None if unread is None else f"whether model package {unread} of config {config} was rejected could not be read"
    )


def _packages(facts: Facts, config: str) -> tuple[str, ...]:
    """The ARNs of the model packages that the models of a config were made of."""
    found = facts.configs.get(config)
    models = (facts.models.get(variant.model or "") for variant in found.variants) if found is not None else ()
    return tuple(dict.fromkeys(arn for model in models if model is not None for arn in model.packages))
