"""What is kept of a run is small, whatever its report holds."""

import msgspec
import pytest

from kedge.decide.problem import KEPT, problem_of_alarm, problem_of_run
from kedge.domain.cause import Cause
from kedge.domain.decision import Queued, Reason
from kedge.domain.finding import Check, Finding
from kedge.domain.run import Evidence, Reading, Verdict
from kedge.ledger.outbox import notices
from kedge.messages.findings_table import rows
from tests.support.stories import Story, alarm, drift, hour, missing, run

LONG = "x" * 100_000
MORE_IN_JSON_THAN_IN_PYTHON = ["x", '"', "\U0001f6a2", "\x01"]


@pytest.mark.parametrize("letter", MORE_IN_JSON_THAN_IN_PYTHON)
def test_a_report_of_endless_texts_and_endless_kinds_of_checks_makes_an_incident_that_fits_into_the_ledger(letter):
    long = letter * 1_000
    findings = tuple(
        Finding(check=f"{number}{long}", said=long, feature=long, metric=long, facet=long, facet_value=long, label=long)
        for number in range(1000)
    )
    story = Story().tell(run("10:00", Verdict.VIOLATED, findings))
    assert len(msgspec.json.encode(story.incident)) < 100_000
    assert story.incident.problem.findings == 1000
    assert story.incident.problem.worst


def test_an_alarm_on_a_metric_of_endless_name_makes_a_small_problem():
    signal = msgspec.structs.replace(alarm("10:00", Verdict.ALARM), metric=LONG, namespace=LONG, reason=LONG)
    assert len(msgspec.json.encode(problem_of_alarm(signal))) < 3_000


def test_a_known_check_is_counted_even_where_a_thousand_others_are_commoner():
    others = (Finding(check=f"custom {number % 1000}", feature="age") for number in range(2000))
    story = Story().tell(run("10:00", Verdict.VIOLATED, (*others, Finding(check=Check.DATA_TYPE, feature="age"))))
    assert story.incident.problem.checks[Check.DATA_TYPE] == 1
    assert story.incident.cause is Cause.SCHEMA_BREAK


def test_the_reason_why_a_report_is_unreadable_is_kept_short():
    signal = msgspec.structs.replace(
        run("10:00", Verdict.VIOLATED), evidence=Evidence(reading=Reading.UNREADABLE, why=LONG)
    )
    assert len(problem_of_run(signal).why_unread or "") == 400


def test_what_is_kept_of_a_long_report_is_what_a_message_would_show_first():
    drifted = tuple(
        Finding(check=Check.DRIFT, feature=f"f-{number}", measured=0.9, allowed=0.5) for number in range(20)
    )
    tight = Finding(check=Check.DRIFT, feature="tight", measured=0.2, allowed=0.01)
    story = Story().tell(run("10:00", Verdict.VIOLATED, (*drifted, tight)))
    problem = story.incident.problem
    assert len(problem.worst) == KEPT
    assert problem.worst[0] == tight
    assert rows(problem)[0].subject == "tight"


def test_the_one_finding_that_a_digest_keeps_of_a_problem_is_the_worst():
    story = Story().tell(run("10:00", Verdict.VIOLATED, (*drift("age"), *missing("plan"))))
    decision = story.decisions[-1]
    later = Queued(receiver="ml-oncall", why=Reason.FIRST_SEEN, group="digest", due=hour("11:00"), digest=True)
    (notice,) = notices(msgspec.structs.replace(decision, effects=(later,)), "test")
    assert [each.feature for each in notice.incident.problem.worst] == ["plan"]
