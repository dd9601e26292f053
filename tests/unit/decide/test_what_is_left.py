"""Of several sources of an incident, what each shows counts until it is well, and not after that."""

from itertools import permutations

import msgspec
import pytest
from msgspec.structs import replace

from kedge.decide.incident_parts import grew, named, parts_of, shown_by_all, whole_of
from kedge.domain.finding import Check, Finding
from kedge.domain.incident import Incident, IncidentPart, SourceFindings
from kedge.domain.provenance import Provenance
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.policy.labels import labels_of
from kedge.policy.matchers import matchers
from tests.support.stories import BY_CLOUDWATCH, BY_NOBODY, Story, alarm, drift, hour, missing, run

ALARM, OK, VIOLATED, CLEAN = Verdict.ALARM, Verdict.OK, Verdict.VIOLATED, Verdict.CLEAN


def wrong(incident: Incident, label: str = "source") -> set[str]:
    """The values of a label among all that is wrong, by all that is said."""
    whole = whole_of(incident, labels_of(incident, ""), said=True)
    return {value for labels in whole for value in labels.get(label, ())}


@pytest.mark.parametrize("provenance", [BY_CLOUDWATCH, BY_NOBODY], ids=["confirmed", "said"])
@pytest.mark.parametrize("ends", list(permutations("abc", 2)), ids="".join)
def test_what_is_well_again_is_not_wrong_in_whatever_order_alarms_end(ends: tuple[str, ...], provenance: Provenance):
    story = Story()
    for minute, name in enumerate("abc"):
        story.tell(alarm(f"10:0{minute}", ALARM, name, provenance=provenance))
    left = set("abc")
    for minute, name in enumerate(ends):
        story.tell(alarm(f"10:3{minute}", OK, name, provenance=provenance))
        left -= {name}
        assert wrong(story.incident) == left
    story.tell(alarm("10:50", ALARM, "d", provenance=provenance))
    assert wrong(story.incident) == left | {"d"}


@pytest.mark.parametrize("confirms", [True, False])
@pytest.mark.parametrize("first", ["a", "b"])
def test_that_a_source_is_well_ends_what_was_only_said_of_it_if_it_is_confirmed(first: str, *, confirms: bool):
    signals = {"a": alarm("10:00", ALARM, "a"), "b": alarm("10:01", ALARM, "b", provenance=BY_NOBODY)}
    story = Story().tell(signals[first], *(each for name, each in signals.items() if name != first))
    story.tell(alarm("10:30", OK, "b", provenance=BY_CLOUDWATCH if confirms else BY_NOBODY))
    assert story.incident.is_open
    assert "a" in wrong(story.incident)
    assert not confirms or wrong(story.incident) == {"a"}


def thin(at: str, column: str, source: str) -> RunFinished:
    """A run on 212 records, by which only the schema is known."""
    return replace(run(at, VIOLATED, missing(column), source=source, records=212), id=f"{source}/{at}")


@pytest.mark.parametrize("between", [False, True])
def test_a_run_on_few_records_ends_nothing_that_only_a_run_on_more_can_end(*, between: bool):
    story = Story().tell(run("10:00", VIOLATED, drift("age"), source="one"))
    if between:
        story.tell(run("10:30", VIOLATED, drift("income"), source="two"))
    story.tell(thin("11:00", "plan", "one"))
    assert wrong(story.incident, "feature") == {"age", "plan", *(["income"] if between else [])}
    story.tell(run("12:00", VIOLATED, missing("plan"), source="one"))
    assert wrong(story.incident, "feature") == {"plan", *(["income"] if between else [])}


@pytest.mark.parametrize("clean", ["one", "two"])
def test_what_a_clean_run_ended_is_not_wrong_again_when_its_monitor_has_few_records(clean: str):
    story = Story().tell(run("10:00", VIOLATED, drift("age"), source="one"))
    story.tell(run("10:30", VIOLATED, drift("income"), source="two"), run("11:00", CLEAN, source=clean))
    rest = {"one": "income", "two": "age"}[clean]
    assert wrong(story.incident, "feature") == {rest}
    story.tell(thin("12:00", "plan", clean))
    assert wrong(story.incident, "feature") == {rest, "plan"}


def part_of_alarm(at: str, name: str, verdict: Verdict = ALARM) -> AlarmChanged:
    told = alarm(at, verdict, "fleet")
    return replace(told, id=f"{told.id}/{name}", contributor=name, attributes={"Service": name})


