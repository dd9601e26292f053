"""People decide: once each, on exactly one plan, and the workflow hears of it."""

import json
from datetime import timedelta

import msgspec
import pytest

from kedge.domain.action import Answer, StartWorkflow
from kedge.domain.errors import Conflict, MalformedSignal, Permanent, Transient
from kedge.domain.remedy import HoldReason, Mode
from kedge.domain.run import Verdict
from kedge.domain.stage import Stage
from kedge.lambdas.approve import ApproveFunction
from kedge.ports.actions import ActionCommit
from kedge.services.approval import ApprovalRequest, ballot_of, chat_ballot_of
from tests.support.remediation import GOOD, QUALITY, Affair, Vouching, policy_with
from tests.support.stories import run

TWO = {"approval": {"approvers": ("user/responder", "user/robin"), "required": 2}}
MINUTES = timedelta(minutes=5)


def asked(**limits):
    """A plan whose workflow waits for somebody."""
    affair = Affair(policy_with(Mode.APPROVAL, **limits))
    start = affair.trouble()
    affair.workflow_starter.run(start)
    affair.wait(MINUTES)
    assert affair.action(start.id).stage is Stage.ASKED
    return affair, start.id


def told(affair):
    return [name.partition("/")[2].partition("/")[2] for name in affair.heard]


def test_an_approval_lets_the_workflow_go_on():
    affair, digest = asked()
    decided = affair.vote(digest)
    assert (decided.outcome, decided.stage) == ("approved", Stage.APPROVED)
    affair.wait(MINUTES)
    assert affair.endpoint.calls == [GOOD]


def test_a_rejection_ends_it_and_gives_its_place_back():
    affair, digest = asked()
    assert affair.vote(digest, answer=Answer.REJECT, reason="we know already").outcome == "rejected"
    affair.wait(timedelta(hours=8))
    action = affair.action(digest)
    assert (action.stage, action.why) == (Stage.REJECTED, HoldReason.REJECTED)
    assert affair.endpoint.calls == []
    assert affair.ledger.register(action.plan.target).taken == ()
    assert affair.incident().remedy.stage is Stage.REJECTED


def test_the_same_answer_twice_changes_nothing_and_hands_on_what_the_first_could_not():
    affair, digest = asked()
    affair.breaks.fail_at(len(("load", "load", "keep")), error=lambda: Permanent("the function died"))
    with pytest.raises(Permanent):
        affair.vote(digest)
    affair.breaks.fail_at(None)
    assert affair.action(digest).stage is Stage.APPROVED
    assert "approved" not in told(affair)
    assert affair.vote(digest).outcome == "approved"
    assert "approved" in told(affair)
    affair.wait(MINUTES)
    assert affair.endpoint.calls == [GOOD]
    assert len(affair.action(digest).votes) == 1


def test_two_have_to_approve_where_the_policy_says_so_and_everybody_hears_of_the_first():
    affair, digest = asked(**TWO)
    assert affair.vote(digest).outcome == "waiting"
    assert affair.vote(digest).outcome == "waiting"
    assert "asked/1" in told(affair)
    affair.wait(MINUTES)
    assert affair.endpoint.calls == []
    assert affair.vote(digest, by="robin").outcome == "approved"
    affair.wait(MINUTES)
    assert affair.endpoint.calls == [GOOD]


def test_of_two_who_decide_at_once_both_count():
    affair, digest = asked(**TWO)
    keep, second = affair.actions.keep, []

    def meanwhile(step):
        if not second:
            second.append(True)
            affair.vote(digest, by="robin")
        keep(step)

    affair.actions.keep = meanwhile
    assert affair.vote(digest).outcome == "approved"
    assert [vote.by.rpartition("/")[2] for vote in affair.action(digest).votes] == ["robin", "responder"]


def test_where_everybody_decides_at_once_for_ever_nobody_is_told_that_it_counted():
    affair, digest = asked()
    affair.actions.keep = lambda _: (_ for _ in ()).throw(Conflict("somebody was first"))
    with pytest.raises(Conflict):
        affair.vote(digest)


