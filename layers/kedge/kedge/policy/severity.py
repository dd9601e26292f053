"""How much it matters."""

from kedge.domain.incident import Incident, Severity
from kedge.policy.matchers import Labels, all_hold
from kedge.policy.rules import Policy, SeverityRule


def severity_of(policy: Policy, incident: Incident, labels: Labels) -> Severity:
    """The severity that the first matching rule gives; a warning where none does. `labels` are the incident's."""
    rule = severity_rule(policy, incident, labels)
    return Severity.WARNING if rule is None else rule.severity


def severity_rule(policy: Policy, incident: Incident, labels: Labels) -> SeverityRule | None:
    """The first rule that matches, or None."""
    for rule in policy.severities:
        if all_hold(rule.matchers, labels) and _many(rule, incident):
            return rule
    return None


def _many(rule: SeverityRule, incident: Incident) -> bool:
    """Whether as many features show it as the rule asks for, if it asks; the count or the share will do."""
    if rule.count is None and rule.share is None:
        return True
    subjects, features = incident.problem.subjects or 0, incident.problem.features
    if rule.count is not None and subjects >= rule.count:
        return True
    return rule.share is not None and bool(features) and subjects / (features or 1) > rule.share
