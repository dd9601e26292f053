"""Approvals for all answers, orders, entry points and names: an invalid approval never counts."""

from collections.abc import Iterable
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from kedge.domain.action import Action, Answer, Vote
from kedge.domain.remedy import Sessions
from kedge.domain.stage import Stage
from kedge.policy.compiled import Limits, default_policy
from kedge.remediation.approval import ApprovalOutcome, judge, why_unapproved
from tests.support.remedies import action, at

IAM, STS = "arn:aws:iam::111122223333:", "arn:aws:sts::111122223333:"


class Voice(Struct, frozen=True, kw_only=True):
    """A way to answer.

    `fixed` is the approver that AWS proves, `owner` the user or role, and `names` the unproven names.
    """

    by: str
    proven: bool = True
    entry_point: str = "lambda"
    fixed: str = ""
    owner: str = ""
    names: frozenset[str] = frozenset()


def user(name: str) -> Voice:
    return Voice(by=f"{IAM}user/{name}", fixed=f"user/{name}", owner=name, names=frozenset({name}))


def session(role: str, name: str) -> Voice:
    by = f"{STS}assumed-role/{role}/{name}"
    return Voice(by=by, fixed=f"role/{role}", owner=role, names=frozenset({role}))


def said(name: str) -> Voice:
    return Voice(by=name, proven=False, names=frozenset({name}))


def federated(name: str) -> Voice:
    return Voice(by=f"{STS}federated-user/{name}", names=frozenset({name}))


CHAT = Voice(by="chat", proven=False, entry_point="chat")
VOICES = [
    *map(user, ("ana", "ben", "MlOnCall")),
    *(session(role, name) for role in ("MlOnCall", "MlLead") for name in ("ana", "cleo", "dora")),
    session("ana", "eve"),
    *map(federated, ("ana", "MlOnCall")),
    *map(said, ("ana", "Ben ", "MlOnCall", "chat", "kedge", f"{IAM}user/ana", "role/MlOnCall", "user/ana")),
    Voice(by=f"{IAM}root"),
    CHAT,
]
VOICE = {(voice.by.strip(), voice.entry_point, voice.proven): voice for voice in VOICES}
NAMED = ["user/ana", "user/ben", "role/MlOnCall", "role/MlLead", "chat", "ana", "Ben", "MlOnCall"]

voices = st.sampled_from(VOICES)
policies = st.builds(
    lambda approvers, required, proof, sessions: replace(
        default_policy().limits,
        approvers=tuple(approvers),
        required=required,
        proof=bool(approvers) if proof is None else proof,
        sessions=sessions,
    ),
    st.lists(st.sampled_from(NAMED), max_size=4, unique=True),
    st.integers(1, 3),
    st.sampled_from([None, None, True, False]),
    st.sampled_from(Sessions),
)
times = st.integers(-60, 400).map(lambda minutes: at("10:00") + timedelta(minutes=minutes))
DIGEST = action().digest
votes = st.tuples(
    st.builds(
        lambda voice, answer, reason, when: Vote(
            by=voice.by, answer=answer, reason=reason, at=when, entry_point=voice.entry_point, proven=voice.proven
        ),
        voices,
        st.sampled_from([Answer.APPROVE, Answer.APPROVE, Answer.APPROVE, Answer.REJECT]),
        st.sampled_from(["", "no"]),
        times,
    ),
    st.sampled_from([DIGEST, DIGEST, DIGEST, "0" * 64, DIGEST.upper(), ""]),
    times,
)
requesters = st.lists(voices.map(lambda voice: voice.by), max_size=1).map(tuple)


def asked(limits: Limits, people: tuple[str, ...] = ()) -> Action:
    return action(
        approvers=limits.approvers,
        required=limits.required,
        proof=limits.proof,
        sessions=limits.sessions,
        requesters=people,
    )


def is_proven(vote: Vote, limits: Limits) -> bool:
    """Return whether a vote is proven, by a separate table: AWS fixes the name, and the policy names it, or no approver."""
    voice = VOICE[vote.by.strip(), vote.entry_point, vote.proven]
    return bool(voice.fixed) and vote.proven and (not limits.approvers or voice.fixed in limits.approvers)


