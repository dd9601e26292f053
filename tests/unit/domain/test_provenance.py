"""A name that is not proven never passes for one that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.provenance import shown, stored


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::111122223333:user/team/ana", "user/team/ana"),
        ("arn:aws:sts::111122223333:assumed-role/OnCall/ana@example.com", "assumed-role/OnCall/ana@example.com"),
        ("arn:aws:iam::111122223333:root", "root"),
        ("ada: of the search team", "ada: of the search team"),
    ],
)
def test_a_proven_name_is_shown_by_the_part_that_names_the_person(arn: str, name: str):
    assert shown(arn, proven=True) == name
    assert stored(arn, proven=True) == arn


@given(st.text())
def test_a_name_without_proof_says_so_within_the_room_that_messages_have(name: str):
    said = shown(name, proven=False)
    assert said.endswith(" (not proven)")
    assert len(said) <= 40
    assert stored(name, proven=False) == f"{name} (not proven)"
