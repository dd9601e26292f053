"""What of its surroundings a decision needs to know: asked for only where somebody is to be told."""

from kedge.domain.around import Asks
from kedge.domain.decision import Decision
from kedge.policy.gathering import pace_of
from kedge.policy.inhibition import keys_against
from kedge.policy.labels import labels_of
from kedge.policy.rules import Policy


def asks_of(policy: Policy, decision: Decision) -> Asks | None:
    """What must be known before a decision that was made without surroundings may stand; None where nothing must.

    `decision` is what `decide` makes of a signal when nothing lies around it.
    """
    incident = decision.incident
    if incident is None or not decision.effects:
        return None
    labels = labels_of(incident, policy.environment)
    receivers = tuple(dict.fromkeys(effect.receiver for effect in decision.effects))
    paces = tuple(pace_of(receiver, incident) for receiver in receivers)
    leading = policy.route.leading(labels)
    routed = {route.receiver for route in leading}
    groups = [route.group(labels, route.receiver) for route in leading]
    groups += [policy.route.group(labels, receiver) for receiver in receivers if receiver not in routed]
    return Asks(receivers=paces, groups=tuple(dict.fromkeys(groups)), inhibitions=tuple(keys_against(policy, labels)))
