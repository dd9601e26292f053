"""A silence that begins while something waits to be told holds that back, and nothing else."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.context import Context
from kedge.domain.decision import Queued
from kedge.domain.incident import Severity, SuppressionReason
from kedge.domain.notification import Unlisted
from kedge.domain.reason import Reason
from kedge.domain.run import Verdict
from kedge.domain.silence import Silence
from kedge.policy.compiled import default_policy
from kedge.routing.silences import held_back
from tests.support.ledgers import NOW
from tests.support.notifications import notice
from tests.support.stories import Story, drift, hour, policy_of, run

POLICY = default_policy()
WAITS = policy_of(route={"receiver": "ml-oncall", "group_wait": "5m"})


def silence(*matchers: str, begins=NOW, lasts=timedelta(hours=3)) -> Silence:
    return Silence(id="s", matchers=matchers, starts_at=begins, ends_at=begins + lasts, author="oncall", comment="")


def test_only_what_the_silence_matches_is_held_back():
    first, second = notice(), notice(incident="i-2")
    assert held_back(POLICY, (first, second), (silence("target=target-of-i-2"),), NOW) == (second,)


@pytest.mark.parametrize("now", [NOW - timedelta(seconds=1), NOW + timedelta(hours=3)])
def test_nothing_is_held_back_before_a_silence_or_after_it(now):
    assert held_back(POLICY, (notice(),), (silence("target=target-of-i-1"),), now) == ()


def test_a_planned_silence_holds_back_like_one_that_was_added():
    planned = {
        "matchers": ["target=target-of-i-1"],
        "starts_at": NOW.isoformat(),
        "ends_at": (NOW + timedelta(hours=1)).isoformat(),
        "author": "oncall",
        "comment": "a test of load",
    }
    assert held_back(policy_of(silences=[planned]), (notice(),), (), NOW) == (notice(),)


def test_what_tells_of_several_is_not_hidden_for_one_of_them():
    waiting = notice()
    several = replace(waiting, briefs=waiting.briefs * 2)
    counting = replace(waiting, tally=Unlisted(by_severity={Severity.WARNING: 3}))
    assert held_back(POLICY, (several, counting), (silence("target=~.*"),), NOW) == ()


def story() -> Story:
    return Story(WAITS).tell(run("10:00", Verdict.VIOLATED, drift("age")), clock=lambda: hour("10:00"))


def over(found: Story, begins: str) -> Story:
    context = Context(silences=(silence("feature=age", begins=hour(begins)),))
    return found.tell(run("11:00", Verdict.CLEAN), clock=lambda: hour("11:00"), context=context)


def test_the_end_of_what_is_held_back_waits_beside_its_beginning():
    decision = over(story(), "10:02").decisions[-1]
    (effect,) = decision.effects
    assert isinstance(effect, Queued)
    assert (effect.why, decision.suppressed) == (Reason.RESOLVED, ())


def test_the_end_of_what_was_told_before_the_silence_is_silenced():
    decision = over(story(), "10:30").decisions[-1]
    assert decision.effects == ()
    assert [(each.why, each.quiet) for each in decision.suppressed] == [(Reason.RESOLVED, SuppressionReason.SILENCED)]
