"""Asks CloudWatch whether an alarm is in the state that a signal tells: only if an act, or the end of an incident, may follow.

An event says what was; DescribeAlarms says what is. A message on the alarms topic is as good as the person who may publish there.
"""

from datetime import timedelta
from typing import Final

import msgspec

from kedge.domain.around import Around
from kedge.domain.decision import State
from kedge.domain.ids import alarm_id, stamp
from kedge.domain.provenance import Provenance, Voucher
from kedge.domain.remedy import Mode
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged, AnySignal, TimerFired
from kedge.domain.target import Target, TargetKind
from kedge.errors import KedgeError, Permanent
from kedge.policy.at_source import asked_of
from kedge.policy.remedies import proposed
from kedge.policy.rules import Policy
from kedge.ports import Alarm, Alarms

_STATES: Final = {Verdict.ALARM: "ALARM", Verdict.OK: "OK"}
_REGION: Final = 3  # arn:partition:cloudwatch:region:account:…
_SAME_MOMENT: Final = timedelta(minutes=1)
_ENDPOINT_DIMENSIONS: Final = ("EndpointName", "Endpoint")


class Confirming:
    """Confirms alarms. What was asked once of a signal is not asked again while that very signal is decided on anew."""

    def __init__(self, alarms: Alarms) -> None:
        """`alarms` reads this account's and Region's alarms."""
        self._alarms = alarms
        # The newest signal and what came of asking. Not by its id: a stranger can give another signal the same one.
        self._asked: tuple[AlarmChanged, AlarmChanged] | None = None

    def confirmed(self, policy: Policy, signal: AnySignal, before: State, after: State) -> AnySignal:
        """The signal with CloudWatch's word on it, if that may matter; else the same object.

        `before` and `after` are the states of the case before and after a decision that did not ask. A bad signal that cannot be
        confirmed stays unconfirmed. Raises Transient if a good one cannot be confirmed now: it would not come again.
        """
        if not isinstance(signal, AlarmChanged) or signal.provenance.may_act:
            return signal
        if self._asked is not None and any(signal is each for each in self._asked):
            return self._asked[1]
        if signal.verdict is Verdict.ALARM and _may_lead_to_an_act(policy, after):
            asked = self._of_bad_news(signal)
        elif signal.verdict is Verdict.OK and _may_end_what_is_confirmed(signal, before):
            asked = self._of_good_news(signal)
        else:
            return signal
        self._asked = (signal, asked)
        return asked

    def suppressions(self, signal: AnySignal, before: State, around: Around) -> Around:
        """The surroundings with the alarms of a case whose actions CloudWatch still suppresses, and those that it does not any more.

        It is asked only while somebody waits for that. If it cannot be asked, what it said last holds, for a day at most.
        """
        names = asked_of(before) if isinstance(signal, TimerFired) else ()
        said = {name: self._is_suppressed(name, signal.target) for name in names}
        if all(each is None for each in said.values()):
            return around
        return msgspec.structs.replace(
            around,
            suppressed=tuple(name for name, each in said.items() if each is True),
            unsuppressed=tuple(name for name, each in said.items() if each is False),
        )

    def _is_suppressed(self, name: str, target: Target) -> bool | None:
        try:
            found = self._alarms.alarm(name)
        except KedgeError:
            return None
        region, account, *_ = [*found.arn.split(":")[_REGION:], "", ""] if found is not None else ("", "")
        if found is None or (account and (account, region) != (target.account, target.region)):
            return None
        return found.suppressed_by is not None

    def _of_bad_news(self, signal: AlarmChanged) -> AlarmChanged:
        try:
            found = self._alarms.alarm(signal.alarm)
        except KedgeError as error:
            return _doubted(signal, f"CloudWatch could not be asked: {error}")
        return _weighed(signal, found) if found is not None else _doubted(signal, "CloudWatch knows no such alarm")

    def _of_good_news(self, signal: AlarmChanged) -> AlarmChanged:
        try:
            found = self._alarms.alarm(signal.alarm)
        except Permanent:
            found = None
        if found is None:
            return _doubted(signal, "CloudWatch knows no such alarm, or may not be asked")
        return _weighed(signal, found)


