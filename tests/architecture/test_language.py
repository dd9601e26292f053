"""Text for users is plain technical English: short sentences, subject first, roles in place of pronouns."""

import re
from collections.abc import Iterator

import pytest
import typer

from tests.unit.docs.pages import PAGES, ROOT, prose
from workbench.cli.policy.keys import KEYS
from workbench.main import app

MOST_WORDS = 25
# These pages keep the words of their day.
HISTORY = {ROOT / "CHANGELOG.md", *(ROOT / "docs" / "decisions").glob("*.md")}

FORBIDDEN = re.compile(
    r"\b(?:nobody|somebody|anybody|whoever|whom|(?:of|in|by|to|on|from) which|so many|so soon|has not|have not|"
    r"mend(?:s|ed|ing)?|look(?:s|ed)? (?:whether|again))\b(?!-)",
    re.IGNORECASE,
)
OPENING = re.compile(r"(?:What|Whatever|Whoever|Of|Where)\b")

_GENERATED = re.compile(r"<!--[^>]*begin.*?<!--[^>]*end[^>]*-->|<!--.*?-->", re.DOTALL)
_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[*-]|\d+\.)\s)")
_MARK = re.compile(r"^\s*(?:[*>-]|\d+\.)\s+|\*\*?")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_SPAN = re.compile(r"`[^`]*`")
_END = re.compile(r"(?<=[.!?:])\s+(?=[A-Z\"(])")
_WORD = re.compile(r"[\w$][\w'\u2019.,/-]*")


def sentences(text: str) -> Iterator[str]:
    """The sentences of prose; a piece of code counts as one word."""
    for block in _BLOCK.split(_GENERATED.sub("", text)):
        if not block.lstrip().startswith(("|", "#")):
            plain = _SPAN.sub("X", _LINK.sub(r"\1", _MARK.sub("", " ".join(block.split()).replace("> ", ""))))
            yield from filter(None, _END.split(plain))


def faults(text: str) -> list[str]:
    """The sentences that break a rule, each with the rule."""
    found = []
    for sentence in sentences(text):
        if (words := len(_WORD.findall(sentence))) > MOST_WORDS:
            found.append(f"{words} words: {sentence}")
        if (word := FORBIDDEN.search(sentence)) is not None:
            found.append(f"{word[0]!r}: {sentence}")
        if OPENING.match(sentence) and not sentence.endswith("?"):
            found.append(f"opening: {sentence}")
    return found


def helps() -> Iterator[tuple[str, str]]:
    """The help text of each command and option, with its name."""
    left = [("kedge", typer.main.get_command(app))]
    while left:
        name, command = left.pop()
        yield name, command.help or ""
        for parameter in command.params:
            yield f"{name} {parameter.name}", getattr(parameter, "help", None) or ""
        left += [(f"{name} {each}", below) for each, below in getattr(command, "commands", {}).items()]


@pytest.mark.parametrize("page", sorted(set(PAGES) - HISTORY), ids=lambda page: page.name)
def test_a_page_is_plain_english(page):
    assert faults(prose(page)) == []


@pytest.mark.parametrize("part", KEYS)
def test_the_keys_of_a_policy_are_explained_in_plain_english(part):
    assert {key: found for key, text in KEYS[part].items() if (found := faults(text))} == {}


def test_the_help_of_the_command_line_is_plain_english():
    assert {name: found for name, text in helps() if (found := faults(text))} == {}


def test_the_descriptions_of_the_template_are_plain_english():
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    assert [found for text in re.findall(r"Description: (?!>-)(.*)", template) if (found := faults(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        " ".join(["word"] * 26) + ".",
        "Kedge tells nobody.",
        "What is wrong is fixed.",
        "The queue in which it waits.",
        "- Whoever fixes it, reads it.",
    ],
)
def test_a_sentence_that_breaks_a_rule_is_found(text):
    assert faults(text)
