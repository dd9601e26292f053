"""The labels of an incident, for matchers."""

from collections.abc import Iterable
from typing import Final

from kedge.domain.incident import Incident
from kedge.domain.target import TargetKind
from kedge.policy.matchers import LONGEST_VALUE, Labels

BUILT_IN: Final = (
    "severity",
    "monitor",
    "check",
    "feature",
    "metric",
    "facet",
    "cause",
    "verdict",
    "endpoint",
    "variant",
    "target",
    "source",
    "account",
    "region",
    "environment",
    "owner",
    "confirmed",
)
"""The labels that Kedge sets. Every other name is a tag of the endpoint or schedule."""


def labels_of(incident: Incident, environment: str) -> Labels:
    """Return the current labels of an incident. `check`, `feature`, `metric` and `facet` may have several values.

    `endpoint` is empty if the target is not an endpoint; `target` always names it. `source` is the schedule or alarm.
    `confirmed` is `false` if no authority confirms the evidence. For a run without a result, `check` is the reason. A tag never replaces a label that Kedge sets.
    """
    problem, target, worst = incident.problem, incident.target, incident.problem.worst
    own: dict[str, tuple[str, ...]] = {
        "severity": (incident.severity,),
        "monitor": (incident.monitor,),
        "cause": (incident.cause,),
        "verdict": (problem.verdict,),
        "target": (target.name,),
        "source": (problem.source_name,),
        "account": (target.account,),
        "region": (target.region,),
        "environment": (environment,),
        "check": tuple(problem.checks) or _distinct([*[finding.check for finding in worst], incident.failed_check]),
        "feature": _distinct([*incident.features, *[finding.feature for finding in worst]]),
        "metric": _distinct([problem.metric, *[finding.metric for finding in worst]]),
        "facet": _distinct([finding.facet for finding in worst]),
        "endpoint": (target.name,) if target.kind is TargetKind.ENDPOINT else (),
        "variant": (incident.variant,) if incident.variant else (),
        "owner": (incident.owner,) if incident.owner else (),
        "confirmed": ("false",) if incident.is_only_said else ("true",),
    }
    if not incident.tags:
        return own
    tags = {name: (value[:LONGEST_VALUE],) for name, value in incident.tags.items() if name not in own}
    return {**tags, **own}


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(filter(None, dict.fromkeys(values)))
