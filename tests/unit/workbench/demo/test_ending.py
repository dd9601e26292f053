"""A command that cannot end well says why in a sentence."""

import errno
from urllib.error import URLError

import pytest
from botocore.exceptions import EndpointConnectionError

from workbench.cli.exits import Exit
from workbench.demo.ending import ending_well_or_saying_why
from workbench.demo.messages import NoRoom
from workbench.local_stack.activity import StillBusy
from workbench.local_stack.deploy import SamFailed
from workbench.local_stack.local_stack import StackDidNotStart


def raising(error):
    def work():
        raise error

    return work


def test_what_ends_well_is_passed_on_without_a_word(capsys):
    assert ending_well_or_saying_why("demo", lambda: Exit.DONE) is Exit.DONE
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SamFailed("sam build ended with 1:\n[red]no[/]"), "sam build ended with 1:\n[red]no[/]"),
        (StackDidNotStart("it said nothing"), "it said nothing"),
        (StillBusy("after 60 s"), "after 60 s"),
        (NoRoom("messages cannot be left in x"), "messages cannot be left in x"),
        (OSError(errno.EROFS, "Read-only file system", "/a/lock"), "Read-only file system: /a/lock"),
        (TimeoutError("timed out"), "timed out"),
        (URLError("Connection refused"), "the local stack answers no more: <urlopen error Connection refused>"),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:9"),
            'the local stack answers no more: Could not connect to the endpoint URL: "http://127.0.0.1:9"',
        ),
    ],
    ids=lambda it: type(it).__name__,
)
def test_what_may_go_wrong_on_any_machine_is_one_sentence(error, said, capsys):
    assert ending_well_or_saying_why("up", raising(error)) is Exit.FAILED
    assert capsys.readouterr() == ("", f"kedge up: {said}\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143)], ids=["Ctrl-C", "SIGTERM"])
def test_who_breaks_off_is_told_that_nothing_is_left_and_the_exit_code_stays(error, capsys):
    with pytest.raises(type(error)):
        ending_well_or_saying_why("demo", raising(error))
    assert capsys.readouterr().err == "kedge demo: stopped. Nothing is left running.\n"
