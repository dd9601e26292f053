"""A CloudWatch alarm, or one contributor of it, changed its state."""

from datetime import datetime
from typing import Final

from msgspec import field

from kedge.domain.ids import part_of
from kedge.domain.run import Verdict
from kedge.domain.tagged import Tagged
from kedge.domain.target import Target, TargetKind

PERIODS: Final = ("WaitPeriod", "ExtensionPeriod")
"""CloudWatch's words for a suppression that lasts a few minutes: before the suppressor alarm fires, or after it is OK."""


class AlarmChanged(Tagged, frozen=True, kw_only=True, tag="AlarmChanged"):
    """A CloudWatch alarm changed colour.

    `observed` and `limit` are in the metric's own unit, None where the notification gives none. `suppressed_by` is set
    where CloudWatch suppresses the alarm's actions, by a suppressor alarm or a mute rule: `suppressed_why` is its sentence, and
    `suppressed_until` the end, if it is told. `blind` says that CloudWatch compared no datapoint: all were missing.
    `alarm_account` is the account of the alarm, which may watch metrics of another. `contributor` is the id of the one time series that it
    is about, if the alarm watches several, with its `attributes`.
    """

    alarm: str
    verdict: Verdict
    reason: str = ""
    description: str = ""
    namespace: str | None = None
    metric: str | None = None
    dimensions: dict[str, str] = field(default_factory=dict)
    observed: float | None = None
    limit: float | None = None
    previous: Verdict | None = None
    suppressed_by: str | None = None
    suppressed_why: str = ""
    suppressed_until: datetime | None = None
    blind: bool = False
    alarm_account: str = ""
    contributor: str = ""
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def speaker(self) -> Target:
        """The alarm itself, as a target: what it looks at may change, this does not."""
        target = self.target
        account = self.alarm_account or target.account
        return Target(account=account, region=target.region, kind=TargetKind.ALARM, name=self.alarm)

    @property
    def whole(self) -> str:
        """The name by which a case knows the alarm: two accounts may each have an alarm of one name."""
        account = self.alarm_account or self.target.account
        return self.alarm if account == self.target.account else f"{account}/{self.alarm}"

    @property
    def source(self) -> str:
        """The name by which a case knows what spoke: the alarm, or one contributor of it."""
        return part_of(self.whole, self.contributor)

    @property
    def part(self) -> str:
        """The contributor as people know it, by its attributes; empty for the whole alarm."""
        return ", ".join(f"{name}={value}" for name, value in sorted(self.attributes.items())) or self.contributor

    @property
    def measured_nothing(self) -> bool:
        """Whether the alarm went off because it had no datapoint: it shows a blind monitor, and no model."""
        return self.verdict is Verdict.ALARM and self.blind
