"""Every kind of message as a person would get it, in a file to be read."""

from pathlib import Path

import msgspec
import pytest

from kedge.domain.effect import ChannelName
from kedge.messages import write
from tests.unit.messages.incidents import RUNBOOK
from tests.unit.messages.kinds import ALL

GOLDEN = Path(__file__).parent / "golden"
UPDATE = "pytest tests/unit/messages --update"


def rendered(kind: str, channel: ChannelName) -> str:
    effect = ALL[kind]
    about = f"{effect.incident.id}/{effect.incident.revision}/{effect.receiver}"
    told = write(msgspec.structs.replace(effect, channel=channel, id=f"{about}/{channel}"), RUNBOOK)
    if channel is ChannelName.MAIL:
        return f"Subject: {told.subject}\n\n{told.body}"
    return msgspec.json.format(told.body, indent=2) + "\n"


FILES = {
    f"{kind}.{channel}.{'txt' if channel is ChannelName.MAIL else 'json'}": (kind, channel)
    for kind in ALL
    for channel in ChannelName
}


@pytest.mark.parametrize("name", FILES)
def test_the_message_reads_as_its_golden_file_does(name: str, request: pytest.FixtureRequest) -> None:
    text, file = rendered(*FILES[name]), GOLDEN / name
    if request.config.getoption("--update", default=False):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), f"to accept the new words: {UPDATE}"


def test_no_golden_file_is_left_of_a_kind_that_is_gone() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == set(FILES)
