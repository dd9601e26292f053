"""Rules of the monitors beyond the schema. A check yields faults, and nothing if all is well."""

from collections.abc import Iterator
from typing import Final

from kedge.monitors.definitions import source_name
from kedge.monitors.lint.merged import merged
from kedge.monitors.s3_prefixes import parse_s3_prefix
from kedge.monitors.spec import ComparisonMode, MonitoringType
from kedge.policy.lint.fault import Fault, quoted
from kedge.policy.lint.tree import Node, NodeKind

_SECTIONS: Final = tuple(kind.value for kind in MonitoringType if kind is not MonitoringType.DATA_QUALITY)
_PREDICTIONS: Final = ("inference_attribute", "probability_attribute")


def names(document: Node) -> Iterator[Fault]:
    """Yield names that come twice, and names that collide with those of another monitor's types."""
    first: dict[str, Node] = {}
    for monitor in merged(document):
        name = monitor.own.get("name")
        if name is None:
            continue
        for kind in monitor.types or (MonitoringType.DATA_QUALITY,):
            source = source_name(name.text, monitor.types, kind)
            earlier = first.setdefault(source, name)
            if earlier is not name:
                why = (
                    f"{quoted(source)} is given twice"
                    if source == name.text
                    else f"its type {kind} is called {quoted(source)}, as another monitor"
                )
                yield name.fault(why, f"the first is in line {earlier.line}: write another name")
                break


def target(document: Node) -> Iterator[Fault]:
    """Yield targets that are not exactly one endpoint or batch schedule."""
    for monitor in merged(document):
        node = monitor.own.get("target")
        if node is None or node.kind is not NodeKind.MAPPING:
            continue
        endpoint, batch = node.get("endpoint"), node.get("batch_schedule")
        if endpoint is None and batch is None:
            yield node.fault(
                "the target is neither an endpoint nor a batch schedule", "add `endpoint:` or `batch_schedule:`"
            )
        if endpoint is not None and batch is not None:
            yield batch.fault("a monitor has one target", "write a second monitor for the batch schedule")
        variants = node.get("variants")
        if batch is not None and variants is not None:
            yield variants.fault("a batch schedule has no variants", "remove `variants`")
        yield from _repeated(node.texts("variants"))


def lists(document: Node) -> Iterator[Fault]:
    """Yield entries of lists that come twice."""
    for part in (document.get("defaults"), *document.each("monitors")):
        if part is not None:
            yield from _repeated(part.texts("types"))
            yield from _repeated(part.texts("exclude"))


def needs(document: Node) -> Iterator[Fault]:
    """Yield types without what they need: ground truth, attributes, facets, reports or captures."""
    for monitor in merged(document):
        place = monitor.place("types")
        late = [kind for kind in monitor.types if kind.needs_ground_truth]
        if late and monitor.get("ground_truth") is None:
            yield place.fault(
                f"{' and '.join(late)} compare predictions with labels, and there are none"
                if len(late) > 1
                else f"{late[0]} compares predictions with labels, and there are none",
                "add `ground_truth:` with a prefix",
            )
        for kind in monitor.types:
            if kind.value in _SECTIONS and monitor.get(kind) is None:
                yield place.fault(f"{kind} has no settings", f"add `{kind}:`")
        if monitor.get("reports") is None:
            yield monitor.own.fault("there is no prefix for reports", "add `reports:` here or under `defaults:`")
        target_ = monitor.own.get("target")
        if target_ is not None and target_.get("batch_schedule") is not None and monitor.own.get("capture") is None:
            yield target_.fault(
                "a batch schedule has no config that names its captures", "add `capture:` with a prefix"
            )


def bias(document: Node) -> Iterator[Fault]:
    """Yield facets with values and a threshold, and groups and features that cannot be such."""
    for part in (document.get("defaults"), *document.each("monitors")):
        node = part.get("bias") if part is not None else None
        if node is None or node.kind is not NodeKind.MAPPING:
            continue
        facets = set()
        for facet in node.each("facets"):
            threshold, name = facet.get("threshold"), facet.get("name")
            if threshold is not None and facet.get("values") is not None:
                yield threshold.fault("the facet has values and a threshold", "keep `values` or `threshold`")
            facets |= set() if name is None else {name.text}
        yield from _columns_of_bias(node, facets)


def _columns_of_bias(node: Node, facets: set[str]) -> Iterator[Fault]:
    group, label = node.get("group_attribute"), node.words("label")
    if group is not None and group.text in facets:
        yield group.fault(
            f"{quoted(group.text)} is a facet, so each group of CDDL and CDDPL would have one side only",
            "name another column, or remove `group_attribute`",
        )
    if group is not None and group.text == label:
        yield group.fault(f"{quoted(group.text)} is the label", "name a column of the inputs")
    features = list(node.texts("feature_attributes"))
    yield from _repeated(iter(features))
    known = {"the label": {label}, "the prediction": {node.words(key) for key in _PREDICTIONS}}
    for feature in features:
        for what, names in known.items():
            if feature.text in names:
                yield feature.fault(
                    f"{quoted(feature.text)} is {what}, and the flip test finds similar records by their inputs",
                    "remove it",
                )
    if features and all(feature.text in facets for feature in features):
        yield features[0].fault(
            "the flip test needs a feature beside the facets", "add a column of numbers, or remove `feature_attributes`"
        )


