"""Reads the register from DynamoDB, as limits count it: the item itself, known endpoints, and whether plans still need their place."""

from itertools import chain

from kedge.aws.table import Table
from kedge.domain.action import Register
from kedge.domain.target import Target
from kedge.ledger.keys import action_key, endpoints_of, register_key
from kedge.ledger.reading import action_of, register_in, unfinished, without_those_over


def register_of(table: Table, target: Target) -> tuple[Register, int]:
    """Return what was done lately and is under way in a target's account and Region, and its version (0 for none).

    Two Queries, and one BatchGetItem where a plan has a place and was not done. Raises Transient, Permanent.
    """
    # The partition of the register holds the endpoints that an older release wrote, until they expire.
    places = (register_key(target).pk, endpoints_of(target))
    register, version = register_in(chain.from_iterable(map(table.partition, places)))
    asked = table.get_all(map(action_key, unfinished(register))) if unfinished(register) else {}
    return without_those_over(register, map(action_of, asked.values())), version
