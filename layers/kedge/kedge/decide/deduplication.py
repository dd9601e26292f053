"""Recognizes signals without news."""

from datetime import datetime

from kedge.decide.alarm_contributors import whole_of
from kedge.decide.evaluation import Evaluation, Judged
from kedge.domain.decision import Decision, Reason, SourceState
from kedge.domain.run import FAULTS, Verdict
from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.formatting import format_time
from kedge.policy.compiled import Policy


def recognise_repetition(case: Evaluation) -> Evaluation | Decision:
    """Suppress repetitions: the same fact again, or the same run in its other form.

    A confirmed signal is not a repetition of an unconfirmed one.
    """
    state, only_said = case.state, not case.is_confirmed
    if case.known_by in state.recent or (only_said and case.known_by in state.recent_unconfirmed):
        return case.quiet(Reason.DUPLICATE, "this signal was received before")
    if not isinstance(case.signal, RunFinished):
        return case  # a change of an alarm has one signal
    other_road = case.told_by(job=case.job is None)
    known = other_road in state.recent or (only_said and other_road in state.recent_unconfirmed)
    if known or _same_run(case, case.last) or (only_said and _same_run(case, case.other_last)):
        return case.quiet(Reason.DUPLICATE, "another signal reported the same run")
    return case


def confirms_what_was_said(case: Evaluation) -> bool:
    """Return whether a confirmed signal reports the same fact as an earlier unconfirmed one."""
    said = case.other_last
    if not case.is_confirmed or (said is None and not case.state.recent_unconfirmed):
        return False
    roads = {case.known_by, case.told_by(job=True), case.told_by(job=False)}
    same = said is not None and case.at == said.at and case.verdict is said.verdict
    return same or not roads.isdisjoint(case.state.recent_unconfirmed)


def set_aside_stale(case: Evaluation) -> Evaluation | Decision:
    """Only record signals that are too old as evidence of the current state, and copies of reports, which have no news.

    A fault has the age of the run that broke: its window may never have existed.
    """
    signal = case.signal
    if isinstance(signal, RunFinished) and signal.copied:
        return case.record(Reason.STALE, "the report is a copy of another object")
    if is_stale(case.policy, signal, case.now):
        at = case.finished if signal.verdict in FAULTS else case.at
        because = f"it reports {format_time(at)}, and was first received after more than {case.policy.stale_after}"
        return case.record(Reason.STALE, because.removesuffix(", 0:00:00"))
    return case


def is_stale(policy: Policy, signal: Judged, now: datetime) -> bool:
    """Return whether a run first arrives when its window is older than evidence may be."""
    if policy.stale_after is None or not isinstance(signal, RunFinished):
        return False  # an alarm keeps its state until it changes, even for years
    return now - (signal.finished if signal.verdict in FAULTS else signal.at) > policy.stale_after


def order_in_time(case: Evaluation) -> Evaluation | Decision:
    """Only record signals that are older than the newest one of this source: queues do not guarantee an order.

    An unconfirmed signal never makes a confirmed one old.
    """
    others = (None if case.is_confirmed else case.other_last, _whole_that_is_well(case))
    for last in (case.last, *others):
        if last is not None and _is_older(case, last) and not _found_after_a_fault(case, last):
            since = f"{format_time(last.at)}"
            return case.record(Reason.SUPERSEDED, f"{case.source} sent a newer signal at {since}")
    return case


def _whole_that_is_well(case: Evaluation) -> SourceState | None:
    """Return the state of the whole alarm for a contributor's signal: an alarm that is OK has no firing contributor."""
    signal = case.signal
    whole = whole_of(case.state, signal, confirmed=case.is_confirmed) if type(signal) is AlarmChanged else None
    return whole if whole is not None and whole.verdict is Verdict.OK else None


def _is_older(case: Evaluation, last: SourceState) -> bool:
    """Return whether a signal is older than another; the time of a clock that ran ahead does not order signals."""
    if last.verdict is Verdict.INCONCLUSIVE:
        return False  # no run of the source could be evaluated yet
    return not last.clamped and (case.at, case.finished) < (last.at, last.finished)


def _same_run(case: Evaluation, last: SourceState | None) -> bool:
    """Return whether two signals are one run: a report in S3 and the job that wrote it.

    Two jobs, or two changes of an alarm, are two.
    """
    one_road_lacks_the_job = last is not None and (case.job is None) != (last.job is None)
    return last is not None and one_road_lacks_the_job and case.at == last.at and case.verdict is last.verdict


def _found_after_a_fault(case: Evaluation, last: SourceState) -> bool:
    """Return whether a run ended with violations after its schedule was stopped or had failed.

    Such a fault does not have a window. Its own time is later than the window of the run in progress. It says nothing
    about that window, and must not hide the run's findings in it.
    """
    of_itself = last.verdict in FAULTS and last.at == last.finished
    return of_itself and case.verdict is Verdict.VIOLATED and case.finished > last.finished
