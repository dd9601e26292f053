"""What people decide counts by who says it: proven, unproven, and what counts only with proof."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from kedge.domain.errors import KedgeError, MalformedSignal, Permanent, Transient
from kedge.domain.incident import IncidentState
from kedge.domain.run import Verdict
from kedge.domain.signal import ChangeKind, OperatorAction
from kedge.domain.statement import Statement
from kedge.lambdas.people import PeopleFunction
from kedge.services.people import OperatorDecisionResult, People
from kedge.sources.event_header import Home
from tests.support.ring import Ring
from tests.support.stories import CHURN, drift, run

ANA = "arn:aws:sts::111122223333:assumed-role/OnCall/ana"
BEN = "arn:aws:iam::111122223333:user/ben"


class Sts:
    """AWS, which knows the signature of a statement; or fails."""

    def __init__(self) -> None:
        self.failing: KedgeError | None = None

    def vouched_for(self, proof: Mapping[str, object], statement: Statement) -> str:
        if self.failing is not None:
            raise self.failing
        if proof["signed"] != str(statement):
            raise Permanent("STS does not confirm the proof: 403 SignatureDoesNotMatch")
        return str(proof["arn"])


class Desk:
    """A stack with one open incident, and people before it."""

    def __init__(self) -> None:
        self.ring = Ring()
        self.sts = Sts()
        (outcome,) = self.ring.take_in(run("10:00", Verdict.VIOLATED, drift("age")))
        assert outcome.decision is not None
        assert outcome.decision.incident is not None
        self.incident_id = outcome.decision.incident.id
        self.people = People(self.ring.intake.settle, self.sts, Home("111122223333", "us-east-1"), self.ring.clock)
        self._said = 0

    def decides(self, act: OperatorAction, **more: Any) -> dict[str, Any]:
        detail = {
            "incident": self.incident_id, "target": str(CHURN), "monitor": "DataQuality", "act": act, "by": "mallory",
            "comment": "looking",
        }  # fmt: skip
        return self._event("Decision Made", detail | more)

    def marks(self, config: str = "churn-40") -> dict[str, Any]:
        return self._event("Config Marked", {"target": str(CHURN), "config": config, "good": True, "by": "mallory"})

    def silences(self, minutes: int = 60) -> dict[str, Any]:
        now = self.ring.now
        silence = {
            "id": "s-1", "matchers": ['endpoint="churn-prod"'], "starts_at": now.isoformat(), "author": "mallory",
            "ends_at": (now + timedelta(minutes=minutes)).isoformat(), "comment": "upgrade",
        }  # fmt: skip
        return self._event("Silence Changed", {"silence": silence})

    def says(self, event: dict[str, Any], arn: str | None = None) -> OperatorDecisionResult:
        """Let somebody say it, signed as this ARN if there is one."""
        proof = {} if arn is None else {"proof": {"arn": arn, "signed": str(Statement.saying(event))}}
        return self.people.hear(event | proof)

    def incident(self) -> Any:
        return self.ring.ledger.incidents[self.incident_id]

    def marked(self) -> Any:
        return self.ring.ledger.load(CHURN, ChangeKind.ENDPOINT)[0].deployments.marks

    def _event(self, kind: str, detail: dict[str, Any]) -> dict[str, Any]:
        self._said += 1
        said = {"id": f"said-{self._said}", "at": self.ring.now.isoformat(), **detail}
        return {"source": "kedge", "detail-type": kind, "detail": said}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_proven_person_is_named_by_aws_whatever_name_the_event_has(desk: Desk):
    heard = desk.says(desk.decides(OperatorAction.ACKNOWLEDGE), ANA)
    assert heard.outcome is not None
    assert (desk.incident().state, desk.incident().by) == (IncidentState.ACKNOWLEDGED, "assumed-role/OnCall/ana")
    entry = desk.ring.ledger.story(desk.incident_id).entries[-1]
    assert entry.by == ANA


@pytest.mark.parametrize("act", [OperatorAction.ACKNOWLEDGE, OperatorAction.MITIGATE, OperatorAction.NOTE])
def test_what_hides_nothing_from_others_counts_without_proof_and_is_shown_as_not_proven(
    desk: Desk, act: OperatorAction
):
    heard = desk.says(desk.decides(act))
    assert heard.outcome is not None
    entry = desk.ring.ledger.story(desk.incident_id).entries[-1]
    assert entry.by == "mallory (not proven)"
    assert entry.because.startswith("mallory (not proven)")
    assert (desk.incident().by or "mallory (not proven)") == "mallory (not proven)"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (lambda desk: desk.decides(OperatorAction.RESOLVE), "a resolution ends an incident"),
        (Desk.marks, "a mark chooses the target of a roll-back"),
        (Desk.silences, "a silence hides messages"),
        (lambda desk: desk.silences(0), "a silence hides messages"),
    ],
    ids=["a resolution", "a mark", "a silence", "the end of a silence"],
)
def test_what_hides_something_or_chooses_a_config_counts_only_with_proof(desk: Desk, said: Any, why: str):
    heard = desk.says(said(desk))
    assert heard.outcome is None
    assert heard.refused.startswith(f"{why}, so it does not count without proof of who asks")
    assert "use the command line `kedge`" in heard.refused
    assert desk.incident().state is IncidentState.FIRING
    assert (desk.marked(), desk.ring.ledger.silences) == ((), {})
    assert desk.says(said(desk), ANA).outcome is not None


def test_what_a_proven_person_says_is_stored_as_proven(desk: Desk):
    desk.says(desk.marks(), ANA)
    desk.says(desk.silences(), BEN)
    (mark,), (silence,) = desk.marked(), desk.ring.ledger.silences.values()
    assert (mark.by, mark.proven) == (ANA, True)
    assert (silence.author, silence.proven) == (BEN, True)


def test_a_signature_under_another_event_proves_nothing(desk: Desk):
    acked = desk.decides(OperatorAction.ACKNOWLEDGE)
    stolen = {"proof": {"arn": ANA, "signed": str(Statement.saying(acked))}}
    heard = desk.people.hear(desk.marks("mallorys-config") | stolen)
    assert heard.outcome is None
    assert "403 SignatureDoesNotMatch" in heard.refused
    assert desk.marked() == ()


@pytest.mark.parametrize("proof", ["signed", [], 7, {}], ids=repr)
def test_a_proof_of_another_form_is_no_proof_and_keeps_nobody_from_acknowledging(desk: Desk, proof: object):
    desk.sts.failing = Permanent("the proof cannot be read")
    heard = desk.people.hear(desk.decides(OperatorAction.ACKNOWLEDGE) | {"proof": proof})
    assert (heard.outcome is None, heard.signal.proven) == (False, False)
    assert heard.unproven


def test_an_engineer_can_acknowledge_while_sts_cannot_be_reached(desk: Desk):
    desk.sts.failing = Transient("STS did not answer")
    heard = desk.says(desk.decides(OperatorAction.ACKNOWLEDGE), ANA)
    assert heard.unproven == "STS did not answer"
    assert desk.incident().by == "mallory (not proven)"


def test_what_needs_a_proof_is_tried_again_while_sts_cannot_be_reached(desk: Desk):
    desk.sts.failing = Transient("STS did not answer")
    with pytest.raises(Transient):
        desk.says(desk.silences(), ANA)
    assert desk.ring.ledger.silences == {}


def test_the_same_said_twice_changes_nothing(desk: Desk):
    said = desk.decides(OperatorAction.NOTE)
    desk.says(said, ANA)
    before = len(desk.ring.ledger.story(desk.incident_id).entries)
    desk.says(said, ANA)
    assert len(desk.ring.ledger.story(desk.incident_id).entries) == before


def test_what_is_signed_says_when_so_that_a_repetition_brings_nothing_back(desk: Desk):
    timeless = desk.silences()
    del timeless["detail"]["at"]
    with pytest.raises(MalformedSignal, match=r"\$\.detail\.at: must hold the time"):
        desk.says(timeless, ANA)
    first = desk.silences()
    desk.says(first, ANA)
    desk.ring.wait(10)
    desk.says(desk.silences(0), ANA)
    desk.ring.wait(10)
    desk.says(first, ANA)
    (silence,) = desk.ring.ledger.silences.values()
    assert not silence.holds(desk.ring.now)


@pytest.mark.parametrize("event", [None, [], "text", {"source": "aws.sagemaker", "detail-type": "x", "detail": {}}])
def test_what_no_person_says_is_malformed(desk: Desk, event: object):
    with pytest.raises(MalformedSignal):
        desk.people.hear(event)


def test_what_nests_too_deep_is_malformed_with_and_without_a_proof(desk: Desk):
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    event = desk.decides(OperatorAction.NOTE) | {"more": deep}
    for proof in ({}, {"proof": {"arn": ANA, "signed": "x"}}):
        with pytest.raises(MalformedSignal):
            desk.people.hear(event | proof)


@pytest.mark.parametrize(
    "more",
    [{"\ud800": 1}, {"proof": {"\ud800": 1}}, {"proof": {"date": "\ud800"}}, {"detail": {"\ud800": "\ud800"}}],
    ids=ascii,
)
def test_what_the_door_answers_can_be_written_whatever_it_was_told(desk: Desk, more: dict[str, object]):
    desk.sts.failing = Permanent("the proof cannot be read")
    answer = PeopleFunction(desk.people).event(desk.decides(OperatorAction.NOTE) | more)
    assert answer["outcome"] == "malformed"
    assert json.dumps(answer, ensure_ascii=False).encode()
