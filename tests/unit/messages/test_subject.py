"""The line that a telephone shows."""

import pytest

from kedge.messages.headline import subject


def test_a_subject_says_how_bad_what_and_whether_it_lasts() -> None:
    assert (
        subject("CRITICAL", "churn-prod", "7 of 24 features drifted", "FIRING")
        == "[CRITICAL] churn-prod: 7 of 24 features drifted (FIRING)"
    )


def test_line_breaks_and_what_cannot_be_seen_are_gone() -> None:
    assert subject("INFO", "a\r\nb\x00c\u202e", "x\ty", "FIRING") == "[INFO] a bc: x y (FIRING)"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Größe", "Grosse"), ("café", "cafe"), ("a → b…", "a -> b..."), ("naïve\u2013bayes", "naive-bayes"), ("名", "?")],
)
def test_letters_of_other_alphabets_become_ascii(name: str, shown: str) -> None:
    assert subject("INFO", name, "x", "FIRING") == f"[INFO] {shown}: x (FIRING)"


def test_a_long_subject_ends_its_words_at_a_word_and_keeps_its_brackets() -> None:
    made = subject("CRITICAL", "churn-prod", "schema broken: " + "columns missing, " * 9, "FIRING")
    assert len(made) <= 99
    assert made.endswith("missing, columns... (FIRING)")


def test_a_name_of_63_characters_stays_whole_where_the_words_leave_room() -> None:
    name = "n" * 63
    assert name in subject("INFO", name, "age drifted", "FIRING")


def test_a_name_that_leaves_no_room_gives_way_in_its_middle() -> None:
    made = subject("CRITICAL", f"first-{'x' * 300}-last", "7 of 24 features drifted beyond anything seen", "FIRING")
    assert len(made) <= 99
    assert made.startswith("[CRITICAL] first-xx")
    assert "x-last: 7 of 24" in made