def _may_lead_to_an_act(policy: Policy, after: State) -> bool:
    proposal = proposed(policy, after)
    return proposal is not None and proposal.mode is not Mode.DRY_RUN


def _may_end_what_is_confirmed(signal: AlarmChanged, before: State) -> bool:
    if signal.provenance.is_vouched:
        return False
    # Of the last signal from before vouchers were kept, nobody knows whether it was confirmed. It may well have been.
    last = before.sources.get(signal.alarm)
    return last is not None and last.bad


def _weighed(signal: AlarmChanged, found: Alarm) -> AlarmChanged:
    doubt = _doubt(signal, found)
    if doubt is not None:
        return _doubted(signal, doubt)
    return _by_cloudwatch(signal, found) if signal.provenance.is_vouched else _of_cloudwatch(signal, found)


def _doubt(signal: AlarmChanged, found: Alarm) -> str | None:
    """Why CloudWatch does not confirm a signal; None if it does."""
    target = signal.target
    region, account, *_ = [*found.arn.split(":")[_REGION:], "", ""]
    if account and (account, region) != (target.account, target.region):
        return f"the alarm of this name that Kedge can ask about belongs to {account} in {region}"
    if found.state is None:
        return "CloudWatch does not say in which state the alarm is"
    if found.state != _STATES[signal.verdict]:
        return f"CloudWatch says that the alarm is in {found.state}"
    is_vouched = signal.provenance.is_vouched
    if found.since is None and not is_vouched:
        return f"CloudWatch does not say since when the alarm is in {found.state}"
    if signal.verdict is Verdict.OK:
        return None
    named = {found.dimensions[key] for key in _ENDPOINT_DIMENSIONS if found.dimensions.get(key)}
    watches = {target.name} if target.kind is TargetKind.ENDPOINT else set()
    # An event knows all metrics of an expression, and may tell of several endpoints where DescribeAlarms leaves one.
    if named != watches and (watches or (len(named) == 1 and not is_vouched)):
        return f"CloudWatch says that the alarm watches {', '.join(sorted(named)) or 'no endpoint'}"
    # Anybody can write a number into a message.
    if not found.measured and (signal.observed is None or not is_vouched):
        return "CloudWatch shows no datapoint that breaches the threshold"
    return None


def _by_cloudwatch(signal: AlarmChanged, found: Alarm) -> AlarmChanged:
    """A signal with what CloudWatch says of its alarm, in place of what the signal says."""
    return msgspec.structs.replace(
        signal,
        provenance=Provenance(door=signal.provenance.door, voucher=Voucher.CLOUDWATCH, says="DescribeAlarms"),
        namespace=found.namespace or signal.namespace,
        metric=found.metric or signal.metric,
    )


def _of_cloudwatch(signal: AlarmChanged, found: Alarm) -> AlarmChanged:
    """The change that CloudWatch knows, in place of the one of which a message tells: nothing of a stranger's is confirmed with it.

    It has the id that CloudWatch's own event of the same change has, whatever time the message says: the two are one fact.
    """
    since = found.since or signal.at
    # Events tell milliseconds.
    at = since.replace(microsecond=since.microsecond // 1_000 * 1_000)
    target = signal.target
    return msgspec.structs.replace(
        _by_cloudwatch(signal, found),
        id=alarm_id(target.account, target.region, signal.alarm, signal.verdict.name, stamp(at)),
        at=at,
        reason=found.reason,
        description=found.description,
        namespace=found.namespace,
        metric=found.metric,
        dimensions=found.dimensions,
        observed=found.observed,
        limit=found.threshold if found.limit is None else found.limit,
        # A message is believed in what was before only if it tells of the very change that CloudWatch knows.
        previous=signal.previous if abs(at - signal.at) <= _SAME_MOMENT else None,
        suppressed_by=found.suppressed_by,
    )


def _doubted(signal: AlarmChanged, why: str) -> AlarmChanged:
    says = f"{signal.provenance.says or 'a message'} ({why})"
    provenance = msgspec.structs.replace(signal.provenance, says=says)
    return msgspec.structs.replace(signal, provenance=provenance)
