"""An alarm leads to an act only if CloudWatch says so itself, and CloudWatch is asked only if an act may follow."""

from datetime import timedelta

import msgspec
import pytest

from kedge.decide.pipeline import decide
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.effect import ChannelName
from kedge.domain.errors import Permanent, Throttled
from kedge.domain.ids import alarm_id, stamp
from kedge.domain.incident import Incident, IncidentState
from kedge.domain.provenance import Voucher
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import TimerFired
from kedge.domain.target import TargetKind
from kedge.ports.readers import Alarm
from kedge.services.alarm_confirmation import AlarmConfirmation
from kedge.services.intake import Intake
from tests.fakes.ledger import MemoryLedger
from tests.support.ring import SignalsAsTheyAre
from tests.support.stories import BY_EVENT, BY_NOBODY, CHURN, hour, policy_of
from tests.support.stories import alarm as changed
from tests.unit.services.workflow.confirming import ACTS, ARN, NOTHING, REHEARSES, Asked, bad, firing, found


def test_an_alarm_that_cloudwatch_confirms_may_lead_to_an_act():
    known = AlarmConfirmation(Asked(found())).confirmed(ACTS, bad(), NOTHING, firing())
    assert known.provenance.voucher is Voucher.CLOUDWATCH


def test_cloudwatch_is_not_asked_if_the_policy_only_rehearses():
    asked = Asked(found())
    signal = bad()
    assert AlarmConfirmation(asked).confirmed(REHEARSES, signal, NOTHING, firing()) is signal
    assert asked.questions == 0


def test_one_signal_that_is_decided_on_again_is_asked_about_once():
    asked = Asked(found())
    confirming = AlarmConfirmation(asked)
    signal = bad()
    first = confirming.confirmed(ACTS, signal, NOTHING, firing())
    assert confirming.confirmed(ACTS, signal, NOTHING, firing()) is first
    assert asked.questions == 1


def test_a_signal_that_cloudwatch_did_not_confirm_is_not_asked_about_once_more_when_it_is_decided_on():
    asked = Asked(None)
    confirming = AlarmConfirmation(asked)
    doubted = confirming.confirmed(ACTS, bad(), NOTHING, firing())
    assert confirming.confirmed(ACTS, doubted, NOTHING, firing()) is doubted
    assert asked.questions == 1


def test_a_signal_never_gets_the_answer_that_another_one_with_its_id_got():
    asked = Asked(found())
    confirming = AlarmConfirmation(asked)
    twin = bad(target=msgspec.structs.replace(CHURN, kind=TargetKind.ALARM), provenance=BY_NOBODY)
    confirming.confirmed(ACTS, twin, NOTHING, firing())
    known = confirming.confirmed(ACTS, bad(), NOTHING, firing())
    assert (known.target, known.provenance.voucher, asked.questions) == (CHURN, Voucher.CLOUDWATCH, 2)


def test_that_cloudwatch_was_busy_is_forgotten_when_the_same_alarm_comes_by_another_road():
    asked = Asked(Throttled("Rate exceeded"))
    confirming = AlarmConfirmation(asked)
    confirming.confirmed(ACTS, bad(provenance=BY_NOBODY), NOTHING, firing())
    asked.answer = found()
    assert confirming.confirmed(ACTS, bad(), NOTHING, firing()).provenance.voucher is Voucher.CLOUDWATCH


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "knows no such alarm"),
        (found(state="OK"), "the alarm is in OK"),
        (found(state=None), "does not report the state"),
        (found(dimensions={"EndpointName": "another"}), "watches another"),
        (found(dimensions={}), "watches no endpoint"),
        (found(arn=ARN.replace("111122223333", "444455556666")), "belongs to 444455556666"),
        (found(arn=ARN.replace("us-east-1", "eu-west-1")), "in eu-west-1"),
        (Throttled("Rate exceeded"), "Rate exceeded"),
        (Permanent("AccessDenied"), "AccessDenied"),
    ],
)
def test_an_alarm_that_cloudwatch_does_not_confirm_stays_unconfirmed_and_says_why(answer, why: str):
    known = AlarmConfirmation(Asked(answer)).confirmed(ACTS, bad(), NOTHING, firing())
    assert not known.provenance.may_act
    assert why in known.provenance.says


