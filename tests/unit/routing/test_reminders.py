"""Each receiver is told again by its own way through the tree."""

from datetime import timedelta

from kedge.domain.context import Context
from kedge.domain.decision import Reason
from kedge.domain.run import Verdict
from kedge.domain.signal import OperatorAction
from kedge.domain.silence import Silence
from tests.support.stories import DAY, Story, drift, hour, policy_of, run

ROUTE = {
    "receiver": "often",
    "routes": [
        {"receiver": "often", "repeat_interval": "2h", "continue": True},
        {"receiver": "seldom", "repeat_interval": "5h", "continue": True},
        {"receiver": "once", "repeat_interval": "never"},
    ],
}
THREE = policy_of(route=ROUTE, receivers=[{"name": "often"}, {"name": "seldom"}, {"name": "once"}])


def firing() -> Story:
    return Story(THREE).tell(run("10:00", Verdict.VIOLATED, drift("age")), clock=lambda: hour("10:00"))


def told(decision) -> list[str]:
    return [effect.receiver for effect in decision.effects]


def test_each_receiver_is_reminded_at_its_own_interval():
    story = firing()
    assert told(story.decisions[0]) == ["often", "seldom", "once"]
    assert [told(story.wake(at)) for at in ("12:00", "14:00", "15:00", "16:00")] == [
        ["often"],
        ["often"],
        ["seldom"],
        ["often"],
    ]


def test_two_reminders_that_are_late_come_together():
    assert told(firing().wake("15:30")) == ["often", "seldom"]


def test_a_reminder_that_is_silenced_waits_for_the_end_of_the_silence_and_comes_once():
    silence = Silence(
        id="s",
        matchers=("feature=age",),
        starts_at=DAY,
        ends_at=hour("13:00"),
        author="oncall",
        comment="",
        planned=True,
    )
    story = firing()
    hushed = story.wake("12:00", Context(silences=(silence,)))
    assert (hushed.effects, [each.receiver for each in hushed.suppressed]) == ((), ["often"])
    assert story.state.due == hour("13:00")
    assert story.wake("12:30", Context(silences=(silence,))).reason is Reason.NOTHING_DUE
    assert told(story.wake("13:00")) == ["often"]
    assert story.state.due == hour("13:00") + timedelta(hours=2)


def test_nobody_is_reminded_of_what_somebody_looks_after_or_of_what_is_over():
    story = firing()
    story.person("11:00", OperatorAction.ACKNOWLEDGE)
    assert story.incident.remind_at is None
    story.person("11:30", OperatorAction.RESOLVE)
    assert told(story.wake("23:00")) == []
