"""What Lambda gets back from reconcile, and what reconcile logs and counts."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.errors import Conflict, Transient
from kedge.domain.run import Verdict
from tests.contracts.test_context import commit_of, other
from tests.support.notifications import notice
from tests.support.stories import run
from tests.unit.lambdas.test_handlers import metrics


def test_reconcile_says_that_it_looked_even_where_nothing_was_due(handlers, context, capsys):
    assert handlers.reconcile({}, context) == {"timers": 0, "messages": 0, "left": 0, "unfinished": False}
    assert metrics(capsys) == {"TimersFired": [0]}


# The monitor failed: an incident of its own, in which no feature drifts.
BROKEN = run("11:00", Verdict.FAILED)


def test_reconcile_reminds_and_tells_what_waited_and_counts_both(handlers, context, ring, capsys):
    ring.take_in(BROKEN)
    ring.ledger.commit(replace(commit_of(ring.ledger, other(1)), notices=(notice(due=ring.now),)))
    ring.now = ring.ledger.next_due() + timedelta(days=1)
    assert handlers.reconcile({}, context) == {"timers": 1, "messages": 1, "left": 0, "unfinished": False}
    assert metrics(capsys) == {"TimersFired": [1], "GatheredTold": [1]}
    assert [effect.why for effect in ring.ledger.outbox] == ["first_seen", "reminder", "first_seen"]


@pytest.mark.parametrize(
    ("error", "counted", "traced"),
    [(Transient("throttled"), True, False), (Conflict("first"), False, False), (KeyError("unforeseen"), True, True)],
)
def test_what_reconcile_could_not_do_is_in_the_log_and_counted_unless_somebody_else_did_it(
    handlers, context, ring, capsys, caplog, monkeypatch, error, counted, traced
):
    ring.take_in(BROKEN)
    ring.now = ring.ledger.next_due()
    monkeypatch.setattr(ring.ledger, "commit", lambda _: (_ for _ in ()).throw(error))
    assert handlers.reconcile({}, context)["left"] == 1
    assert metrics(capsys).get("ReconcileLeft") == ([1] if counted else None)
    (line,) = [line for line in caplog.records if line.levelname == "WARNING"]
    assert line.what == "look at 111122223333/us-east-1/endpoint/churn-prod DataQuality"
    assert bool(line.exc_info) is traced


def test_a_reconcile_without_time_says_so(handlers, context, ring):
    ring.take_in(BROKEN)
    ring.now = ring.ledger.next_due()
    context.get_remaining_time_in_millis = lambda: 1_000
    assert handlers.reconcile({}, context) == {"timers": 0, "messages": 0, "left": 0, "unfinished": True}
