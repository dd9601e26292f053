"""The words: honest, and different for different things."""

import msgspec
import pytest

from kedge.domain.cause import Cause
from kedge.domain.decision import Reason
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.finding import Finding
from kedge.domain.run import Monitor
from kedge.messages import write
from kedge.messages.wording.advice import impact
from kedge.messages.wording.problem import headline
from tests.unit.messages.incidents import KINDS, RUNBOOK


def changed(kind: str, **problem: object) -> Effect:
    incident = KINDS[kind].incident
    same = msgspec.structs.replace(incident.problem, **problem)
    return msgspec.structs.replace(KINDS[kind], incident=msgspec.structs.replace(incident, problem=same))


def mail(effect: Effect) -> str:
    return write(msgspec.structs.replace(effect, channel=ChannelName.MAIL), RUNBOOK).body


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("drift", "7 of 24 features drifted"),
        ("drift-of-one-feature", "age drifted (0.414, limit 0.1)"),
        ("schema-break", "schema broken: columns missing, 2 wrong types, 1 incomplete"),
        ("model-quality", "model quality beyond its limit: f2 (0.501, min 0.6)"),
        ("bias", "bias beyond its limit: age_group=40 DPPL and 1 more"),
        ("failed", "data quality monitor failed, nothing was measured"),
        ("no-data", "data quality monitor had no data, nothing was measured"),
        ("stopped", "data quality monitor was stopped, nothing is measured"),
        ("alarm", "alarm churn-prod-latency-p99 fired (812, limit 500)"),
        ("unreadable-report", "data quality monitor found violations, report cannot be read"),
        ("absent-report", "data quality monitor found violations, report is missing"),
        ("monitor-fault-while-firing", "data quality monitor failed while the incident is open"),
        ("resolved", "data quality is within its limits again after 5 h"),
        ("resolved-alarm", "alarm churn-prod-latency-p99 is OK again after 5 h"),
        ("resolved-monitor-fault", "data quality monitor works again, no findings, after 5 h"),
    ],
)
def test_each_kind_has_its_own_headline(kind: str, words: str) -> None:
    assert headline(KINDS[kind]) == words


def test_no_two_kinds_of_trouble_mean_the_same() -> None:
    kinds = ("drift", "schema-break", "model-quality", "bias", "attribution", "failed", "no-data", "stopped", "alarm")
    assert len({impact(KINDS[kind]) for kind in kinds}) == len(kinds)


def test_a_report_that_lists_nothing_is_not_told_as_no_features() -> None:
    effect = changed("unreadable-report", findings=0, subjects=0, reading="read")
    assert headline(effect) == "data quality monitor found violations, its report lists none"


def test_a_schema_that_is_whole_again_is_not_called_broken_for_an_earlier_run_s_sake() -> None:
    incident = msgspec.structs.replace(KINDS["drift"].incident, cause=Cause.SCHEMA_BREAK)
    assert headline(msgspec.structs.replace(KINDS["drift"], incident=incident)) == "7 of 24 features drifted"


def test_findings_of_a_team_s_own_detector_are_not_called_features() -> None:
    worst = (Finding(check="ours", metric="psi"), Finding(check="ours", metric="ks"))
    effect = changed("drift", worst=worst, checks={"ours": 2}, findings=2, subjects=2, features=None)
    incident = msgspec.structs.replace(effect.incident, monitor=Monitor.CUSTOM, cause=Cause.INCONCLUSIVE)
    assert headline(msgspec.structs.replace(effect, incident=incident)) == "2 findings beyond their limits"


def test_an_alarm_that_is_its_own_target_is_named_once() -> None:
    assert headline(changed("alarm", source="churn-prod")) == "alarm fired (812, limit 500)"


def test_an_alarm_on_a_monitor_s_metric_means_what_the_monitor_s_violation_means() -> None:
    of_quality = msgspec.structs.replace(KINDS["alarm"].incident, cause=Cause.CONCEPT_DRIFT)
    assert impact(msgspec.structs.replace(KINDS["alarm"], incident=of_quality)) == impact(KINDS["model-quality"])


def test_every_mail_says_honestly_that_nothing_was_tried() -> None:
    for effect in (effect for effect in KINDS.values() if effect.first is None):
        assert "Action taken      Notified ml-oncall. No remedy was started." in mail(effect)


def test_a_mail_shows_five_findings_and_counts_the_rest() -> None:
    shown = mail(KINDS["drift"])
    assert "region_code" in shown
    assert "visits" not in shown
    assert "+2 more in the report" in shown


def test_the_worst_comes_first_whatever_the_order_of_the_report() -> None:
    effect = changed("drift", worst=KINDS["drift"].incident.problem.worst[::-1])
    lines = mail(effect).splitlines()
    shown = [
        line.split()[0] for line in lines[lines.index(next(x for x in lines if x.startswith("Feature"))) + 1 :][:5]
    ]
    assert shown == ["age", "customer_account_balan...n_of_the_last_30_days", "tenure", "plan", "region_code"]


def test_why_a_report_was_not_read_is_told() -> None:
    assert "Report status     $.violations[3]: expected an object, got a string" in mail(KINDS["unreadable-report"])


def test_sentences_of_a_team_s_own_detector_stay_in_its_report_for_they_may_hold_values_of_records() -> None:
    finding = Finding(check="our_own_check", feature="surname", said="value 'confidential' is not among those known")
    effect = changed("drift", worst=(finding,), checks={"our_own_check": 1}, findings=1, subjects=1)
    for channel in ChannelName:
        assert "confidential" not in write(msgspec.structs.replace(effect, channel=channel), RUNBOOK).body
    assert "our_own_check" in mail(effect)


def test_an_inverted_sentence_is_shown_the_right_way_round() -> None:
    assert "churned shap      nDCG score     0.764  min 0.9" in mail(KINDS["attribution"])


def test_a_resolved_mail_tells_how_long_it_lasted_and_what_ended_it() -> None:
    shown = mail(KINDS["resolved"])
    assert "Duration          5 h, seen in 5 runs" in shown
    assert "Problem           7 of 24 features drifted" in shown
    assert "Resolution        churn-dq has recovered" in shown


@pytest.mark.parametrize("kind", KINDS)
def test_no_mail_shows_a_python_none(kind: str) -> None:
    assert "None" not in mail(KINDS[kind])


@pytest.mark.parametrize("why", Reason)
@pytest.mark.parametrize("monitor", Monitor)
def test_every_reason_and_monitor_has_words(why: Reason, monitor: Monitor) -> None:
    incident = msgspec.structs.replace(KINDS["drift"].incident, monitor=monitor)
    assert headline(msgspec.structs.replace(KINDS["drift"], why=why, incident=incident))