@pytest.mark.parametrize("who", ["mallory", "kedge"])
def test_whose_answer_does_not_count_hears_why(who):
    affair, digest = asked()
    decided = affair.vote(digest, by=who)
    assert decided.outcome == "refused"
    assert decided.says
    assert affair.action(digest).votes == ()


def test_a_plan_that_nobody_made_cannot_be_approved():
    affair, _ = asked()
    assert affair.vote("0" * 64).outcome == "unknown"


def test_an_answer_that_comes_too_late_is_none():
    affair, digest = asked()
    affair.now += timedelta(hours=4)
    assert affair.vote(digest).outcome == "refused"


def test_at_half_time_people_are_reminded_and_in_the_end_silence_means_no():
    affair, digest = asked()
    affair.wait(timedelta(hours=2))
    assert told(affair).count("asked/reminder") == 1
    affair.wait(timedelta(hours=3))
    action = affair.action(digest)
    assert (action.stage, action.why) == (Stage.EXPIRED, HoldReason.EXPIRED)
    assert affair.incident().remedy.stage is Stage.EXPIRED
    (execution,) = affair.engine.executions.values()
    assert execution.ended == "SUCCEEDED"


def test_an_approval_after_the_reminder_is_in_time():
    affair, digest = asked()
    affair.wait(timedelta(hours=2, minutes=30))
    affair.vote(digest)
    affair.wait(MINUTES)
    assert affair.endpoint.calls == [GOOD]


@pytest.mark.parametrize("hours", [1, 3], ids=["before the reminder", "after it"])
def test_an_approval_of_which_the_workflow_was_not_told_is_found_by_the_step_that_comes_next(hours):
    affair, digest = asked()
    affair.wait(timedelta(hours=hours) - MINUTES)
    affair.actions.tokens.clear()
    affair.vote(digest)
    affair.wait(timedelta(minutes=1))
    assert affair.endpoint.calls == []
    affair.wait(timedelta(hours=3))
    assert affair.endpoint.calls == [GOOD]


def test_who_brings_a_proof_is_who_aws_says_whatever_he_calls_himself():
    affair, digest = asked(approval={"approvers": ("user/responder",)})
    ballot = ApprovalRequest(digest=digest, answer=Answer.APPROVE, by="responder")
    assert affair.approving.decide(ballot).outcome == "refused"
    ballot = ApprovalRequest(digest=digest, answer=Answer.APPROVE, by="robin", proof={"access_key": "responder"})
    assert affair.approving.decide(ballot).outcome == "approved"
    (vote,) = affair.action(digest).votes
    assert (vote.by, vote.proven) == ("arn:aws:iam::111122223333:user/responder", True)


def test_a_proof_that_proves_nothing_is_refused_with_its_reason():
    class Nobody:
        def vouched_for(self, *_: object) -> str:
            raise Permanent("the proof was made 300 s ago")

    affair, digest = asked()
    affair.approving._identity = Nobody()
    decided = affair.approving.decide(ApprovalRequest(digest=digest, answer=Answer.APPROVE, by="responder", proof={}))
    assert (decided.outcome, decided.says) == ("refused", "the proof was made 300 s ago")
    assert affair.action(digest).votes == ()


def test_an_answer_by_the_policy_at_the_question_alone_does_not_count():
    affair, digest = asked()
    affair.policy = policy_with(Mode.APPROVAL, approval={"approvers": ("user/robin",)})
    assert affair.vote(digest).outcome == "refused"
    affair.policy = policy_with(Mode.APPROVAL, approval=TWO["approval"])
    assert affair.vote(digest).outcome == "waiting"


def test_while_the_policy_in_force_cannot_be_read_no_answer_counts():
    affair, digest = asked()

    def unreadable():
        raise Transient("the table is throttled")

    affair.approving._policy = unreadable
    with pytest.raises(Transient):
        affair.vote(digest)
    assert affair.action(digest).votes == ()


