"""The reasons for a decision: the result of each step, the rules that applied, and the receivers that were suppressed.

It also names what would change the result. Nothing is decided here: `decide` itself reports the results of its steps.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from kedge.decide.evaluation import Evaluation
from kedge.decide.incident_parts import left_out, named
from kedge.decide.persistence import persistence_rule
from kedge.decide.pipeline import decide
from kedge.decide.severity import severity_rule
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Decision, Notify, Queued, RemedyHeld, RemedySelected
from kedge.domain.incident import Incident
from kedge.domain.signal import AnySignal
from kedge.explain.route_trace import Passage, Visit, trace_route
from kedge.explain.suggestions import STEP_OF, suggest_for_decision, suggest_for_queued, suggest_for_suppressed
from kedge.policy.compiled import Policy, SeverityRule
from kedge.policy.labels import labels_of
from kedge.policy.matchers import Labels, Matcher, all_hold
from kedge.routing.pipeline import IncidentUpdate
from kedge.routing.recipients import NotificationDraft
from kedge.routing.silences import read_matchers


def partial_cover(step: str, telling: NotificationDraft) -> Iterator[str]:
    """Yield a sentence for each silence, inhibition or time that covers an incident only in part."""
    for what, wanted in _asked(step, telling):
        labels = left_out(wanted, telling.whole)
        if labels is not None and all_hold(wanted, telling.labels):
            yield f"{what} does not cover {named(labels, wanted)}, so it hides nothing"


def _asked(step: str, telling: NotificationDraft) -> Iterator[tuple[str, tuple[Matcher, ...]]]:
    match step:
        case "silence":
            added = ((each, read_matchers(each.matchers)) for each in telling.context.silences)
            for known, wanted in (*telling.policy.silences, *added):
                if wanted and known.holds(telling.now):
                    yield f"silence {known.id}", wanted
        case "inhibit":
            for rule in telling.policy.inhibit_rules:
                yield rule.name, rule.targets
        case "mute":
            for wish in telling.wishes:
                if wish.route.mute or wish.route.active:
                    yield f"the time of {wish.route.path}", wish.route.reach
        case _:
            return


class ExplainedStep(Struct, frozen=True, kw_only=True):
    """One step by its name, and its result. `decided` marks the step that ended the pipeline."""

    name: str
    said: str
    decided: bool = False


class ExplainedReceiver(Struct, frozen=True, kw_only=True):
    """Whether one receiver is notified: now, later, or not. `step` decided it; `change` is what would change it."""

    receiver: str
    told: str
    step: str
    because: str
    change: str = ""


class Explanation(Struct, frozen=True, kw_only=True):
    """A decision and its reasons. `rules` names the rule behind each value.

    `change` is set if no receiver was to be notified. `origin` says who confirms the signal.
    """

    decision: Decision
    steps: tuple[ExplainedStep, ...]
    rules: dict[str, str]
    labels: dict[str, tuple[str, ...]]
    visits: tuple[Visit, ...]
    receivers: tuple[ExplainedReceiver, ...]
    origin: str
    change: str = ""


def explain(policy: Policy, state: CaseState, signal: AnySignal, now: datetime, context: Context) -> Explanation:
    """Decide and return the reasons. The arguments are those of `decide`."""
    traced: list[tuple[str, object]] = []
    decision = decide(policy, state, signal, now, context, lambda name, outcome: traced.append((name, outcome)))
    cases = [outcome for _, outcome in traced if isinstance(outcome, Evaluation)]
    tellings = [outcome for _, outcome in traced if isinstance(outcome, NotificationDraft)]
    draft = next((case.draft for case in reversed(cases) if case.draft is not None), None)
    incident = decision.incident or draft
    labels = dict(labels_of(incident, policy.environment)) if incident is not None else {}
    visits = tuple(trace_route(policy.route, labels)) if incident is not None else ()
    return Explanation(
        decision=decision,
        steps=tuple(_steps(traced)),
        rules=rules_of(policy, incident) if incident is not None else {},
        labels={name: tuple(values) for name, values in labels.items()},
        visits=visits,
        receivers=tuple(_heard(policy, decision, context, labels, visits)) if tellings else (),
        origin=signal.provenance.sentence,
        change="" if tellings else suggest_for_decision(policy, decision, cases[-1] if cases else None),
    )


def rules_of(policy: Policy, incident: Incident) -> dict[str, str]:
    """Return the rules that give an incident its severity, persistence, owner and runbook."""
    labels = labels_of(incident, policy.environment)
    ownership = policy.ownership
    severity = severity_rule(policy, incident, labels)
    persistence = persistence_rule(policy, incident)
    runbooks = (index for index, rule in enumerate(policy.runbooks) if all_hold(rule.matchers, labels))
    return {
        "severity": _place(policy, severity) if severity else "no rule matches: a warning",
        "persistence": (
            f"evidence.persistence[{policy.persistence.index(persistence)}]: {persistence.runs} of {persistence.of} runs"
            if persistence
            else "no rule matches: the first bad run counts"
        ),
        "owner": f"tag {ownership.owner_tag}: {incident.owner}" if incident.owner else f"no tag {ownership.owner_tag}",
        "runbook": _runbook(incident, ownership.runbook_tag, next(runbooks, None)),
    }


def _place(policy: Policy, rule: SeverityRule) -> str:
    """Return the place of a rule; for a policy without rules, name the default policy instead."""
    place = f"severities[{policy.severities.index(rule)}]"
    return f"{place} of the default policy" if policy.has_default_severities else place


def _runbook(incident: Incident, tag: str, rule: int | None) -> str:
    if incident.runbook is None:
        return f"no tag {tag}, and no rule matches"
    if incident.tags.get(tag) == incident.runbook:
        return f"tag {tag}: {incident.runbook}"
    return f"runbooks[{rule}]: {incident.runbook}"


def _steps(traced: list[tuple[str, object]]) -> Iterator[ExplainedStep]:
    before: NotificationDraft | None = None
    for name, outcome in traced:
        match outcome:
            case Decision():
                yield ExplainedStep(name=name, said=f"{outcome.reason}: {outcome.because}", decided=True)
            case Evaluation():
                yield ExplainedStep(name=name, said=_of_case(name, outcome))
            case IncidentUpdate():
                nobody = "" if outcome.tells else "; no receiver is notified"
                yield ExplainedStep(
                    name=name, said=f"{outcome.reason}: {outcome.because}{nobody}", decided=not outcome.tells
                )
            case NotificationDraft():
                yield ExplainedStep(
                    name=name, said="; ".join((_of_telling(outcome, before), *partial_cover(name, outcome)))
                )
                before = outcome
            case RemedySelected():
                yield ExplainedStep(
                    name=name, said=f"{outcome.remedy} ({outcome.mode}) by {outcome.rule}: {outcome.says}"
                )
            case RemedyHeld():
                yield ExplainedStep(name=name, said=f"{outcome.remedy} is held back, {outcome.why}: {outcome.says}")


def _of_case(name: str, case: Evaluation) -> str:
    draft = case.draft
    match name:
        case "recognise_repetition":
            return "not received before"
        case "order_in_time":
            return f"nothing newer is known of {case.source}"
        case "judge":
            return f"{case.verdict}"
        case _ if draft is None:
            return "nothing is wrong"
        case "diagnose":
            return f"{draft.cause}" + (f", {len(draft.features)} features" if draft.features else "")
        case "correlate":
            return f"part of incident {draft.part_of}" if draft.part_of else "a problem of its own"
        case "describe":
            return f"{(case.open_incident or draft).severity}"
        case "persist":
            return "has persisted, or need not"
        case _:
            return "goes on"


def _of_telling(telling: NotificationDraft, before: NotificationDraft | None) -> str:
    if before is None:
        asked = ", ".join(f"{wish.receiver} ({wish.route.path})" for wish in telling.asked)
        return f"would be notified: {asked or 'none'}"
    said = [
        f"{each.receiver} {each.quiet}" + (f" by {each.by}" if each.by else "")
        for each in telling.suppressed[len(before.suppressed) :]
    ]
    for effect in telling.effects[len(before.effects) :]:
        later = isinstance(effect, Queued)
        said.append(f"{effect.receiver} {'is notified later' if later else 'is notified now'}: {effect.why}")
    return ", ".join(said) or (
        "suppresses no receiver" if telling.wishes or telling.suppressed else "no receiver is left"
    )


def _heard(
    policy: Policy, decision: Decision, context: Context, labels: Labels, visits: tuple[Visit, ...]
) -> Iterator[ExplainedReceiver]:
    named = set()
    for effect in decision.effects:
        named.add(effect.receiver)
        if isinstance(effect, Notify):
            yield ExplainedReceiver(receiver=effect.receiver, told="now", step="gather", because=str(effect.why))
        else:
            change = suggest_for_queued(effect, policy)
            yield ExplainedReceiver(
                receiver=effect.receiver, told="later", step="gather", because=str(effect.why), change=change
            )
    for suppressed in decision.suppressed:
        named.add(suppressed.receiver)
        yield ExplainedReceiver(
            receiver=suppressed.receiver,
            told="no",
            step=STEP_OF[suppressed.quiet],
            because=f"{suppressed.quiet}" + (f" by {suppressed.by}" if suppressed.by else ""),
            change=suggest_for_suppressed(suppressed, policy, context, decision.state, labels),
        )
    yield from _unasked(policy, visits, named)


def _unasked(policy: Policy, visits: tuple[Visit, ...], named: set[str]) -> Iterator[ExplainedReceiver]:
    """Yield the receivers that no route leads to, and what blocked each route."""
    for receiver in policy.receivers:
        if receiver in named:
            continue
        ways = [visit for visit in visits if visit.receiver == receiver and visit.passage is not Passage.ENDS_HERE]
        because = "; ".join(f"{visit.path}: {visit.because}" for visit in ways)
        if any(visit.receiver == receiver and visit.passage is Passage.ENDS_HERE for visit in visits):
            because = "this message is only for receivers that were notified before"
        change = "; ".join(f"continue: true at {visit.taken_by}" for visit in ways if visit.taken_by)
        yield ExplainedReceiver(
            receiver=receiver, told="no", step="ways", because=because or "no route names it", change=change
        )
