"""Asks CloudWatch whether an alarm is in the state that a signal tells: only if an act, or the end of an incident, may follow.

An event says what was; DescribeAlarms says what is. A message on the alarms topic is as good as the person who may publish there.
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
from kedge.routing.source_suppression import asked_of

_STATES: Final = {Verdict.ALARM: "ALARM", Verdict.OK: "OK"}
_REGION: Final = 3  # arn:partition:cloudwatch:region:account:…
_SAME_MOMENT: Final = timedelta(minutes=1)


class AlarmConfirmation:
    """Confirms alarms. What was asked once of a signal is not asked again while that very signal is decided on anew."""

    def __init__(self, alarms: Alarms) -> None:
        """`alarms` reads this account's and Region's alarms."""
        self._alarms = alarms
        # The newest signal and what came of asking. Not by its id: a stranger can give another signal the same one.
        self._asked: tuple[AlarmChanged, AlarmChanged] | None = None

    def confirmed(self, policy: Policy, signal: AnySignal, before: CaseState, after: CaseState) -> AnySignal:
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

    def well(self, signal: AlarmChanged, before: CaseState) -> AlarmChanged:
        """The signal that an alarm is well, with CloudWatch's word on it, if the alarm holds a confirmed incident open.

        `before` is the state of that incident's case. Raises Transient if it cannot be confirmed now.
        """
        if signal.verdict is not Verdict.OK or not _may_end_what_is_confirmed(signal, before):
            return signal
        return self._of_good_news(signal)

    def suppressions(self, signal: AnySignal, before: CaseState, around: Context) -> Context:
        """The surroundings with the alarms of a case whose actions CloudWatch still suppresses, and those that it does not any more.

        It is asked only while somebody waits for that. If it cannot be asked, what it said last holds, for a day at most.
        """
        names = asked_of(before) if isinstance(signal, TimerFired) else ()
        if not names:
            return around
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
        """Why CloudWatch does not confirm what is told of one contributor; None if it does, or the whole alarm is meant."""
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
    """Whether a remedy may follow, now or when what holds it back has ended: an alarm that stays on sends no second signal."""
    proposal = propose(policy, after)
    if proposal is not None and proposal.mode is not Mode.DRY_RUN:
        return True
    acting = after.incident.remedy if after.incident is not None else None
    return acting is not None and acting.until is not None and not policy.document.limits.dry_run


def _may_end_what_is_confirmed(signal: AlarmChanged, before: CaseState) -> bool:
    if signal.provenance.is_vouched:
        return False
    # Of the last signal from before vouchers were kept, nobody knows whether it was confirmed. It may well have been.
    last = before.sources.get(signal.source)
    return last is not None and last.bad


def _doubt(signal: AlarmChanged, found: Alarm) -> str | None:
    """Why CloudWatch does not confirm a signal; None if it does."""
    target, speaker = signal.target, signal.speaker
    region, account, *_ = [*found.arn.split(":")[_REGION:], "", ""]
    if account and (account, region) != (speaker.account, speaker.region):
        return f"the alarm of this name that Kedge can ask about belongs to {account} in {region}"
    if found.state is None:
        return "CloudWatch does not say in which state the alarm is"
    # While one contributor fires, so does the whole alarm: the contributor may be OK again.
    of_part = signal.contributor and signal.verdict is Verdict.OK and found.state == _STATES[Verdict.ALARM]
    if found.state != _STATES[signal.verdict] and not of_part:
        return f"CloudWatch says that the alarm is in {found.state}"
    is_vouched = signal.provenance.is_vouched
    if found.since is None and not is_vouched:
        return f"CloudWatch does not say since when the alarm is in {found.state}"
    if signal.verdict is Verdict.OK:
        return None
    named = endpoint_of(found.everything, speaker.account, signal.attributes)
    watches = WatchedEndpoint(target.account, target.name) if target.kind is TargetKind.ENDPOINT else None
    # An event knows all metrics of an expression, and may tell of several endpoints where DescribeAlarms leaves one.
    if named != watches and (watches is not None or not is_vouched):
        return f"CloudWatch says that the alarm watches {named.name if named is not None else 'no endpoint'}"
    # Anybody can write a number into a message. CloudWatch lists a contributor only if it measured it.
    if not signal.contributor and not found.measured and (signal.observed is None or not is_vouched):
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
    # The whole alarm's time is not that of a contributor.
    since = signal.at if signal.contributor else found.since or signal.at
    # Events tell milliseconds.
    at = since.replace(microsecond=since.microsecond // 1_000 * 1_000)
    speaker = signal.speaker
    return msgspec.structs.replace(
        _by_cloudwatch(signal, found),
        id=alarm_id(
            speaker.account,
            speaker.region,
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
        # A message is believed in what was before only if it tells of the very change that CloudWatch knows.
        previous=signal.previous if abs(at - signal.at) <= _SAME_MOMENT else None,
        suppressed_by=found.suppressed_by,
        target=_watched_by(signal, found),
        vague=False,
        blind=measured_nothing(found.reason),
    )


def _watched_by(signal: AlarmChanged, found: Alarm) -> Target:
    """What the alarm looks at, by CloudWatch's word: a message may name any endpoint."""
    speaker = signal.speaker
    named = endpoint_of(found.everything, speaker.account, signal.attributes)
    if named is None:
        return speaker
    return Target(account=named.account, region=speaker.region, kind=TargetKind.ENDPOINT, name=named.name)


def _doubted(signal: AlarmChanged, why: str) -> AlarmChanged:
    says = f"{signal.provenance.says or 'a message'} ({why})"
    provenance = msgspec.structs.replace(signal.provenance, says=says)
    return msgspec.structs.replace(signal, provenance=provenance)
