"""The remedy that a policy's rules would propose for an incident, and its mode."""

from msgspec import Struct

from kedge.domain.decision import CaseState
from kedge.domain.incident import Incident
from kedge.domain.remedy import Mode, RemedyName
from kedge.policy.compiled import Policy, RemedyRule
from kedge.policy.labels import labels_of
from kedge.policy.matchers import all_hold


class Proposal(Struct, frozen=True, order=True):
    """A remedy, its mode, and the place of the rule in the document."""

    remedy: RemedyName
    mode: Mode
    rule: str

    @property
    def name(self) -> str:
        """Return the name in the totals."""
        return f"{self.remedy} ({self.mode})"


class Remedies:
    """The `remedies` of one policy."""

    def __init__(self, policy: Policy) -> None:
        """Take the policy whose rules propose."""
        self._policy = policy

    def of(self, incident: Incident, state: CaseState) -> Proposal | None:
        """Return the proposal of the first rule that matches, once its persistence is reached; None for `none`."""
        if not self._policy.remedies:
            return None
        labels = labels_of(incident, self._policy.environment)
        for rule in self._policy.remedies:
            if all_hold(rule.matchers, labels):
                if rule.remedy is RemedyName.NONE or not _persists(rule, incident, state):
                    return None
                return Proposal(rule.remedy, self._mode(rule), rule.place)
        return None

    def _mode(self, rule: RemedyRule) -> Mode:
        limits = self._policy.limits
        return Mode.DRY_RUN if limits.dry_run or limits.kill_switch else rule.mode


def _persists(rule: RemedyRule, incident: Incident, state: CaseState) -> bool:
    asked = rule.persistence
    last = state.last_of(incident.problem.source, confirmed=incident.is_confirmed)
    if asked is None or last is None:
        return True
    recent = last.history[-asked.of :]
    return len(recent) - recent.count("g") >= asked.runs
