"""Edges of what is told: a line that is just full, a run that never was, and what is only counted."""

from itertools import product

import pytest
from msgspec.structs import replace

from kedge.domain.action import RemedyStatus
from kedge.domain.incident import Severity
from kedge.domain.notification import IncidentSummary, Unlisted
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.run import Verdict, Window
from kedge.domain.stage import Stage
from kedge.messages.attributes import attributes
from kedge.messages.headline import subject
from kedge.messages.message_type import MessageType, message_type_of
from kedge.messages.remedy_status import due_of
from tests.support.stages import OVER
from tests.unit.messages.groups import endpoint
from tests.unit.messages.incidents import KINDS
from tests.unit.messages.problems import ENDPOINT, JOB, SINCE


@pytest.mark.parametrize("before", ["INFO", "CRITICAL"])
@pytest.mark.parametrize("length", range(50, 120))
def test_a_word_without_spaces_fills_the_line_and_no_more(before, length):
    whole = f"[{before}] churn-prod: {'x' * length} (FIRING)"
    made = subject(before, "churn-prod", "x" * length, "FIRING")
    assert len(made) == min(len(whole), 99)
    assert made.endswith("x (FIRING)" if len(whole) <= 99 else "x... (FIRING)")


WINDOW = Window(SINCE, SINCE)


@pytest.mark.parametrize(("job", "window"), list(product([None, JOB], [None, WINDOW])))
@pytest.mark.parametrize("verdict", [Verdict.NO_DATA, Verdict.FAILED, Verdict.STOPPED])
def test_only_a_run_of_which_nothing_was_heard_is_told_as_one_that_never_came(verdict, job, window):
    told = KINDS["no-data"]
    problem = replace(told.incident.problem, verdict=verdict, job=job, window=window)
    found = message_type_of(replace(told, incident=replace(told.incident, problem=problem)))
    expected = {
        Verdict.NO_DATA: MessageType.NO_DATA,
        Verdict.FAILED: MessageType.FAILED,
        Verdict.STOPPED: MessageType.STOPPED,
    }[verdict]
    is_overdue = verdict is Verdict.NO_DATA and job is None and window is None
    assert found is (MessageType.OVERDUE if is_overdue else expected)


LISTED = KINDS["drift"]


@pytest.mark.parametrize("listed", list(Severity))
@pytest.mark.parametrize("counted", [(), (Severity.WARNING,), (Severity.INFO, Severity.CRITICAL), tuple(Severity)])
def test_a_digest_has_the_severities_of_all_that_it_tells_of_also_of_what_it_only_counts(listed, counted):
    from_one = attributes(replace(LISTED, incident=replace(LISTED.incident, severity=listed)))
    assert from_one["severity"] == listed
    first = _brief(listed)
    digest = replace(
        LISTED, incident=replace(LISTED.incident, severity=listed), briefs=(first, replace(first, incident="other"))
    )
    told = attributes(replace(digest, tally=Unlisted(by_severity=dict.fromkeys(counted, 2))))["severity"]
    assert ({told} if isinstance(told, str) else set(told)) == {listed, *counted}


def test_a_message_about_several_targets_can_be_chosen_by_each_of_them():
    first = _brief(Severity.WARNING)
    others = [replace(first, incident=f"i-{number}", target=endpoint(f"e-{number}")) for number in range(3)]
    told = attributes(replace(LISTED, briefs=(first, *others)))
    assert set(told["target"]) == {ENDPOINT.name, "e-0", "e-1", "e-2"}


def _brief(severity):
    return replace(IncidentSummary.of(LISTED.incident, LISTED.why, LISTED.receiver), severity=severity)


@pytest.mark.parametrize("stage", list(Stage))
def test_nothing_is_waited_for_of_a_remedy_that_is_over(stage):
    acting = RemedyStatus(
        remedy=RemedyName.RETRAIN, mode=Mode.APPROVAL, stage=stage, at=SINCE, says="", until=SINCE, due=SINCE
    )
    assert due_of(acting) == (None if stage in OVER else SINCE)
    assert due_of(replace(acting, due=None)) == (None if stage in OVER else SINCE)
    assert due_of(replace(acting, due=None, until=None)) is None
