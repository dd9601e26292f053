"""An explanation names what would keep an incident quiet and covers a part of it, and nothing that has nothing to do with it."""

import pytest

from kedge.decide.pipeline import NOWHERE
from kedge.domain.context import Context
from kedge.domain.finding import Finding
from kedge.domain.run import Verdict
from kedge.domain.silence import Silence
from kedge.explain.explain import explain
from kedge.policy.compiled import Policy
from tests.support.stories import Story, drift, hour, policy_of, run

INHIBIT = {"source_matchers": ['monitor="Alarm"'], "equal": ["endpoint"]}
TIMES = [
    {"name": "always", "time_intervals": [{"years": ["2020:2040"]}]},
    {"name": "never", "time_intervals": [{"years": ["2020:2021"]}]},
]
BOTH, ONE = drift("age", "income"), drift("age")


def silence(matcher: str, starts: str = "09:00", ends: str = "18:00") -> dict[str, object]:
    times = {"starts_at": hour(starts).isoformat(), "ends_at": hour(ends).isoformat()}
    return {"matchers": [matcher], **times, "author": "me", "comment": "known"}


def said(policy: Policy, step: str, findings: tuple[Finding, ...] = BOTH, context: Context = NOWHERE) -> str:
    found = explain(policy, Story().state, run("10:00", Verdict.VIOLATED, findings), hour("10:15"), context)
    return next(each.said for each in found.steps if each.name == step)


@pytest.mark.parametrize("planned", [True, False], ids=["planned", "added"])
@pytest.mark.parametrize(
    ("starts", "ends", "is_named"),
    [("09:00", "18:00", True), ("10:15", "18:00", True), ("10:16", "18:00", False), ("09:00", "10:15", False)],
)
def test_a_silence_is_named_while_it_is_in_force(starts: str, ends: str, *, planned: bool, is_named: bool):
    text = sentence('feature="age"', starts, ends, planned=planned)
    assert ("does not cover feature income" in text) is is_named


@pytest.mark.parametrize("planned", [True, False], ids=["planned", "added"])
@pytest.mark.parametrize(
    ("matcher", "is_named"), [('feature="age"', True), ('feature="plan"', False), ('endpoint="fraud"', False)]
)
def test_a_silence_of_something_else_is_not_named(matcher: str, *, planned: bool, is_named: bool):
    assert ("does not cover" in sentence(matcher, planned=planned)) is is_named


def sentence(matcher: str, starts: str = "09:00", ends: str = "18:00", *, planned: bool) -> str:
    """What is said of a silence, of the policy or added."""
    if planned:
        return said(policy_of(silences=[silence(matcher, starts, ends)]), "silence")
    one = Silence(id="s", matchers=(matcher,), starts_at=hour(starts), ends_at=hour(ends), author="me", comment="known")
    return said(policy_of(), "silence", context=Context(silences=(one,)))


@pytest.mark.parametrize(
    ("target", "is_named"), [('feature="age"', True), ('feature="plan"', False), ('endpoint="fraud"', False)]
)
def test_an_inhibition_of_something_else_is_not_named(target: str, *, is_named: bool):
    policy = policy_of(inhibit_rules=[{**INHIBIT, "target_matchers": [target]}])
    assert ("inhibit_rules[0] does not cover feature income" in said(policy, "inhibit")) is is_named


@pytest.mark.parametrize(
    "times",
    [
        {"mute_time_intervals": ["always"]},
        {"active_time_intervals": ["never"]},
        {"mute_time_intervals": ["always"], "active_time_intervals": ["never"]},
        {},
    ],
)
@pytest.mark.parametrize("findings", [ONE, BOTH])
def test_the_times_of_a_route_are_named_whether_they_mute_it_or_let_it_speak(
    times: dict[str, list[str]], findings: tuple[Finding, ...]
):
    route = {"receiver": "ml-oncall", "routes": [{"matchers": ['feature="age"'], **times}]}
    text = said(policy_of(mute_time_intervals=TIMES, route=route), "mute", findings)
    is_partly = bool(times) and findings is BOTH
    assert ("the time of route.routes[0] does not cover feature income" in text) is is_partly
