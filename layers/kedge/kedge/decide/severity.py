"""Finds the severity of an incident."""

from kedge.decide.incident_parts import whole_of
from kedge.domain.incident import Incident, Severity
from kedge.policy.compiled import Policy, SeverityRule
from kedge.policy.matchers import Labels, all_hold


def severity_of(policy: Policy, incident: Incident, labels: Labels) -> Severity:
    """Return the severity by the rules; by default a warning. `labels` are the incident's."""
    return _severity(severity_rule(policy, incident, labels))


def severity_rule(policy: Policy, incident: Incident, labels: Labels) -> SeverityRule | None:
    """Return the deciding rule, or None: the first that matches the incident, unless a part has a higher severity.

    Each part has the severity of the first rule that matches it: a rule that lowers one feature does not lower another
    broken part.
    """
    found = _first(policy, incident, labels)
    if _severity(found) is Severity.CRITICAL:
        return found
    for each in whole_of(incident, labels):
        part = _first(policy, incident, each)
        found = part if _severity(part).rank > _severity(found).rank else found
    return found


def _first(policy: Policy, incident: Incident, labels: Labels) -> SeverityRule | None:
    for rule in policy.severities:
        if all_hold(rule.matchers, labels) and _many(rule, incident):
            return rule
    return None


def _severity(rule: SeverityRule | None) -> Severity:
    return Severity.WARNING if rule is None else rule.severity


def _many(rule: SeverityRule, incident: Incident) -> bool:
    """Return whether the features reach the count or the share of the rule, if it has one."""
    if rule.count is None and rule.share is None:
        return True
    subjects, features = incident.problem.subjects or 0, incident.problem.features
    if rule.count is not None and subjects >= rule.count:
        return True
    return rule.share is not None and bool(features) and subjects / (features or 1) > rule.share
