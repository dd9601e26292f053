"""Every ledger and every set of deliveries keeps the same: in memory, and in a DynamoDB table."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import msgspec
import pytest

from kedge.decide.measurements import measured_of
from kedge.domain.decision import CaseState, Reason, Suppressed
from kedge.domain.errors import Busy, Conflict
from kedge.domain.ids import mark
from kedge.domain.incident import IncidentState, SuppressionReason
from kedge.domain.notification import IncidentSummary
from kedge.domain.run import Measure, Monitor, Verdict
from kedge.domain.source_case import SourceCase
from kedge.domain.target import TargetKind
from kedge.ledger.delivery import DeliveryStatus
from kedge.ledger.timeline import EntryKind
from tests.contracts.test_context import commit_of, other
from tests.support.ledgers import MONITOR, NOW, clean, decided, take, violated
from tests.support.notifications import firing
from tests.support.stories import BY_NOBODY, CHURN, hour


def later(seconds):
    return NOW + timedelta(seconds=seconds)


def test_of_a_case_never_seen_nothing_is_known(ledger):
    assert ledger.load(CHURN, MONITOR) == (CaseState(), 0)


def test_what_was_committed_is_what_is_loaded(ledger):
    decision, _ = take(ledger, violated())
    assert ledger.load(CHURN, MONITOR) == (decision.state, 1)


def spoken(source="latency", **more):
    source_target = msgspec.structs.replace(CHURN, kind=TargetKind.ALARM, name="latency")
    return SourceCase(source_target=source_target, source=source, target=CHURN, monitor=Monitor.ALARM, **more)


def test_where_a_source_was_heard_of_is_kept_with_the_decision(ledger):
    source_target = spoken().source_target
    assert ledger.spoken(source_target) == ()
    ledger.commit(msgspec.structs.replace(commit_of(ledger), spoken=spoken()))
    assert ledger.spoken(source_target) == (spoken(),)


def test_a_source_was_heard_of_last_in_one_case_and_each_of_its_parts_in_one_of_its_own(ledger):
    moved = msgspec.structs.replace(CHURN, name="churn-v2")
    part, said = spoken("latency[c1]", contributor="c1"), spoken(confirmed=False)
    newest = msgspec.structs.replace(spoken(), target=moved)
    for kept in (spoken(), part, said, newest):
        ledger.commit(msgspec.structs.replace(commit_of(ledger), spoken=kept))
    assert sorted(ledger.spoken(part.source_target), key=str) == sorted((newest, part, said), key=str)


def test_every_commit_counts_the_version_up(ledger):
    take(ledger, violated("11:00"))
    take(ledger, violated("12:00"), later(1))
    assert ledger.load(CHURN, MONITOR)[1] == 2


def test_a_clean_run_of_a_healthy_model_is_remembered_without_an_incident(ledger):
    decision, _ = take(ledger, clean("10:00"))
    assert decision.incident is None
    assert ledger.load(CHURN, MONITOR) == (decision.state, 1)


def test_an_incident_tells_its_whole_story(ledger, deliveries):
    opened, (first,) = take(ledger, violated("11:00"))
    deliveries.claim(first, later(1), 60)
    deliveries.delivered(first, "mail-1", later(2))
    resolved, (second,) = take(ledger, clean("12:00"), later(603))
    deliveries.claim(second, later(604), 60)
    deliveries.failed(second, "the topic is gone", later(605), final=True)

    story = ledger.story(opened.incident.id)

    assert story.incident == resolved.incident
    assert [(entry.what, entry.reason) for entry in story.entries] == [
        (EntryKind.DECIDED, Reason.FIRST_SEEN),
        (EntryKind.DELIVERED, Reason.FIRST_SEEN),
        (EntryKind.DECIDED, Reason.RESOLVED),
        (EntryKind.UNDELIVERED, Reason.RESOLVED),
    ]
    assert [entry.state for entry in story.entries][-1] is IncidentState.RESOLVED
    assert story.entries[0].signal == violated("11:00").id
    assert story.entries[0].effects == (first.id,)
    assert story.entries[0].at == violated("11:00").finished
    assert story.entries[1].message_id == "mail-1"
    assert "the topic is gone" in story.entries[3].because
    assert {delivery.effect: delivery.standing for delivery in story.deliveries} == {
        first.id: DeliveryStatus.DELIVERED,
        second.id: DeliveryStatus.UNDELIVERED,
    }


LONG_AGO = NOW - timedelta(days=56)


def keep(ledger, signal, now=NOW):
    commit = decided(ledger, signal, now)
    measured = measured_of(signal, commit.decision.verdict)
    ledger.commit(msgspec.structs.replace(commit, measured=measured))


def kept(ledger, since=LONG_AGO):
    return [
        (each.at, each.verdict, [one.name for one in each.values]) for each in ledger.measured(CHURN, MONITOR, since)
    ]


def test_runs_are_kept_with_their_numbers_in_the_order_of_their_windows(ledger):
    keep(ledger, violated("12:00", "age"))
    keep(ledger, violated("11:00", "income"), later(1))
    drifted = ["age baseline_drift_check"]
    assert kept(ledger) == [
        (hour("11:00"), Verdict.VIOLATED, ["income baseline_drift_check"]),
        (hour("12:00"), Verdict.VIOLATED, drifted),
    ]
    assert kept(ledger, hour("11:30")) == [(hour("12:00"), Verdict.VIOLATED, drifted)]


def test_a_run_that_is_told_twice_is_kept_once(ledger):
    keep(ledger, violated("11:00"))
    keep(ledger, violated("11:00", "age", "income"), later(1))
    assert len(kept(ledger)) == 1


def test_a_clean_run_is_kept_if_it_measured_something(ledger):
    keep(ledger, clean("10:00"))
    measured = clean("11:00")
    evidence = msgspec.structs.replace(measured.evidence, measures=(Measure("auc", 0.81, 0.7),))
    keep(ledger, msgspec.structs.replace(measured, evidence=evidence), later(1))
    assert kept(ledger) == [(hour("11:00"), Verdict.CLEAN, ["auc"])]
    assert ledger.load(CHURN, MONITOR)[1] == 2


def test_what_no_authority_confirms_is_not_kept(ledger):
    keep(ledger, msgspec.structs.replace(violated(), provenance=BY_NOBODY))
    assert kept(ledger) == []


def test_an_incident_that_nobody_opened_has_no_story(ledger):
    assert ledger.story("01a1f89c-fb80-7341-9ba1-7429142396e6") is None


def test_a_writer_who_read_before_another_wrote_is_refused_and_changes_nothing(ledger):
    slow = decided(ledger, violated("11:00", "age", "income"), later(1))
    fast, _ = take(ledger, violated("11:00", "age"))
    with pytest.raises(Conflict):
        ledger.commit(slow)
    assert ledger.load(CHURN, MONITOR) == (fast.state, 1)
    assert len(ledger.story(fast.incident.id).entries) == 1


def test_a_losing_writer_reads_again_and_is_kept(ledger):
    slow = violated("12:00")
    early = decided(ledger, slow)
    take(ledger, violated("11:00"))
    with pytest.raises(Conflict):
        ledger.commit(early)
    decision, _ = take(ledger, slow, later(2))
    assert decision.reason is Reason.STILL_FIRING
    assert ledger.load(CHURN, MONITOR)[1] == 2


def test_of_fifty_who_commit_at_once_one_wins_each_round(ledger):
    waiting = [violated(f"{10 + number // 60}:{number % 60:02}") for number in range(50)]

    def attempt(signal):
        try:
            ledger.commit(prepared[signal.id])
        except Conflict:
            return None
        return signal

    for _ in range(3):
        prepared = {signal.id: decided(ledger, signal) for signal in waiting}
        before = ledger.load(CHURN, MONITOR)[1]
        with ThreadPoolExecutor(10) as writers:
            winners = [signal for signal in writers.map(attempt, waiting) if signal]
        assert len(winners) == 1
        state, version = ledger.load(CHURN, MONITOR)
        assert version == before + 1
        assert mark(winners[0].id) in state.recent
        waiting.remove(winners[0])


def test_a_commit_whose_success_was_not_heard_of_is_a_repetition_for_whoever_reads_again(ledger):
    signal = violated()
    take(ledger, signal)
    again = decided(ledger, signal)
    assert (again.decision.reason, again.decision.changed, again.version) == (Reason.DUPLICATE, False, 1)


def test_the_largest_incident_that_policy_keeps_is_kept(ledger):
    decision, _ = take(ledger, violated("11:00", *(f"{'f' * 200}{number}" for number in range(5_000))))
    assert ledger.load(CHURN, MONITOR)[0] == decision.state


def test_any_text_comes_back_as_it_went_in(ledger):
    signal = violated("11:00", "größe", "\ufffe\uffff\U0001f6a2", 'a"b\\c')
    decision, _ = take(ledger, signal)
    assert ledger.load(CHURN, MONITOR)[0] == decision.state


@pytest.fixture
def effect(ledger):
    _, (only,) = take(ledger, violated())
    return only


def test_an_effect_is_performed_by_whoever_claims_it_first(deliveries, effect):
    assert not deliveries.claim(effect, NOW, 60).done
    with pytest.raises(Busy):
        deliveries.claim(effect, later(59), 60)


def test_of_many_who_claim_an_effect_at_once_one_gets_it(deliveries, effect):
    def attempt(_):
        try:
            return deliveries.claim(effect, NOW, 60)
        except Busy:
            return None

    with ThreadPoolExecutor(10) as workers:
        assert len([claim for claim in workers.map(attempt, range(20)) if claim]) == 1


def test_the_claim_of_a_worker_who_crashed_ends_with_its_lease(deliveries, effect):
    deliveries.claim(effect, NOW, 60)
    assert not deliveries.claim(effect, later(60), 60).done


def test_what_was_delivered_is_known_for_ever(deliveries, effect):
    deliveries.claim(effect, NOW, 60)
    deliveries.delivered(effect, "mail-1", later(1))
    assert deliveries.claim(effect, later(9_999), 60).done


def test_what_failed_can_be_claimed_at_once(deliveries, effect):
    deliveries.claim(effect, NOW, 60)
    deliveries.failed(effect, "throttled", later(1), final=False)
    assert not deliveries.claim(effect, later(2), 60).done


def test_a_failure_that_is_not_the_last_is_no_line_of_the_timeline(ledger, deliveries, effect):
    deliveries.claim(effect, NOW, 60)
    deliveries.failed(effect, "throttled", later(1), final=False)
    assert [entry.what for entry in ledger.story(effect.incident.id).entries] == [EntryKind.DECIDED]


def test_a_dead_letter_that_is_sent_back_can_still_be_delivered(ledger, deliveries, effect):
    deliveries.claim(effect, NOW, 60)
    deliveries.failed(effect, "denied", later(1), final=True)
    deliveries.claim(effect, later(2), 60)
    deliveries.delivered(effect, "mail-1", later(3))
    (delivery,) = ledger.story(effect.incident.id).deliveries
    assert (delivery.standing, delivery.tries, delivery.message_id) == (DeliveryStatus.DELIVERED, 2, "mail-1")


def test_a_late_failure_does_not_undo_a_success(ledger, deliveries, effect):
    deliveries.claim(effect, NOW, 60)
    deliveries.delivered(effect, "mail-1", later(1))
    deliveries.failed(effect, "timed out", later(2), final=True)
    assert deliveries.claim(effect, later(3), 60).done
    assert [entry.what for entry in ledger.story(effect.incident.id).entries] == [
        EntryKind.DECIDED,
        EntryKind.DELIVERED,
    ]


def test_a_delivery_is_told_once_however_often_it_is_recorded(ledger, deliveries, effect):
    deliveries.claim(effect, NOW, 60)
    deliveries.delivered(effect, "mail-1", later(1))
    deliveries.delivered(effect, "mail-2", later(2))
    (delivery,) = ledger.story(effect.incident.id).deliveries
    assert delivery.message_id == "mail-1"
    assert len(ledger.story(effect.incident.id).entries) == 2


def test_claims_of_different_effects_do_not_hold_each_other_up(deliveries, effect):
    other = msgspec.structs.replace(effect, id=effect.id.replace("mail", "chat"))
    deliveries.claim(effect, NOW, 60)
    assert not deliveries.claim(other, NOW, 60).done


def test_what_failed_is_on_its_way_until_it_was_delivered_or_given_up(deliveries, effect):
    assert not deliveries.failed_so_far(effect)
    deliveries.claim(effect, NOW, 60)
    assert not deliveries.failed_so_far(effect)
    deliveries.failed(effect, "throttled", later(1), final=False)
    assert deliveries.failed_so_far(effect)
    deliveries.claim(effect, later(2), 60)
    deliveries.failed(effect, "throttled", later(3), final=True)
    assert not deliveries.failed_so_far(effect)
    deliveries.delivered(effect, "m-1", later(4))
    assert not deliveries.failed_so_far(effect)


def test_a_message_about_several_incidents_is_on_the_timeline_of_each(ledger, deliveries):
    opened, (effect,) = take(ledger, violated())
    others = tuple(firing(f"i-{number}") for number in range(60))
    for number, incident in enumerate(others):
        ledger.commit(commit_of(ledger, other(number), incident=incident))
    briefs = tuple(
        IncidentSummary.of(incident, Reason.FIRST_SEEN, "ml-oncall") for incident in (opened.incident, *others)
    )
    gathered = msgspec.structs.replace(effect, briefs=briefs)
    deliveries.claim(gathered, later(1), 60)
    deliveries.delivered(gathered, "mail-1", later(2))
    for incident in (opened.incident, *others):
        last = ledger.story(incident.id).entries[-1]
        assert (last.what, last.effect, last.message_id) == (EntryKind.DELIVERED, effect.id, "mail-1")
        assert "together with 60 more" in last.because


def test_the_timeline_tells_which_policy_decided_and_who_was_not_told(ledger):
    suppressed = Suppressed(
        receiver="ml-oncall", why=Reason.FIRST_SEEN, quiet=SuppressionReason.MUTED, by="nights", until=later(3600)
    )
    commit = decided(ledger, violated())
    commit = msgspec.structs.replace(commit, by="Ada", comment="seen")
    ledger.commit(
        msgspec.structs.replace(commit, decision=msgspec.structs.replace(commit.decision, suppressed=(suppressed,)))
    )
    (entry,) = ledger.story(commit.decision.incident.id).entries
    assert (entry.policy, entry.suppressed, entry.by, entry.comment) == (
        commit.decision.policy,
        (suppressed,),
        "Ada",
        "seen",
    )