def may_answer(vote: Vote, limits: Limits) -> bool:
    voice = VOICE[vote.by.strip(), vote.entry_point, vote.proven]
    if is_proven(vote, limits):
        return True
    if vote.entry_point == "chat":
        return "chat" in limits.approvers if limits.approvers else not limits.proof
    names = {name.strip() for name in voice.names} & {"ana", "Ben", "MlOnCall"}
    return not limits.proof and (not limits.approvers or bool(names & set(limits.approvers)))


def persons(yes: Iterable[Vote], rules: tuple[Limits, ...]) -> int:
    """Return the maximum number of people behind these votes, as AWS knows them."""
    bound = all(each.sessions is Sessions.BOUND for each in rules)
    known, others = set(), False
    for vote in yes:
        voice = VOICE[vote.by.strip(), vote.entry_point, vote.proven]
        if all(is_proven(vote, each) for each in rules):
            known.add(vote.by if bound else (voice.fixed, voice.owner))
        else:
            others = True
    return len(known) + others


@given(policies, policies, requesters, st.lists(votes, max_size=10))
def test_what_is_approved_was_approved_by_enough_others_in_time_and_exactly(then, in_force, people, answers):
    now, rules = asked(then, people), (then, in_force)
    for vote, digest, moment in answers:
        judged = judge(now, vote, digest, moment, in_force)
        before, now = now, judged.action
        if now is before:
            continue
        assert digest == DIGEST
        assert moment < before.expires
        assert before.stage is Stage.ASKED
        assert now.votes[-1].at <= moment
        assert all(may_answer(now.votes[-1], each) for each in rules)
        if vote.answer is Answer.REJECT:
            assert vote.reason
            assert judged.outcome is ApprovalOutcome.REJECTED
    if now.stage is Stage.APPROVED:
        assert all(each.answer is Answer.APPROVE for each in now.votes)
        assert persons(now.votes, rules) >= max(each.required for each in rules)
        assert not {each.by for each in now.votes} & set(people)
        if people:
            assert all(is_proven(each, limits) for each in now.votes for limits in rules)


@given(policies, policies, st.lists(votes, max_size=10))
def test_what_is_done_was_approved_by_the_policy_in_force_then_whatever_the_votes_were_judged_by(then, later, answers):
    now = asked(then)
    for vote, digest, moment in answers:
        now = judge(now, vote, digest, moment, then).action
    if now.stage is Stage.APPROVED:
        assert why_unapproved(now, then) is None
        if why_unapproved(now, later) is None:
            yes = [each for each in now.votes if may_answer(each, later)]
            assert persons(yes, (then, later)) >= max(then.required, later.required)


# All votes of one person: an IAM user with one role under any session, who may federate under any name, and is in the
# channel.
ONE_PERSON = [user("ana"), *(session("MlOnCall", name) for name in ("ana", "x", "y")), federated("ben"), federated("z")]
ONE_PERSON += [*map(said, ("ana", "ben", "x", "y", f"{IAM}user/ben")), CHAT]


@given(
    st.sampled_from([("user/ana", "user/ben"), ("role/MlOnCall", "user/ben"), ("user/ben", "role/MlOnCall", "role/MlLead")]),
    st.lists(st.sampled_from(ONE_PERSON), max_size=12),
)  # fmt: skip
def test_one_person_with_one_approver_s_identity_is_never_two_by_whatever_sessions_names_and_doors(approvers, said_by):
    limits = replace(default_policy().limits, approvers=approvers, required=2, proof=True)
    now = asked(limits)
    for voice in said_by:
        vote = Vote(
            by=voice.by, answer=Answer.APPROVE, at=at("11:00"), entry_point=voice.entry_point, proven=voice.proven
        )
        now = judge(now, vote, DIGEST, at("11:00"), limits).action
    assert now.stage is Stage.ASKED


@given(policies, requesters, st.lists(votes, max_size=8), st.data())
def test_answers_that_come_twice_change_nothing(limits, people, answers, data):
    once = twice = asked(replace(limits, required=max(2, limits.required)), people)
    for vote, digest, moment in answers:
        once = judge(once, vote, digest, moment, limits).action
        twice = judge(twice, vote, digest, moment, limits).action
        if data.draw(st.booleans()):
            twice = judge(twice, vote, digest, moment, limits).action
    assert once == twice


@given(votes, policies, st.sampled_from(sorted(set(Stage) - {Stage.ASKED})))
def test_nothing_moves_what_is_not_asked(answer, limits, stage):
    vote, digest, moment = answer
    before = action(stage=stage)
    assert judge(before, vote, digest, moment, limits).action == before
