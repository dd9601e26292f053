"""A baseline: the profile of good data, and the constraints that follow from it.

suggest        the constraints that follow from a profile
exclusions     columns without a comparison: time stamps, identifiers, constants
notices        what will make noise in each run
folder         the files of a baseline, read and written, and its version
from_sketch    the profile in a statistics.json that AWS made
"""

import msgspec

from kedge_monitor.batch import DataType
from kedge_monitor.profile.dataset import DatasetProfile


class Constraint(msgspec.Struct, frozen=True, kw_only=True):
    """What constraints.json asks of one feature. None: the file does not ask for it. Overrides are the feature's own settings."""

    name: str
    inferred_type: DataType
    completeness: float | None = None
    is_non_negative: bool | None = None
    domains: tuple[str, ...] | None = None
    overrides: "MonitoringConfig | None" = None


class MonitoringConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The `monitoring_config` of constraints.json, or of one feature. None: not set, the wider setting or the default holds."""

    evaluate_constraints: bool | None = None
    emit_metrics: bool | None = None
    perform_comparison: bool | None = None
    datatype_check_threshold: float | None = None
    domain_content_threshold: float | None = None
    comparison_threshold: float | None = None
    comparison_method: str | None = None
    categorical_comparison_threshold: float | None = None
    categorical_drift_method: str | None = None


class Constraints(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of constraints.json."""

    features: tuple[Constraint, ...]
    config: MonitoringConfig = MonitoringConfig()


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One property of a baseline that will make noise, and the action. `feature` is None if it concerns the whole baseline."""

    feature: str | None
    problem: str
    action: str


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What a window is compared with. `digest` (SHA-256, hex) is its version: the same files give the same digest.

    `excluded` names columns that get no domain and no comparison (time stamps, identifiers, constants), with the reason.
    """

    profile: DatasetProfile
    constraints: Constraints
    notices: tuple[Notice, ...]
    excluded: dict[str, str]
    digest: str
