"""One run from baseline to files, as the product sees them."""

import numpy as np
import pytest

from kedge.reports.evidence import monitor_of
from kedge.reports.statistics import statistics_in
from kedge.reports.violations import violations_in
from kedge_monitor.baseline.folder import read_baseline, write_baseline
from kedge_monitor.baseline.suggest import suggest_baseline
from kedge_monitor.compare.comparison import compare
from kedge_monitor.compare.settings import CompareMode, CompareSettings
from kedge_monitor.files.run_files import exit_message, read_comparison, write_comparison
from kedge_monitor.files.statistics import write_statistics
from kedge_monitor.files.violations import write_violations
from tests.support.profiles import baseline_profile, window_profile

RNG = np.random.default_rng(77)


@pytest.mark.parametrize("mode", list(CompareMode))
@pytest.mark.parametrize("by", ["kedge", "aws"])
def test_the_product_reads_what_a_run_writes_with_either_mode_and_baseline(mode: CompareMode, by: str):
    old = {"score": RNG.normal(size=5000), "state": RNG.choice(["a", "b", "c"], 5000)}
    files = write_baseline(suggest_baseline(baseline_profile(old)))
    baseline = read_baseline({name: data for name, data in files.items() if by == "kedge" or name.endswith(".json")})
    window = window_profile(
        baseline.profile, {"score": RNG.normal(1, 1, 800), "state": RNG.choice(["a", "b", "c"], 800)}
    )
    comparison, _ = compare(baseline, window, settings=CompareSettings(mode=mode))

    findings = violations_in(write_violations(comparison))
    assert isinstance(findings, tuple)
    assert [(each.feature, each.check) for each in findings] == [("score", "baseline_drift_check")]
    assert findings[0].observed == pytest.approx(0.38, abs=0.1)
    assert findings[0].limit == 0.1
    assert monitor_of(findings) == "DataQuality"
    counts = statistics_in(write_statistics(window))
    assert (counts.records, counts.features) == (800, 2)
    assert exit_message(comparison.outcome, len(comparison.violations)).startswith("CompletedWithViolations: ")
    assert read_comparison(write_comparison(comparison)) == comparison
