"""What a step waits for and waits for no more, where both name the same: DynamoDB changes an item once in a transaction."""

from itertools import product

import pytest

from kedge.ledger.action_writes import writes_of_step
from kedge.ledger.items import Delete, ItemKind, Write
from kedge.ledger.keys import awaited_key
from kedge.ports.actions import ActionCommit
from tests.support.actions import action

NAMES = ("endpoint/a", "execution/b")
SETS = ((), NAMES[:1], NAMES[1:], NAMES, NAMES[:1] * 2)


@pytest.mark.parametrize(("awaits", "forgets"), list(product(SETS, repeat=2)))
def test_a_step_changes_each_item_once_and_what_it_awaits_is_awaited_after_it(awaits, forgets):
    of = action()
    changes = writes_of_step(ActionCommit(action=of, version=1, awaits=awaits, forgets=forgets))
    keys = [change.key for change in changes]
    assert len(set(keys)) == len(keys)
    begun = {each.key for each in changes if isinstance(each, Write) and each.item.kind is ItemKind.AWAITED}
    assert begun == {awaited_key(name, of.digest) for name in awaits}
    over = {each.key for each in changes if isinstance(each, Delete)}
    assert over == {awaited_key(name, of.digest) for name in {*forgets} - {*awaits}}
