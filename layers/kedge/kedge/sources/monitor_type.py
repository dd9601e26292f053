"""Finds the kind of a monitor from any sign of it."""

from collections.abc import Iterable
from typing import Final

from kedge.domain.run import Monitor
from kedge.sources.arns import spelling

ANALYZER: Final = "sagemaker-model-monitor-analyzer"
MERGER: Final = "sagemaker-model-monitor-groundtruth-merger"

# MonitoringType (DataQuality), analysis_type and CheckType (DATA_QUALITY), all without case and separators.
_WORDS: Final = {
    "dataquality": Monitor.DATA_QUALITY,
    "modelquality": Monitor.MODEL_QUALITY,
    "modelbias": Monitor.MODEL_BIAS,
    "databias": Monitor.MODEL_BIAS,
    "bias": Monitor.MODEL_BIAS,
    "modelexplainability": Monitor.MODEL_EXPLAINABILITY,
    "explainability": Monitor.MODEL_EXPLAINABILITY,
}
_PREFIXES: Final = {
    "model-quality-monitoring-": Monitor.MODEL_QUALITY,
    "data-quality-monitoring-": Monitor.DATA_QUALITY,
    "model-monitoring-": Monitor.DATA_QUALITY,
    "model-bias-monitoring-": Monitor.MODEL_BIAS,
    "model-explainability-monitoring-": Monitor.MODEL_EXPLAINABILITY,
}


def from_word(word: str | None) -> Monitor | None:
    """Return the monitor for SageMaker's word in any spelling."""
    return _WORDS.get(spelling(word)) if word else None


def from_job_name(name: str) -> Monitor | None:
    """Return the monitor whose scheduled jobs have this prefix. Only one prefix is verified, so other signs come first."""
    return next((monitor for prefix, monitor in _PREFIXES.items() if name.lower().startswith(prefix)), None)


def first_known(candidates: Iterable[Monitor | None]) -> Monitor:
    """Return the first known monitor. A detector without any sign is the team's own."""
    return next((monitor for monitor in candidates if monitor is not None), Monitor.CUSTOM)
