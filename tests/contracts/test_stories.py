"""A timeline keeps the order of writes, also if they belong to different revisions."""

from datetime import timedelta

import msgspec
import pytest

from kedge.domain.decision import Reason
from kedge.domain.provenance import Provenance
from kedge.ledger.timeline import EntryKind
from tests.support.ledgers import NOW, clean, take, violated

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("is_late", [False, True], ids=["before the next decision", "after the next decision"])
@pytest.mark.parametrize("is_told", [True, False], ids=["delivered", "given up"])
def test_a_delivery_stands_after_what_was_decided_before_it_was_made(ledger, deliveries, is_told, is_late):
    opened, (first,) = take(ledger, violated("11:00"))
    at = NOW + (10 if is_late else 1) * MINUTE
    if is_late:
        take(ledger, clean("12:00"), NOW + 5 * MINUTE)
    deliveries.claim(first, at, 60)
    if is_told:
        deliveries.delivered(first, "mail-1", at)
    else:
        deliveries.failed(first, "denied", at, final=True)
    if not is_late:
        take(ledger, clean("12:00"), NOW + 5 * MINUTE)
    told = (EntryKind.DELIVERED if is_told else EntryKind.UNDELIVERED, Reason.FIRST_SEEN)
    resolved = (EntryKind.DECIDED, Reason.RESOLVED)
    expected = [(EntryKind.DECIDED, Reason.FIRST_SEEN), *([resolved, told] if is_late else [told, resolved])]
    assert [(entry.what, entry.reason) for entry in ledger.story(opened.incident.id).entries] == expected


@pytest.mark.parametrize("is_confirmed", [True, False], ids=["confirmed", "only said"])
def test_a_line_is_dated_by_when_its_run_ended_and_by_when_it_was_kept(ledger, is_confirmed):
    told = violated("11:00")
    if not is_confirmed:
        told = msgspec.structs.replace(told, job=None, provenance=Provenance(says="a file in s3://reports"))
    opened, _ = take(ledger, told)
    (entry,) = ledger.story(opened.incident.id).entries
    assert (entry.at, entry.recorded) == (told.finished, NOW)
    assert entry.at < entry.recorded
