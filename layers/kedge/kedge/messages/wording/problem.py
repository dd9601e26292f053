"""The headline of a message about one incident: the symptom in a few words that claim no more than the evidence."""

from typing import Final

from kedge.domain.effect import Effect
from kedge.domain.finding import DRIFT_CHECKS, Check, worst_first
from kedge.domain.incident import Incident, Problem
from kedge.domain.run import Monitor
from kedge.formatting import format_count, format_duration, format_pair, shorten_name
from kedge.messages.findings_table import limit_of
from kedge.messages.message_type import MessageType, kind_of_problem, message_type_of
from kedge.messages.remedy_status import news_of
from kedge.messages.wording.change import prelude
from kedge.messages.wording.fleet import features_drift, features_gone
from kedge.messages.wording.remedy import remedy_headline
from kedge.messages.wording.watch import symptom_of

_MONITORS: Final = {
    Monitor.DATA_QUALITY: ("data quality", "data quality monitor"),
    Monitor.MODEL_QUALITY: ("model quality", "model quality monitor"),
    Monitor.MODEL_BIAS: ("bias", "bias monitor"),
    Monitor.MODEL_EXPLAINABILITY: ("feature attribution", "feature attribution monitor"),
    Monitor.CUSTOM: ("custom check", "custom monitor"),
    Monitor.ALARM: ("the alarm's metric", "alarm"),
    Monitor.FLEET: ("the fleet's data", "fleet monitor"),
    Monitor.POLICY: ("the policy", "policy monitor"),
    Monitor.WATCH: ("monitoring", "watchdog"),
    Monitor.DRILL: ("the drill", "drill"),
}


_WORKS_AGAIN: Final = {
    MessageType.POLICY: "the policy can be read again",
    MessageType.MONITORS: "the Monitors document can be read again",
    MessageType.WATCH: "monitoring works again",
    MessageType.UNWATCHED: "all endpoints have a monitor or an alarm",
}


def headline(effect: Effect) -> str:
    """Return the symptom in a few words without the target's name, or the outcome of the remedy if that is the news."""
    if (acting := news_of(effect)) is not None:
        return remedy_headline(effect, acting)
    match message_type_of(effect):
        case MessageType.RESOLVED:
            return _ended(effect)
        case MessageType.BLINDED:
            return f"{_the_monitor(effect.incident)} failed while the incident is open"
        case MessageType.POLICY:
            last_good = shorten_name(effect.policy, 40) or "the last valid one"
            return f"{prelude(effect)}{problem_words(effect)}, {last_good} stays in force"
        case MessageType.MONITORS:
            return f"{prelude(effect)}{problem_words(effect)}, the last valid one stays in force"
        case kind:
            return prelude(effect) + _symptom(kind, effect.incident)


def problem_words(effect: Effect) -> str:
    """Return the symptom of the problem itself, also if it has ended or its monitor broke since."""
    return _symptom(kind_of_problem(effect), effect.incident)


def _ended(effect: Effect) -> str:
    incident = effect.incident
    lasted = f"after {format_duration((incident.resolved or effect.at) - incident.since)}"
    if incident.resolved_by is not None:
        # No monitor measured that: the next result can differ.
        return f"resolved by {shorten_name(incident.resolved_by, 40) or 'an engineer'} {lasted}"
    if incident.ended:
        return f"{shorten_name(incident.ended, 60)}, {lasted}"
    match kind_of_problem(effect):
        case kind if (works := _WORKS_AGAIN.get(kind)) is not None:
            return f"{works} {lasted}"
        case MessageType.UPSTREAM if incident.monitor is Monitor.FLEET:
            return f"{features_gone(incident)} resolved {lasted}"
        case MessageType.ALARM:
            return f"{_alarm(incident)} is OK again {lasted}"
        case MessageType.UNMEASURED:
            return f"{_the_monitor(incident)} has enough records again {lasted}"
        case kind if kind.measured_nothing:
            return f"{_the_monitor(incident)} works again, no findings, {lasted}"
        case _:
            return f"{_MONITORS[incident.monitor][0]} is within its limits again {lasted}"


