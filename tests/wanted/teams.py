"""A team with its ring in memory, as those who complain would use it."""

from datetime import timedelta

from msgspec.structs import replace

from kedge.domain.effect import ChannelName
from kedge.domain.incident import Incident
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor
from kedge.domain.signal import AnySignal, DecisionMade, OperatorAction, SilenceChanged
from kedge.domain.silence import Silence
from kedge.policy.compiled import Policy
from tests.fakes.ledger import MemoryLedger
from tests.support.ring import Ring
from tests.support.stories import CHURN


class Team:
    """What a team hears of one endpoint. Everything that is told at once arrives at once."""

    def __init__(self, policy: Policy | None = None, ledger: MemoryLedger | None = None) -> None:
        self.ring = Ring(channels=(ChannelName.PROGRAMS,), policy=policy, ledger=ledger)
        self._quiets = 0

    def hears(self, *signals: AnySignal) -> "Team":
        """Let signals arrive, a second apart."""
        for signal in signals:
            self.ring.wait(1)
            self.ring.turn(signal)
        return self

    def decides(self, act: OperatorAction, by: str = "oncall", comment: str = "") -> None:
        """Let a person decide about the newest incident."""
        self.hears(
            DecisionMade(
                id=f"{by}/{act}/{self.ring.now.isoformat()}",
                at=self.ring.now,
                target=self.incident.target,
                monitor=self.incident.monitor,
                incident=self.incident.id,
                act=act,
                by=by,
                proven=True,
                comment=comment,
            )
        )

    def asks_for_quiet(self, *matchers: str, minutes: int) -> Silence:
        """Let a person silence something from now on."""
        self._quiets += 1
        silence = Silence(
            id=f"quiet-{self._quiets}",
            matchers=matchers,
            starts_at=self.ring.now,
            ends_at=self.ring.now + timedelta(minutes=minutes),
            author="oncall",
            proven=True,
            comment="upgrade",
        )
        self._change(silence)
        return silence

    def ends_quiet(self, silence: Silence) -> None:
        """Let a person expire a silence."""
        self._change(replace(silence, ends_at=self.ring.now))

    def _change(self, silence: Silence) -> None:
        self.hears(
            SilenceChanged(
                id=f"{silence.id}/{self.ring.now.isoformat()}", at=self.ring.now, target=CHURN, silence=silence
            )
        )

    @property
    def told(self) -> list[Reason]:
        """Why each message was sent, in the order in which they arrived."""
        return [told.why for told in self.ring.told]

    @property
    def incidents(self) -> list[Incident]:
        """All incidents, the newest last."""
        return list(self.ring.ledger.incidents.values())

    @property
    def incident(self) -> Incident:
        """The newest incident."""
        return self.incidents[-1]

    def state(self, monitor: Monitor = Monitor.DATA_QUALITY):
        """What is known of a monitor of the endpoint."""
        return self.ring.ledger.load(CHURN, monitor)[0]
