"""constraints.json as the analyzer writes it, and in the spellings of documentation, SDK and notebooks."""

import json
from pathlib import Path

import pytest

from kedge_monitor.baseline import Constraint, Constraints, MonitoringConfig
from kedge_monitor.batch import DataType
from kedge_monitor.files.constraints import AWS_DEFAULTS, read_constraints, write_constraints
from kedge_monitor.files.json_reader import FileUnreadable

GOLDEN = Path(__file__).parent / "golden" / "constraints.json"


def with_feature(**feature: object) -> bytes:
    return json.dumps({"features": [{"name": "age", "inferred_type": "Integral", **feature}]}).encode()


def overrides_of(**feature: object) -> MonitoringConfig | None:
    return read_constraints(with_feature(**feature)).features[0].overrides


def test_a_file_of_the_analyzer_is_written_back_to_the_last_byte():
    assert write_constraints(read_constraints(GOLDEN.read_bytes())) == GOLDEN.read_bytes()


def test_settings_that_are_not_set_are_written_with_the_analyzers_defaults():
    written = write_constraints(Constraints(features=(), config=MonitoringConfig(comparison_threshold=0.2)))
    assert json.loads(written) == {
        "version": 0.0,
        "features": [],
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "datatype_check_threshold": 1.0,
            "domain_content_threshold": 1.0,
            "distribution_constraints": {
                "perform_comparison": "Enabled",
                "comparison_threshold": 0.2,
                "comparison_method": "Robust",
                "categorical_comparison_threshold": 0.1,
                "categorical_drift_method": "LInfinity",
            },
        },
    }


def test_what_was_written_is_read_back():
    feature = Constraint(
        name="colour",
        inferred_type=DataType.STRING,
        completeness=0.25,
        is_non_negative=False,
        domains=("a", "", "ü"),
        overrides=MonitoringConfig(evaluate_constraints=False, comparison_threshold=0.5, comparison_method="KS"),
    )
    whole = Constraints(features=(feature,), config=AWS_DEFAULTS)
    assert read_constraints(write_constraints(whole)) == whole


@pytest.mark.parametrize("name", ["monitoringConfigOverrides", "monitoring_config_overrides"])
@pytest.mark.parametrize("place", ["", "string_constraints", "num_constraints"])
def test_an_override_is_read_under_both_names_in_each_place(name: str, place: str):
    override = {name: {"evaluate_constraints": "Disabled", "distribution_constraints": {"comparison_threshold": 0.3}}}
    found = overrides_of(**({place: override} if place else override))
    assert found == MonitoringConfig(evaluate_constraints=False, comparison_threshold=0.3)


def test_overrides_of_two_places_are_joined_and_the_one_beside_completeness_prevails():
    found = overrides_of(
        monitoringConfigOverrides={"emit_metrics": "Disabled"},
        num_constraints={
            "monitoring_config_overrides": {"emit_metrics": "Enabled", "evaluate_constraints": "disabled"}
        },
    )
    assert found == MonitoringConfig(emit_metrics=False, evaluate_constraints=False)


@pytest.mark.parametrize("empty", [{}, None])
def test_an_empty_override_is_none(empty: object):
    assert overrides_of(monitoringConfigOverrides=empty) is None


@pytest.mark.parametrize(
    ("written", "name"),
    [("linf_simple", "Simple"), ("linf_robust", "Robust"), ("simple", "Simple"), ("KS", "KS"), ("psi", "psi")],
)
def test_the_names_of_the_documentation_are_those_of_the_analyzer(written: str, name: str):
    config = {"distribution_constraints": {"comparison_method": written}}
    data = json.dumps({"features": [], "monitoring_config": config}).encode()
    assert read_constraints(data).config.comparison_method == name


def test_settings_may_be_booleans_texts_camel_case_or_beside_the_distribution():
    config = {"evaluateConstraints": False, "datatype_check_threshold": "0.9", "perform_comparison": True}
    data = json.dumps({"features": [], "monitoring_config": config}).encode()
    assert read_constraints(data).config == MonitoringConfig(
        evaluate_constraints=False, datatype_check_threshold=0.9, perform_comparison=True
    )


def test_keys_of_old_analyzers_and_unknown_keys_are_ignored():
    found = read_constraints(with_feature(enable_comparisons=True, min_domain_mass=0.5, num_constraints={"mean": 1}))
    assert found.features == (Constraint(name="age", inferred_type=DataType.INTEGRAL),)


def test_a_completeness_of_nan_asks_for_nothing():
    assert read_constraints(with_feature(completeness="NaN")).features[0].completeness is None


@pytest.mark.parametrize(
    ("feature", "place"),
    [
        ({"inferred_type": "Number"}, "/features/0/inferred_type"),
        ({"completeness": 95}, "/features/0/completeness"),
        ({"string_constraints": {"domains": "a"}}, "/features/0/string_constraints/domains"),
        ({"num_constraints": {"is_non_negative": "maybe"}}, "/features/0/num_constraints/is_non_negative"),
        (
            {"monitoringConfigOverrides": {"distribution_constraints": {"comparison_threshold": "NaN"}}},
            "/features/0/monitoringConfigOverrides/distribution_constraints/comparison_threshold",
        ),
    ],
)
def test_a_wrong_part_is_named_by_its_place(feature: dict[str, object], place: str):
    with pytest.raises(FileUnreadable) as caught:
        read_constraints(with_feature(**feature))
    assert caught.value.place == place
