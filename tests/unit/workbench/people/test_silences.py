import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.workbench.people.conftest import Terminal

CHURN = 'endpoint="churn-prod"'


def add(terminal: Terminal, *more: str):
    return terminal.type("silence", "add", CHURN, "--for", "4h", "--comment", "upgrade", *more)


def test_a_silence_has_an_author_a_reason_and_an_end_and_says_what_it_hides(terminal: Terminal):
    terminal.drifts("churn-prod")
    added = add(terminal)
    assert added.exit_code == 0
    assert "1 open incident will be suppressed: churn-prod DataQuality" in added.stderr
    (silence,) = terminal.stack.ledger.silences.values()
    assert (silence.author, silence.comment, silence.matchers) == (terminal.stack.arn, "upgrade", (CHURN,))
    assert silence.proven
    assert silence.ends_at - silence.starts_at == timedelta(hours=4)


def test_a_silence_says_which_open_incidents_it_covers_only_in_part(terminal: Terminal):
    terminal.drifts("churn-prod", "age", "income")
    terminal.drifts("fraud-prod", "age")
    added = terminal.type("silence", "add", 'feature="age"', "--for", "4h", "--comment", "noisy")
    assert "1 open incident will be suppressed: fraud-prod DataQuality" in added.stderr
    assert "churn-prod DataQuality is not suppressed, because this does not cover feature income" in added.stderr


def test_the_preview_tells_what_would_have_been_told_all_the_same(terminal: Terminal):
    terminal.drifts("churn-prod", "age", "income")
    terminal.drifts("fraud-prod", "age")
    terminal.stack.deliver()
    shown = terminal.type("silence", "preview", 'feature="age"').stdout
    assert "It would have hidden 1 of 2 incidents" in shown
    assert "It covers 1 more only in part" in shown
    assert "feature income" in shown
    lines = map(json.loads, terminal.type("silence", "preview", 'feature="age"', "--json").stdout.splitlines())
    found = {each["target"]: (each["hidden"], each["leaves_out"]) for each in lines}
    assert found == {"churn-prod": (False, "feature income"), "fraud-prod": (True, "")}


def test_a_silence_that_matches_nothing_says_so(terminal: Terminal):
    assert "no open incident matches it now" in add(terminal).stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((CHURN, "--for", "45d", "--comment", "x"), "45 days are more than 30"),
        ((CHURN, "--for", "4", "--comment", "x"), "is not a duration"),
        ((CHURN, "--for", "0s", "--comment", "x"), "hides nothing"),
        ((CHURN, "--for", "4h", "--comment", " "), "needs a comment"),
        (('endpoint=~".*"', "--for", "4h", "--comment", "x"), "matches every incident there may be"),
        (("churn", "--for", "4h", "--comment", "x"), "is not a matcher"),
        ((CHURN, "--for", "4h", "--comment", "x", "--starts", "2026-11-21T10:00:00"), "has no zone"),
        (('endpoint=~"(a+)+"', "--for", "4h", "--comment", "x"), "the regular expression"),
        (('severity="high"', "--for", "4h", "--comment", "x"), "there is no severity 'high'"),
    ],
)
def test_an_unwise_silence_is_refused_with_its_mend(terminal: Terminal, words: tuple[str, ...], why: str):
    refused = terminal.type("silence", "add", *words)
    assert refused.exit_code == 2
    assert why in refused.stderr
    assert terminal.stack.ledger.silences == {}


@pytest.mark.parametrize("left_out", ["--for", "--comment"])
def test_a_silence_without_end_or_reason_is_no_silence(terminal: Terminal, left_out: str):
    words = {"--for": "4h", "--comment": "upgrade"}
    given = [word for name, value in words.items() if name != left_out for word in (name, value)]
    assert terminal.type("silence", "add", CHURN, *given).exit_code == 2


def test_the_list_shows_what_is_in_force_and_with_all_what_has_ended(terminal: Terminal):
    silence = json.loads(add(terminal, "--json").stdout)["id"]
    assert "in force" in terminal.type("silence", "list").stdout
    terminal.stack.arn = "arn:aws:iam::111122223333:user/deputy"
    assert terminal.type("silence", "expire", silence, "--comment", "done early").exit_code == 0
    assert terminal.type("silence", "list").stdout == "No silence.\n"
    ended = terminal.type("silence", "list", "--all").stdout
    assert "ended" in ended
    assert "user/deputy" in ended
    assert "(of user/oncall, ended early: done early)" in " ".join(ended.split())


def test_a_silence_that_has_ended_or_never_was_cannot_be_expired(terminal: Terminal):
    silence = json.loads(add(terminal, "--json").stdout)["id"]
    terminal.type("silence", "expire", silence)
    assert terminal.type("silence", "expire", silence).exit_code == 1
    assert terminal.type("silence", "expire", "ghost").exit_code == 2


def test_a_silence_may_begin_later(terminal: Terminal):
    begins = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    add(terminal, "--starts", begins.isoformat())
    (silence,) = terminal.stack.ledger.silences.values()
    assert silence.starts_at == begins
    assert "to come" in terminal.type("silence", "list").stdout


def test_the_preview_counts_what_would_have_been_hidden(terminal: Terminal):
    terminal.drifts("churn-prod", ago=timedelta(hours=3))
    terminal.drifts("churn-prod", ago=timedelta(hours=2), clean=True)
    terminal.drifts("fraud-prod")
    terminal.stack.deliver()
    shown = terminal.type("silence", "preview", CHURN, "--since", "2d")
    assert "It would have hidden 1 of 2 incidents of the last 2d" in shown.stdout
    (hidden,) = terminal.type("silence", "preview", CHURN, "--json").stdout.splitlines()
    assert json.loads(hidden)["target"] == "churn-prod"
    assert json.loads(hidden)["messages"] == 2
    assert json.loads(hidden)["receivers"] == ["ml-oncall"]


def test_whoever_expires_a_silence_that_was_changed_after_that_is_told(terminal: Terminal):
    silence = json.loads(add(terminal, "--json").stdout)["id"]
    terminal.stack.ago = timedelta(hours=1)
    late = terminal.type("silence", "expire", silence)
    assert late.exit_code == 1
    assert "was changed after that" in late.stderr
