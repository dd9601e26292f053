"""The known endpoints of an account and Region; limits count a share of them."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from kedge.domain.provenance import Voucher
from kedge.domain.target import Target, TargetKind
from kedge.ledger.items import Item, ItemKind, Key, Write
from kedge.ledger.keys import endpoints_of
from kedge.ports.storage import Commit

ENDPOINTS_KEPT: Final = timedelta(days=90)
"""An endpoint without signals for this long is no longer counted.

A fleet that is counted too small only permits less.
"""

SAID_EVERY: Final = 32
"""Every 32nd commit of a case records its endpoint again: a daily monitor does so well within 90 days."""

_NOTHING: Final = "{}"
_ENDPOINT: Final = "ENDPOINT#"


def shows_an_endpoint(commit: Commit) -> bool:
    """Return whether a commit proves that its endpoint exists.

    Any caller can write the name of an endpoint that does not exist, and a larger fleet permits more. Kedge's own acts
    and a person's decisions follow from earlier signals, and prove nothing new.
    """
    provenance = commit.provenance
    return (
        commit.target.kind is TargetKind.ENDPOINT and provenance.is_vouched and provenance.voucher is not Voucher.KEDGE
    )


def writes_of_known(commit: Commit) -> Iterable[Write]:
    """Yield the writes that record an endpoint: at its first proof in each case, and regularly after that."""
    first = commit.version == 0 or len(commit.decision.state.recent) == 1
    if shows_an_endpoint(commit) and (first or commit.version % SAID_EVERY == 0):
        ends = int((commit.now + ENDPOINTS_KEPT).timestamp())
        key = endpoint_key(commit.target)
        yield Write(item=Item(key=key, kind=ItemKind.ENDPOINT, version=1, body=_NOTHING, expires_at=ends))


def endpoint_key(target: Target) -> Key:
    """Return the key of a known endpoint."""
    return Key(endpoints_of(target), f"{_ENDPOINT}{target.name}")


def endpoint_of(key: Key) -> str:
    """Return the name of the known endpoint under a key."""
    return key.sk.removeprefix(_ENDPOINT)
