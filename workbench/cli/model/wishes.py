"""The options of `kedge model onboard` as a person types them, with the defaults. Pure."""

from typing import Final

from msgspec import Struct

from workbench.cli.monitor.options import Problem

CAPTURED: Final = "captured"
"""The word for captured records in `--baseline-from`."""


class Wishes(Struct, frozen=True, kw_only=True):
    """The options of `kedge model onboard`.

    `baseline_weeks` are the weeks of captured records that a baseline is made of. `daily` is whether Model Monitor runs
    once a day, else each hour.
    """

    capture: bool = True
    capture_share: int = 100
    capture_to: str = ""
    baseline: str = ""
    baseline_from: str = ""
    baseline_weeks: int = 2
    reports: str = ""
    labels: str = ""
    label_delay: str = "1d"
    problem: Problem | None = None
    label: str = ""
    prediction: str = ""
    probability: str = ""
    probability_threshold: float = 0.5
    positive_label: str = "1"
    facets: tuple[str, ...] = ()
    attributions: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    monitors: bool = True
    model_monitor: bool = False
    daily: bool = False
    image: str = ""
    role: str = ""
    analysis_config: str = ""
    alarms: bool = True
    latency_ms: float | None = None
    test_alarms: bool = False
    owner: str = ""
    runbook: str = ""
    pipeline: str = ""
    mail: str = ""
    receivers: tuple[str, ...] = ()


class WishUnfit(Exception):
    """A wish does not fit the endpoint or another wish. The message names the option and the action."""
