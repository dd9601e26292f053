"""No rename leaks into the table, into a message or into the words of other teams' filters."""

import msgspec
import pytest
from msgspec import inspect

from tests.contracts.wire import PLACE, STORED, example, snapshot


def test_what_is_stored_and_sent_is_encoded_as_in_the_committed_file():
    assert PLACE.read_text(encoding="utf-8") == snapshot(), "if the change is meant: python -m tests.contracts.wire"


@pytest.mark.parametrize("kind", STORED, ids=lambda kind: kind.__name__)
def test_what_is_stored_is_read_back_as_it_was(kind):
    whole = example(inspect.type_info(kind), "")
    assert msgspec.json.decode(msgspec.json.encode(whole), type=kind) == whole
