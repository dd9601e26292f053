"""What is confirmed of a source and what is only said of it: two histories, each with its own room and its own end."""

import msgspec
import pytest

from kedge.decide.evaluation import UNCONFIRMED, UNCONFIRMED_ROOM
from kedge.decide.fleet import sighting_of
from kedge.domain.context import Context
from kedge.domain.incident import IncidentState
from kedge.domain.provenance import OWN, Provenance
from kedge.domain.reason import Reason
from kedge.domain.run import Verdict
from kedge.policy.compiled import default_policy
from tests.support.stories import Story, drift, hour, run, upstream

CLEAN, VIOLATED = Verdict.CLEAN, Verdict.VIOLATED
A_FILE = Provenance(says="a file in s3://reports")


def said(at: str, verdict: Verdict, *features: str, source: str = "churn-dq", **more):
    one = run(at, verdict, drift(*features), job=None, provenance=A_FILE, source=source, **more)
    return msgspec.structs.replace(one, id=f"{source}/{one.id}")


@pytest.mark.parametrize("verdict", [VIOLATED, CLEAN, Verdict.FAILED])
def test_only_good_news_that_is_confirmed_answers_what_was_said_of_the_same_source(verdict):
    story = Story().tell(said("10:00", VIOLATED, "age"), said("10:00", VIOLATED, "age", source="other"))
    story.tell(run("11:00", verdict, drift("age") if verdict is VIOLATED else ()))
    assert ("churn-dq" in story.state.unconfirmed) is (verdict is not CLEAN)
    assert "other" in story.state.unconfirmed


def test_of_too_many_sources_that_are_only_said_the_newest_are_remembered():
    story = Story()
    for number in range(UNCONFIRMED + 20):
        one = said("10:00", CLEAN, source=f"stranger-{number}")
        story.tell(msgspec.structs.replace(one, id=str(number)))
    assert list(story.state.unconfirmed) == [f"stranger-{number}" for number in range(20, UNCONFIRMED + 20)]


@pytest.mark.parametrize("first", ["said", "confirmed"])
@pytest.mark.parametrize("then", ["said", "confirmed"])
@pytest.mark.parametrize("witness", ["confirmed", "said"])
def test_a_target_joins_what_is_upstream_with_its_first_confirmed_run_if_it_had_no_confirmed_incident_of_its_own(
    first, then, witness
):
    make = {"said": lambda at: said(at, VIOLATED, "age"), "confirmed": lambda at: run(at, VIOLATED, drift("age"))}
    story = Story().tell(make[first]("10:00"), clock=lambda: hour("10:15"))
    context = Context(upstream=upstream("age", provenance=OWN if witness == "confirmed" else A_FILE))
    story.tell(make[then]("11:00"), clock=lambda: hour("11:15"), context=context)
    joins = first == "said" and then == "confirmed" and witness == "confirmed"
    assert (story.incident.part_of == "upstream") is joins
    assert story.incident.state is IncidentState.FIRING


@pytest.mark.parametrize(
    ("at", "tells"), [("09:00", False), ("10:00", True), ("11:00", True)], ids=["older", "of the same hour", "newer"]
)
def test_a_run_tells_the_fleet_only_what_is_no_older_than_what_is_known_of_its_source(at, tells):
    state = Story().tell(run("10:00", CLEAN)).state
    late = msgspec.structs.replace(run(at, VIOLATED, drift("age")), id="another")
    assert (sighting_of(default_policy(), state, late, late.at) is not None) is tells


def test_a_run_that_is_too_late_opens_nothing():
    story = Story().tell(run("12:00", CLEAN), run("11:00", VIOLATED, drift("age")))
    assert story.reasons == [Reason.CLEAN, Reason.SUPERSEDED]


@pytest.mark.parametrize(
    "lengths", [(6_000,) * 20 + (10,) * 5, (10,) * 30 + (6_000,) * 11, (20_000, 10, 20_000, 10) * 3]
)
def test_of_sources_with_long_names_as_many_of_the_newest_are_remembered_as_there_is_room_for(lengths):
    story, names = Story(), [f"{number:02}".ljust(length, "x") for number, length in enumerate(lengths)]
    sizes = []
    for name in names:
        story.tell(said("10:00", CLEAN, source=name))
        sizes.append(len(msgspec.json.encode({name: story.state.unconfirmed[name]})))
    kept = list(story.state.unconfirmed)
    assert kept == names[len(names) - len(kept) :]
    assert sum(sizes[-len(kept) :]) <= UNCONFIRMED_ROOM
    assert len(kept) in (UNCONFIRMED, len(names)) or sum(sizes[-len(kept) - 1 :]) > UNCONFIRMED_ROOM
