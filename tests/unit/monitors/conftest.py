"""Small Monitors documents, and the definitions that they compile to."""

from kedge.monitors import lint
from kedge.monitors.definitions import MonitorDefinition, compile_monitors

HEAD = "apiVersion: kedge/v1\nkind: Monitors\n"
DEFAULTS = "defaults: {reports: s3://reports/kedge}\n"
MONITOR = "monitors:\n  - name: churn\n    target: {endpoint: churn-prod}\n    baseline: s3://baselines/churn\n"
SMALL = HEAD + DEFAULTS + MONITOR
QUALITY = "    model_quality: {problem_type: BinaryClassification}\n"
TRUTH = "    ground_truth: {prefix: 's3://labels/churn', delay: 1d, maximum_age: 14d}\n"


def definition(*lines: str, text: str = SMALL) -> MonitorDefinition:
    """Return the first monitor of the small document, with more lines in it."""
    reading = lint.read(text + "".join(lines), "m")
    assert reading.document is not None, "\n".join(map(str, reading.faults))
    return compile_monitors(reading.document).definitions[0]
