"""How traffic moves to the config that comes back."""

from typing import Final

from kedge.domain.facts import Variant
from kedge.domain.plan import Routing, Strategy
from kedge.policy.plans.pair import Pair

CANARY: Final = Strategy(routing=Routing.CANARY, canary_instances=1, wait_seconds=300)
"""One instance of each variant for five minutes, then the rest."""

_FEWEST: Final = 2  # a canary may be half of a fleet at most
_WITHOUT_GUARDRAILS: Final = ("ml.inf1.", "ml.eia")  # docs/aws-behaviour.md


def routing_of(pair: Pair) -> tuple[Strategy | None, str]:
    """A canary, where every variant can have one, else None, which is SageMaker's default; and why, in one sentence."""
    counts = {variant.name: variant.count for variant in pair.endpoint.variants}
    for variant in (*pair.now.variants, *pair.then.variants):
        if (why := _no_canary(variant, counts.get(variant.name))) is not None:
            return None, f"all traffic moves at once, as SageMaker does by default: {why}"
    return CANARY, "one instance of each variant takes traffic for 5 minutes before the rest follows"


def _no_canary(variant: Variant, count: int | None) -> str | None:
    if variant.serverless:
        return f"variant {variant.name} is serverless"
    if count is None or count < _FEWEST:
        runs = "an unknown number of instances" if count is None else count
        return f"variant {variant.name} runs {runs}, and a canary needs {_FEWEST} at least"
    kind = variant.instance_type
    if kind is None or kind.startswith(_WITHOUT_GUARDRAILS):
        return (
            f"variant {variant.name} runs on {kind or 'an unknown instance type'}, for which SageMaker has no canaries"
        )
    return None
