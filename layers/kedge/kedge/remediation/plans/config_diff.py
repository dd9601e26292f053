"""Compares two configs of an endpoint: whether it can move from one to the other with its current capacity."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from kedge.domain.decision import RemedyHeld
from kedge.domain.facts import Endpoint, EndpointConfig, Variant
from kedge.domain.remedy import HoldReason
from kedge.remediation.plans.request import PlanRequest


class ConfigDiff(Struct, frozen=True, kw_only=True):
    """The endpoint, its current config, and its next one."""

    request: PlanRequest
    endpoint: Endpoint
    now: EndpointConfig
    then: EndpointConfig

    @property
    def retyped(self) -> tuple[tuple[Variant, Variant], ...]:
        """Return the variants whose instance type changes, each before and after."""
        before = {variant.name: variant for variant in self.now.variants}
        both = ((before[variant.name], variant) for variant in self.then.variants if variant.name in before)
        return tuple((one, other) for one, other in both if one.instance_type != other.instance_type)


def pair_of(request: PlanRequest, endpoint: Endpoint, current: str, wanted: str) -> ConfigDiff | RemedyHeld:
    """Return both configs if both exist and the endpoint can move from one to the other; else the reason."""
    now = _config(request, current)
    if now is None:
        says = (
            f"config {current}, which {request.name} runs, was deleted: SageMaker takes no update of the endpoint until a config of this"
            " name is made again"
        )
        return request.refused(HoldReason.CONFIG_GONE, says)
    then = _config(request, wanted)
    if then is None:
        says = f"config {wanted} was deleted, so {request.name} cannot go back to it: make it again under the same name"
        return request.refused(HoldReason.CONFIG_GONE, says)
    if isinstance(now, RemedyHeld):
        return now
    if isinstance(then, RemedyHeld):
        return then
    pair = ConfigDiff(request=request, endpoint=endpoint, now=now, then=then)
    return next((refused for look in _LOOKS if (refused := look(pair)) is not None), pair)


def _config(request: PlanRequest, name: str) -> EndpointConfig | RemedyHeld | None:
    if name in request.facts.configs:
        return request.facts.configs[name]
    says = f"config {name} was not read, because the tags or deployments of {request.name} changed meanwhile"
    return request.refused(HoldReason.UNREADABLE, says)


def _components(pair: ConfigDiff) -> RemedyHeld | None:
    for config in (pair.now, pair.then):
        for variant in config.variants:
            if variant.model is None:
                says = (
                    f"variant {variant.name} of config {config.name} names no model: inference components hold the models of"
                    f" {pair.request.name}, and going back to a config would not change them"
                )
                return pair.request.refused(HoldReason.INFERENCE_COMPONENTS, says)
    return None


def _models(pair: ConfigDiff) -> RemedyHeld | None:
    models = pair.request.facts.models
    for name in (variant.model for variant in pair.then.variants if variant.model is not None):
        if name not in models:
            return pair.request.refused(HoldReason.UNREADABLE, f"model {name} of config {pair.then.name} was not read")
        if models[name] is None:
            says = f"model {name} of config {pair.then.name} was deleted: make it again under the same name"
            return pair.request.refused(HoldReason.MODEL_GONE, says)
    return None


def _artifacts(pair: ConfigDiff) -> RemedyHeld | None:
    for uri in artifacts_of(pair):
        if pair.request.facts.artifacts.get(uri) is False:
            says = (
                f"there is no object at {uri}, but config {pair.then.name} loads its model from it: restore the object"
            )
            return pair.request.refused(HoldReason.ARTIFACT_GONE, says)
    return None


def artifacts_of(pair: ConfigDiff) -> tuple[str, ...]:
    """Return the S3 URIs of the artifacts of the next config's models."""
    models = (pair.request.facts.models.get(variant.model or "") for variant in pair.then.variants)
    return tuple(dict.fromkeys(uri for model in models if model is not None for uri in model.artifacts))


def _variants(pair: ConfigDiff) -> RemedyHeld | None:
    before, after = _names(pair.now.variants), _names(pair.then.variants)
    runs = _names(pair.endpoint.variants) or before
    if before == after == runs:
        return None
    says = (
        f"config {pair.then.name} has the variants {_listed(after)}, and {pair.request.name} runs {_listed(runs)}: instance counts and"
        " weights are kept only between variants of the same name"
    )
    return pair.request.refused(HoldReason.VARIANTS_DIFFER, says)


def _serverless(pair: ConfigDiff) -> RemedyHeld | None:
    before = {variant.name: variant.serverless for variant in pair.now.variants}
    for variant in pair.then.variants:
        if variant.serverless != before[variant.name]:
            one, other = ("serverless", "instances") if variant.serverless else ("instances", "serverless")
            says = f"variant {variant.name} is {one} in config {pair.then.name} and {other} now: its capacity cannot be kept"
            return pair.request.refused(HoldReason.VARIANTS_DIFFER, says)
    return None


def _scaled(pair: ConfigDiff) -> RemedyHeld | None:
    """Refuse a new instance type for a scaled variant: it must leave automatic scaling first (docs/aws-behaviour.md)."""
    for one, other in pair.retyped:
        change = f"variant {one.name} goes from {one.instance_type} to {other.instance_type}"
        if pair.request.facts.scaled is None:
            says = f"{change}, and whether it is under automatic scaling could not be read"
            return pair.request.refused(HoldReason.UNREADABLE, says)
        if one.name in pair.request.facts.scaled:
            says = (
                f"{change} and is under automatic scaling: SageMaker takes that only after the variant was deregistered there, which a"
                " person has to do"
            )
            return pair.request.refused(HoldReason.VARIANTS_DIFFER, says)
    return None


def _capture(pair: ConfigDiff) -> RemedyHeld | None:
    if not pair.endpoint.capture or pair.then.capture:
        return None
    says = f"config {pair.then.name} captures no data, and {pair.request.name} does now: its monitors would be blind"
    return pair.request.refused(HoldReason.CAPTURE_OFF, says)


def _key(pair: ConfigDiff) -> RemedyHeld | None:
    """Refuse a config with a key without a grant on it (botocore, CreateEndpointConfig: KmsKeyId)."""
    key, named = pair.then.key, pair.request.facts.keys
    if key is None or named is None or (named and is_alias(key)):
        return None
    if any(arn == key or arn.endswith(f"/{key}") for arn in named):
        return None
    says = (
        f"config {pair.then.name} encrypts its volumes with the KMS key {key}, and Kedge may not make a grant on it: name its"
        " ARN in EndpointKeyArns, and deploy the stack"
    )
    return pair.request.refused(HoldReason.NOT_PERMITTED, says)


def is_alias(key: str) -> bool:
    """Return whether a KMS key is given by an alias: only KMS knows its key."""
    return "alias/" in key


_LOOKS: Final[tuple[Callable[[ConfigDiff], RemedyHeld | None], ...]] = (
    _components,
    _models,
    _artifacts,
    _variants,
    _serverless,
    _scaled,
    _capture,
    _key,
)


def _names(variants: tuple[Variant, ...]) -> frozenset[str]:
    return frozenset(variant.name for variant in variants)


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "none"
