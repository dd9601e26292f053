"""Suggestions of what would have to change so that a suppressed receiver is notified."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from kedge.decide.evaluation import Evaluation
from kedge.decide.incident_parts import whole_of
from kedge.decide.next_evaluation import calm_at
from kedge.decide.persistence import persistence_rule
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Decision, Queued, Suppressed
from kedge.domain.incident import Incident, SuppressionReason
from kedge.domain.reason import Reason
from kedge.formatting import format_time
from kedge.policy.compiled import Policy
from kedge.policy.matchers import Labels
from kedge.routing.inhibition import keys_against

STEP_OF: Final = {
    SuppressionReason.NEVER_TOLD: "suppress_unnotified",
    SuppressionReason.NOT_WANTED: "suppress_unnotified",
    SuppressionReason.FLAPPING: "suppress_flapping",
    SuppressionReason.UPSTREAM: "suppress_upstream",
    SuppressionReason.INHIBITED: "inhibit",
    SuppressionReason.SILENCED: "silence",
    SuppressionReason.SUPPRESSED: "suppress",
    SuppressionReason.MUTED: "mute",
}
"""The step of `kedge.routing.pipeline.TELLING` that suppresses for each reason."""

_NOTHING: Final = "nothing: there is nothing to report"


def suggest_for_suppressed(
    suppressed: Suppressed, policy: Policy, context: Context, state: CaseState, labels: Labels
) -> str:
    """Return what ends one suppression."""
    match suppressed.quiet:
        case SuppressionReason.SILENCED:
            return _silence(suppressed, policy, context)
        case SuppressionReason.INHIBITED:
            rule = _inhibit_rule(policy, context, state, labels)
            return f"incident {suppressed.by} must be over first" + (f", or {rule} be another" if rule else "")
        case SuppressionReason.SUPPRESSED:
            return f"CloudWatch must no longer suppress the alarm's actions: {_until(suppressed)}, or end it there"
        case SuppressionReason.MUTED:
            return f"the time of {suppressed.by} must be over: {_until(suppressed)}; or take it from the route"
        case SuppressionReason.FLAPPING:
            calm = calm_at(policy, state)
            return f"it must stay as it is until {_at(calm)}" if calm is not None else "it must stay calm for a while"
        case SuppressionReason.UPSTREAM:
            return f"nothing: incident {suppressed.by} reports it once for all targets; this one notifies when that is over"
        case SuppressionReason.NEVER_TOLD:
            return f"nothing: {suppressed.receiver} was not notified that it fires"
        case SuppressionReason.NOT_WANTED:
            return f"send_resolved: true for {suppressed.receiver}"


def suggest_for_queued(effect: Queued, policy: Policy) -> str:
    """Return what a receiver waits for."""
    if effect.digest:
        limit = policy.receivers[effect.receiver]
        return f"limit of {limit.messages} messages: room from {_at(effect.due)} on, together with all that waits"
    return f"its group is notified from {_at(effect.due)} on: wait, or shorten group_wait or group_interval"


def suggest_for_decision(policy: Policy, decision: Decision, before: Evaluation | None) -> str:
    """Return what would have to change if a decision notifies no receiver.

    `before` is the case at the step that decided.
    """
    said = _SAID.get(decision.reason)
    if said is not None:
        return said(policy, decision, before)
    return ""


def _silence(suppressed: Suppressed, policy: Policy, context: Context) -> str:
    for known in (*(planned for planned, _ in policy.silences), *context.silences):
        if known.id == suppressed.by:
            whose = f"{known.author_name}: {known.comment}"
            if known.planned:
                return f"the planned silence {known.id} ({whose}) ends at {_at(known.ends_at)}; or change the policy"
            return f"kedge silence expire {known.id} ({whose}), or wait until {_at(known.ends_at)}"
    return f"kedge silence expire {suppressed.by}, or wait for its end"


def _inhibit_rule(policy: Policy, context: Context, state: CaseState, labels: Labels) -> str:
    known = state.incident
    whole = (labels,) if known is None else whole_of(known, labels, said=known.is_only_said)
    for rule in policy.inhibit_rules:
        alone = msgspec.structs.replace(policy, inhibit_rules=(rule,))
        if any(context.inhibitors.get(key) for key in keys_against(alone, labels, whole)):
            return rule.name
    return ""


def _until(suppressed: Suppressed) -> str:
    return f"wait until {_at(suppressed.until)}" if suppressed.until is not None else "wait"


def _at(moment: datetime) -> str:
    return f"{format_time(moment)}"


def _too_few(policy: Policy, _decision: Decision, _before: Evaluation | None) -> str:
    return f"a window with {policy.minimum_records} records or more, or a lower evidence.minimum_records"


def _stale(policy: Policy, _decision: Decision, _before: Evaluation | None) -> str:
    return (
        "an original report"
        if policy.stale_after is None
        else "an original report of a newer window, or a longer evidence.stale_after"
    )


def _not_persistent(policy: Policy, _decision: Decision, before: Evaluation | None) -> str:
    draft = before.draft if before is not None else None
    if draft is None or before is None:
        return ""
    history = before.history
    rule = persistence_rule(policy, draft, history)
    if rule is None:
        return ""
    more = rule.runs - history[-rule.of :].count(history[-1])
    return f"wait for {rule.runs} of {rule.of} runs: {more} more bad run{'' if more == 1 else 's'}"


def _again(_policy: Policy, decision: Decision, _before: Evaluation | None) -> str:
    incident = decision.incident
    if incident is None:
        return ""
    return f"receivers were notified when it began ({_receivers(incident)}); {_reminded(incident)}"


def _receivers(incident: Incident) -> str:
    told = ", ".join(incident.told) or "no receiver was notified"
    waiting = ", ".join(f"{name} {each.quiet} by {each.by}" for name, each in incident.waiting.items())
    return f"{told}; waiting: {waiting}" if waiting else told


def _reminded(incident: Incident) -> str:
    if incident.remind_at is None:
        return "no reminder is due: it is acknowledged, or repeat_interval is never"
    return f"a reminder follows at {_at(incident.remind_at)} unless it is acknowledged"


def _other_sources(_policy: Policy, _decision: Decision, _before: Evaluation | None) -> str:
    return "the other sources must be well, too"


def _not_checked(_policy: Policy, _decision: Decision, _before: Evaluation | None) -> str:
    return "a run that checks something: without SkipCheck, and not from the cache"


def _no_news(_policy: Policy, _decision: Decision, _before: Evaluation | None) -> str:
    return _NOTHING


_SAID: Final[dict[Reason, Callable[[Policy, Decision, Evaluation | None], str]]] = {
    Reason.TOO_FEW_RECORDS: _too_few,
    Reason.NOT_CHECKED: _not_checked,
    Reason.STALE: _stale,
    Reason.NOT_PERSISTENT: _not_persistent,
    Reason.STILL_FIRING: _again,
    Reason.OTHERS_FIRING: _other_sources,
    Reason.DUPLICATE: _no_news,
    Reason.SUPERSEDED: _no_news,
    Reason.CLEAN: _no_news,
    Reason.NOTED: _no_news,
    Reason.INSUFFICIENT_DATA: _no_news,
    Reason.NOTHING_DUE: _no_news,
}
