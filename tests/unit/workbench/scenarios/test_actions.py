"""What a played test remembers of plans keeps to the contract of what is deployed, but for what only many at once can show."""

import pytest

from tests.contracts import test_actions as contract
from workbench.scenarios.actions import StoryActions
from workbench.scenarios.story import Story

# Nothing happens at once in virtual time, and no item has a size there.
NOT_PLAYED = ("at_once", "no_item_can_hold", "not_refused_is_kept")
CASES = {
    name: case
    for name, case in vars(contract).items()
    if name.startswith("test_") and not any(words in name for words in NOT_PLAYED)
}
# pytest collects them here as well, with the fixtures below.
globals().update(CASES)


@pytest.fixture
def ledger():
    return Story()


@pytest.fixture
def actions(ledger):
    return StoryActions(ledger)


def test_most_of_the_contract_is_held():
    assert len(CASES) > 15
