"""Notes on rules that are valid and may still be a mistake."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from kedge.domain.remedy import Mode
from kedge.policy.labels import BUILT_IN
from kedge.policy.lint.checks.routes import every_route
from kedge.policy.lint.fault import Fault, quoted
from kedge.policy.lint.matcher_sets import conditions
from kedge.policy.lint.tree import Node, NodeKind

_ALMOST_SURE: Final = 0.8
_OF_MATCHERS: Final = frozenset({"matchers", "source_matchers", "target_matchers"})
_NOBODYS: Final = {
    "accountid": "account",
    "alarm": "source",
    "alarmname": "source",
    "alert": "check, cause or monitor",
    "alertgroup": "cause or monitor",
    "alertname": "check, cause or monitor",
    "awsaccountid": "account",
    "awsregion": "region",
    "checktype": "check",
    "cluster": "account, region or environment",
    "column": "feature",
    "constraintchecktype": "check",
    "container": "variant",
    "endpointname": "endpoint",
    "featurename": "feature",
    "instance": "endpoint or target",
    "job": "source or target",
    "metricname": "metric",
    "model": "endpoint or target",
    "monitoringschedule": "source",
    "monitoringschedulename": "source",
    "monitoringtype": "monitor",
    "namespace": "metric or monitor",
    "node": "variant",
    "pipeline": "target",
    "pipelinename": "target",
    "pod": "variant",
    "productionvariant": "variant",
    "prometheus": "account or region",
    "receiver": "another label",
    "schedule": "source",
    "schedulename": "source",
    "service": "endpoint or target",
    "state": "verdict",
    "status": "verdict",
    "variantname": "variant",
}
"""Labels of other programs, compared without case and hyphens, each with Kedge's nearest labels."""

_OF_LABELS: Final = frozenset({"group_by", "equal"})


def nobody_named(document: Node) -> Iterator[Fault]:
    """Yield receivers and intervals that no route names."""
    routes = list(every_route(document))
    receivers = {route.words("receiver") for route in routes}
    intervals = {
        name.text
        for route in routes
        for key in ("mute_time_intervals", "active_time_intervals")
        for name in route.texts(key)
    }
    for key, used in (("receivers", receivers), ("mute_time_intervals", intervals)):
        for item in document.each(key):
            name = item.get("name")
            if name is not None and name.text not in used:
                yield name.fault(f"no route names {quoted(name.text)}", "name it in a route, or remove it")


def almost_labels(document: Node) -> Iterator[Fault]:
    """Yield tags whose spelling is close to one of Kedge's own labels."""
    for node, label in _labels(document):
        meant = get_close_matches(label.lower(), BUILT_IN, 1, _ALMOST_SURE)
        if label not in BUILT_IN and _spelling(label) not in _NOBODYS and meant:
            yield node.fault(f"{quoted(label)} is taken for a tag", f"did you mean {meant[0]}?")


def nobodys_labels(document: Node) -> Iterator[Fault]:
    """Yield labels of Prometheus, Alertmanager or CloudWatch that Kedge does not set."""
    for node, label in _labels(document):
        if label not in BUILT_IN and (meant := _NOBODYS.get(_spelling(label))) is not None:
            yield node.fault(
                f"Kedge gives no label {quoted(label)}, so this is taken for a tag of the endpoint or schedule",
                f"write {meant}, or keep it if you have such a tag",
            )


def rehearsed(document: Node) -> Iterator[Fault]:
    """Yield remedies that would act, but do not because of an implicit `dry_run`."""
    limits = document.get("limits")
    if limits is not None and limits.get("dry_run") is not None:
        return
    for rule in document.each("remedies"):
        mode = rule.get("mode")
        if mode is not None and mode.text in (Mode.AUTO, Mode.APPROVAL):
            yield mode.fault(
                "this only says what it would do, since `limits.dry_run` is on",
                "write `dry_run: false` under `limits:` when you trust it",
            )


def _spelling(label: str) -> str:
    return label.replace("_", "").replace("-", "").lower()


def _labels(node: Node) -> Iterator[tuple[Node, str]]:
    for key, value in node.entries:
        if key.text in _OF_MATCHERS:
            for item, matcher in zip(value.items, conditions(node, key.text) or (), strict=False):
                yield item, matcher.label
        elif key.text in _OF_LABELS:
            yield from ((item, item.text) for item in value.items if item.kind is NodeKind.TEXT)
        else:
            yield from _labels(value)
    for item in node.items:
        yield from _labels(item)