def chat(affair, *, identity=None):
    """The function of the chat, whose buttons bring no proof."""
    affair.approving._identity = identity
    return ApproveFunction(affair.approving, chat_ballot_of)


def test_the_chat_approves_where_the_policy_names_it():
    affair, digest = asked(approval={"approvers": ("user/robin", "chat")})
    assert chat(affair).answer({"approve": digest})["outcome"] == "approved"
    (vote,) = affair.action(digest).votes
    assert (vote.by, vote.entry_point, vote.proven) == ("chat", "chat", False)
    affair.wait(MINUTES)
    assert affair.endpoint.calls == [GOOD]


def test_the_chat_does_not_count_where_the_policy_names_others():
    affair, digest = asked()
    assert chat(affair).answer({"approve": digest})["outcome"] == "refused"


def test_however_many_press_the_button_the_chat_counts_once():
    affair, digest = asked(approval={"approvers": ("user/robin", "chat"), "required": 2})
    function = chat(affair)
    assert [function.answer({"approve": digest})["outcome"] for _ in range(3)] == ["waiting"] * 3
    affair.approving._identity = Vouching()
    assert affair.vote(digest, by="robin").outcome == "approved"


def test_a_no_of_the_chat_needs_no_reason_since_a_button_has_no_room_for_one():
    affair, digest = asked(approval={"approvers": ("chat",)})
    assert chat(affair).answer({"reject": digest})["outcome"] == "rejected"
    assert affair.action(digest).votes[0].reason == "no reason was given in the chat"


@pytest.mark.parametrize("extra", [{"by": "ana"}, {"entry_point": "lambda"}, {"proof": {"access_key": "ana"}}])
def test_the_chat_s_door_takes_a_name_from_nobody(extra):
    affair, digest = asked()
    said = chat(affair, identity=Vouching()).answer({"approve": digest, **extra})
    assert (said["outcome"], said["field"]) == ("malformed", f"$.{next(iter(extra))}")


def test_the_other_door_is_never_the_chat():
    affair, digest = asked(approval={"approvers": ("chat",)})
    function = ApproveFunction(affair.approving)
    assert function.answer({"approve": digest, "by": "chat", "door": "chat"})["field"] == "$.door"
    assert function.answer({"approve": digest, "by": "chat"})["outcome"] == "refused"


def test_a_person_whose_mark_chose_the_config_does_not_approve_it_also_when_it_is_asked_anew():
    affair, digest = asked()
    held = affair.actions.load(digest)
    requested = msgspec.structs.replace(
        held.action, stage=Stage.EXPIRED, requesters=("user/responder",), requested_by="user/responder"
    )
    affair.actions.keep(ActionCommit(action=requested, version=held.version))
    anew = msgspec.structs.replace(requested, stage=Stage.PLANNED, made=affair.now, requesters=(), requested_by="kedge")
    affair.workflow_starter.run(StartWorkflow(id=digest, action=anew))
    affair.wait(MINUTES)
    assert affair.action(digest).requested_by == "user/responder"
    assert "who asks does not approve" in affair.vote(digest).says
    assert affair.vote(digest, by="robin").outcome == "approved"


def test_an_incident_that_ends_while_somebody_thinks_needs_no_remedy_any_more():
    affair, digest = asked()
    affair.take(run("09:30", Verdict.CLEAN, monitor=QUALITY, source="churn-mq"))
    affair.vote(digest)
    affair.wait(MINUTES)
    assert affair.endpoint.calls == []
    assert affair.action(digest).why is HoldReason.INCIDENT_OVER


HALF = "\ud800"


def _deep() -> object:
    deep: object = {}
    for _ in range(100_000):
        deep = [deep]
    return deep


DIGEST = "a" * 64
GIVEN = {"digest": DIGEST, "decision": "approve", "by": "responder"}


