"""Reads and writes constraints.json of data quality.

Source of names and defaults: SageMaker Developer Guide, "Schema for Constraints (constraints.json file)", and the files
that the current analyzer writes. They disagree on the defaults of two thresholds (0.1 and 1.0); the analyzer's count.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from kedge_monitor.baseline import Constraint, Constraints, MonitoringConfig
from kedge_monitor.batch import DataType
from kedge_monitor.files.json_reader import JsonNode, read_json
from kedge_monitor.files.json_writer import write_json

CONSTRAINTS: Final = "constraints.json"

AWS_DEFAULTS: Final = MonitoringConfig(
    evaluate_constraints=True,
    emit_metrics=True,
    perform_comparison=True,
    datatype_check_threshold=1.0,
    domain_content_threshold=1.0,
    comparison_threshold=0.1,
    comparison_method="Robust",
    categorical_comparison_threshold=0.1,
    categorical_drift_method="LInfinity",
)
"""The settings that Model Monitor's analyzer writes into a new constraints.json."""

_TOP: Final = ("evaluate_constraints", "emit_metrics", "datatype_check_threshold", "domain_content_threshold")
_DISTRIBUTION: Final = (
    "perform_comparison",
    "comparison_threshold",
    "comparison_method",
    "categorical_comparison_threshold",
    "categorical_drift_method",
)
_SWITCHES: Final = {"evaluate_constraints", "emit_metrics", "perform_comparison"}
_METHODS: Final = {"comparison_method", "categorical_drift_method"}
_WORDS: Final = {"enabled": True, "true": True, "disabled": False, "false": False}
# The documentation and the analyzer spell the same methods differently.
_METHOD_NAMES: Final = {
    "linf_simple": "Simple",
    "simple": "Simple",
    "linf_robust": "Robust",
    "robust": "Robust",
    "linfinity": "LInfinity",
    "chisquared": "ChiSquared",
}
# The documentation writes the first name, beside `completeness`. The SageMaker SDK writes the second name, inside
# `string_constraints`. Each name is read in each place; the place beside `completeness` and the first name prevail.
_OVERRIDES: Final = ("monitoringConfigOverrides", "monitoring_config_overrides")


def read_constraints(data: bytes, file: str = CONSTRAINTS) -> Constraints:
    """Return the content of constraints.json. `file` is its name in errors.

    A key that is absent is None. Old and unknown keys are ignored.

    Raises:
        FileUnreadable: the file is not JSON, or a part of it has the wrong shape.
    """
    root = read_json(data, file)
    config = root.get("monitoring_config")
    return Constraints(
        features=tuple(_feature(node) for node in root.need("features").items()),
        config=MonitoringConfig() if config is None else _config(config),
    )


def write_constraints(constraints: Constraints) -> bytes:
    """Return constraints.json. Settings that are None are written with the default that AWS writes."""
    config = {name: getattr(constraints.config, name) for name in (*_TOP, *_DISTRIBUTION)}
    whole = msgspec.structs.replace(
        AWS_DEFAULTS, **{name: value for name, value in config.items() if value is not None}
    )
    return write_json(
        {
            "version": 0.0,
            "features": [_feature_object(feature) for feature in constraints.features],
            "monitoring_config": _config_object(whole),
        }
    )


def _feature(node: JsonNode) -> Constraint:
    completeness = node.get("completeness")
    numbers, strings = node.get("num_constraints"), node.get("string_constraints")
    non_negative = numbers.get("is_non_negative") if numbers else None
    domains = strings.get("domains") if strings else None
    return Constraint(
        name=node.need("name").text(),
        inferred_type=read_type(node.need("inferred_type")),
        completeness=None if completeness is None else _share(completeness),
        is_non_negative=None if non_negative is None else _switch(non_negative),
        domains=None if domains is None else tuple(value.text() for value in domains.items()),
        overrides=_overrides(node, numbers, strings),
    )


def read_type(node: JsonNode) -> DataType:
    """Return the type of a column.

    Raises:
        FileUnreadable: the text is no type of Model Monitor.
    """
    try:
        return DataType(node.text())
    except ValueError:
        names = ", ".join(DataType)
        raise node.fault(f"{node.text()[:60]!r} is not a type of a column", f"Write one of {names}") from None


def _overrides(*places: JsonNode | None) -> MonitoringConfig | None:
    """Return the settings of a feature, joined from each place that has some; the first place prevails."""
    found = [_config(node) for node in _override_nodes(*places)]
    if not found:
        return None
    joined: dict[str, object] = {}
    for config in reversed(found):
        joined |= {name: value for name, value in msgspec.structs.asdict(config).items() if value is not None}
    return msgspec.convert(joined, MonitoringConfig) if joined else None


def _override_nodes(*places: JsonNode | None) -> Iterator[JsonNode]:
    for place in places:
        for name in _OVERRIDES if place is not None else ():
            if place is not None and (node := place.get(name)) is not None:
                yield node


def _config(node: JsonNode) -> MonitoringConfig:
    values: dict[str, object] = {}
    below = node.get("distribution_constraints", "distributionConstraints")
    # A setting of the distribution beside the others is accepted: notebooks write both.
    for name in (*_TOP, *_DISTRIBUTION):
        spellings = (name, _camel(name))
        found = below.get(*spellings) if below is not None and name in _DISTRIBUTION else None
        found = node.get(*spellings) if found is None else found
        if found is not None:
            values[name] = _setting(name, found)
    return msgspec.convert(values, MonitoringConfig)


def _setting(name: str, node: JsonNode) -> bool | str | float:
    if name in _SWITCHES:
        return _switch(node)
    if name in _METHODS:
        text = node.text()
        return _METHOD_NAMES.get(text.lower(), text)
    return _threshold(node)


def _switch(node: JsonNode) -> bool:
    word = _WORDS.get(node.text().lower())
    if word is None:
        raise node.fault(f"{node.text()[:60]!r} is neither Enabled nor Disabled", "Write Enabled or Disabled")
    return word


def _threshold(node: JsonNode) -> float:
    number = node.finite()
    if number is None or number < 0:
        raise node.fault("a threshold is a number of at least 0", "Correct the threshold")
    return number


def _share(node: JsonNode) -> float | None:
    number = node.finite()
    if number is not None and not 0 <= number <= 1:
        raise node.fault("a share is between 0 and 1", "Correct the share")
    return number


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def _feature_object(feature: Constraint) -> dict[str, object]:
    found: dict[str, object] = {"name": feature.name, "inferred_type": feature.inferred_type.value}
    if feature.completeness is not None:
        found["completeness"] = float(feature.completeness)
    if feature.is_non_negative is not None:
        found["num_constraints"] = {"is_non_negative": feature.is_non_negative}
    if feature.domains is not None:
        found["string_constraints"] = {"domains": feature.domains}
    if feature.overrides is not None and (overrides := _config_object(feature.overrides)):
        found["monitoringConfigOverrides"] = overrides
    return found


def _config_object(config: MonitoringConfig) -> dict[str, object]:
    """Return the settings that are not None, in AWS's order and words."""
    below = _settings(config, _DISTRIBUTION)
    return _settings(config, _TOP) | ({"distribution_constraints": below} if below else {})


def _settings(config: MonitoringConfig, names: tuple[str, ...]) -> dict[str, object]:
    values = {name: getattr(config, name) for name in names}
    return {
        name: ("Enabled" if value else "Disabled") if name in _SWITCHES else value
        for name, value in values.items()
        if value is not None
    }
