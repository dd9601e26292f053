"""A detector that the operator named vouches for its own calls; every other call is taken, and nobody vouches for it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from kedge.domain.effect import ChannelName
from kedge.domain.errors import KedgeError, Permanent, Transient
from kedge.domain.provenance import EntryPoint, Voucher
from kedge.domain.signal import RunFinished
from kedge.domain.statement import Statement
from kedge.lambdas.detectors import Detectors
from kedge.lambdas.intake import IntakeFunction
from kedge.lambdas.observability import metrics
from kedge.policy.compiled import default_policy
from kedge.services.intake import Intake, IntakeOutcome
from tests.fakes.reading import FakeHeartbeats, FakeReceipts, FakeRedelivery
from tests.support import samples
from tests.support.ring import Ring
from tests.unit.sources.world import World

NAMED = "arn:aws:iam::111122223333:role/jobs/DriftJob"
DRIFT_JOB = "arn:aws:sts::111122223333:assumed-role/DriftJob/run-7"
STRANGER = "arn:aws:sts::111122223333:assumed-role/Stranger/DriftJob"


class Sts:
    """AWS, which knows the signature of a call; or fails."""

    failing: KedgeError | None = None
    asked = 0

    def vouched_for(self, proof: Mapping[str, object], statement: Statement) -> str:
        self.asked += 1
        if self.failing is not None:
            raise self.failing
        if proof["signed"] != str(statement):
            raise Permanent("STS does not confirm the proof: 403 SignatureDoesNotMatch")
        return str(proof["arn"])


class Front:
    """The function of intake, and what came in by it."""

    def __init__(self) -> None:
        self.ring, self.sts, self.taken = Ring(), Sts(), []
        reader = World().reader
        intake = Intake(reader, self.ring.ledger, default_policy, (ChannelName.MAIL,), "test", self.ring.clock)
        take_in = intake.take_in

        def seen(*given: Any) -> tuple[IntakeOutcome, ...]:
            outcomes = take_in(*given)
            self.taken += [outcome.signal for outcome in outcomes]
            return outcomes

        intake.take_in = seen  # type: ignore[method-assign]
        detectors = Detectors(self.sts, (NAMED,))
        self.function = IntakeFunction(
            intake,
            self.ring.dead_letters,
            FakeReceipts(),
            self.ring.clock,
            detectors,
            FakeRedelivery(),
            FakeHeartbeats(),
        )

    def call(self, call: dict[str, Any], arn: str | None = None) -> tuple[dict[str, Any], RunFinished]:
        proof = {} if arn is None else {"proof": {"arn": arn, "signed": str(Statement.saying(call))}}
        answer = self.function.event(call | proof)
        return json.loads(json.dumps(answer)), self.taken[-1]


@pytest.fixture
def front() -> Iterator[Front]:
    yield Front()
    metrics.clear_metrics()  # the handler writes them; here nobody does


def inline() -> dict[str, Any]:
    found: dict[str, Any] = samples.event("direct.violations.inline")
    return found


def test_a_named_detector_vouches_for_what_its_call_holds(front: Front):
    answer, run = front.call(inline(), DRIFT_JOB)
    assert (run.provenance.voucher, run.provenance.says) == (Voucher.DETECTOR, "detector role DriftJob")
    assert answer["proof"] == {"believed": True, "says": "detector role DriftJob"}
    assert answer["outcomes"][0]["verdict"] == "violated"


def test_a_call_without_proof_is_taken_and_nobody_vouches_for_it(front: Front):
    answer, run = front.call(inline())
    assert (run.provenance.voucher, run.provenance.says) == (Voucher.NOBODY, "a detector's call")
    assert "proof" not in answer
    assert front.sts.asked == 0


@pytest.mark.parametrize(
    ("failing", "arn", "why"),
    [
        (None, STRANGER, f"{STRANGER} is not among the DetectorPrincipals"),
        (Permanent("the proof was made 90 s ago"), DRIFT_JOB, "the proof was made 90 s ago"),
        (Transient("STS did not answer"), DRIFT_JOB, "STS did not answer"),
    ],
)
def test_a_proof_that_does_not_count_keeps_no_call_out_and_gives_it_no_weight(
    front: Front, failing: KedgeError | None, arn: str, why: str
):
    front.sts.failing = failing
    answer, run = front.call(inline(), arn)
    assert run.provenance.voucher is Voucher.NOBODY
    assert answer["proof"]["believed"] is False
    assert why in answer["proof"]["says"]
    assert answer["outcomes"][0]["reason"] == "first_seen"


def test_a_proof_of_one_call_is_no_proof_of_another(front: Front):
    call = inline()
    proof = {"arn": DRIFT_JOB, "signed": str(Statement.saying(call))}
    answer = front.function.event(call | {"endpointName": "fraud-prod", "proof": proof})
    assert "403 SignatureDoesNotMatch" in answer["proof"]["says"]
    assert front.taken[-1].provenance.voucher is Voucher.NOBODY


@pytest.mark.parametrize("proof", ["signed", 7, []], ids=repr)
def test_a_proof_of_another_form_keeps_no_call_out(front: Front, proof: object):
    answer = front.function.event(inline() | {"proof": proof})
    assert "must be an object" in answer["proof"]["says"]
    assert front.taken[-1].provenance.voucher is Voucher.NOBODY


def test_a_detector_does_not_vouch_for_a_file_that_its_call_points_at(front: Front):
    _, run = front.call(samples.event("direct.violations"), DRIFT_JOB)
    assert run.provenance.voucher is Voucher.NOBODY
    assert run.provenance.says == "a file that detector role DriftJob points at"


def test_the_proof_of_a_detector_gives_no_weight_to_an_alarm(front: Front):
    _, alarm = front.call(samples.event("sns.alarm.minimal"), DRIFT_JOB)
    assert alarm.provenance.voucher is Voucher.NOBODY


def test_a_message_of_the_queue_has_no_detector_whatever_it_holds(front: Front):
    call = inline()
    signed = call | {"proof": {"arn": DRIFT_JOB, "signed": str(Statement.saying(call))}}
    (outcome,) = front.function._take_in(json.dumps(signed), front.ring.now, EntryPoint.DIRECT, lambda: True)
    assert isinstance(outcome.signal, RunFinished)
    assert outcome.signal.provenance.voucher is Voucher.NOBODY
    assert front.sts.asked == 0
