"""Asks CloudWatch whether an alarm is in the state that a signal tells: only if an act, or the end of an incident, may follow.

An event says what was; DescribeAlarms says what is. A message on the alarms topic is as good as the person who may publish there.
"""

from datetime import timedelta
from typing import Final

import msgspec

from kedge.domain.decision import Last, State
from kedge.domain.provenance import Provenance, Voucher
from kedge.domain.remedy import Mode
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged, AnySignal
from kedge.domain.target import TargetKind
from kedge.errors import KedgeError, Permanent
from kedge.policy.remedies import proposed
from kedge.policy.rules import Policy
from kedge.ports import Alarm, Alarms

_STATES: Final = {Verdict.ALARM: "ALARM", Verdict.OK: "OK"}
_REGION: Final = 3  # arn:partition:cloudwatch:region:account:…
_SAME_MOMENT: Final = timedelta(minutes=1)
_ENDPOINT_DIMENSIONS: Final = ("EndpointName", "Endpoint")


class Confirming:
    """Confirms alarms. What was asked once of a signal is not asked again while it is decided on anew."""

    def __init__(self, alarms: Alarms) -> None:
        """`alarms` reads this account's and Region's alarms."""
        self._alarms = alarms
        self._known: dict[str, AlarmChanged] = {}

    def confirmed(self, policy: Policy, signal: AnySignal, before: State, after: State) -> AnySignal:
        """The signal with CloudWatch's word on it, if that may matter; else the same object.

        `before` and `after` are the states of the case before and after a decision that did not ask. A bad signal that cannot be
        confirmed stays unconfirmed. Raises Transient if a good one cannot be confirmed now: it would not come again.
        """
        if not isinstance(signal, AlarmChanged) or signal.provenance.may_act:
            return signal
        if signal.id in self._known:
            return self._known[signal.id]
        if signal.verdict is Verdict.ALARM and _may_lead_to_an_act(policy, after):
            asked = self._of_bad_news(signal)
        elif signal.verdict is Verdict.OK and _may_end_what_is_confirmed(signal, before):
            asked = self._of_good_news(signal, before)
        else:
            return signal
        self._known = {signal.id: asked}
        return asked

    def _of_bad_news(self, signal: AlarmChanged) -> AlarmChanged:
        try:
            found = self._alarms.alarm(signal.alarm)
        except KedgeError as error:
            return _doubted(signal, f"CloudWatch could not be asked: {error}")
        doubt = _doubt(signal, found)
        return _by_cloudwatch(signal, found) if found is not None and doubt is None else _doubted(signal, doubt or "")

    def _of_good_news(self, signal: AlarmChanged, before: State) -> AlarmChanged:
        try:
            found = self._alarms.alarm(signal.alarm)
        except Permanent:
            found = None
        if found is not None:
            doubt = _doubt(signal, found)
            return _by_cloudwatch(signal, found) if doubt is None else _doubted(signal, doubt)
        held_by = _last_confirmed(signal, before)
        if held_by is not None and held_by.voucher is Voucher.EVENTBRIDGE:
            # The incident rests on an event alone as well, and nobody can say now which of the two is true.
            provenance = msgspec.structs.replace(signal.provenance, accepted=True)
            return msgspec.structs.replace(signal, provenance=provenance)
        return _doubted(signal, "CloudWatch knows no such alarm, or may not be asked")


def _may_lead_to_an_act(policy: Policy, after: State) -> bool:
    proposal = proposed(policy, after)
    return proposal is not None and proposal.mode is not Mode.DRY_RUN


def _may_end_what_is_confirmed(signal: AlarmChanged, before: State) -> bool:
    if signal.provenance.is_vouched:
        return False
    last = _last_confirmed(signal, before)
    return last is not None and last.bad


def _last_confirmed(signal: AlarmChanged, before: State) -> Last | None:
    return before.last_of(signal.alarm, confirmed=True)


def _doubt(signal: AlarmChanged, found: Alarm | None) -> str | None:
    """Why CloudWatch does not confirm a signal; None if it does."""
    if found is None:
        return "CloudWatch knows no such alarm"
    target = signal.target
    region, account, *_ = [*found.arn.split(":")[_REGION:], "", ""]
    if account and (account, region) != (target.account, target.region):
        return f"the alarm of this name that Kedge can ask about belongs to {account} in {region}"
    if found.state is None:
        return "CloudWatch does not say in which state the alarm is"
    if found.state != _STATES[signal.verdict]:
        return f"CloudWatch says that the alarm is in {found.state}"
    if signal.verdict is Verdict.OK:
        return None
    named = {found.dimensions[key] for key in _ENDPOINT_DIMENSIONS if found.dimensions.get(key)}
    if target.kind is TargetKind.ENDPOINT and named != {target.name}:
        return f"CloudWatch says that the alarm watches {', '.join(sorted(named)) or 'no endpoint'}"
    if signal.observed is None and not found.measured:
        return "CloudWatch shows no datapoint that breaches the threshold"
    return None


def _by_cloudwatch(signal: AlarmChanged, found: Alarm) -> AlarmChanged:
    """A signal with what CloudWatch says of its alarm, in place of what the message says."""
    provenance = Provenance(door=signal.provenance.door, voucher=Voucher.CLOUDWATCH, says="DescribeAlarms")
    return msgspec.structs.replace(
        signal,
        provenance=provenance,
        namespace=found.namespace or signal.namespace,
        metric=found.metric or signal.metric,
        # A message is believed in what was before only if it tells of the very transition that CloudWatch knows.
        previous=signal.previous if signal.provenance.is_vouched or _is_that(signal, found) else None,
    )


def _is_that(signal: AlarmChanged, found: Alarm) -> bool:
    return found.since is not None and abs(found.since - signal.at) <= _SAME_MOMENT


def _doubted(signal: AlarmChanged, why: str) -> AlarmChanged:
    says = f"{signal.provenance.says or 'a message'} ({why})"
    provenance = msgspec.structs.replace(signal.provenance, says=says)
    return msgspec.structs.replace(signal, provenance=provenance)