def test_an_alarm_whose_state_was_set_without_any_datapoint_does_not_lead_to_an_act():
    set_by_hand = msgspec.structs.replace(bad(), observed=None, limit=None)
    known = AlarmConfirmation(Asked(found(measured=False))).confirmed(ACTS, set_by_hand, NOTHING, firing())
    assert "no datapoint" in known.provenance.says


def test_a_number_in_a_message_is_no_datapoint():
    told = bad(provenance=BY_NOBODY)
    known = AlarmConfirmation(Asked(found(measured=False))).confirmed(ACTS, told, NOTHING, firing())
    assert "no datapoint" in known.provenance.says


def test_a_message_that_keeps_an_alarms_endpoint_to_itself_is_not_confirmed():
    told = bad(target=msgspec.structs.replace(CHURN, kind=TargetKind.ALARM), provenance=BY_NOBODY)
    known = AlarmConfirmation(Asked(found())).confirmed(ACTS, told, NOTHING, firing())
    assert f"watches {CHURN.name}" in known.provenance.says


def test_a_message_is_not_confirmed_if_cloudwatch_does_not_say_since_when():
    told = bad(provenance=BY_NOBODY)
    known = AlarmConfirmation(Asked(found(since=None))).confirmed(ACTS, told, NOTHING, firing())
    assert "since when" in known.provenance.says


def test_of_a_message_nothing_is_confirmed_but_what_cloudwatch_says_itself():
    forged = bad(
        id="anything",
        at=hour("10:04"),
        reason="a stranger's",
        description="a stranger's",
        namespace="AWS/SageMaker",
        metric="Invocation5XXErrors",
        dimensions={"EndpointName": CHURN.name, "VariantName": "a stranger's"},
        suppressed_by="a stranger",
        provenance=BY_NOBODY,
    )
    knows = found(
        reason="Threshold Crossed",
        namespace="aws/sagemaker/Endpoints/model-metrics",
        metric="Drift",
        observed=0.7,
        threshold=0.5,
    )
    known = AlarmConfirmation(Asked(knows)).confirmed(ACTS, forged, NOTHING, firing())
    assert (known.reason, known.description, known.suppressed_by) == ("Threshold Crossed", "", None)
    assert (known.namespace, known.metric, known.dimensions) == (
        "aws/sagemaker/Endpoints/model-metrics",
        "Drift",
        {"EndpointName": CHURN.name},
    )
    assert (known.observed, known.limit) == (0.7, 0.5)
    assert (known.at, known.id) == (hour("10:00"), by_cloudwatch("10:00", Verdict.ALARM).id)


def test_an_event_of_aws_keeps_what_it_says():
    told = bad(reason="Threshold Crossed", namespace="AWS/SageMaker")
    known = AlarmConfirmation(Asked(found(since=hour("10:01"), observed=1.0))).confirmed(ACTS, told, NOTHING, firing())
    assert msgspec.structs.replace(known, provenance=BY_EVENT) == told


@pytest.mark.parametrize(("since", "previous"), [("10:00", Verdict.OK), ("09:30", None)])
def test_a_message_is_believed_in_what_was_before_if_it_tells_of_the_transition_that_cloudwatch_knows(since, previous):
    told = bad(previous=Verdict.OK, provenance=BY_NOBODY)
    known = AlarmConfirmation(Asked(found(since=hour(since)))).confirmed(ACTS, told, NOTHING, firing())
    assert known.previous is previous


KNOWS_WELL = policy_of(
    remedies=[{"remedy": "roll_back", "matchers": [], "mode": "auto"}],
    limits={"dry_run": False},
    evidence={"upstream": None, "overdue": None, "flapping": None},
)


def by_cloudwatch(at: str, verdict: Verdict, **more):
    """A change of the alarm as its event tells of it."""
    signal = changed(at, verdict, provenance=BY_EVENT)
    name = alarm_id(CHURN.account, CHURN.region, signal.alarm, verdict.name, stamp(signal.at))
    return msgspec.structs.replace(signal, id=name, **more)