def test_a_door_takes_what_it_needs_and_nothing_else():
    assert ballot_of(GIVEN) == ApprovalRequest(
        digest=DIGEST, answer=Answer.APPROVE, by="responder", entry_point="lambda"
    )
    named = {"action": DIGEST, "decision": "reject", "by": "responder", "reason": "no"}
    assert ballot_of(named) == ApprovalRequest(digest=DIGEST, answer=Answer.REJECT, by="responder", reason="no")
    proven = {"digest": DIGEST, "decision": "approve", "proof": {"access_key": "A"}}
    assert ballot_of(proven).proof == {"access_key": "A"}


@pytest.mark.parametrize(
    ("event", "path", "mend"),
    [
        ("approve", "$", "must be an object"),
        ({}, "$.digest", "is missing"),
        (GIVEN | {"digest": DIGEST[:12]}, "$.digest", "all 64"),
        (GIVEN | {"digest": DIGEST.upper()}, "$.digest", "small letters"),
        (GIVEN | {"digest": 7}, "$.digest", "all 64"),
        (GIVEN | {"action": "b" * 64}, "$.action", "another plan"),
        (GIVEN | {"decision": "yes"}, "$.decision", "approve or reject"),
        (GIVEN | {"decision": None}, "$.decision", "is missing"),
        (GIVEN | {"decision": ["approve"]}, "$.decision", "approve or reject"),
        (GIVEN | {"by": "  "}, "$.by", "is missing"),
        (GIVEN | {"by": 7}, "$.by", "must be text"),
        (GIVEN | {"by": "d" * 1_100}, "$.by", "1024 are the most"),
        (GIVEN | {"by": "responder\nrobin"}, "$.by", "line break"),
        (GIVEN | {"proof": "secret"}, "$.proof", "kedge approval"),
        (GIVEN | {"aprove": True}, "$.aprove", "is not known"),
        (GIVEN | {"door": "chat"}, "$.door", "is not known"),
        (GIVEN | {HALF: 1}, "$.?", "is not known"),
        (GIVEN | {"proof": {HALF: 1}}, "$.proof", "half of a surrogate pair"),
        (GIVEN | {"proof": {"date": HALF}}, "$.proof", "half of a surrogate pair"),
        (GIVEN | {"by": f"ada{HALF}"}, "$.by", "half of a surrogate pair"),
        (GIVEN | {"digest": HALF}, "$.digest", "half of a surrogate pair"),
        ({"approve": DIGEST, "reason": HALF}, "$.reason", "half of a surrogate pair"),
        (GIVEN | {"proof": {"deep": _deep()}}, "$.proof", "nests too deep"),
    ],
)
def test_an_answer_that_is_not_clear_is_sent_back_with_its_field_and_the_mend(event, path, mend):
    with pytest.raises(MalformedSignal) as raised:
        ballot_of(event)
    assert raised.value.path == path
    assert mend in raised.value.why


@pytest.mark.parametrize(
    "event", [{HALF: 1}, {"proof": {HALF: HALF}}, {"approve": HALF}, {"reason": HALF}, HALF], ids=ascii
)
@pytest.mark.parametrize("read", [ballot_of, chat_ballot_of])
def test_what_a_door_answers_can_be_written_whatever_it_was_told(event, read):
    affair, digest = asked()
    function = ApproveFunction(affair.approving, read)
    told = {"digest": digest, "decision": "approve"} | event if isinstance(event, dict) else event
    answer = function.answer(told)
    assert answer["outcome"] == "malformed"
    assert json.dumps(answer, ensure_ascii=False).encode()


def test_the_door_says_what_came_of_an_answer_and_never_a_token():
    affair, digest = asked()
    function = ApproveFunction(affair.approving)
    assert function.answer({"digest": digest})["outcome"] == "malformed"
    answer = function.answer({"digest": digest, "decision": "approve", "proof": {"access_key": "responder"}})
    assert (answer["outcome"], answer["stage"]) == ("approved", "approved")
    assert answer["plan"]["doing"]["to_config"] == GOOD
    assert not any(token in str(answer) for token in affair.actions.tokens.values())
