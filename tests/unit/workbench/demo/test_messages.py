"""Where messages are left: an earlier run's are gone, and nobody else's file ever is."""

import pytest

from workbench.demo.messages import NoRoom, make_room


def test_the_folders_of_all_channels_are_there_even_where_there_was_nothing(tmp_path):
    make_room(tmp_path / "new" / "folder")
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == ["chat", "mail", "programs"]


def test_messages_of_an_earlier_run_go_and_everything_else_stays(tmp_path):
    ours = ("mail/001-critical-churn-prod-7-of-24-.txt", "mail/1000-resolved.txt", "programs/001.json", "chat/012.json")
    theirs = ("thesis.txt", "001.json", "mail/inbox.mbox", "mail/01.json", "mail/001/kept.txt", "programs/001.json.bak")
    for name in (*ours, *theirs):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    make_room(tmp_path)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(theirs)


@pytest.mark.parametrize("channel", ["", "/mail", "/chat"])
def test_a_file_in_the_way_is_said_before_anything_is_done(channel, tmp_path):
    folder = tmp_path / "messages"
    in_the_way = tmp_path / f"messages{channel}"
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_text("a file")
    with pytest.raises(NoRoom, match=f"^messages cannot be left in {folder}: "):
        make_room(folder)
    assert in_the_way.read_text() == "a file"
