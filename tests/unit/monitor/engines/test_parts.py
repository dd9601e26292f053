import itertools

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.batch import Column, Kind, Schema
from kedge_monitor.capture.labels import JoinReport
from kedge_monitor.capture.layout import Layout
from kedge_monitor.capture.read_report import MOST_PLACES, ReadReport
from kedge_monitor.capture.reader import CaptureSettings, first_lines, survey_capture
from kedge_monitor.engines.labelled import LabelledPart
from kedge_monitor.engines.parts import (
    PartUnreadable,
    encode_lines,
    encode_profiled,
    encode_quality_part,
    join_lines,
    join_profiled,
    join_quality_parts,
)
from kedge_monitor.engines.workers import profile_objects
from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.forms import ProblemType
from kedge_monitor.quality.state import QualityState
from tests.support.capture import as_json, request, side, source

SCHEMA = Schema(columns=(Column(name="a", kind=Kind.NUMBER), Column(name="b", kind=Kind.TEXT)))
LAYOUT = Layout(names=("a", "b"), schema=SCHEMA, outputs=(0,), inputs=(1,))
COLUMNS = QualityColumns(problem_type=ProblemType.BINARY, ground_truth_attribute="label", probability_attribute="score")


def objects():
    """Return 6 objects, in the order of their keys: CSV, and from the third on JSON with another column."""
    for number in range(6):
        given = side(f"x{number}") if number < 2 else as_json({"b": f"x{number}", "c": 1})
        yield source(
            *(request(side(f"{number}.5"), given) for _ in range(number + 1)),
            *[b"no record\n"] * 3,
            key=f"c/2026/11/20/23/0{number}-00-000-a.jsonl",
        )


@given(st.permutations(range(6)), st.integers(1, 5))
def test_the_report_does_not_depend_on_how_the_objects_are_shared_out(order: list[int], hosts: int):
    found = list(objects())
    alone = profile_objects(found, LAYOUT, {}, CaptureSettings())
    shares = [[found[place] for place in sorted(order[host::hosts])] for host in range(hosts)]
    parts = [encode_profiled(profile_objects(share, LAYOUT, {}, CaptureSettings())) for share in shares]
    whole = join_profiled(parts)
    assert whole.report == alone.report
    assert len(whole.report.places) == MOST_PLACES
    assert [column.classes for column in whole.profile.columns] == [column.classes for column in alone.profile.columns]


@given(st.permutations(range(6)), st.integers(1, 5), st.integers(1, 20))
def test_the_lines_of_all_hosts_give_the_layout_of_one_process(order: list[int], hosts: int, most: int):
    found = list(objects())
    shares = [[found[place] for place in sorted(order[host::hosts])] for host in range(hosts)]
    parts = [encode_lines(first_lines(share, SCHEMA, CaptureSettings(), most)) for share in shares]
    layout = survey_capture(join_lines(parts, most), SCHEMA, CaptureSettings(), most)
    assert layout == survey_capture(found, SCHEMA, CaptureSettings(), most)


def test_parts_of_model_quality_make_the_whole():
    states = [QualityState(COLUMNS) for _ in range(3)]
    for number, state in enumerate(states):
        state.add(np.array(["1", "0", "1"]), probabilities=np.array([0.9, 0.1 * number, 0.6]))
    joins = [JoinReport(labelled=3, labels=10, orphan_labels=7, replaced_labels=1) for _ in states]
    reports = [ReadReport(lines=3, read=3, records=3) for _ in states]
    parts = [encode_quality_part(LabelledPart(*each)) for each in zip(states, reports, joins, strict=True)]
    whole = {join_quality_parts(order).join.labelled for order in itertools.permutations(parts)}
    assert whole == {9}
    found = join_quality_parts(parts)
    assert (found.join.labels, found.join.orphan_labels, found.join.replaced_labels) == (10, 1, 1)
    assert found.state.measure().records == 9


@pytest.mark.parametrize("join", [join_profiled, join_quality_parts])
def test_bytes_that_are_no_part_are_refused(join):
    with pytest.raises(PartUnreadable, match="Measure the window again"):
        join([msgspec.msgpack.encode("nothing")])
