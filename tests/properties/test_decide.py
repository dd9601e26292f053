"""The end of a story does not depend on the queue's order and repetitions."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.decision import Reason
from kedge.domain.effect import ChannelName
from kedge.domain.run import Verdict
from kedge.domain.signal import AnySignal, RunFinished
from kedge.ledger.outbox import outbox
from tests.support.stories import DAY, Story, drift, run

VERDICTS = st.sampled_from(
    [Verdict.CLEAN, Verdict.VIOLATED, Verdict.FAILED, Verdict.NO_DATA, Verdict.STOPPED, Verdict.INCONCLUSIVE]
)
TELLING = {Reason.FIRST_SEEN, Reason.SEVERITY_RAISED, Reason.CAUSE_CHANGED, Reason.MONITOR_FAULT, Reason.RESOLVED}
FIRING = {Reason.FIRST_SEEN, Reason.REOPENED, Reason.FLAPPING}
TELLING |= FIRING


def _run(index: int, verdict: Verdict, count: int) -> RunFinished:
    findings = drift(*(f"f{n}" for n in range(count))) if verdict is Verdict.VIOLATED else ()
    return run(f"{index:02d}:00", verdict, findings)


@st.composite
def days(draw: st.DrawFn) -> list[RunFinished]:
    """Return the runs of one day, hour by hour."""
    verdicts = draw(st.lists(VERDICTS, min_size=1, max_size=12))
    return [_run(index, verdict, draw(st.integers(1, 7))) for index, verdict in enumerate(verdicts)]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[RunFinished], list[RunFinished]]:
    """Return a day's runs, and a possible delivery of a queue: in any order, each of them once or more."""
    told = draw(days())
    repeated = [signal for signal in told for _ in range(draw(st.integers(1, 3)))]
    return told, draw(st.permutations(repeated))


def _ids(story: Story) -> list[str]:
    channels = (ChannelName.MAIL, ChannelName.PROGRAMS)
    return [effect.id for decision in story.decisions for effect in outbox(decision, channels, "test", DAY)]


@given(deliveries())
def test_nothing_is_told_twice(delivered: tuple[list[RunFinished], list[RunFinished]]):
    ids = _ids(Story().tell(*delivered[1]))
    assert [name for name, times in Counter(ids).items() if times > 1] == []


@given(deliveries())
def test_the_last_word_of_a_day_decides_whether_its_incident_is_open(
    delivered: tuple[list[RunFinished], list[RunFinished]],
):
    told, arrived = delivered
    last_word = next(
        (signal.verdict for signal in reversed(told) if signal.verdict is not Verdict.INCONCLUSIVE), Verdict.CLEAN
    )
    incident = Story().tell(*arrived).state.incident
    is_open = incident is not None and incident.is_open
    assert is_open is (last_word is not Verdict.CLEAN)


@given(days(), st.data())
def test_repetition_changes_nothing(told: list[RunFinished], data: st.DataObject):
    once = Story().tell(*told)
    repeated = [signal for signal in told for _ in range(data.draw(st.integers(1, 3)))]
    again = Story().tell(*repeated)
    assert again.state == once.state
    assert again.told == once.told


@given(days())
def test_resolved_is_told_only_after_firing_and_never_twice_in_a_row(told: list[RunFinished]):
    said = [reason in FIRING for reason in Story().tell(*told).told if reason in FIRING | {Reason.RESOLVED}]
    assert said[:1] in ([], [True])
    assert all(before is not after for before, after in pairwise(said))


@given(days())
def test_every_decision_that_tells_somebody_has_an_incident_and_every_bad_run_belongs_to_one(told: list[RunFinished]):
    for signal, decision in zip(told, Story().tell(*told).decisions, strict=True):
        if decision.effects:
            assert decision.incident is not None
            assert decision.reason in TELLING
        if signal.verdict in {Verdict.VIOLATED, Verdict.FAILED, Verdict.NO_DATA, Verdict.STOPPED}:
            assert decision.incident is not None


@given(st.permutations(range(4)), st.lists(st.booleans(), min_size=4, max_size=4), st.integers(1, 7))
def test_whichever_of_one_runs_signals_arrives_makes_the_same_incident(order: list[int], lost: list[bool], count: int):
    job = run("10:00", Verdict.VIOLATED, drift(*(f"f{n}" for n in range(count))))
    file = run("10:00", Verdict.VIOLATED, drift(*(f"f{n}" for n in range(count))), job=None)
    signals: list[AnySignal] = [job, job, file, file]
    arrived = [signals[index] for index in order if not lost[index]]
    story = Story().tell(*arrived)
    if not arrived:
        assert story.state.incident is None
        return
    whole = Story().tell(job).incident
    assert (story.incident.id, story.incident.cause, story.incident.severity) == (
        whole.id,
        whole.cause,
        whole.severity,
    )
    assert story.told == [Reason.FIRST_SEEN]
