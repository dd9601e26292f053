"""What a fleet remembers of its targets: enough to see what many have in common, and no more than its item has room for."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from kedge.domain.signal import FeaturesDrifted
from kedge.policy.correlation import fleet_of
from kedge.policy.rules import Upstream
from kedge.policy.sightings import enough, many, recently, seen
from tests.story import BY_NOBODY, BY_SAGEMAKER, CHURN, DAY

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
