"""The numbers and the sentences of a result, and the head of its page."""

from typing import Final

from kedge.domain.run import Measure, Verdict
from kedge.domain.target import TargetKind
from kedge.monitors.definitions import Promise
from kedge.monitors.task import WEEK, MeasurementTask
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.quality.estimated import EstimatedQuality, EstimateRefused
from kedge_monitor.report.page import RunFacts

REPORT: Final = "report.html"
"""The page of a window."""

VERDICTS: Final = {
    Outcome.CLEAN: Verdict.CLEAN,
    Outcome.VIOLATED: Verdict.VIOLATED,
    Outcome.NO_DATA: Verdict.NO_DATA,
    Outcome.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}


def run_facts(task: MeasurementTask) -> RunFacts:
    """Return the head of the page of a window."""
    promise = task.promise if task.kind.keeps_promise else None
    return RunFacts(
        title=task.target.name,
        start=task.window.start,
        end=task.window.end,
        monitor=task.source,
        mode="promise" if promise is not None else "compatible" if task.kind.keeps_promise else "",
        promise="" if promise is None else _promise_words(promise),
    )


def _promise_words(promise: Promise) -> str:
    pages = "page" if promise.false_pages == 1 else "pages"
    return f"at most {promise.false_pages:g} false {pages} within {promise.within.total_seconds() / WEEK.total_seconds():g} weeks"


def estimate_words(estimate: EstimatedQuality | EstimateRefused | None, before: EstimatedQuality | None) -> str:
    """Return the estimated accuracy in words, so that a reader knows whether a drift is likely to matter."""
    if not isinstance(estimate, EstimatedQuality) or estimate.accuracy is None:
        return ""
    now = estimate.accuracy
    said = f"accuracy {now.value:.3f} ({now.low:.3f} to {now.high:.3f})"
    if before is not None and before.accuracy is not None:
        said += f", baseline {before.accuracy.value:.3f}"
    return f"{said}, without labels"


def measures(
    estimate: EstimatedQuality | EstimateRefused | None, before: EstimatedQuality | None
) -> tuple[Measure, ...]:
    """Return the estimated numbers of a window, each with that of the baseline as its limit."""
    if not isinstance(estimate, EstimatedQuality):
        return ()
    found = []
    for name in ("accuracy", "precision", "recall", "f1", "auc"):
        now = getattr(estimate, name)
        then = None if before is None else getattr(before, name)
        if now is not None:
            found.append(Measure(name=f"estimated_{name}", value=now.value, limit=None if then is None else then.value))
    return tuple(found)


def too_large(size: int, most: int) -> str:
    """Return why a window is not measured."""
    return (
        f"The window has {size / 1024**3:.0f} GB of captured data, and the function measures at most {most / 1024**3:.0f} GB. "
        "Add `spark` to a monitor of data quality, which then hands such windows to a Spark job, or use a shorter window."
    )


def without_data(task: MeasurementTask) -> str:
    """Return why a window has no data, and the action, if data capture is on."""
    place = f"there are no records of this window below {task.capture}"
    if task.target.kind is TargetKind.ENDPOINT:
        return (
            f"No data: {place}. If the endpoint had requests, check its sampling percentage, and the permission of its role "
            "to write there."
        )
    return f"No data: {place}. Check that the transform job ran with data capture, and that this is its destination."
