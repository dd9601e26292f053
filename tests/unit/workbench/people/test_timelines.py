"""What a person sees of a remedy on the timeline of an incident."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.action import RemedyStatus
from kedge.domain.decision import RemedyHeld
from kedge.domain.provenance import OWN
from kedge.domain.reason import Reason
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.stage import Stage
from kedge.ledger.codec import IncidentHistory
from kedge.ledger.timeline import Entry
from tests.fakes.ledger import MemoryLedger
from tests.support.ledgers import NOW, decided, violated
from workbench.cli.incident.screen import print_incidents, print_story

DIGEST = "3a5ee5cd6d2a93ff" * 4


def shown(
    capsys: pytest.CaptureFixture[str],
    acting: RemedyStatus | None = None,
    evidence: tuple[str, ...] = (),
    **decides: object,
) -> str:
    kept = decided(MemoryLedger(), violated())
    incident = replace(kept.decision.incident, remedy=acting, evidence=evidence)
    kept = replace(kept, decision=replace(kept.decision, **decides), provenance=OWN)
    story = IncidentHistory(incident=incident, entries=(Entry.decided(kept, incident),), deliveries=())
    print_story(story, NOW + timedelta(minutes=1))
    return " ".join(capsys.readouterr().out.split())


def test_a_remedy_that_is_held_back_is_shown_with_its_reason(capsys):
    refused = RemedyHeld(remedy=RemedyName.RETRAIN, why=HoldReason.KILL_SWITCH, says="nothing is done until it is off")
    seen = shown(capsys, remedies=(refused,))
    assert "retrain refused (kill_switch): nothing is done until it is off [default" in seen


def test_how_far_a_remedy_has_come_is_shown_with_what_happened(capsys):
    acting = RemedyStatus(
        remedy=RemedyName.ROLL_BACK, mode=Mode.AUTO, stage=Stage.ACTED, at=NOW, says="SageMaker took it", digest=DIGEST
    )
    seen = shown(capsys, acting, remedies=(), reason=Reason.REMEDY_ACTED, because="SageMaker took it")
    assert f"SageMaker took it; roll_back acted, plan {DIGEST[:12]} [default" in seen
    assert f"plan {DIGEST} " in seen
    assert "remedy Started, result expected: SageMaker took it." in seen


def test_the_list_says_where_the_remedy_of_each_incident_stands(capsys):
    acting = RemedyStatus(
        remedy=RemedyName.ROLL_BACK, mode=Mode.APPROVAL, stage=Stage.ASKED, at=NOW, says="", digest=DIGEST
    )
    incident = decided(MemoryLedger(), violated()).decision.incident
    print_incidents([replace(incident, remedy=acting), incident], NOW)
    assert capsys.readouterr().out.count("roll_back: asked") == 1


def test_the_evidence_for_the_cause_is_shown_line_by_line(capsys):
    evidence = ("first violated run 2 h after config churn-41 came", "the 14 runs before it were clean")
    assert f"evidence {' '.join(evidence)}" in shown(capsys, evidence=evidence)