class Told:
    """Intake behind both roads, and what became of each signal."""

    def __init__(self) -> None:
        self.asked = Asked(None)
        self.ledger = MemoryLedger()
        self.now = hour("10:00")
        self._intake = Intake(
            SignalsAsTheyAre(),  # type: ignore[arg-type]  signals are read already
            self.ledger,
            lambda: KNOWS_WELL,
            (ChannelName.PROGRAMS,),
            "test",
            lambda: self.now,
            confirming=AlarmConfirmation(self.asked),
        )

    def tell(self, *signals, knows: Alarm | None = None) -> list[Reason]:
        self.asked.answer = knows
        self.now = max([self.now, *(signal.at for signal in signals if signal.provenance.is_vouched)])
        return [self._intake.take_in(signal, self.now)[0].decision.reason for signal in signals]

    @property
    def incident(self) -> Incident:
        return self.ledger.load(CHURN, Monitor.ALARM)[0].incident


def message(signal, **more):
    """A message on the alarms topic that tells of the same change."""
    return msgspec.structs.replace(signal, provenance=BY_NOBODY, **more)


@pytest.mark.parametrize("away", [timedelta(0), timedelta(microseconds=7), timedelta(milliseconds=400)])
@pytest.mark.parametrize("first", ["message", "event"])
def test_an_alarm_that_comes_by_both_roads_is_told_once_though_cloudwatch_gives_another_fraction_of_its_time(
    away: timedelta, first: str
):
    told = Told()
    event = by_cloudwatch("10:00", Verdict.ALARM)
    roads = [message(event), event] if first == "message" else [event, message(event)]
    reasons = told.tell(*roads, knows=found(since=event.at + away))
    assert reasons[0] is Reason.FIRST_SEEN
    same_moment = away < timedelta(milliseconds=1)
    assert reasons[1] in ({Reason.DUPLICATE} if same_moment else {Reason.STILL_FIRING, Reason.SUPERSEDED})


def test_the_time_in_a_message_hides_no_change_that_comes_before_it():
    told = Told()
    told.tell(by_cloudwatch("10:00", Verdict.ALARM), knows=found())
    well = by_cloudwatch("11:00", Verdict.OK)
    told.now = well.at
    ahead = message(well, id="anything", at=well.at + timedelta(minutes=4, seconds=50))
    assert told.tell(ahead, well, knows=found(state="OK", since=well.at)) == [Reason.RESOLVED, Reason.DUPLICATE]
    again = by_cloudwatch("11:03", Verdict.ALARM, previous=Verdict.OK)
    assert told.tell(again, knows=found(since=again.at)) == [Reason.REOPENED]


def test_an_alarm_of_the_future_in_a_message_does_not_hide_that_the_alarm_is_well():
    told = Told()
    told.tell(by_cloudwatch("10:00", Verdict.ALARM), knows=found())
    told.now = hour("10:50")
    ahead = message(by_cloudwatch("10:54", Verdict.ALARM), reason="a stranger's")
    assert told.tell(ahead, knows=found()) == [Reason.DUPLICATE]
    well = by_cloudwatch("10:51", Verdict.OK)
    assert told.tell(well, knows=found(state="OK", since=well.at)) == [Reason.RESOLVED]


def test_a_message_about_another_target_does_not_take_an_alarms_place():
    told = Told()
    event = by_cloudwatch("10:00", Verdict.ALARM)
    elsewhere = message(event, target=msgspec.structs.replace(CHURN, name="fraud"))
    told.tell(elsewhere, event, knows=found())
    assert told.incident.state is IncidentState.FIRING


@pytest.mark.parametrize("answer", [None, Permanent("AccessDenied")])
def test_only_an_event_ends_an_incident_that_rests_on_an_event_if_cloudwatch_cannot_tell(answer):
    told = Told()
    told.tell(by_cloudwatch("10:00", Verdict.ALARM), knows=answer)
    well = by_cloudwatch("11:00", Verdict.OK)
    told.tell(message(well), knows=answer)
    assert told.incident.is_open
    assert told.tell(well, knows=answer) == [Reason.RESOLVED]


