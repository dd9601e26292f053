"""The signals that the cases of the table have received."""

from collections.abc import Mapping

from msgspec import Struct

from kedge.adapters.dynamodb.table import Table
from kedge.domain.run import Monitor
from kedge.domain.target import Target
from kedge.ledger.items import decode
from kedge.ledger.keys import case_key

type _Case = tuple[Target, Monitor]


class _Recent(Struct, frozen=True):
    """The part of a CaseState that is read here: a whole one takes many times as long."""

    recent: tuple[str, ...] = ()


class DynamoReceivedSignals:
    """The marks of the newest signals of cases, read with BatchGetItem."""

    def __init__(self, table: Table) -> None:
        """Keep `table`, which holds the cases."""
        self._table = table

    def received(self, cases: frozenset[_Case]) -> Mapping[_Case, frozenset[str]]:
        """Return the marks of the newest signals of some cases, without new cases. Raises Transient or Permanent."""
        keys = {case_key(target, monitor): (target, monitor) for target, monitor in cases}
        # An old answer costs one repeated signal, which intake recognises.
        found = self._table.get_all(keys, consistently=False)
        return {keys[key]: frozenset(decode(item, _Recent).recent) for key, item in found.items()}