def predictions(document: Node) -> Iterator[Fault]:
    """Yield a note on a monitor of bias that names no prediction: it measures the labels alone."""
    for monitor in merged(document):
        node = monitor.get("bias")
        if MonitoringType.BIAS not in monitor.types or node is None or node.kind is not NodeKind.MAPPING:
            continue
        named = (place.get(key) for place in (node, monitor.get("model_quality")) if place for key in _PREDICTIONS)
        is_named = any(each is not None for each in named)
        features = node.get("feature_attributes")
        if not is_named and features is not None and features.items:
            yield features.fault(
                "the flip test compares predictions, and no field of the prediction is named",
                "add `inference_attribute` or `probability_attribute`, or remove `feature_attributes`",
            )
        elif not is_named:
            yield node.fault(
                "no field of the prediction is named, so only the bias of the labels is measured",
                "add `inference_attribute` or `probability_attribute`",
            )


def attribution(document: Node) -> Iterator[Fault]:
    """Yield attribution settings that do not name exactly one source."""
    for part in (document.get("defaults"), *document.each("monitors")):
        node = part.get("attribution") if part is not None else None
        if node is None or node.kind is not NodeKind.MAPPING:
            continue
        columns, analysis = node.get("columns"), node.get("analysis")
        given = [each for each in (columns, analysis) if each is not None and (each.entries or each.text)]
        if not given:
            yield node.fault(
                "the attributions have no source, and Kedge cannot compute them without the model",
                "add `columns:` with the output columns, or `analysis:` with the prefix of Clarify's files",
            )
        if len(given) > 1:
            yield given[1].fault("the attributions have two sources", "keep `columns` or `analysis`")


def separate(document: Node) -> Iterator[Fault]:
    """Yield prefixes for reports below a prefix that the monitor reads: it would read its own reports."""
    for monitor in merged(document):
        reports = monitor.get("reports")
        if reports is None:
            continue
        truth = monitor.get("ground_truth")
        read = (
            monitor.own.get("capture"),
            monitor.own.get("baseline"),
            truth.get("prefix") if truth is not None else None,
        )
        for source in read:
            if source is not None and _is_below(reports.text, source.text):
                yield monitor.place("reports").fault(
                    f"the reports are written below {quoted(source.text)}, which this monitor reads",
                    "write the reports under another prefix",
                )


def modes(document: Node) -> Iterator[Fault]:
    """Yield promises of the mode compatible."""
    defaults = document.get("defaults")
    parts = [(monitor.own, monitor.text("mode")) for monitor in merged(document)]
    if defaults is not None:
        parts.append((defaults, defaults.words("mode") or ""))
    for part, mode in parts:
        promise = part.get("promise")
        if promise is not None and mode == ComparisonMode.COMPATIBLE:
            yield promise.fault("the mode compatible keeps no promise", "remove `promise`, or write `mode: promise`")


def unread(document: Node) -> Iterator[Fault]:
    """Yield notes on settings of a monitor that none of its types reads."""
    for monitor in merged(document):
        used = {kind.value for kind in monitor.types}
        quality = monitor.own.get(MonitoringType.MODEL_QUALITY.value)
        if (
            MonitoringType.DATA_QUALITY in monitor.types
            and quality is not None
            and quality.get("probability_attribute")
        ):
            # Data quality estimates the quality of a classifier from its probabilities, without labels.
            used.add(MonitoringType.MODEL_QUALITY.value)
        bias_ = monitor.get("bias")
        if MonitoringType.BIAS in monitor.types and not any(bias_ and bias_.get(key) for key in _PREDICTIONS):
            # Bias takes the predictions of model quality if it names none.
            used.add(MonitoringType.MODEL_QUALITY.value)
        for key in _SECTIONS:
            node = monitor.own.get(key)
            if node is not None and key not in used:
                yield node.fault(f"no type of this monitor reads {key}", f"add {key} to `types`, or remove it")
        truth = monitor.own.get("ground_truth")
        if truth is not None and not any(kind.needs_ground_truth for kind in monitor.types):
            yield truth.fault(
                "no type of this monitor reads ground truth", "add model_quality or bias to `types`, or remove it"
            )


def none(document: Node) -> Iterator[Fault]:
    """Yield a note if the document has no monitor: publishing it ends all measurements."""
    listed = document.get("monitors")
    if listed is not None and listed.kind is NodeKind.LIST and not listed.items:
        yield listed.fault(
            "there is no monitor, so this document ends all measurements", "add one, or publish it on purpose"
        )


def _is_below(inner: str, outer: str) -> bool:
    try:
        one, other = parse_s3_prefix(inner), parse_s3_prefix(outer)
    except ValueError:
        return False
    return one == other or one.startswith(f"{other}/")


def _repeated(items: Iterator[Node]) -> Iterator[Fault]:
    first: dict[str, Node] = {}
    for item in items:
        if (earlier := first.setdefault(item.text, item)) is not item:
            yield item.fault(f"{quoted(item.text)} is given twice", f"the first is in line {earlier.line}: keep one")
