"""Messages that came twice, in the wrong order, for nothing, or not at all."""

import pytest

from kedge.domain.effect import ChannelName
from kedge.domain.errors import Transient
from kedge.domain.reason import Reason
from kedge.domain.run import Verdict
from kedge.ledger.timeline import EntryKind
from tests.fakes.ledger import MemoryLedger
from tests.support.ring import RECEIVES
from tests.support.stories import alarm, drift, policy_of, run
from tests.template.deployed import whole
from tests.wanted.teams import Team

BAD, WELL = Verdict.VIOLATED, Verdict.CLEAN
HOUR = 3_600


def bad(at: str, *features: str):
    return run(at, BAD, drift(*(features or ("age",))))


class LosesAnAnswer(MemoryLedger):
    """The first commit is done, and whoever asked for it hears that it was not."""

    def commit(self, commit):
        first = not self.known
        super().commit(commit)
        if first:
            raise Transient("timed out")


def test_03_a_commit_whose_answer_was_lost_and_a_stream_that_tells_everything_again_make_one_message():
    team = Team(ledger=LosesAnAnswer(), policy=policy_of(evidence={"upstream": None}))
    with pytest.raises(Transient):
        team.hears(bad("19:00"))
    team.hears(bad("19:00"), bad("19:00"))
    team.ring._carried = 0
    team.ring.turn()
    assert team.told == [Reason.FIRST_SEEN]


def test_03_a_send_that_failed_and_is_tried_again_arrives_once():
    team = Team()
    team.ring.programs.failing = Transient("throttled")
    team.hears(bad("19:00"))
    team.ring.programs.failing = None
    team.ring.turn()
    team.ring.turn()
    assert team.told == [Reason.FIRST_SEEN]


def test_04_what_fires_resolves_and_fires_again_within_a_minute_is_one_incident_and_its_last_word_is_that_it_fires():
    team = Team().hears(bad("17:00"), run("18:00", WELL), bad("19:00"))
    team.ring.minutes(3)
    assert len(team.incidents) == 1
    assert team.incident.is_open
    assert [told.state for told in team.ring.told][-1] == "firing"
    assert Reason.RESOLVED not in team.told


def test_05_nobody_hears_of_an_end_who_did_not_hear_of_the_beginning():
    team = Team()
    team.asks_for_quiet("endpoint=churn-prod", minutes=30)
    team.hears(bad("19:00"), run("20:00", WELL))
    team.ring.minutes(60)
    assert team.told == []
    assert not team.incident.is_open


def test_05_whoever_does_not_want_to_hear_of_ends_does_not():
    team = Team(policy_of(receivers=[{"name": "ml-oncall", "send_resolved": False}]))
    team.hears(bad("19:00"), run("20:00", WELL))
    team.ring.minutes(10)
    assert team.told == [Reason.FIRST_SEEN]


def test_05_an_end_that_came_in_a_silence_is_told_after_it_though_another_incident_has_begun():
    team = Team(policy_of(evidence={"reopen_within": "30m", "upstream": None}))
    team.hears(bad("17:00"))
    team.asks_for_quiet("endpoint=churn-prod", minutes=60)
    team.hears(run("18:00", WELL), run("19:00", Verdict.FAILED))
    team.ring.minutes(70)
    heard = {told.incident: told.state for told in team.ring.told}
    assert heard == {incident.id: incident.state for incident in team.incidents}
    assert team.incident.waiting == {}


def test_05_an_end_overtakes_no_beginning_that_waits_for_room():
    team = Team(policy_of(receivers=[{"name": "ml-oncall", "limit": {"messages": 1, "per": "30m"}}]))
    team.hears(alarm("17:00", Verdict.ALARM), bad("18:00"))
    # There is room again, and nobody has looked yet.
    team.ring.wait(2 * HOUR)
    team.hears(run("19:00", WELL))
    team.ring.minutes(40)
    assert not team.incident.is_open
    assert [told for told in team.ring.told if told.incident == team.incident.id] == []


def test_06_what_comes_and_goes_is_told_as_flapping_once_and_when_it_has_settled():
    team = Team(policy_of(evidence={"overdue": None}))
    for hour in range(8, 20):
        team.ring.now = bad(f"{hour:02}:30").at
        team.hears(bad(f"{hour:02}:00") if hour % 2 == 0 else run(f"{hour:02}:00", WELL))
        team.ring.minutes(2)
    before = list(team.told)
    team.ring.wait(4 * HOUR)
    team.ring.minutes(5)
    assert before.count(Reason.FLAPPING) == 1
    assert before[-1] is Reason.FLAPPING
    assert team.told[len(before) :] == [Reason.RESOLVED]


def test_07_a_throttled_channel_keeps_the_message_until_there_is_room():
    team = Team()
    team.ring.programs.failing = Transient("429")
    team.hears(bad("19:00"))
    for _ in range(20):
        team.ring.perform(receives=1)
    assert team.ring.queue.bodies
    team.ring.programs.failing = None
    team.ring.turn()
    assert team.told == [Reason.FIRST_SEEN]


def test_08_the_last_of_a_bounded_number_of_tries_is_on_the_timeline_as_undelivered():
    team = Team()
    team.ring.programs.failing = Transient("down")
    team.ring.take_in(bad("19:00"))
    team.ring.carry()
    assert len(team.ring.perform(receives=RECEIVES)) == RECEIVES
    assert team.ring.ledger.timelines[team.incident.id][-1].what is EntryKind.UNDELIVERED


@pytest.mark.parametrize("queue", ["SignalsQueue", "EffectsQueue"])
def test_08_every_queue_gives_up_after_ten_tries_and_keeps_what_it_gave_up(queue):
    resources = whole().of_type("AWS::SQS::Queue")
    redrive = resources[queue]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == RECEIVES
    assert resources[queue.replace("Queue", "DeadLetters")]["MessageRetentionPeriod"] == 14 * 24 * HOUR


def test_08_one_channel_that_is_down_does_not_hold_up_the_other():
    team = Team()
    team.ring._channels = (ChannelName.MAIL, ChannelName.PROGRAMS)
    team.ring.restart()
    team.ring.programs.failing = Transient("down")
    team.hears(bad("19:00"))
    assert len(team.ring.mail.sent) == 1
