"""The sentences of a message: what happened, what it means, what to do first. One plain sentence each.

They claim no more than the evidence: a monitor that broke says nothing about the model, drift says nothing yet about
its quality, and nobody is told that something was done which was not.
"""

from typing import Final

from kedge.domain.decision import Reason
from kedge.domain.effect import Effect
from kedge.domain.finding import Check
from kedge.domain.incident import Incident, Problem
from kedge.domain.run import Monitor
from kedge.domain.target import TargetKind
from kedge.notify.evidence import worst_first
from kedge.notify.figures import duration, many, pair
from kedge.notify.kind import DRIFTS, MEASURED_NOTHING, Kind, kind_of, kind_of_cause, kind_of_problem
from kedge.notify.plain import short, squeezed

_MONITORS: Final = {
    Monitor.DATA_QUALITY: ("data quality", "data quality monitor"),
    Monitor.MODEL_QUALITY: ("model quality", "model quality monitor"),
    Monitor.MODEL_BIAS: ("bias", "bias monitor"),
    Monitor.MODEL_EXPLAINABILITY: ("feature attribution", "feature attribution monitor"),
    Monitor.CUSTOM: ("the team's own check", "the team's own monitor"),
    Monitor.ALARM: ("the alarm's metric", "alarm"),
}

_IMPACT: Final = {
    Kind.INPUT_DRIFT: "{Receiver} gets data unlike its baseline; how good the predictions still are is not known.",
    Kind.SCHEMA_BREAK: "{Receiver} gets columns or types that the model was not built for; do not trust its predictions.",
    Kind.MODEL_QUALITY: "Measured against the truth, the model's predictions are worse than the agreed limit.",
    Kind.BIAS: "The model, or the data it gets, treats groups less evenly than the baseline did.",
    Kind.ATTRIBUTION: "The model leans on other features than at the baseline; how good its predictions are is not known.",
    Kind.DEPLOYMENT: "It became worse after a deployment; what ran before did not show this.",
    Kind.UPSTREAM: "Several models show the same at once, so the fault is probably in the data they share.",
    Kind.VIOLATION: "The monitor found values beyond their limits; the findings do not say why.",
    Kind.UNREAD: "The monitor found a violation, but what it found cannot be read: take it as serious until it is.",
    Kind.NO_REPORT: "The monitor found a violation and left no report of it: take it as serious until it is known.",
    Kind.FAILED: "Nothing was measured: the model may be well or not, and nobody can tell until the monitor runs again.",
    Kind.NO_DATA: "Nothing was measured: there was no data to look at, so a fault in the model would not be noticed.",
    Kind.STOPPED: "Nothing was measured: while the monitor stands still, a fault in the model would not be noticed.",
    Kind.BLINDED: "The problem found before is still open, and nobody can tell now whether it grows or goes.",
    Kind.ALARM: "A metric is beyond the limit that the alarm's owner set.",
    Kind.RESOLVED: "None any more, as far as the last result tells.",
}

_NEXT: Final = {
    Kind.INPUT_DRIFT: "Find out whether the world changed or the data's source did, before anybody retrains.",
    Kind.SCHEMA_BREAK: "Ask the data's owner what changed upstream. Do not retrain on this data.",
    Kind.MODEL_QUALITY: "Check that the ground truth is right and complete; if it is, the model needs retraining.",
    Kind.BIAS: "Tell the model's owner; look at who the affected groups are before anything is retrained.",
    Kind.ATTRIBUTION: "Compare with the model quality monitor: on its own this asks for a look, not for a remedy.",
    Kind.DEPLOYMENT: "Compare with the configuration that ran before, and consider going back to it.",
    Kind.UPSTREAM: "Ask the owner of the shared data; leave the models alone.",
    Kind.VIOLATION: "Open the report and decide whether the limit or the model is wrong.",
    Kind.UNREAD: "Open the report yourself, and mend what keeps Kedge from reading it.",
    Kind.NO_REPORT: "Look in the monitor's log for what it found, and why its report is missing.",
    Kind.FAILED: "Read the monitor's log, mend it, and let the next run show how the model is.",
    Kind.NO_DATA: "Check that data capture is on, that requests arrive and, for quality, that ground truth arrives.",
    Kind.STOPPED: "Find out who stopped it, and start it again unless that was meant.",
    Kind.BLINDED: "Mend the monitor first: without it nobody sees whether a remedy works.",
    Kind.ALARM: "Look at the metric's curve, then at the endpoint's log.",
    Kind.RESOLVED: "Nothing to do now. Note the cause while it is remembered.",
}

_COUNTED: Final[dict[str, tuple[str, str]]] = {
    Check.MISSING_COLUMN: ("columns missing", "columns missing"),
    Check.EXTRA_COLUMN: ("extra columns", "extra columns"),
    Check.DATA_TYPE: ("1 wrong type", "{n} wrong types"),
    Check.COMPLETENESS: ("1 incomplete", "{n} incomplete"),
    Check.DRIFT: ("1 drifted", "{n} drifted"),
    Check.CATEGORIES: ("unknown values in 1", "unknown values in {n}"),
}


def impact(effect: Effect) -> str:
    """What it means for those who rely on the model, in one sentence."""
    thing = {TargetKind.ENDPOINT: "The endpoint", TargetKind.SCHEDULE: "The batch job"}
    return _IMPACT[_told_as(effect)].format(Receiver=thing.get(effect.incident.target.kind, "The model"))


def first_step(effect: Effect) -> str:
    """What to do first, in one or two sentences."""
    return _NEXT[_told_as(effect)]