def _symptom(kind: MessageType, incident: Incident) -> str:  # noqa: C901 - one line a kind, and nothing else
    problem = incident.problem
    match kind:
        case MessageType.FAILED:
            return f"{_the_monitor(incident)} failed, nothing was measured"
        case MessageType.NO_DATA:
            return f"{_the_monitor(incident)} had no data, nothing was measured"
        case MessageType.OVERDUE:
            return f"{_the_monitor(incident)} is overdue, nothing was measured"
        case MessageType.STOPPED:
            return f"{_the_monitor(incident)} was stopped, nothing is measured"
        case MessageType.UNMEASURED:
            return f"too few records{_in_the_last(problem)}"
        case MessageType.WATCH | MessageType.UNWATCHED:
            return symptom_of(problem)
        case MessageType.POLICY:
            return "the policy cannot be read"
        case MessageType.MONITORS:
            return "the Monitors document cannot be read"
        case MessageType.DRILL:
            return "this is a drill, no model has a problem"
        case MessageType.UPSTREAM if incident.monitor is Monitor.FLEET:
            return features_drift(incident)
        case MessageType.ALARM:
            return f"{_alarm(incident)} fired{_against_limit(problem)}"
        case MessageType.DISPUTED:
            return "SageMaker contradicts a report of violations"
        case MessageType.UNREAD | MessageType.NO_REPORT if incident.is_only_said:
            return "a report that no authority confirms cannot be read"
        case MessageType.UNREAD:
            return f"{_the_monitor(incident)} found violations, report cannot be read"
        case MessageType.NO_REPORT:
            return f"{_the_monitor(incident)} found violations, report is missing"
        case _ if problem.findings == 0:
            return f"{_the_monitor(incident)} found violations, its report lists none"
        case MessageType.DEPLOYMENT:
            return f"worse after a deployment: {_features(incident, _beyond(problem))}"
        case MessageType.INPUT_DRIFT | MessageType.UPSTREAM if DRIFT_CHECKS.issuperset(problem.checks):
            return _features(incident, "drifted")
        case MessageType.SCHEMA_BREAK:
            return f"schema broken: {_counts(problem)}"
        case MessageType.MODEL_QUALITY:
            return f"model quality beyond its limit: {_subjects(problem)}{_against_limit(problem)}"
        case MessageType.BIAS:
            return f"bias beyond its limit: {_subjects(problem)}{_against_limit(problem)}"
        case MessageType.ATTRIBUTION:
            return f"feature attribution moved: {_subjects(problem)}{_against_limit(problem)}"
        case _:
            return _features(incident, "beyond their limits")


def _in_the_last(problem: Problem) -> str:
    return "" if problem.records is None else f", {problem.records:,} in the last window"


def _the_monitor(incident: Incident) -> str:
    return _MONITORS[incident.monitor][1]


def _alarm(incident: Incident) -> str:
    source = incident.problem.source_name
    return "alarm" if source == incident.target.name else f"alarm {shorten_name(source, 40)}"


def _against_limit(problem: Problem) -> str:
    """Return observed value and limit, if the problem has only one finding."""
    if len(problem.worst) != 1 or problem.findings not in {None, 1}:
        return ""
    only = problem.worst[0]
    if only.observed is None or only.limit is None:
        return ""
    observed, limit = format_pair(only.observed, only.limit)
    least = limit_of(only)
    return f" ({observed}, {least if least.startswith('min ') else f'limit {limit}'})"


def _features(incident: Incident, verb: str) -> str:
    problem = incident.problem
    count = problem.subjects if problem.subjects is not None else len(problem.worst)
    if count == 1 and len(problem.worst) == 1:
        one = verb.replace("their limits", "its limit")
        return f"{shorten_name(problem.worst[0].subject, 40)} {one}{_against_limit(problem)}"
    thing = "feature" if incident.monitor is Monitor.DATA_QUALITY else "finding"
    counted = (
        f"{count:,} of {format_count(problem.features, thing)}" if problem.features else format_count(count, thing)
    )
    return f"{counted} {verb}"


def _beyond(problem: Problem) -> str:
    return "drifted" if problem.checks and DRIFT_CHECKS.issuperset(problem.checks) else "beyond their limits"


def _subjects(problem: Problem) -> str:
    count = problem.findings if problem.findings is not None else len(problem.worst)
    if not problem.worst:
        return format_count(count, "finding")
    worst = shorten_name(worst_first(problem.worst)[0].subject, 40)
    return worst if count <= 1 else f"{worst} and {count - 1:,} more"


def _counts(problem: Problem) -> str:
    counted = [(check.counted, problem.checks.get(check, 0)) for check in Check]
    words = [words[count > 1].format(n=f"{count:,}") for words, count in counted if words is not None and count]
    return ", ".join(words) or format_count(problem.findings or 0, "finding")
