"""What keeps an incident quiet must cover all that is wrong with it; what breaks beside it is told."""

import msgspec
import pytest

from kedge.decide.incident_parts import covers, left_out, named, whole_of
from kedge.decide.pipeline import context_request, decide
from kedge.domain.context import Context
from kedge.domain.decision import Reason
from kedge.domain.finding import Check, Finding
from kedge.domain.incident import Incident, Severity, SuppressionReason
from kedge.domain.run import Monitor, Verdict
from kedge.domain.silence import Silence
from kedge.explain.explain import explain
from kedge.policy.labels import labels_of
from kedge.policy.matchers import Labels, matchers
from kedge.routing.silences import held_back
from tests.support.notifications import notice
from tests.support.stories import BY_NOBODY, Story, alarm, drift, hour, missing, policy_of, run

VIOLATED, CLEAN = Verdict.VIOLATED, Verdict.CLEAN
ALWAYS = {"name": "always", "time_intervals": [{"years": ["2020:2040"]}]}


def silence_of(*wanted: str) -> Context:
    """A silence of the whole day."""
    one = Silence(
        id="s1", matchers=wanted, starts_at=hour("00:00"), ends_at=hour("23:00"), author="oncall", comment="known"
    )
    return Context(silences=(one,))


def told(story: Story) -> list[Reason]:
    """Why people were told by the last decision."""
    return [effect.why for effect in story.decisions[-1].effects]


def wrong_with(incident: Incident | None, *, said: bool = False) -> tuple[Labels, ...]:
    """The labels of each thing that is wrong."""
    assert incident is not None
    return whole_of(incident, labels_of(incident, ""), said=said)


def bias(*facets: str) -> tuple[Finding, ...]:
    """Bias of each facet."""
    return tuple(Finding(check=Check.BIAS_DRIFT, facet=each, facet_value="1", metric="CI", said="x") for each in facets)


@pytest.mark.parametrize(
    ("wanted", "known", "more"),
    [
        ('feature="age"', drift("age"), (*drift("age"), *missing("plan"))),
        ('feature="age"', drift("age"), drift("age", "income")),
        ('feature=~"a.*"', drift("age", "area"), drift("age", "area", "income")),
        ('feature!="income"', drift("age"), drift("age", "income")),
        ('check="baseline_drift_check"', drift("age"), (*drift("age"), *missing("age"))),
        ('facet="Sex"', bias("Sex"), bias("Sex", "Age")),
        ('cause="input_drift"', drift("age"), missing("age")),
    ],
)
def test_a_silence_of_what_was_known_does_not_hide_what_breaks_beside_it(
    wanted: str, known: tuple[Finding, ...], more: tuple[Finding, ...]
):
    context, monitor = silence_of(wanted), Monitor.MODEL_BIAS if known[0].facet else Monitor.DATA_QUALITY
    story = Story().tell(run("10:00", VIOLATED, known, monitor=monitor), clock=lambda: hour("10:15"), context=context)
    assert story.decisions[-1].suppressed[0].quiet is SuppressionReason.SILENCED
    story.tell(run("11:00", VIOLATED, known, monitor=monitor), clock=lambda: hour("11:15"), context=context)
    assert told(story) == []
    story.tell(run("12:00", VIOLATED, more, monitor=monitor), clock=lambda: hour("12:15"), context=context)
    assert told(story) == [Reason.FIRST_SEEN]


def test_a_silence_that_names_all_that_is_wrong_hides_it():
    context = silence_of('feature=~"age|income"', 'check="baseline_drift_check"')
    story = Story().tell(run("10:00", VIOLATED, drift("age", "income")), clock=lambda: hour("10:15"), context=context)
    assert story.told == []
    story.tell(run("11:00", VIOLATED, drift("income")), clock=lambda: hour("11:15"), context=context)
    assert story.told == []


def test_matchers_must_all_cover_the_same_finding():
    both = (*drift("age"), *missing("plan"))
    context = silence_of('feature="age"', 'check="missing_column_check"')
    assert Story().tell(run("10:00", VIOLATED, both), clock=lambda: hour("10:15"), context=context).told


def test_a_finding_without_the_label_is_not_covered():
    both = (*drift("age"), Finding(check="row_count_check", metric="rows", said="0 rows"))
    context = silence_of('feature="age"')
    assert Story().tell(run("10:00", VIOLATED, both), clock=lambda: hour("10:15"), context=context).told


@pytest.mark.parametrize("number", [21, 200, 300])
def test_what_is_beyond_the_findings_that_are_kept_is_not_covered(number: int):
    many = drift(*(f"age{each}" for each in range(number)))
    covered = Story().tell(
        run("10:00", VIOLATED, many), clock=lambda: hour("10:15"), context=silence_of('feature=~"age.*"')
    )
    assert (covered.told == []) is (number <= 200)
    more = (*many, *missing("plan"))
    assert (
        Story()
        .tell(run("10:00", VIOLATED, more), clock=lambda: hour("10:15"), context=silence_of('feature=~"age.*"'))
        .told
    )