def _told_as(effect: Effect) -> Kind:
    """An alarm on a metric that a monitor publishes means what the monitor's violation would."""
    kind, of_cause = kind_of(effect), kind_of_cause(effect.incident.cause)
    return of_cause if kind is Kind.ALARM and of_cause is not Kind.VIOLATION else kind


def action(effect: Effect) -> str:
    """What Kedge has done so far: this version tells, and has no remedies to try."""
    return f"Told {short(effect.receiver, 60)}. No remedy was tried."


def turn(effect: Effect) -> str:
    """What is new since the last message, empty for the first one."""
    incident = effect.incident
    match effect.why:
        case Reason.SEVERITY_RAISED:
            return f"It became worse: the severity is now {incident.severity.upper()}."
        case Reason.CAUSE_CHANGED:
            return f"The evidence now says more about the cause: {incident.cause.replace('_', ' ')}."
        case Reason.ANOTHER_ALARM:
            return "Another alarm of the same target went off while the first had not gone back."
        case Reason.STILL_FIRING:
            return "Nothing new: it is still so."
        case _:
            return ""


def headline(effect: Effect) -> str:
    """The symptom in a few words, without the target's name."""
    match kind_of(effect):
        case Kind.RESOLVED:
            return _ended(effect)
        case Kind.BLINDED:
            return f"{_the_monitor(effect.incident)} broke while a problem is open"
        case kind:
            return _symptom(kind, effect.incident)


def problem_words(effect: Effect) -> str:
    """The symptom of the problem itself, also when it has ended or its monitor broke since."""
    return _symptom(kind_of_problem(effect), effect.incident)


def _ended(effect: Effect) -> str:
    incident = effect.incident
    lasted = f"after {duration((incident.resolved or effect.at) - incident.since)}"
    match kind_of_problem(effect):
        case Kind.ALARM:
            return f"{_alarm(incident)} is OK again {lasted}"
        case kind if kind in MEASURED_NOTHING:
            return f"{_the_monitor(incident)} works again, nothing found, {lasted}"
        case _:
            return f"{_MONITORS[incident.monitor][0]} is within its limits again {lasted}"


def _symptom(kind: Kind, incident: Incident) -> str:  # noqa: C901 - one line a kind, and nothing else
    problem = incident.problem
    match kind:
        case Kind.FAILED:
            return f"{_the_monitor(incident)} failed, nothing was measured"
        case Kind.NO_DATA:
            return f"{_the_monitor(incident)} had no data, nothing was measured"
        case Kind.STOPPED:
            return f"{_the_monitor(incident)} was stopped, nothing is measured"
        case Kind.ALARM:
            return f"{_alarm(incident)} went off{_against_limit(problem)}"
        case Kind.UNREAD:
            return f"{_the_monitor(incident)} found violations, report cannot be read"
        case Kind.NO_REPORT:
            return f"{_the_monitor(incident)} found violations, report is missing"
        case _ if problem.findings == 0:
            return f"{_the_monitor(incident)} found violations, its report lists none"
        case Kind.INPUT_DRIFT | Kind.UPSTREAM | Kind.DEPLOYMENT if DRIFTS.issuperset(problem.checks):
            return _features(incident, "drifted")
        case Kind.SCHEMA_BREAK:
            return f"schema broken: {_counts(problem)}"
        case Kind.MODEL_QUALITY:
            return f"model quality beyond its limit: {_subjects(problem)}{_against_limit(problem)}"
        case Kind.BIAS:
            return f"bias beyond its limit: {_subjects(problem)}{_against_limit(problem)}"
        case Kind.ATTRIBUTION:
            return f"feature attribution moved: {_subjects(problem)}{_against_limit(problem)}"
        case _:
            return _features(incident, "beyond their limits")


def _the_monitor(incident: Incident) -> str:
    return _MONITORS[incident.monitor][1]


def _alarm(incident: Incident) -> str:
    source = incident.problem.source
    return "alarm" if source == incident.target.name else f"alarm {squeezed(source, 40)}"


def _against_limit(problem: Problem) -> str:
    """The numbers, where one finding is all there is."""
    if len(problem.worst) != 1 or problem.findings not in {None, 1}:
        return ""
    only = problem.worst[0]
    if only.observed is None or only.limit is None:
        return ""
    return " ({}, limit {})".format(*pair(only.observed, only.limit))


def _features(incident: Incident, verb: str) -> str:
    problem = incident.problem
    count = problem.subjects if problem.subjects is not None else len(problem.worst)
    if count == 1 and len(problem.worst) == 1:
        one = verb.replace("their limits", "its limit")
        return f"{squeezed(problem.worst[0].subject, 40)} {one}{_against_limit(problem)}"
    thing = "feature" if incident.monitor is Monitor.DATA_QUALITY else "finding"
    counted = f"{count:,} of {many(problem.features, thing)}" if problem.features else many(count, thing)
    return f"{counted} {verb}"


def _subjects(problem: Problem) -> str:
    count = problem.findings if problem.findings is not None else len(problem.worst)
    if not problem.worst:
        return many(count, "finding")
    worst = squeezed(worst_first(problem)[0].subject, 40)
    return worst if count <= 1 else f"{worst} and {count - 1:,} more"


def _counts(problem: Problem) -> str:
    known = [(check, problem.checks[check]) for check in _COUNTED if problem.checks.get(check)]
    words = [_COUNTED[check][count > 1].format(n=f"{count:,}") for check, count in known]
    return ", ".join(words) or many(problem.findings or 0, "finding")
