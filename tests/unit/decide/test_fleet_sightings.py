"""What a fleet remembers of its targets: enough to see what many have in common, and no more than its item has room for."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from kedge.decide.fleet import any_is_confirmed, enough, fleet_of, many, recently, seen, targets_of
from kedge.domain.signal import FeaturesDrifted
from kedge.policy.compiled import Upstream
from tests.support.stories import BY_NOBODY, BY_SAGEMAKER, CHURN, DAY

RULE = Upstream(3, timedelta(hours=2))


def sighting(number, *features, minutes=0, provenance=BY_SAGEMAKER):
    return FeaturesDrifted(
        id=f"{number}",
        at=DAY + timedelta(minutes=minutes),
        target=fleet_of(CHURN),
        member=replace(CHURN, name=f"model-{number}"),
        features=features,
        provenance=provenance,
    )


def after(sightings, *signals, rule=RULE):
    for signal in signals:
        sightings = seen(sightings, signal, signal.at, rule)
    return sightings


def test_once_enough_targets_have_shown_a_feature_the_next_changes_nothing():
    full = after({}, *(sighting(number, "age") for number in range(enough(RULE))))
    assert after(full, sighting("next", "age")) is full
    assert len(full["age"]) == enough(RULE)


def test_what_was_seen_long_ago_gives_way_to_what_is_seen_now():
    full = after({}, *(sighting(number, "age", minutes=number) for number in range(enough(RULE))))
    later = after(full, sighting("next", "age", minutes=60))
    assert len(later["age"]) == enough(RULE)
    assert min(full["age"].values()) not in later["age"].values()


def test_a_target_that_recovers_makes_room_for_one_that_did_not():
    full = after({}, *(sighting(number, "age") for number in range(enough(RULE))))
    fewer = after(full, sighting(0))
    assert len(fewer["age"]) == enough(RULE) - 1
    assert len(after(fewer, sighting("next", "age"))["age"]) == enough(RULE)


def test_what_is_only_said_takes_no_place_of_what_is_confirmed():
    said = after({}, *(sighting(number, "age", provenance=BY_NOBODY) for number in range(enough(RULE))))
    both = after(said, *(sighting(number, "age") for number in range(enough(RULE))))
    assert len(both["age"]) == 2 * enough(RULE)
    assert many(said, 3, confirmed=True) == ()
    assert many(said, 3, confirmed=False) == many(both, 3, confirmed=True) == ("age",)


def test_a_feature_that_one_in_ten_shares_stays_beside_thousands_that_none_do():
    known = {}
    for number in range(600):
        shared = ("age",) if number % 10 == 0 else ()
        known = after(known, sighting(number, *(f"model-{number}-feature-{each}" for each in range(20)), *shared))
    assert len(msgspec.json.encode(known)) < 70_000
    assert many(known, 3, confirmed=True) == ("age",)


def test_the_oldest_goes_first():
    known = {}
    for number in range(600):
        features = tuple(f"model-{number}-feature-{each}" for each in range(20))
        known = after(known, sighting(number, *features, minutes=number // 10))
    oldest = min(minute for members in known.values() for minute in members.values())
    assert oldest > int(DAY.timestamp()) // 60 + 30
    assert "model-599-feature-0" in known


@pytest.mark.parametrize("targets", [2, 3, 100, 300, 2_000])
def test_as_many_targets_are_remembered_as_a_policy_asks_for(targets):
    rule = Upstream(targets, timedelta(hours=2))
    known = after({}, *(sighting(number, "age") for number in range(targets)), rule=rule)
    assert many(known, targets, confirmed=True) == ("age",)


def test_what_is_too_old_is_forgotten_and_what_is_not_stays_the_same_object():
    known = after({}, sighting(0, "age"), sighting(1, "age", minutes=90))
    assert recently(known, DAY - timedelta(minutes=1)) is known
    assert len(recently(known, DAY)["age"]) == 1


@pytest.mark.parametrize(("minutes", "is_written"), [(0, False), (29, False), (30, False), (31, True), (119, True)])
def test_a_target_that_was_seen_within_a_quarter_of_the_time_that_counts_is_not_written_again(minutes, *, is_written):
    known = after({}, sighting(0, "age"))
    again = after(known, sighting(0, "age", minutes=minutes))
    assert (again is known) is not is_written
    assert again["age"] == (after({}, sighting(0, "age", minutes=minutes)) if is_written else known)["age"]


@pytest.mark.parametrize("minutes", [119, 120, 121, 1_500])
@pytest.mark.parametrize("again", ["age", "income"])
def test_what_was_seen_longer_ago_than_counts_is_forgotten_when_anything_is_seen(minutes, again):
    known = after({}, sighting(0, "age"), sighting(1, "income"), sighting(2, again, minutes=minutes))
    targets = {feature: targets_of(members) for feature, members in known.items()}
    kept = minutes < 120
    assert targets == {again: 1 + kept, **({"age": 1, "income": 1, again: 2} if kept else {})}


WITNESSES = {"confirmed": BY_SAGEMAKER, "said": BY_NOBODY}


@pytest.mark.parametrize("confirmed", [0, 1, 2, 3])
@pytest.mark.parametrize("said", [0, 1, 2, 3])
@pytest.mark.parametrize("both", [0, 1, 2])
def test_a_target_of_which_it_is_said_and_confirmed_is_one_target(confirmed, said, both):
    known, names = {}, iter(range(10))
    for ways, number in ((["confirmed"], confirmed), (["said"], said), (["confirmed", "said"], both)):
        for name in [next(names) for _ in range(number)]:
            known = after(known, *(sighting(name, "age", provenance=WITNESSES[way]) for way in ways))
    assert targets_of(known.get("age", {})) == confirmed + said + both
    assert (many(known, 3, confirmed=True) == ("age",)) is (confirmed + both >= 3)
    assert (many(known, 3, confirmed=False) == ("age",)) is (confirmed + said + both >= 3)
    assert any_is_confirmed(known) is (confirmed + both > 0)


@pytest.mark.parametrize(("targets", "number"), [(1, 32), (16, 32), (17, 34), (250, 500), (300, 500), (501, 501)])
def test_twice_as_many_targets_are_remembered_as_make_an_incident_within_bounds(targets, number):
    assert enough(Upstream(targets, timedelta(hours=2))) == number