@pytest.mark.parametrize("order", list(permutations(["part", "other part", "whole", "fleet-2"], 3)), ids=", ".join)
def test_a_contributor_goes_by_the_name_of_its_alarm_and_an_alarm_of_a_longer_name_by_its_own(order: tuple[str, ...]):
    signals = {
        "part": part_of_alarm("10:00", "a"),
        "other part": part_of_alarm("10:00", "b"),
        "whole": alarm("10:00", ALARM, "fleet"),
        "fleet-2": alarm("10:00", ALARM, "fleet-2"),
    }
    story = Story().tell(*(signals[name] for name in order))
    names = {"fleet-2" if name == "fleet-2" else "fleet" for name in order}
    assert wrong(story.incident) - {"fleet-2"} == names - {"fleet-2"}
    assert ("fleet-2" in wrong(story.incident)) is ("fleet-2" in order)


OPENED = Story().tell(alarm("10:00", ALARM, "a")).incident
SHOWN = {name: SourceFindings(source=name, verdict=ALARM, cause=OPENED.cause) for name in "bcd"}


def also(names: str) -> Incident:
    return replace(OPENED, others={name: SHOWN[name] for name in names})


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        ("", "", False),
        ("", "b", True),
        ("b", "", False),
        ("b", "b", False),
        ("b", "c", True),
        ("bc", "b", False),
        ("bc", "cd", True),
        ("bc", "bcd", True),
        ("bcd", "b", False),
    ],
)
def test_an_incident_grew_if_anything_is_wrong_that_was_not(before: str, after: str, *, more: bool):
    assert grew(also(before), also(after)) is more


@pytest.mark.parametrize("eased", [True, False])
@pytest.mark.parametrize("others", ["", "b", "bc"])
def test_something_is_always_wrong_with_an_open_incident(others: str, *, eased: bool):
    shown = shown_by_all(replace(also(others), eased=eased), said=True)
    assert [each.source for each in shown] == [*([] if eased and others else ["a"]), *others]


def found_by(*findings: Finding, found: int, subjects: int, features: tuple[str, ...] = ()) -> list[IncidentPart]:
    opened = Story().tell(run("10:00", VIOLATED, drift("age"))).incident
    problem = msgspec.structs.replace(
        opened.problem, worst=findings, findings=found, subjects=subjects, checks={Check.DRIFT: found}
    )
    return [*parts_of(replace(opened, problem=problem, features=features))]


ROWS = Finding(check=Check.DRIFT, metric="rows", said="x")
REST = IncidentPart((Check.DRIFT,))


@pytest.mark.parametrize(
    ("worst", "found", "subjects", "features", "is_more"),
    [
        (drift("age"), 1, 1, ("age",), False),
        (drift("age"), 1, 1, (), False),
        (drift("age", "plan"), 2, 2, ("age",), False),
        (drift("age", "plan"), 2, 3, ("age",), True),
        ((ROWS,), 1, 1, (), False),
        ((ROWS,), 1, 2, (), True),
        ((ROWS,), 2, 1, (), True),
        ((*drift("age"), ROWS), 2, 2, ("age",), False),
        ((*drift("age"), ROWS), 2, 3, ("age",), True),
    ],
)
def test_what_is_counted_and_not_kept_is_a_part_that_no_name_covers(
    worst: tuple[Finding, ...], found: int, subjects: int, features: tuple[str, ...], *, is_more: bool
):
    parts = found_by(*worst, found=found, subjects=subjects, features=features)
    assert (REST in parts) is is_more
    assert len(parts) == len(worst) + is_more


@pytest.mark.parametrize("number", [1, 2, 3, 4, 20])
def test_of_what_matchers_leave_out_three_are_named_and_more_are_hinted_at(number: int):
    names = tuple(f"f{each}" for each in range(number))
    text = named({"feature": ("age", *names)}, matchers(['feature="age"']))
    assert text == f"feature {', '.join(names[:3])}{', …' if number > 3 else ''}"


def test_an_alarm_that_fires_again_is_wrong_again():
    story = Story().tell(alarm("10:00", ALARM, "a"), alarm("10:01", ALARM, "b"), alarm("10:20", OK, "b"))
    story.tell(alarm("10:40", ALARM, "b"), clock=lambda: hour("10:41"))
    assert wrong(story.incident) == {"a", "b"}
