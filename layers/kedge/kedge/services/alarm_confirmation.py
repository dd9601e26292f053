"""Asks CloudWatch whether an alarm is in the state of a signal, if an action or the end of an incident may follow.

An event reports the past; DescribeAlarms reports the present. A message on the alarms topic is as reliable as its
publisher.
"""

from datetime import timedelta
from typing import Final

import msgspec

from kedge.domain.alarm import WatchedEndpoint, endpoint_of, measured_nothing
from kedge.domain.context import Context
from kedge.domain.decision import CaseState
from kedge.domain.errors import KedgeError, Permanent
from kedge.domain.ids import alarm_id, part_of, stamp
from kedge.domain.provenance import Provenance, Voucher
from kedge.domain.remedy import Mode
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged, AnySignal, TimerFired
from kedge.domain.target import Target, TargetKind
from kedge.policy.compiled import Policy
from kedge.ports.readers import Alarm, Alarms
from kedge.remediation.rules import propose
from kedge.routing.suppression import asked_of

_STATES: Final = {Verdict.ALARM: "ALARM", Verdict.OK: "OK"}
_REGION: Final = 3  # arn:partition:cloudwatch:region:account:…
_SAME_MOMENT: Final = timedelta(minutes=1)


class AlarmConfirmation:
    """Confirms alarms. One signal is asked about once, even if it is decided on again."""

    def __init__(self, alarms: Alarms) -> None:
        """Connect to the reader of this account's and Region's alarms."""
        self._alarms = alarms
        # The newest signal and the answer. Its id is not enough: a stranger can give another signal the same one.
        self._asked: tuple[AlarmChanged, AlarmChanged] | None = None

    def confirmed(self, policy: Policy, signal: AnySignal, before: CaseState, after: CaseState) -> AnySignal:
        """Return the signal with CloudWatch's confirmation if that may matter; else the same object.

        `before` and `after` are the states of the case before and after a decision without the question. A bad signal
        without a confirmation stays unconfirmed. A good one would not come again.

        Raises:
            Transient: a good signal cannot be confirmed now.
        """
        if type(signal) is not AlarmChanged or signal.provenance.may_act:
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

    def well(self, signal: AlarmChanged, before: CaseState) -> AlarmChanged:
        """Return the signal of a healthy alarm with CloudWatch's confirmation, if it holds a confirmed incident open.

        `before` is the state of that incident's case.

        Raises:
            Transient: it cannot be confirmed now.
        """
        if signal.verdict is not Verdict.OK or not _may_end_what_is_confirmed(signal, before):
            return signal
        return self._of_good_news(signal)

    def suppressions(self, signal: AnySignal, before: CaseState, context: Context) -> Context:
        """Return the context with a case's alarms whose actions CloudWatch still suppresses, or no longer suppresses.

        CloudWatch is asked only while a receiver waits for that. If it does not answer, its last answer holds, for at
        most a day.
        """
        names = asked_of(before) if type(signal) is TimerFired else ()
        if not names:
            return context
        said = {name: self._is_suppressed(name, signal.target) for name in names}
        if all(each is None for each in said.values()):
            return context
        return msgspec.structs.replace(
            context,
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
        return self._weighed(signal, found) if found is not None else _doubted(signal, "CloudWatch knows no such alarm")

    def _of_good_news(self, signal: AlarmChanged) -> AlarmChanged:
        try:
            found = self._alarms.alarm(signal.alarm)
        except Permanent:
            found = None
        if found is None:
            return _doubted(signal, "CloudWatch knows no such alarm, or may not be asked")
        return self._weighed(signal, found)

    def _weighed(self, signal: AlarmChanged, found: Alarm) -> AlarmChanged:
        doubt = _doubt(signal, found) or self._doubt_of_part(signal, found)
        if doubt is not None:
            return _doubted(signal, doubt)
        return _by_cloudwatch(signal, found) if signal.provenance.is_vouched else _of_cloudwatch(signal, found)

    def _doubt_of_part(self, signal: AlarmChanged, found: Alarm) -> str | None:
        """Return why CloudWatch does not confirm a contributor's signal; None if it does, or the whole alarm is meant."""
        if not signal.contributor or (found.state == _STATES[Verdict.OK] and signal.verdict is Verdict.OK):
            return None
        try:
            firing = self._alarms.contributors(signal.alarm)
        except Permanent as error:
            return f"CloudWatch could not be asked for the alarm's contributors: {error}"
        if firing is None:
            return "CloudWatch knows no contributors of the alarm"
        if (signal.contributor in firing) is not (signal.verdict is Verdict.ALARM):
            return f"CloudWatch says that contributor {signal.part} is {'' if signal.contributor in firing else 'not '}in ALARM"
        return None


def _may_lead_to_an_act(policy: Policy, after: CaseState) -> bool:
    """Return whether a remedy may follow, now or after its hold: an alarm that stays on sends no second signal."""
    proposal = propose(policy, after)
    if proposal is not None and proposal.mode is not Mode.DRY_RUN:
        return True
    acting = after.incident.remedy if after.incident is not None else None
    return acting is not None and acting.until is not None and not policy.limits.dry_run


def _may_end_what_is_confirmed(signal: AlarmChanged, before: CaseState) -> bool:
    if signal.provenance.is_vouched:
        return False
    # For the last signal from before vouchers were stored, it is unknown whether it was confirmed. It may have been.
    last = before.sources.get(signal.source)
    return last is not None and last.bad


def _doubt(signal: AlarmChanged, found: Alarm) -> str | None:
    """Return why CloudWatch does not confirm a signal; None if it does."""
    target, source_target = signal.target, signal.source_target
    region, account, *_ = [*found.arn.split(":")[_REGION:], "", ""]
    if account and (account, region) != (source_target.account, source_target.region):
        return f"the alarm of this name that Kedge can ask about belongs to {account} in {region}"
    if found.state is None:
        return "CloudWatch does not report the state of the alarm"
    # While one contributor fires, so does the whole alarm: the contributor may be OK again.
    of_part = signal.contributor and signal.verdict is Verdict.OK and found.state == _STATES[Verdict.ALARM]
    if found.state != _STATES[signal.verdict] and not of_part:
        return f"CloudWatch says that the alarm is in {found.state}"
    is_vouched = signal.provenance.is_vouched
    if found.since is None and not is_vouched:
        return f"CloudWatch does not say since when the alarm is in {found.state}"
    if signal.verdict is Verdict.OK:
        return None
    named = endpoint_of(found.everything, source_target.account, signal.attributes)
    watches = WatchedEndpoint(target.account, target.name) if target.kind is TargetKind.ENDPOINT else None
    # An event contains all metrics of an expression, and may report several endpoints if DescribeAlarms lacks one.
    if named != watches and (watches is not None or not is_vouched):
        return f"CloudWatch says that the alarm watches {named.name if named is not None else 'no endpoint'}"
    # Anyone can write a number into a message. CloudWatch lists a contributor only if it measured it.
    if not signal.contributor and not found.measured and (signal.observed is None or not is_vouched):
        return "CloudWatch shows no datapoint that breaches the threshold"
    return None


def _by_cloudwatch(signal: AlarmChanged, found: Alarm) -> AlarmChanged:
    """Return a signal with CloudWatch's facts about its alarm in place of its own."""
    return msgspec.structs.replace(
        signal,
        provenance=Provenance(
            entry_point=signal.provenance.entry_point, voucher=Voucher.CLOUDWATCH, says="DescribeAlarms"
        ),
        namespace=found.namespace or signal.namespace,
        metric=found.metric or signal.metric,
    )


def _of_cloudwatch(signal: AlarmChanged, found: Alarm) -> AlarmChanged:
    """Return the change that CloudWatch knows in place of a message's: no content of a stranger is confirmed with it.

    It has the id of CloudWatch's own event about the same change, for any time in the message: the two are one fact.
    """
    # The whole alarm's time is not that of a contributor.
    since = signal.at if signal.contributor else found.since or signal.at
    # Events have milliseconds.
    at = since.replace(microsecond=since.microsecond // 1_000 * 1_000)
    source_target = signal.source_target
    return msgspec.structs.replace(
        _by_cloudwatch(signal, found),
        id=alarm_id(
            source_target.account,
            source_target.region,
            part_of(signal.alarm, signal.contributor),
            signal.verdict.name,
            stamp(at),
        ),
        at=at,
        reason=found.reason,
        description=found.description,
        namespace=found.namespace,
        metric=found.metric,
        dimensions=found.dimensions,
        observed=found.observed,
        limit=found.threshold if found.limit is None else found.limit,
        # The earlier state in a message counts only if the message is about the change that CloudWatch knows.
        previous=signal.previous if abs(at - signal.at) <= _SAME_MOMENT else None,
        suppressed_by=found.suppressed_by,
        target=_watched_by(signal, found),
        vague=False,
        blind=measured_nothing(found.reason),
    )


def _watched_by(signal: AlarmChanged, found: Alarm) -> Target:
    """Return the alarm's target by CloudWatch's facts: a message may name any endpoint."""
    source_target = signal.source_target
    named = endpoint_of(found.everything, source_target.account, signal.attributes)
    if named is None:
        return source_target
    return Target(account=named.account, region=source_target.region, kind=TargetKind.ENDPOINT, name=named.name)


def _doubted(signal: AlarmChanged, why: str) -> AlarmChanged:
    says = f"{signal.provenance.says or 'a message'} ({why})"
    provenance = msgspec.structs.replace(signal.provenance, says=says)
    return msgspec.structs.replace(signal, provenance=provenance)
