"""An alarm leads to an act only if CloudWatch says so itself, and CloudWatch is asked only if an act may follow."""

import msgspec
import pytest

from kedge.domain.decision import Last, State
from kedge.domain.incident import Cause, Incident, IncidentState, Problem, Severity
from kedge.domain.provenance import Voucher
from kedge.domain.run import Monitor, Verdict
from kedge.errors import Permanent, Throttled, Transient
from kedge.ports import Alarm
from kedge.remedies.confirming import Confirming
from tests.story import BY_EVENT, BY_NOBODY, CHURN, hour, policy_of
from tests.story import alarm as changed

ARN = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:churn-latency"
ACTS = policy_of(
    remedies=[{"remedy": "roll_back", "matchers": [], "mode": "auto"}],
    limits={"dry_run": False},
)
REHEARSES = policy_of(remedies=[{"remedy": "roll_back", "matchers": [], "mode": "auto"}])
NOTHING = State()


class Asked:
    """CloudWatch, with one answer or one failure, and a count of the questions."""

    def __init__(self, answer: Alarm | Exception | None) -> None:
        self._answer = answer
        self.questions = 0

    def alarm(self, name: str) -> Alarm | None:
        self.questions += 1
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def found(**more) -> Alarm:
    known = Alarm(arn=ARN, state="ALARM", measured=True, dimensions={"EndpointName": CHURN.name})
    return msgspec.structs.replace(known, **more)


def firing() -> State:
    """The case of an endpoint whose alarm has just gone off."""
    incident = Incident(
        id="i-1",
        target=CHURN,
        monitor=Monitor.ALARM,
        state=IncidentState.FIRING,
        severity=Severity.CRITICAL,
        cause=Cause.INCONCLUSIVE,
        since=hour("10:00"),
        changed=hour("10:00"),
        problem=Problem(source="churn-latency", verdict=Verdict.ALARM),
        provenance=BY_EVENT,
    )
    return State(incident=incident)


def bad(**more):
    return msgspec.structs.replace(
        changed("10:00", Verdict.ALARM, provenance=BY_EVENT), observed=812.0, limit=500.0, **more
    )


def test_an_alarm_that_cloudwatch_confirms_may_lead_to_an_act():
    known = Confirming(Asked(found())).confirmed(ACTS, bad(), NOTHING, firing())
    assert known.provenance.voucher is Voucher.CLOUDWATCH


def test_cloudwatch_is_not_asked_if_the_policy_only_rehearses():
    asked = Asked(found())
    signal = bad()
    assert Confirming(asked).confirmed(REHEARSES, signal, NOTHING, firing()) is signal
    assert asked.questions == 0


def test_one_signal_that_is_decided_on_again_is_asked_about_once():
    asked = Asked(found())
    confirming = Confirming(asked)
    first = confirming.confirmed(ACTS, bad(), NOTHING, firing())
    assert confirming.confirmed(ACTS, bad(), NOTHING, firing()) is first
    assert asked.questions == 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "knows no such alarm"),
        (found(state="OK"), "the alarm is in OK"),
        (found(state=None), "does not say in which state"),
        (found(dimensions={"EndpointName": "another"}), "watches another"),
        (found(dimensions={}), "watches no endpoint"),
        (found(arn=ARN.replace("111122223333", "444455556666")), "belongs to 444455556666"),
        (found(arn=ARN.replace("us-east-1", "eu-west-1")), "in eu-west-1"),
        (Throttled("Rate exceeded"), "Rate exceeded"),
        (Permanent("AccessDenied"), "AccessDenied"),
    ],
)
def test_an_alarm_that_cloudwatch_does_not_confirm_stays_unconfirmed_and_says_why(answer, why: str):
    known = Confirming(Asked(answer)).confirmed(ACTS, bad(), NOTHING, firing())
    assert not known.provenance.may_act
    assert why in known.provenance.says


def test_an_alarm_whose_state_was_set_without_any_datapoint_does_not_lead_to_an_act():
    set_by_hand = msgspec.structs.replace(bad(), observed=None, limit=None)
    known = Confirming(Asked(found(measured=False))).confirmed(ACTS, set_by_hand, NOTHING, firing())
    assert "no datapoint" in known.provenance.says


def test_what_a_message_says_of_the_metric_and_of_before_gives_way_to_what_cloudwatch_says():
    forged = bad(metric="Invocation5XXErrors", previous=Verdict.OK, provenance=BY_NOBODY)
    known = Confirming(Asked(found(metric="Drift"))).confirmed(ACTS, forged, NOTHING, firing())
    assert (known.metric, known.previous) == ("Drift", None)


@pytest.mark.parametrize(("since", "previous"), [("10:00", Verdict.OK), ("09:30", None)])
def test_a_message_is_believed_in_what_was_before_if_it_tells_of_the_transition_that_cloudwatch_knows(since, previous):
    told = bad(previous=Verdict.OK, provenance=BY_NOBODY)
    known = Confirming(Asked(found(since=hour(since)))).confirmed(ACTS, told, NOTHING, firing())
    assert known.previous is previous


def ok(provenance=BY_NOBODY):
    return changed("11:00", Verdict.OK, provenance=provenance)


def went_off(voucher: Voucher) -> State:
    last = Last(id="a", at=hour("10:00"), finished=hour("10:00"), verdict=Verdict.ALARM, bad=True, voucher=voucher)
    return State(sources={"churn-latency": last})


def test_good_news_by_a_message_ends_what_is_confirmed_if_cloudwatch_agrees():
    known = Confirming(Asked(found(state="OK"))).confirmed(ACTS, ok(), went_off(Voucher.CLOUDWATCH), NOTHING)
    assert known.provenance.voucher is Voucher.CLOUDWATCH


@pytest.mark.parametrize("voucher", [Voucher.CLOUDWATCH, Voucher.EVENTBRIDGE])
def test_good_news_that_cloudwatch_contradicts_is_not_confirmed(voucher: Voucher):
    known = Confirming(Asked(found())).confirmed(REHEARSES, ok(), went_off(voucher), NOTHING)
    assert not known.provenance.is_vouched


def test_good_news_is_tried_again_if_cloudwatch_is_busy_or_its_incident_would_stay_open_for_ever():
    with pytest.raises(Transient):
        Confirming(Asked(Throttled("Rate exceeded"))).confirmed(ACTS, ok(), went_off(Voucher.CLOUDWATCH), NOTHING)


@pytest.mark.parametrize("answer", [None, Permanent("AccessDenied")])
def test_an_incident_that_rests_on_an_event_alone_ends_by_a_message_if_cloudwatch_cannot_tell(answer):
    known = Confirming(Asked(answer)).confirmed(ACTS, ok(), went_off(Voucher.EVENTBRIDGE), NOTHING)
    assert (known.provenance.voucher, known.provenance.counts) == (Voucher.NOBODY, True)


def test_cloudwatch_is_not_asked_about_good_news_that_ends_nothing():
    asked = Asked(None)
    signal = ok()
    assert Confirming(asked).confirmed(ACTS, signal, NOTHING, NOTHING) is signal
    assert asked.questions == 0
