"""What CloudWatch must say before anything is confirmed, and when it is asked at all."""

from datetime import timedelta
from itertools import product

import pytest
from msgspec.structs import replace

from kedge.decide.pipeline import decide
from kedge.domain.action import RemedyStatus
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.errors import KedgeError, Permanent, Throttled
from kedge.domain.provenance import Provenance, Voucher
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged
from kedge.domain.stage import Stage
from kedge.ports.readers import Alarm
from kedge.services.alarm_confirmation import AlarmConfirmation
from tests.support.stories import BY_EVENT, BY_NOBODY, hour, policy_of
from tests.support.stories import alarm as changed
from tests.unit.services.workflow.confirming import (
    ACTS,
    ARN,
    NOTHING,
    REHEARSES,
    Asked,
    bad,
    firing,
    found,
)
from tests.unit.services.workflow.test_alarm_confirmation import TIMER


def confirmed(signal: AlarmChanged, knows: Alarm) -> AlarmChanged:
    known = AlarmConfirmation(Asked(knows)).confirmed(ACTS, signal, NOTHING, firing())
    assert isinstance(known, AlarmChanged)
    return known


@pytest.mark.parametrize(("provenance", "is_confirmed"), [(BY_EVENT, True), (BY_NOBODY, False)])
def test_only_of_an_event_cloudwatch_need_not_say_since_when(provenance: Provenance, *, is_confirmed: bool):
    known = confirmed(bad(provenance=provenance), found(since=None))
    assert (known.provenance.voucher is Voucher.CLOUDWATCH) is is_confirmed
    assert ("since when" in known.provenance.says) is not is_confirmed


@pytest.mark.parametrize("limit", [None, 0.0, 0.7])
@pytest.mark.parametrize("threshold", [None, 0.0, 0.5])
def test_the_limit_of_a_message_is_what_the_datapoint_was_compared_with_or_else_the_threshold(limit, threshold):
    known = confirmed(bad(provenance=BY_NOBODY), found(limit=limit, threshold=threshold))
    assert known.limit == (threshold if limit is None else limit)


@pytest.mark.parametrize("is_vague", [True, False])
@pytest.mark.parametrize("blind", [True, False])
def test_a_message_that_is_confirmed_tells_what_it_is_about_by_cloudwatchs_word(*, is_vague: bool, blind: bool):
    reason = "no datapoints were received for 1 period" if blind else "Threshold Crossed"
    told = bad(provenance=BY_NOBODY, vague=is_vague, blind=not blind)
    known = confirmed(told, found(reason=reason, suppressed_by="Alarm"))
    assert (known.vague, known.blind, known.suppressed_by) == (False, blind, "Alarm")


@pytest.mark.parametrize("seconds", [-3_600, -61, -60, 0, 60, 61, 3_600])
def test_a_message_is_believed_in_what_was_before_within_a_minute_of_the_change_on_either_side(seconds: int):
    told = bad(previous=Verdict.OK, provenance=BY_NOBODY)
    known = confirmed(told, found(since=told.at + timedelta(seconds=seconds)))
    assert known.previous is (Verdict.OK if abs(seconds) <= 60 else None)


def acted_on(*, again: bool | None) -> CaseState:
    """A case in which something is done about it that is looked at again, or is not; None if nothing is done."""
    incident = firing().incident
    assert incident is not None
    if again is None:
        return CaseState(incident=incident)
    until = hour("11:00") if again else None
    acting = RemedyStatus(
        remedy=RemedyName.ROLL_BACK,
        mode=Mode.AUTO,
        stage=Stage.REFUSED,
        at=hour("10:00"),
        says="held back",
        until=until,
    )
    return CaseState(incident=replace(incident, remedy=acting))


RULES = {
    "acts": [{"remedy": "roll_back", "matchers": [], "mode": "auto"}],
    "asks": [{"remedy": "roll_back", "matchers": [], "mode": "approval"}],
    "rehearses": [{"remedy": "roll_back", "matchers": [], "mode": "dry_run"}],
    "tells": [{"remedy": "none", "matchers": []}],
}


@pytest.mark.parametrize("switched_off", [True, False])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("again", [True, False, None])
def test_cloudwatch_is_asked_about_bad_news_if_an_act_may_follow_now_or_later(rule, again, *, switched_off):
    asked = Asked(found())
    policy = policy_of(remedies=RULES[rule], limits={"dry_run": switched_off})
    AlarmConfirmation(asked).confirmed(policy, bad(), NOTHING, acted_on(again=again))
    assert asked.questions == (not switched_off and (rule in ("acts", "asks") or again is True))


class Each(Asked):
    """CloudWatch, with an answer or a failure for each alarm."""

    def __init__(self, answers: dict[str, Alarm | KedgeError | None]) -> None:
        super().__init__(None)
        self.answers = answers

    def alarm(self, name: str) -> Alarm | None:
        self.answer = self.answers[name]
        return super().alarm(name)


ANSWERS: dict[str, Alarm | KedgeError | None] = {
    "freed": found(),
    "still": found(suppressed_by="Alarm"),
    "unknown": None,
    "elsewhere": found(arn=ARN.replace("us-east-1", "eu-west-1")),
    "busy": Throttled("Rate exceeded"),
    "denied": Permanent("AccessDenied"),
}


@pytest.mark.parametrize(("one", "two"), list(product(ANSWERS, repeat=2)))
def test_of_two_suppressed_alarms_cloudwatchs_word_on_each_holds_for_it_alone(one: str, two: str):
    state = NOTHING
    for name in ("one", "two"):
        signal = changed("10:00", Verdict.ALARM, name, suppressed_by="Alarm")
        state = decide(REHEARSES, state, signal, hour("10:01")).state
    answers = {"one": ANSWERS[one], "two": ANSWERS[two]}
    context = AlarmConfirmation(Each(answers)).suppressions(TIMER, state, Context())
    kinds = {"one": one, "two": two}
    assert set(context.unsuppressed) == {name for name, kind in kinds.items() if kind == "freed"}
    assert set(context.suppressed) == {name for name, kind in kinds.items() if kind == "still"}


WENT_OFF = SourceState(id="a", at=hour("10:00"), finished=hour("10:00"), verdict=Verdict.ALARM, bad=True)


@pytest.mark.parametrize("verdict", [Verdict.ALARM, Verdict.OK, Verdict.INSUFFICIENT_DATA])
@pytest.mark.parametrize("known", ["bad", "well", "nothing"])
@pytest.mark.parametrize("provenance", [BY_EVENT, BY_NOBODY])
def test_cloudwatch_is_asked_if_an_alarm_is_well_only_if_nobody_confirms_it_and_it_holds_an_incident_open(
    verdict: Verdict, known: str, provenance: Provenance
):
    sources = {} if known == "nothing" else {"churn-latency": replace(WENT_OFF, bad=known == "bad")}
    asked = Asked(found(state=verdict.name))
    signal = changed("11:00", verdict, provenance=provenance)
    well = AlarmConfirmation(asked).well(signal, CaseState(sources=sources))
    is_asked = verdict is Verdict.OK and known == "bad" and provenance is BY_NOBODY
    assert asked.questions == is_asked
    assert (well is not signal) is is_asked
