"""A fault of monitoring, as a check found it, and as a finding of an incident."""

from msgspec import Struct

from kedge.domain.finding import Check, Finding


class WatchFault(Struct, frozen=True, kw_only=True):
    """A fault of monitoring.

    `subject` is the faulty resource. `evidence` is one sentence with the numbers, and `fix` one sentence with a command
    or a statement. `measured` is the number of records that a window has, for checks that compare it with the policy.
    """

    check: Check
    subject: str
    evidence: str
    fix: str
    measured: float | None = None

    @property
    def finding(self) -> Finding:
        """Return the fault as a finding: its evidence and its fix are the two lines of the description."""
        return Finding(
            check=self.check, said=f"{self.evidence}\n{self.fix}", metric=self.subject, measured=self.measured
        )
