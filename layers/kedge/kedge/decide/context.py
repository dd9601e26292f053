"""What of its surroundings a decision needs to know: asked for only where somebody is to be told."""

from kedge.decide.incident_parts import whole_of
from kedge.domain.context import ContextRequest
from kedge.domain.decision import Decision
from kedge.policy.compiled import Policy
from kedge.policy.labels import labels_of
from kedge.policy.routes import is_said
from kedge.routing.grouping import pace_of
from kedge.routing.inhibition import keys_against


def context_request(policy: Policy, decision: Decision, *, again: bool = False) -> ContextRequest | None:
    """Return what must be known before a decision may stand; None if it needs nothing.

    A decision made without context shows its receivers by its effects. `again`: a decision made with context may suppress some of them,
    and then names these too.
    """
    incident = decision.incident
    receivers = [effect.receiver for effect in decision.effects]
    if again:
        receivers += [suppressed.receiver for suppressed in decision.quieted]
    if incident is None or not receivers:
        return None
    labels = labels_of(incident, policy.environment)
    receivers = list(dict.fromkeys(receivers))
    said = decision.said
    whole = whole_of(incident, labels, said=said)
    paces = tuple(pace_of(receiver, said=said) for receiver in receivers)
    leading = policy.route.leading(labels)
    routed = {route.receiver for route in leading}
    groups = [route.group(labels, route.receiver, said=said) for route in leading]
    groups += [policy.route.group(labels, receiver, said=said) for receiver in receivers if receiver not in routed]
    groups += [each.group for each in incident.pending.values() if is_said(each.group) is not said]
    return ContextRequest(
        receivers=paces, groups=tuple(dict.fromkeys(groups)), inhibitions=tuple(keys_against(policy, labels, whole))
    )