@pytest.mark.parametrize("wanted", ['source="latency"', 'metric="ModelLatency"', 'variant="A"'])
def test_a_silence_of_one_alarm_hides_no_other_alarm_whichever_comes_first(wanted: str):
    latency = alarm("10:00", Verdict.ALARM, "latency", metric="ModelLatency", dimensions={"VariantName": "A"})
    errors = alarm("11:00", Verdict.ALARM, "errors", metric="Invocation5XXErrors", dimensions={"VariantName": "B"})
    context = silence_of(wanted)
    story = Story().tell(latency, clock=lambda: hour("10:01"), context=context)
    assert story.told == []
    story.tell(errors, clock=lambda: hour("11:01"), context=context)
    assert told(story) == [Reason.FIRST_SEEN]
    late = alarm("12:00", Verdict.ALARM, "latency", metric="ModelLatency", dimensions={"VariantName": "A"})
    other = Story().tell(errors, clock=lambda: hour("11:01"), context=context).tell(late, clock=lambda: hour("12:01"))
    assert covers(matchers([wanted]), wrong_with(other.incident)) is False


def test_the_reminder_of_an_alarm_that_fires_beside_a_silenced_one_is_told():
    policy = policy_of(route={"receiver": "ml-oncall", "repeat_interval": "1h"})
    context = silence_of('source="latency"')
    story = Story(policy).tell(alarm("10:00", Verdict.ALARM, "errors"), clock=lambda: hour("10:00"), context=context)
    story.tell(alarm("10:10", Verdict.ALARM, "latency"), clock=lambda: hour("10:10"), context=context)
    assert [effect.why for effect in story.wake("11:10", context).effects] == [Reason.REMINDER]


def test_when_the_uncovered_alarm_is_well_the_silence_covers_the_rest():
    latency = alarm("10:00", Verdict.ALARM, "latency")
    errors, over = alarm("11:00", Verdict.ALARM, "errors"), alarm("12:00", Verdict.OK, "errors")
    story = Story().tell(latency, errors, clock=lambda: hour("12:01"))
    wanted = matchers(['source="latency"'])
    assert not covers(wanted, wrong_with(story.incident))
    story.tell(over, clock=lambda: hour("12:01"))
    assert story.reasons[-1] is Reason.OTHERS_FIRING
    assert covers(wanted, wrong_with(story.incident))


def test_the_end_of_an_alarm_that_no_silence_covers_is_told():
    story = Story().tell(alarm("10:00", Verdict.ALARM, "errors"), alarm("10:10", Verdict.ALARM, "latency"))
    context = silence_of('source="latency"')
    story.tell(alarm("11:00", Verdict.OK, "latency"), context=context, clock=lambda: hour("11:01"))
    story.tell(alarm("12:00", Verdict.OK, "errors"), context=context, clock=lambda: hour("12:01"))
    assert told(story) == [Reason.RESOLVED]


def test_a_silence_of_one_feature_does_not_hide_that_the_monitor_breaks():
    context = silence_of('feature="age"')
    story = Story().tell(run("10:00", VIOLATED, drift("age")), clock=lambda: hour("10:15"), context=context)
    story.tell(run("11:00", Verdict.FAILED, ()), clock=lambda: hour("11:15"), context=context)
    assert story.reasons[-1] is Reason.MONITOR_FAULT
    assert told(story) == [Reason.FIRST_SEEN]


def test_what_only_a_message_says_does_not_end_the_quiet_of_what_is_confirmed():
    context = silence_of('source="latency"')
    story = Story().tell(alarm("10:00", Verdict.ALARM, "latency"), clock=lambda: hour("10:01"), context=context)
    said = alarm("10:30", Verdict.ALARM, "errors", provenance=BY_NOBODY)
    story.tell(said, clock=lambda: hour("10:31"), context=context)
    assert story.decisions[-1].said
    assert covers(matchers(['source="latency"']), wrong_with(story.incident))
    assert not covers(matchers(['source="latency"']), wrong_with(story.incident, said=True))


def test_of_any_number_of_sources_only_so_many_are_kept_and_none_is_covered_unseen():
    story = Story()
    for number in range(120):
        story.tell(alarm("10:00", Verdict.ALARM, f"latency-{number}"))
    assert len(story.incident.others) <= 51
    assert not covers(matchers(['source=~"latency-.*"']), wrong_with(story.incident))
    assert covers(matchers(['endpoint="churn-prod"']), wrong_with(story.incident))


INHIBIT = {"source_matchers": ['monitor="Alarm"'], "target_matchers": ['feature="age"'], "equal": ["endpoint"]}


