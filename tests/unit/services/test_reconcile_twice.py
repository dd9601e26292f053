"""What waits of one incident from messages and from an authority is told once, by what is confirmed."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from kedge.policy.routes import said_group
from tests.support.notifications import notice
from tests.unit.services.test_reconcile import World


def waiting(revision, *, said, incident="i-1"):
    group = said_group("g") if said else "g"
    return replace(notice(incident=incident, revision=revision, group=group), said=said)


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_what_was_said_and_is_confirmed_since_is_told_at_one_pace(order):
    world = World()
    both = (waiting(1, said=True), waiting(2, said=False))
    world.keep(*(both[index] for index in order))
    done = world.round()
    assert {telling.paced for telling in done.tellings} == {"ml-oncall"}
    assert sum(len(telling.told) for telling in done.tellings) == 2


def test_what_is_only_said_of_another_incident_has_a_pace_of_its_own():
    world = World()
    world.keep(waiting(1, said=True, incident="i-2"), waiting(2, said=False))
    done = world.round()
    assert len({telling.paced for telling in done.tellings}) == 2
    assert next(iter(done.tellings)).paced == "ml-oncall"
