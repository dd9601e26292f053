"""The state machine of a remedy is one table."""

from enum import StrEnum

import msgspec
import pytest

from kedge.domain.attributed import AttributedEnum, table_of
from kedge.domain.stage import Stage


def reachable(start: Stage) -> set[Stage]:
    found: set[Stage] = set()
    ahead = [start]
    while ahead:
        stage = ahead.pop()
        for then in Stage:
            if stage.may_become(then) and then not in found:
                found.add(then)
                ahead.append(then)
    return found


def test_every_stage_of_a_plan_follows_from_planned_and_a_dry_run_from_none():
    assert reachable(Stage.PLANNED) == set(Stage) - {Stage.PROPOSED}
    assert not [stage for stage in Stage if stage.may_become(Stage.PROPOSED)]


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage.is_over])
def test_what_is_over_ends_there_unless_nothing_was_done_and_it_is_asked_for_anew(stage: Stage):
    assert {then for then in Stage if stage.may_become(then)} <= (set() if stage.is_done else {Stage.PLANNED})


@pytest.mark.parametrize("stage", [stage for stage in Stage if not stage.is_over])
def test_what_is_not_over_goes_forward_only(stage: Stage):
    then = [each for each in Stage if stage.may_become(each)]
    assert then
    assert all(each.rank > stage.rank for each in then)


def test_a_move_that_the_table_does_not_have_is_an_error():
    Stage.ACTING.check_move(Stage.ACTED)
    Stage.ACTING.check_move(Stage.ACTING)
    with pytest.raises(ValueError, match="a remedy that is rejected cannot become acting"):
        Stage.REJECTED.check_move(Stage.ACTING)


def test_a_stage_is_its_word_on_the_wire():
    assert msgspec.json.encode({Stage.ASKED: Stage.ACTED}) == b'{"asked":"acted"}'
    assert msgspec.json.decode(b'"acted"', type=Stage) is Stage.ACTED


def test_a_member_without_attributes_fails_at_import():
    with pytest.raises(TypeError, match="_attributes"):

        class _Forgotten(AttributedEnum):
            ONE = "one"


def test_a_table_without_a_row_fails_at_import():
    class Kind(StrEnum):
        ONE = "one"
        OTHER = "other"

    assert table_of(Kind, {Kind.ONE: 1, Kind.OTHER: 2})[Kind.OTHER] == 2
    with pytest.raises(ValueError, match="the table of Kind has no row for OTHER"):
        table_of(Kind, {Kind.ONE: 1})
