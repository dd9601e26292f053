"""What the demo's screen says: what happened, what became of each remedy, and steps that can be taken from here."""

from pathlib import Path
from shlex import quote

import pytest

from workbench.demo.answered import Answered
from workbench.demo.performance import Act
from workbench.demo.scene import Scene
from workbench.demo.screen import Progress, show
from workbench.demo.tables import show_acts, show_remedies
from workbench.local_stack.inbox import Message
from workbench.local_stack.local_stack import ROOT

BODIES = {"mail": "a mail", "programs": '{"cause": "input_drift"}'}
SUBJECT = "[CRITICAL] churn-prod: f1 [sic] drifted"
REMEDY = Answered(
    target="churn-prod",
    what="roll back to churn-1 [sic]",
    came_to="verified",
    lines=(("evidence", "it was clean"), ("evidence", "and is not"), ("plan", "Roll [it] back.")),
)


def act(*faults: str, sent: bool = True, because: str = "", remedy: str = "") -> Act:
    scene = Scene(title="drift [1]" if sent else "quiet", play=lambda stage: None, quiet_because=because)
    messages = tuple(
        Message(id="1", channel=channel, number=1, subject=SUBJECT, body=body, attributes={}, sent="")
        for channel, body in BODIES.items()
    )
    return Act(scene=scene, sent=messages if sent else (), faults=faults, remedy=remedy)


def rows(said: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in said.splitlines()]


def test_a_scene_is_a_row_of_what_it_was_taken_for_how_its_remedy_stands_and_who_was_told(capsys):
    quiet = act(sent=False, because="nothing is wrong")
    show_acts([act(remedy="roll_back asked"), quiet, act("1 in SignalsDeadLetters", sent=False)])
    assert rows(capsys.readouterr().out) == [
        ["What happened", "Cause, remedy", "Notified"],
        ["ok", "drift [1]", "input drift:", SUBJECT],
        ["roll back asked"],
        ["ok", "quiet", "-", "none: nothing is wrong"],
        ["wrong", "quiet", "-", "none"],
        ["1 in SignalsDeadLetters"],
    ]


def test_a_remedy_is_told_from_its_evidence_to_its_outcome(capsys):
    show_remedies([REMEDY])
    assert rows(capsys.readouterr().out) == [
        [],
        ["Remedies"],
        ["churn-prod", "roll back to churn-1 [sic]", "verified"],
        ["evidence", "it was clean"],
        ["and is not"],
        ["plan", "Roll [it] back."],
    ]


def test_nothing_played_is_no_table(capsys):
    show_acts([])
    show_remedies([])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("wrong", "said"), [((), "1 scenes, 1 mails"), (("late",), "1 of 1 scenes did not end")])
def test_the_result_is_said_in_a_sentence(wrong, said, capsys):
    show([act(*wrong)], [REMEDY], Path.cwd() / ".kedge" / "demo")
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("here", "mails", "up"),
    [
        (ROOT, "less .kedge/demo/mail/*", ".venv/bin/kedge up"),
        (ROOT / "docs", f"less {quote(f'{ROOT}/.kedge/demo')}/mail/*", f"{quote(f'{ROOT}/.venv/bin/kedge')} up"),
    ],
    ids=["in the checkout", "elsewhere"],
)
def test_the_next_steps_can_be_taken_from_where_one_is(here, mails, up, capsys, monkeypatch):
    monkeypatch.chdir(here)
    monkeypatch.setattr("sys.executable", str(ROOT / ".venv" / "bin" / "python"))
    show([act()], [], ROOT / ".kedge" / "demo")
    steps = capsys.readouterr().out.partition("\nNext\n")[2].splitlines()
    assert [steps[0].split("  ")[1], steps[2].split("  ")[1]] == [mails, up]
    assert len({step.rindex("  ") for step in steps}) == 1


def test_a_path_with_a_blank_can_be_pasted(tmp_path, capsys):
    show([act()], [], tmp_path / "a b")
    assert f"less '{tmp_path}/a b'/mail/*" in capsys.readouterr().out


def test_without_a_terminal_each_step_is_a_line_on_stderr(capsys):
    with Progress() as progress:
        progress.say("building [bold]")
        progress.say("deploying")
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(" s  ")[1] for line in err.splitlines()] == ["building [bold]", "deploying"]
