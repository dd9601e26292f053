"""Which endpoints there are in an account and region: as many as limits allow a share of."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from kedge.domain.provenance import Voucher
from kedge.domain.target import Target, TargetKind
from kedge.ledger.items import Item, ItemKind, Key, Write
from kedge.ledger.keys import endpoints_of
from kedge.ports.storage import Commit

ENDPOINTS_KEPT: Final = timedelta(days=90)
"""When an endpoint is no longer counted of which nothing was heard: a fleet that is believed too small only permits less."""

SAID_EVERY: Final = 32
"""Every 32nd commit of a case says again that its endpoint is known: those of a daily monitor come well within 90 days."""

_NOTHING: Final = "{}"
_ENDPOINT: Final = "ENDPOINT#"


def shows_an_endpoint(commit: Commit) -> bool:
    """Whether a commit proves that its endpoint exists: anybody can write the name of one that does not, and a larger fleet permits more.

    What Kedge does by itself or for a person (a timer, an acknowledgement) follows from what was heard before, and proves nothing new.
    """
    provenance = commit.provenance
    return (
        commit.target.kind is TargetKind.ENDPOINT and provenance.is_vouched and provenance.voucher is not Voucher.KEDGE
    )


def writes_of_known(commit: Commit) -> Iterable[Write]:
    """That an endpoint is known, said by the first proof of it in each case, and now and then as long as it is heard of."""
    first = commit.version == 0 or len(commit.decision.state.recent) == 1
    if shows_an_endpoint(commit) and (first or commit.version % SAID_EVERY == 0):
        ends = int((commit.now + ENDPOINTS_KEPT).timestamp())
        key = endpoint_key(commit.target)
        yield Write(item=Item(key=key, kind=ItemKind.ENDPOINT, version=1, body=_NOTHING, expires_at=ends))


def endpoint_key(target: Target) -> Key:
    """Where lies that an endpoint is known."""
    return Key(endpoints_of(target), f"{_ENDPOINT}{target.name}")


def endpoint_of(key: Key) -> str:
    """The name of the endpoint that is known by a key."""
    return key.sk.removeprefix(_ENDPOINT)