def test_a_message_that_cloudwatch_confirms_ends_an_incident_from_before_vouchers_were_kept():
    before = decide(KNOWS_WELL, CaseState(), by_cloudwatch("10:00", Verdict.ALARM), hour("10:00")).state
    old = msgspec.structs.replace(
        before,
        incident=msgspec.structs.replace(before.incident, provenance=None),
        sources={name: msgspec.structs.replace(last, voucher=None) for name, last in before.sources.items()},
    )
    well = message(by_cloudwatch("11:00", Verdict.OK))
    known = AlarmConfirmation(Asked(found(state="OK", since=well.at))).confirmed(KNOWS_WELL, well, old, NOTHING)
    assert decide(KNOWS_WELL, old, known, hour("11:00")).reason is Reason.RESOLVED


PART = {"contributor": "c1", "attributes": {"Service": "churn"}}


def after_c1() -> CaseState:
    """The case in which a confirmed contributor holds the incident open."""
    last = SourceState(id="x", at=hour("10:00"), finished=hour("10:00"), verdict=Verdict.ALARM, bad=True)
    return CaseState(incident=firing().incident, sources={"churn-latency[c1]": last})


@pytest.mark.parametrize(
    ("listed", "confirmed"), [({"c1", "c2"}, True), ({"c2"}, False), (set(), False), (None, False)]
)
def test_a_contributor_is_confirmed_if_cloudwatch_lists_it(listed, *, confirmed):
    asked = Asked(found(measured=False), None if listed is None else frozenset(listed))
    known = AlarmConfirmation(asked).confirmed(ACTS, bad(**PART), NOTHING, firing())
    assert (known.provenance.voucher is Voucher.CLOUDWATCH) is confirmed


@pytest.mark.parametrize(
    ("state", "listed", "confirmed"),
    [("ALARM", {"c2"}, True), ("ALARM", {"c1", "c2"}, False), ("OK", set(), True), ("INSUFFICIENT_DATA", set(), False)],
)
def test_that_a_contributor_is_well_is_confirmed_if_cloudwatch_does_not_list_it_any_more(state, listed, *, confirmed):
    well = changed("10:30", Verdict.OK, provenance=BY_NOBODY)
    well = msgspec.structs.replace(well, **PART)
    known = AlarmConfirmation(Asked(found(state=state), frozenset(listed))).confirmed(ACTS, well, after_c1(), NOTHING)
    assert (known.provenance.is_vouched, known.at) == (confirmed, hour("10:30"))


def suppressed() -> CaseState:
    """The case of an alarm whose actions CloudWatch suppresses, and for whose news somebody waits."""
    signal = changed("10:00", Verdict.ALARM, suppressed_by="Alarm")
    return decide(REHEARSES, NOTHING, signal, hour("10:01")).state


TIMER = TimerFired(id="t", at=hour("10:06"), target=CHURN, monitor=Monitor.ALARM)


@pytest.mark.parametrize(
    ("answer", "freed", "still"),
    [
        (found(), ("churn-latency",), ()),
        (found(state="OK"), ("churn-latency",), ()),
        (found(suppressed_by="Alarm"), (), ("churn-latency",)),
        (found(suppressed_by="ExtensionPeriod"), (), ("churn-latency",)),
        (found(arn=ARN.replace("us-east-1", "eu-west-1")), (), ()),
        (found(arn=ARN.replace("111122223333", "999900001111")), (), ()),
        (None, (), ()),
        (Throttled("Rate exceeded"), (), ()),
        (Permanent("AccessDenied"), (), ()),
    ],
)
def test_a_suppression_is_over_if_cloudwatch_says_so(
    answer: Alarm | Exception | None, freed: tuple[str, ...], still: tuple[str, ...]
):
    context = AlarmConfirmation(Asked(answer)).suppressions(TIMER, suppressed(), Context())
    assert (context.unsuppressed, context.suppressed) == (freed, still)


def test_cloudwatch_is_asked_only_while_somebody_waits_for_the_end_of_a_suppression():
    asked = Asked(found())
    told = decide(REHEARSES, NOTHING, changed("10:00", Verdict.ALARM), hour("10:01")).state
    muted = decide(
        REHEARSES,
        NOTHING,
        changed("10:00", Verdict.ALARM, suppressed_by="rule", suppressed_until=hour("12:00")),
        hour("10:01"),
    ).state
    for state in (NOTHING, told, muted):
        assert AlarmConfirmation(asked).suppressions(TIMER, state, Context()) == Context()
    assert AlarmConfirmation(asked).suppressions(bad(), suppressed(), Context()) == Context()
    assert asked.questions == 0
