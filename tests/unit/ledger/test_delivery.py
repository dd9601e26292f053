"""Who may perform an effect, and when."""

from datetime import timedelta

import pytest

from kedge.domain.errors import Busy
from kedge.ledger.delivery import DeliveryStatus, claimed
from tests.fakes.ledger import MemoryLedger
from tests.support.ledgers import NOW, decided, violated


@pytest.fixture
def effect():
    return decided(MemoryLedger(), violated()).effects[0]


def test_a_claim_holds_until_its_lease_ends(effect):
    taken = claimed(None, effect, NOW, 60)
    with pytest.raises(Busy, match=r"until 20:01:00 UTC"):
        claimed(taken, effect, NOW + timedelta(seconds=59), 60)
    again = claimed(taken, effect, NOW + timedelta(seconds=60), 60)
    assert (again.standing, again.tries) == (DeliveryStatus.CLAIMED, 2)


def test_a_claim_remembers_why_the_last_try_failed(effect):
    failed = claimed(None, effect, NOW, 60).failed("throttled", NOW, final=False)
    assert claimed(failed, effect, NOW, 60).why == "throttled"


def test_a_success_forgets_the_failures_before_it(effect):
    failed = claimed(None, effect, NOW, 60).failed("throttled", NOW, final=False)
    done = claimed(failed, effect, NOW, 60).delivered("m-1", NOW)
    assert (done.done, done.why, done.until, done.message_id) == (True, None, None, "m-1")


def test_nothing_undoes_a_success(effect):
    done = claimed(None, effect, NOW, 60).delivered("m-1", NOW)
    assert done.failed("late", NOW, final=True) == done
    assert claimed(done, effect, NOW, 60) == done
