"""What the workbench leaves behind is for its owner's eyes, also where something lay there before."""

import os
import stat

import pytest

from workbench import private
from workbench.demo.messages import make_room
from workbench.local_stack.inbox import Message, write


@pytest.fixture(autouse=True)
def careless():
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_every_folder_that_is_made_is_closed_and_one_that_was_there_is_left_as_it_was(tmp_path):
    tmp_path.chmod(0o755)
    private.make_folder(tmp_path / "a" / "b")
    assert [mode(path) for path in (tmp_path, tmp_path / "a", tmp_path / "a" / "b")] == [0o755, 0o700, 0o700]


def test_a_folder_that_stood_open_is_closed(tmp_path):
    tmp_path.chmod(0o777)
    private.make_folder(tmp_path)
    assert mode(tmp_path) == 0o700


def test_a_file_is_closed_also_where_an_open_one_lay(tmp_path):
    path = tmp_path / "x"
    private.write_text(path, "one")
    assert mode(path) == 0o600
    path.chmod(0o644)
    private.write_text(path, "2")
    assert (mode(path), path.read_text()) == (0o600, "2")


def test_a_symlink_in_the_place_of_a_file_leads_nowhere(tmp_path):
    (tmp_path / "theirs").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "theirs")
    with pytest.raises(OSError, match="link"):
        private.write_text(tmp_path / "link", "x")
    assert (tmp_path / "theirs").read_text() == "kept"


@pytest.mark.parametrize(("channel", "name"), [("mail", "001-hello.txt"), ("programs", "001.json")])
def test_messages_are_left_for_their_owner_alone(tmp_path, channel, name):
    make_room(tmp_path / "up")
    message = Message(id="1", channel=channel, number=1, subject="hello", body="{}", attributes={}, sent="now")
    path = write(message, tmp_path / "up")
    assert path == tmp_path / "up" / channel / name
    assert [mode(each) for each in (tmp_path / "up", path.parent, path)] == [0o700, 0o700, 0o600]
