"""Incidents that inhibit others, because they already report the same problem.

An inhibition has a key: its rule and the values of the labels that must be equal. An open incident that matches the
rule's sources holds the key. An incident that matches its targets is inhibited while another incident holds it.
"""

from collections.abc import Iterator

from kedge.decide.incident_parts import covers
from kedge.domain.decision import Inhibits
from kedge.domain.ids import mark
from kedge.domain.incident import Incident, SuppressionReason
from kedge.policy.compiled import InhibitRule, Policy
from kedge.policy.labels import labels_of
from kedge.policy.matchers import Labels, all_hold
from kedge.routing.recipients import RECHECK, NotificationDraft


def inhibit(telling: NotificationDraft) -> NotificationDraft:
    """Suppress the news of an inhibited incident.

    It is re-evaluated soon, since the other incident may be over by then.
    """
    if not telling.policy.inhibit_rules:
        return telling
    for key in keys_against(telling.policy, telling.labels, telling.whole):
        others = [name for name in telling.context.inhibitors.get(key, ()) if name != telling.incident.id]
        if others:
            return telling.hush(telling.wishes, SuppressionReason.INHIBITED, by=others[0], until=telling.now + RECHECK)
    return telling


def inhibitions_of(policy: Policy, incident: Incident) -> Iterator[Inhibits]:
    """Yield what an open incident inhibits. A confirmed incident inhibits only with its confirmed evidence."""
    if not policy.inhibit_rules or not incident.is_open:
        return
    shown = said = labels_of(incident, policy.environment)
    if (confirmed := incident.as_confirmed) is not incident:
        shown = labels_of(confirmed, policy.environment)
    for rule in policy.inhibit_rules:
        if not incident.is_only_said and all_hold(rule.sources, shown) and (key := _key(rule, shown)) is not None:
            yield Inhibits(key, incident.id)
        elif all_hold(rule.sources, said) and (key := _key(rule, said)) is not None:
            yield Inhibits(_said(key), incident.id)


def keys_against(policy: Policy, labels: Labels, whole: tuple[Labels, ...]) -> Iterator[str]:
    """Yield the keys that may inhibit an incident: those of rules whose targets cover all that is wrong with it.

    A rule does not inhibit an incident that also matches its sources.
    """
    for rule in policy.inhibit_rules:
        matches = covers(rule.targets, whole) and not all_hold(rule.sources, labels)
        if matches and (key := _key(rule, labels)) is not None:
            yield key
            if labels.get("confirmed") == ("false",):
                yield _said(key)


def _said(key: str) -> str:
    """Return the key of an unconfirmed incident: it does not suppress confirmed ones."""
    return mark(f"{key}\nunconfirmed")


def _key(rule: InhibitRule, labels: Labels) -> str | None:
    """Return the key, or None if a label is missing: a label that both sides lack is not equal."""
    values = [labels.get(label, ()) for label in rule.equal]
    if not all(any(value) for value in values):
        return None
    equal = (f"{label}={','.join(sorted(value))}" for label, value in zip(rule.equal, values, strict=True))
    return mark("\n".join((*map(str, rule.sources), "", *map(str, rule.targets), "", *equal)))