@pytest.mark.parametrize(("findings", "asked"), [(drift("age"), 1), (drift("age", "income"), 0)])
def test_an_inhibition_asks_for_all_that_is_wrong(findings: tuple[Finding, ...], asked: int):
    policy = policy_of(inhibit_rules=[INHIBIT])
    asks = context_request(policy, decide(policy, Story().state, run("10:00", VIOLATED, findings), hour("10:15")))
    assert asks is not None
    assert len(asks.inhibitions) == asked


@pytest.mark.parametrize("times", ["mute_time_intervals", "active_time_intervals"])
@pytest.mark.parametrize(("findings", "quiet"), [(drift("age"), True), ((*drift("age"), *missing("plan")), False)])
def test_a_route_that_was_made_for_one_feature_keeps_no_other_quiet(
    times: str, findings: tuple[Finding, ...], quiet: bool
):
    never = {"name": "never", "time_intervals": [{"years": ["2020:2021"]}]}
    named_ = {"mute_time_intervals": ["always"], "active_time_intervals": ["never"]}[times]
    below = {"matchers": ['endpoint="churn-prod"'], times: named_}
    route = {"receiver": "ml-oncall", "routes": [{"matchers": ['feature="age"'], "routes": [below]}]}
    policy = policy_of(mute_time_intervals=[ALWAYS, never], route=route)
    story = Story(policy).tell(run("10:00", VIOLATED, findings), clock=lambda: hour("10:15"))
    assert (story.told == []) is quiet


SEVERITIES = [
    {"severity": "info", "matchers": ['feature="noisy"']},
    {"severity": "critical", "matchers": ['cause="schema_break"']},
]


@pytest.mark.parametrize(
    ("findings", "severity"),
    [
        (drift("noisy"), Severity.INFO),
        (drift("noisy", "age"), Severity.WARNING),
        ((*drift("noisy"), *missing("plan")), Severity.CRITICAL),
        (missing("noisy"), Severity.INFO),
    ],
)
def test_a_feature_that_matters_little_makes_nothing_beside_it_harmless(
    findings: tuple[Finding, ...], severity: Severity
):
    story = Story(policy_of(severities=SEVERITIES)).tell(run("10:00", VIOLATED, findings))
    assert story.incident.severity is severity


@pytest.mark.parametrize(
    ("findings", "reason"),
    [
        (drift("noisy"), Reason.NOT_PERSISTENT),
        (drift("noisy", "age"), Reason.FIRST_SEEN),
        ((*drift("noisy"), *missing("plan")), Reason.FIRST_SEEN),
    ],
)
def test_a_feature_that_must_persist_holds_nothing_beside_it_back(findings: tuple[Finding, ...], reason: Reason):
    evidence = {"persistence": [{"runs": 2, "of": 3, "matchers": ['feature="noisy"']}]}
    assert Story(policy_of(evidence=evidence)).tell(run("10:00", VIOLATED, findings)).reasons == [reason]


def test_an_explanation_names_what_a_silence_does_not_cover():
    signal = run("10:00", VIOLATED, (*drift("age"), *missing("plan")))
    found = explain(policy_of(), Story().state, signal, hour("10:15"), silence_of('feature="age"'))
    said = next(step.said for step in found.steps if step.name == "silence")
    assert said == "suppresses no receiver; silence s1 does not cover feature plan, so it hides nothing"
    assert found.receivers[0].told == "now"


def test_an_explanation_names_what_an_inhibition_and_a_time_do_not_cover():
    route = {"receiver": "ml-oncall", "routes": [{"matchers": ['feature="age"'], "mute_time_intervals": ["always"]}]}
    policy = policy_of(inhibit_rules=[INHIBIT], mute_time_intervals=[ALWAYS], route=route)
    found = explain(policy, Story().state, run("10:00", VIOLATED, drift("age", "income")), hour("10:15"), Context())
    said = {step.name: step.said for step in found.steps}
    assert "inhibit_rules[0] does not cover feature income" in said["inhibit"]
    assert "the time of route.routes[0] does not cover feature income" in said["mute"]


def test_a_notice_that_waits_is_held_back_only_by_what_covers_it():
    incident = Story().tell(run("10:00", VIOLATED, drift("age", "income"))).incident
    held = msgspec.structs.replace(notice(), incident=incident)
    part, all_of_it = silence_of('feature="age"').silences, silence_of('feature=~"age|income"').silences
    assert held_back(policy_of(), (held,), part, hour("11:00")) == ()
    assert held_back(policy_of(), (held,), all_of_it, hour("11:00")) == (held,)


def test_an_incident_of_an_older_release_is_covered_by_what_is_known_of_it():
    opened: Incident = Story().tell(run("10:00", VIOLATED, drift("age"))).incident
    wanted = matchers(['feature="income"'])
    labels = left_out(wanted, wrong_with(opened))
    assert labels is not None
    assert named(labels, wanted) == "feature age"
