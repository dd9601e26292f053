"""However people answer, in whatever order and under whatever names: nothing is approved that should not be."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.action import Answer, Stage, Vote
from kedge.policy.approvals import Outcome, judge
from tests.remedial import action, at

# Each person under each name that a door may give.
PEOPLE = {
    "ana": ("ana", "Ana ", "arn:aws:iam::111122223333:user/ana", "arn:aws:iam::111122223333:user/team/ana"),
    "backup": ("backup", "arn:aws:sts::111122223333:assumed-role/Operator/backup", "Operator/backup"),
    "cleo": ("cleo", "arn:aws:sts::111122223333:assumed-role/Operator/cleo", "Operator/cleo"),
}
WHO = {name.strip(): person for person, names in PEOPLE.items() for name in names}

names = st.sampled_from([name for every in PEOPLE.values() for name in every])
times = st.integers(-60, 400).map(lambda minutes: at("10:00") + timedelta(minutes=minutes))
DIGEST = action().digest
votes = st.tuples(
    st.builds(
        Vote,
        by=names,
        answer=st.sampled_from([Answer.APPROVE, Answer.APPROVE, Answer.REJECT]),
        reason=st.sampled_from(["", "no"]),
        at=times,
        proven=st.booleans(),
    ),
    st.sampled_from([DIGEST, DIGEST, DIGEST, "0" * 64, DIGEST.upper(), ""]),
    times,
)


@given(names, st.integers(1, 3), st.booleans(), st.lists(votes, max_size=8))
def test_what_is_approved_was_approved_by_enough_others_in_time_and_exactly(requested_by, required, proof, answers):
    now = action(requested_by=requested_by, required=required, proof=proof)
    for vote, digest, moment in answers:
        judged = judge(now, vote, digest, moment)
        before, now = now, judged.action
        if now is before:
            continue
        assert digest == DIGEST
        assert moment < before.expires
        assert before.stage is Stage.ASKED
        assert vote.proven or not proof
        assert now.votes[-1].at <= moment
        if vote.answer is Answer.REJECT:
            assert vote.reason
            assert judged.outcome is Outcome.REJECTED
    if now.stage is Stage.APPROVED:
        yes = {WHO[each.by] for each in now.votes}
        assert all(each.answer is Answer.APPROVE for each in now.votes)
        assert len(yes) == len(now.votes) == required
        assert WHO[requested_by.strip()] not in yes


@given(names, st.lists(votes, max_size=8), st.data())
def test_answers_that_come_twice_change_nothing(requested_by, answers, data):
    once = twice = action(requested_by=requested_by, required=2)
    for vote, digest, moment in answers:
        once = judge(once, vote, digest, moment).action
        twice = judge(twice, vote, digest, moment).action
        if data.draw(st.booleans()):
            twice = judge(twice, vote, digest, moment).action
    assert once == twice


@given(votes, st.sampled_from(sorted(set(Stage) - {Stage.ASKED})))
def test_nothing_moves_what_is_not_asked(answer, stage):
    vote, digest, moment = answer
    before = action(stage=stage)
    assert judge(before, vote, digest, moment).action == before
