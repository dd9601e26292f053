"""What is shown of a remedy: how it stands in a few words, and all of it in lines."""

from datetime import timedelta

import msgspec

from kedge.domain.incident import Incident
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.stage import Stage
from tests.support.remediation import Affair, policy_with
from workbench.demo.answered import answered, standing


def remedied(incident: Incident, **changes: object) -> Incident:
    return msgspec.structs.replace(incident, remedy=msgspec.structs.replace(incident.remedy, **changes))


def test_how_a_remedy_stands_is_its_name_its_stage_and_why_not():
    affair = Affair(policy_with(Mode.APPROVAL))
    affair.trouble()
    incident = affair.incident()
    assert standing(None) == ""
    assert standing(msgspec.structs.replace(incident, remedy=None)) == ""
    assert standing(incident) == "roll_back planned"
    refused = remedied(incident, stage=Stage.REFUSED, why=HoldReason.COOLDOWN)
    assert standing(refused) == "roll_back refused: cooldown"
    assert standing(remedied(refused, remedy=RemedyName.NONE, why=HoldReason.HOLD)) == "held back: hold"


def test_what_was_approved_is_shown_with_its_evidence_its_plan_who_approved_it_and_when_it_was_done():
    affair = Affair(policy_with(Mode.APPROVAL))
    start = affair.trouble()
    affair.workflow_starter.run(start)
    affair.wait(timedelta(seconds=1))
    affair.vote(start.id, "responder", reason="back first")
    affair.wait(timedelta(minutes=1))
    story = affair.ledger.story(affair.incident().id)
    shown = answered(story, story.incident.remedy, affair.action(start.id))
    lines = dict(shown.lines)
    assert (shown.target, shown.what, shown.came_to) == ("churn-prod", "roll back to churn-40", "acted")
    assert lines["plan"] == start.action.plan.sentence
    assert lines["plan id"] == start.id
    assert "responder" in lines["approval"]
    assert lines["approval"].endswith("back first")
    assert lines["done"].startswith("at 09:1")
    assert [words for what, words in shown.lines if what == "evidence"] == list(story.incident.evidence)


def test_what_was_held_back_is_shown_with_its_reason_and_nothing_that_was_done():
    affair = Affair(policy_with(Mode.APPROVAL))
    affair.trouble()
    story = affair.ledger.story(affair.incident().id)
    held = remedied(story.incident, stage=Stage.REFUSED, why=HoldReason.MOST_ACTIONS, says="there were five already")
    shown = answered(msgspec.structs.replace(story, incident=held), held.remedy, None)
    assert dict(shown.lines)["held back"] == "most actions: there were five already"
    assert not {"approval", "done", "verified"} & {what for what, _ in shown.lines}
