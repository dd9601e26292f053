"""Labels that come late: whether a window is measured now, measured again later, or given up with a finding of its own."""

from datetime import timedelta
from enum import StrEnum

import msgspec

from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.errors import MonitorError


class LabelStep(StrEnum):
    """The next step of a window."""

    MEASURE = "measure"
    WAIT = "wait"
    GIVE_UP = "give_up"
    NO_DATA = "no_data"


class LabelWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """When a window has enough labels, and how long it can wait for them.

    A window needs at least `fewest` labelled records and at least the share `share` (0 to 1) of its records. It is
    measured again every `retry` until it is `until` old, counted from its end.
    """

    fewest: int = 200
    share: float = 0.5
    retry: timedelta = timedelta(hours=1)
    until: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        if self.fewest < 1 or not 0 <= self.share <= 1 or self.retry <= timedelta() or self.until < timedelta():
            raise MonitorError(
                f"Labels: fewest {self.fewest}, share {self.share}, retry {self.retry}, until {self.until}. "
                "Set fewest to 1 or more, share between 0 and 1, retry above 0, and until 0 or more."
            )


class LabelReadiness(msgspec.Struct, frozen=True, kw_only=True):
    """The decision on a window, the outcome to report, and a sentence with the numbers and the action.

    `outcome` is None if the window is measured: the comparison gives it. `again_in` is set if the window waits. A
    window that was given up is `inconclusive` and never clean. If it had enough records, it lacks labels, and
    `is_given_up` says that its `sentence` is a finding of its own.
    """

    step: LabelStep
    outcome: Outcome | None
    sentence: str
    again_in: timedelta | None = None
    is_given_up: bool = False


def judge_labels(labelled: int, unlabelled: int, age: timedelta, waiting: LabelWaiting | None = None) -> LabelReadiness:
    """Return whether to measure a window, to wait, or to give up.

    Args:
        labelled: records of the window that have a label.
        unlabelled: records of the window without one.
        age: time since the end of the window.
        waiting: the settings; the defaults if None.
    """
    used = waiting or LabelWaiting()
    records = labelled + unlabelled
    if not records:
        return LabelReadiness(
            step=LabelStep.NO_DATA,
            outcome=Outcome.NO_DATA,
            sentence="The window has no captured records. Check that the endpoint has traffic and that capture is on.",
        )
    needed = max(used.fewest, -int(-used.share * records // 1))
    have = f"{labelled} of {records} records have a label"
    if labelled >= needed:
        return LabelReadiness(step=LabelStep.MEASURE, outcome=None, sentence=f"{have}.")
    if records < used.fewest:
        wanted = f"the window has only {records} records, and a measurement needs {used.fewest} labels"
        action = "Use a longer window, or set a smaller number of labels."
    else:
        wanted = f"a measurement needs {needed}"
        action = "Check the upload of labels and the ids that join them to captured records."
    left = used.until - age
    if left > timedelta() and records >= used.fewest:
        return LabelReadiness(
            step=LabelStep.WAIT,
            outcome=Outcome.INCONCLUSIVE,
            sentence=f"{have}; {wanted}. The window is measured again until it is {_span(used.until)} old.",
            again_in=min(used.retry, left),
        )
    never = "Labels never came" if not labelled else "Too few labels came"
    return LabelReadiness(
        step=LabelStep.GIVE_UP,
        outcome=Outcome.INCONCLUSIVE,
        sentence=f"{never}: {have}; {wanted}. The window is {_span(age)} old and is not measured again. {action}",
        is_given_up=records >= used.fewest,
    )


def _span(time: timedelta) -> str:
    hours = time / timedelta(hours=1)
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours"
