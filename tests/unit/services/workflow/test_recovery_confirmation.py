"""CloudWatch confirms that an alarm has recovered before its incident ends."""

import pytest

from kedge.domain.decision import CaseState, SourceState
from kedge.domain.errors import Permanent, Throttled, Transient
from kedge.domain.provenance import Voucher
from kedge.domain.run import Verdict
from kedge.services.alarm_confirmation import AlarmConfirmation
from tests.support.stories import BY_NOBODY, hour
from tests.support.stories import alarm as changed
from tests.unit.services.workflow.confirming import ACTS, NOTHING, REHEARSES, Asked, found


def ok(provenance=BY_NOBODY):
    return changed("11:00", Verdict.OK, provenance=provenance)


def went_off(voucher: Voucher | None) -> CaseState:
    last = SourceState(
        id="a", at=hour("10:00"), finished=hour("10:00"), verdict=Verdict.ALARM, bad=True, voucher=voucher
    )
    return CaseState(sources={"churn-latency": last})


def test_good_news_by_a_message_ends_what_is_confirmed_if_cloudwatch_agrees():
    known = AlarmConfirmation(Asked(found(state="OK"))).confirmed(ACTS, ok(), went_off(Voucher.CLOUDWATCH), NOTHING)
    assert known.provenance.voucher is Voucher.CLOUDWATCH


@pytest.mark.parametrize("voucher", [Voucher.CLOUDWATCH, Voucher.EVENTBRIDGE])
def test_good_news_that_cloudwatch_contradicts_is_not_confirmed(voucher: Voucher):
    known = AlarmConfirmation(Asked(found())).confirmed(REHEARSES, ok(), went_off(voucher), NOTHING)
    assert not known.provenance.is_vouched


def test_good_news_is_tried_again_if_cloudwatch_is_busy_or_its_incident_would_stay_open_for_ever():
    with pytest.raises(Transient):
        AlarmConfirmation(Asked(Throttled("Rate exceeded"))).confirmed(
            ACTS, ok(), went_off(Voucher.CLOUDWATCH), NOTHING
        )


@pytest.mark.parametrize("answer", [None, Permanent("AccessDenied")])
@pytest.mark.parametrize("voucher", [Voucher.CLOUDWATCH, Voucher.EVENTBRIDGE])
def test_good_news_of_which_cloudwatch_cannot_tell_stays_unconfirmed_and_says_why(answer, voucher: Voucher):
    known = AlarmConfirmation(Asked(answer)).confirmed(ACTS, ok(), went_off(voucher), NOTHING)
    assert not known.provenance.is_vouched
    assert "CloudWatch knows no such alarm, or may not be asked" in known.provenance.says


def test_good_news_is_confirmed_if_it_may_end_an_incident_from_before_vouchers_were_kept():
    known = AlarmConfirmation(Asked(found(state="OK"))).confirmed(ACTS, ok(), went_off(None), NOTHING)
    assert known.provenance.voucher is Voucher.CLOUDWATCH


def test_cloudwatch_is_not_asked_about_good_news_that_ends_nothing():
    asked = Asked(None)
    signal = ok()
    assert AlarmConfirmation(asked).confirmed(ACTS, signal, NOTHING, NOTHING) is signal
    assert asked.questions == 0
