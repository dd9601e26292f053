"""What an endpoint ran, and when: out of events that come late, twice, in any order or never, and out of looks."""

from datetime import datetime, timedelta
from itertools import permutations

from kedge.decide.deployment_ledger import EVER, Told, record_signal
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.deployment import DeploymentOrigin, Deployments, RunTally
from kedge.domain.signal import ConfigMarked, DeploymentChanged, EndpointChanged, EndpointRead
from tests.support.stories import BY_EVENT, BY_SAGEMAKER, CHURN, DAY, hour


def in_service(at: str, config: str) -> EndpointChanged:
    return EndpointChanged(
        id=f"e/{at}/{config}", at=hour(at), target=CHURN, status="InService", config=config, provenance=BY_EVENT
    )


def coming(at: str, config: str, pending: str | None) -> DeploymentChanged:
    status = "Updating" if pending else "InService"
    return DeploymentChanged(
        id=f"d/{at}/{config}/{pending}",
        at=hour(at),
        target=CHURN,
        status=status,
        config=config,
        pending=pending,
        provenance=BY_EVENT,
    )


def look(at: str, config: str, made: datetime | None = None, status: str = "InService") -> EndpointRead:
    return EndpointRead(
        id=f"r/{at}", at=hour(at), target=CHURN, status=status, config=config, made=made, provenance=BY_SAGEMAKER
    )


def ledger(*signals: Told, runs: tuple[CaseState, ...] = (), action: str | None = None) -> Deployments:
    known = Deployments()
    for signal in signals:
        known = record_signal(known, signal, signal.at, runs, action)
    return known


def configs(known: Deployments) -> list[str]:
    return [each.config for each in known.history]


def test_a_deployment_is_known_by_what_ran_before_it_and_when_it_came():
    known = ledger(
        in_service("08:00", "churn-40"), coming("10:00", "churn-40", "churn-41"), in_service("10:10", "churn-41")
    )
    assert configs(known) == ["churn-40", "churn-41"]
    assert known.history[0].until == known.history[1].since == hour("10:10")
    assert known.history[1].arrival is DeploymentOrigin.DEPLOYED
    assert known.coming is None


def test_while_it_is_coming_the_old_one_serves():
    known = ledger(in_service("08:00", "churn-40"), coming("10:00", "churn-40", "churn-41"))
    assert configs(known) == ["churn-40"]
    assert known.coming is not None
    assert known.coming.config == "churn-41"


def test_what_sagemaker_took_back_never_served():
    known = ledger(
        in_service("08:00", "churn-40"), coming("10:00", "churn-40", "churn-41"), in_service("10:20", "churn-40")
    )
    assert configs(known) == ["churn-40"]
    assert known.coming is None


def test_a_deployment_that_tells_of_each_of_its_phases_was_not_taken_back():
    phases = (coming(at, "churn-40", "churn-41") for at in ("10:00", "10:03", "10:06"))
    known = ledger(in_service("08:00", "churn-40"), *phases, in_service("10:10", "churn-41"))
    assert known.undone == ()
    assert known.current.began == hour("10:00")


def test_in_whatever_order_they_come_the_same_is_known():
    signals = (coming("10:00", "churn-40", "churn-41"), in_service("10:10", "churn-41"), look("10:30", "churn-41"))
    for order in permutations(signals):
        known = ledger(*order)
        assert configs(known) == ["churn-40", "churn-41"], order
        assert known.coming is None


def test_told_twice_is_told_once():
    signals = (in_service("08:00", "a"), coming("10:00", "a", "b"), in_service("10:10", "b"))
    assert ledger(*signals, *signals) == ledger(*signals)


def test_a_deployment_whose_events_were_lost_is_found_by_looking():
    made = hour("09:50")
    known = ledger(in_service("08:00", "churn-40"), look("12:00", "churn-41", made))
    assert configs(known) == ["churn-40", "churn-41"]
    assert known.history[1].since == made


def test_an_older_config_that_came_back_unseen_did_not_come_when_it_was_made():
    known = ledger(
        in_service("08:00", "churn-40"), in_service("10:00", "churn-41"), look("12:00", "churn-40", hour("01:00"))
    )
    assert configs(known) == ["churn-40", "churn-41", "churn-40"]
    assert known.history[2].since == hour("12:00")


def test_an_endpoint_seen_for_the_first_time_serves_since_its_config_was_made():
    assert ledger(look("12:00", "churn-41", hour("03:00"))).history[0].since == hour("03:00")
    assert ledger(look("12:00", "churn-41")).history[0].since == EVER


def test_when_a_config_ends_its_runs_are_counted():
    last = SourceState(id="r", at=hour("10:00"), finished=hour("10:12"), history="gggv", apart="1o,1o,1o", span=60)
    known = ledger(
        in_service("05:00", "churn-39"),
        in_service("06:00", "churn-40"),
        in_service("10:10", "churn-41"),
        runs=(CaseState(), CaseState(sources={"churn-mq": last})),
    )
    assert known.history[1].runs == {"churn-mq": RunTally(clean=3, bad=1, last="v")}


def test_what_kedge_brought_is_known_as_its_own_and_what_it_took_away_is_remembered():
    known = ledger(in_service("08:00", "churn-40"), in_service("10:00", "churn-41"))
    known = record_signal(known, in_service("11:00", "churn-40"), hour("11:00"), (), "digest")
    assert known.history[-1].arrival is DeploymentOrigin.REMEDY
    assert known.away_from == ("churn-41",)


def test_the_newest_word_on_a_config_counts():
    def word(at: str, *, good: bool | None) -> ConfigMarked:
        return ConfigMarked(id=at, at=hour(at), target=CHURN, config="churn-40", good=good, by="oncall")

    assert [mark.good for mark in ledger(word("09:00", good=True), word("10:00", good=False)).marks] == [False]
    assert [mark.good for mark in ledger(word("10:00", good=False), word("09:00", good=True)).marks] == [False]
    assert ledger(word("09:00", good=True), word("10:00", good=None)).marks == ()


def test_only_so_many_deployments_are_remembered():
    known = Deployments()
    for number in range(200):
        at = DAY + timedelta(minutes=number)
        signal = EndpointChanged(
            id=str(number), at=at, target=CHURN, status="InService", config=f"c-{number}", provenance=BY_EVENT
        )
        known = record_signal(known, signal, at, (), None)
    assert len(known.history) == 50
    assert known.current is not None
    assert known.current.config == "c-199"
