"""Once is not enough: what must be bad several times before it is an incident."""

from kedge.domain.decision import Decision, Reason
from kedge.domain.incident import Incident
from kedge.policy.case import Case
from kedge.policy.labels import labels_of
from kedge.policy.matchers import all_hold
from kedge.policy.rules import Persistence, Policy


def persist(case: Case) -> Case | Decision:
    """Record, and no more, what is bad in fewer of the last runs than the policy asks for. An open incident has persisted.

    An incident of which only messages tell says nothing of how often confirmed runs were bad.
    """
    draft, incident = case.draft, case.open_incident
    if draft is None or not case.policy.persistence:
        return case
    if incident is not None and not (case.is_confirmed and incident.is_only_said):
        return case
    rule = persistence_rule(case.policy, draft)
    if rule is None:
        return case
    history = case.history
    bad = history[-rule.of :].count(history[-1])
    if bad >= rule.runs:
        return case
    because = f"bad in {bad} of the last {rule.of} runs, and the policy asks for {rule.runs}"
    return case.kept(Reason.NOT_PERSISTENT, because, None, bad=False)


def persistence_rule(policy: Policy, draft: Incident) -> Persistence | None:
    """The first rule that matches an incident that would open, or None."""
    labels = labels_of(draft, policy.environment)
    return next((rule for rule in policy.persistence if all_hold(rule.matchers, labels)), None)
