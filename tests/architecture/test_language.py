"""Text for users is plain technical English: short sentences, subject first, roles in place of pronouns."""

import ast
import inspect
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from tests.unit.docs.pages import PAGES, ROOT, prose
from workbench.cli.monitor.keys import MONITOR_KEYS
from workbench.cli.policy.keys import KEYS
from workbench.main import app

MOST_WORDS = 25
# These pages keep the words of their time.
HISTORY = {ROOT / "CHANGELOG.md", *(ROOT / "docs" / "decisions").glob("*.md")}

FORBIDDEN = re.compile(
    r"\b(?:nobody|somebody|anybody|whoever|whom|(?:of|in|by|to|on|from) which|so many|so soon|has not|have not|"
    r"mend(?:s|ed|ing)?|look(?:s|ed)? (?:whether|again))\b(?!-)",
    re.IGNORECASE,
)
OPENING = re.compile(r"(?:What|Whatever|Whoever|Of|Where)\b")
# The packages whose docstrings and comments are plain English. A package joins as soon as it is rewritten; none leaves.
FINISHED = {
    "functions",
    "jobs",
    "layers/kedge/kedge/adapters",
    "layers/kedge/kedge/decide",
    "layers/kedge/kedge/domain",
    "layers/kedge/kedge/explain",
    "layers/kedge/kedge/lambdas",
    "layers/kedge/kedge/ledger",
    "layers/kedge/kedge/messages",
    "layers/kedge/kedge/monitors",
    "layers/kedge/kedge/policy",
    "layers/kedge/kedge/ports",
    "layers/kedge/kedge/remediation",
    "layers/kedge/kedge/reports",
    "layers/kedge/kedge/routing",
    "layers/kedge/kedge/services",
    "layers/kedge/kedge/sources",
    "layers/kedge/kedge/watchdog",
    "layers/monitor/kedge_monitor",
    "scripts",
    "tests/architecture",
    "tests/benchmarks",
    "tests/contracts",
    "tests/fakes",
    "tests/fuzz",
    "tests/packaging",
    "tests/properties",
    "tests/spark",
    "tests/stack",
    "tests/support",
    "tests/template",
    "tests/unit/docs",
    "tests/unit/monitor",
    "tests/wanted/monitor",
    "workbench",
}
# In addition to FORBIDDEN: words of Kedge's former dialect, which the text for users may need in another sense.
DIALECT = re.compile(
    r"\b(?:tell(?:s|ing)?|told|hear(?:s|d|ing)?|everybody|so much|for ever|looked at again|kept quiet|doors?|errands?)\b",
    re.IGNORECASE,
)
NO_VERB = re.compile(r"(?:An?|The|All|As|At|Each|Every|How|In|None|Those|Whether|Which)\b")
PARTICIPLE = re.compile(r"[A-Z]\w+ed (?:is|are|was|were)\b|(?:Told|Shown|Kept|Taken|Made) (?:is|are|was|were|by|of)\b")

_GENERATED = re.compile(r"<!--[^>]*begin.*?<!--[^>]*end[^>]*-->|<!--.*?-->", re.DOTALL)
_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[*-]|\d+\.)\s)")
_MARK = re.compile(r"^\s*(?:[*>-]|\d+\.)\s+|\*\*?")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_SPAN = re.compile(r"`[^`]*`")
_END = re.compile(r"(?<=[.!?:])\s+(?=[A-Z\"(])")
_SECTION = re.compile(r"(?:Args|Attributes|Raises|Returns|Yields):\n")
_PRAGMA = re.compile(r"#\s*(?:noqa|type:|pragma|fmt:|ruff|!)")
_WORD = re.compile(r"[\w$][\w'\u2019.,/-]*")


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of prose; a piece of code counts as one word."""
    for block in _BLOCK.split(_GENERATED.sub("", text)):
        if not block.lstrip().startswith(("|", "#")):
            plain = _SPAN.sub("X", _LINK.sub(r"\1", _MARK.sub("", " ".join(block.split()).replace("> ", ""))))
            yield from filter(None, _END.split(plain))


def faults(text: str) -> list[str]:
    """Return the sentences that break a rule, each with the rule."""
    found = []
    for sentence in sentences(text):
        if (words := len(_WORD.findall(sentence))) > MOST_WORDS:
            found.append(f"{words} words: {sentence}")
        if (word := FORBIDDEN.search(sentence)) is not None:
            found.append(f"{word[0]!r}: {sentence}")
        if OPENING.match(sentence) and not sentence.endswith("?"):
            found.append(f"opening: {sentence}")
    return found


def read(file: Path) -> str:
    """Return the text of a file."""
    return file.read_text(encoding="utf-8")


def where(file: Path) -> str:
    """Return the path of a file below the root."""
    return file.relative_to(ROOT).as_posix()


def faults_in_code(text: str) -> list[str]:
    """Return the sentences of a docstring or comment that break a rule, each with the rule."""
    found = faults(text)
    for sentence in sentences(text):
        if (word := DIALECT.search(sentence)) is not None:
            found.append(f"{word[0]!r}: {sentence}")
        if PARTICIPLE.match(sentence):
            found.append(f"participle: {sentence}")
    return found


def docstrings(node: ast.AST) -> Iterator[tuple[int, bool, str]]:
    """Yield the docstrings of public names: line, whether it belongs to a function, and text."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        name = getattr(node, "name", "")
        if name.startswith("_") and not name.endswith("__"):
            return
        if (text := ast.get_docstring(node)) is not None:
            yield node.body[0].lineno, isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef), text
    for child in ast.iter_child_nodes(node):
        yield from docstrings(child)


def parts(docstring: str) -> Iterator[str]:
    """Yield the paragraphs of a docstring and the entries of its sections, without blocks of code."""
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(docstring)):
        if _SECTION.match(paragraph):
            yield from re.split(r"\n(?=    \S)", paragraph)[1:]
        elif not paragraph.startswith("    "):
            yield paragraph


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each comment. Consecutive lines in the same column are one comment."""
    block: list[tuple[int, int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or _PRAGMA.match(token.string):
            continue
        (line, column), text = token.start, token.string.lstrip("#").strip()
        if block and (line, column) != (block[-1][0] + 1, block[-1][1]):
            yield block[0][0], " ".join(each for _, _, each in block)
            block = []
        block.append((line, column, text))
    if block:
        yield block[0][0], " ".join(each for _, _, each in block)


def faults_of(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and rule of each fault in the docstrings and comments of a module."""
    for line, is_function, docstring in docstrings(ast.parse(source)):
        yield from ((line, fault) for part in parts(docstring) for fault in faults_in_code(part))
        if is_function and NO_VERB.match(docstring):
            yield line, f"no verb: {docstring.splitlines()[0]}"
    yield from ((line, fault) for line, comment in comments(source) for fault in faults_in_code(comment))


def helps() -> Iterator[tuple[str, str]]:
    """Yield the help text of each command and option, with its name."""
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


@pytest.mark.parametrize("part", [*KEYS, *MONITOR_KEYS])
def test_the_keys_of_a_document_are_explained_in_plain_english(part):
    assert {key: found for key, text in (KEYS | MONITOR_KEYS)[part].items() if (found := faults(text))} == {}


def test_the_help_of_the_command_line_is_plain_english():
    assert {name: found for name, text in helps() if (found := faults(text))} == {}


def test_the_descriptions_of_the_template_are_plain_english():
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    assert [found for text in re.findall(r"Description: (?!>-)(.*)", template) if (found := faults(text))] == []


@pytest.mark.parametrize("package", sorted(FINISHED))
def test_docstrings_and_comments_are_plain_english(package):
    # The docstring of a package is a list of its modules, and has its own test.
    modules = sorted(file for file in (ROOT / package).rglob("*.py") if file.name != "__init__.py")
    assert modules
    assert [f"{where(module)}:{line} {fault}" for module in modules for line, fault in faults_of(read(module))] == []


@pytest.mark.parametrize("file", ["template.yaml", "statemachines/remediation.asl.yaml"])
def test_the_comments_of_the_deployment_are_plain_english(file):
    blocks = re.findall(r"(?:^ *# (?!---).*\n)+", read(ROOT / file), re.MULTILINE)
    texts = [" ".join(line.strip().removeprefix("# ") for line in block.splitlines()) for block in blocks]
    texts += re.findall(r"^ *Comment: (?!>-)(.*)", read(ROOT / file), re.MULTILINE)
    assert texts
    assert [fault for text in texts for fault in faults_in_code(text)] == []


@pytest.mark.parametrize(
    "module",
    [
        '"""What lies around a case."""\n',
        'class Case:\n    """It tells the state."""\n',
        'def load():\n    """The state of a case."""\n',
        'def load():\n    """Return the state.\n\n    Raises:\n        Conflict: somebody else was first.\n    """\n',
        "# Shown is the state.\n",
        "x = 1  # the door of intake\n",
        "# " + "word " * 13 + "\n# " + "word " * 13 + "\n",
    ],
)
def test_a_docstring_or_comment_that_breaks_a_rule_is_found(module):
    assert list(faults_of(module))


@pytest.mark.parametrize(
    "module",
    [
        'def _load():\n    """The state that nobody told."""\n',
        '"""The items.\n\n    pk  told  whoever\n\nEach has a key.\n"""\n',
        'def load():\n    """Return the state.\n\n    Raises:\n        Conflict: it changed.\n        Busy: it waits.\n    """\n',
        "x = 1  # noqa: S101 - told\n",
    ],
)
def test_private_names_blocks_of_code_and_pragmas_are_not_checked(module):
    assert list(faults_of(module)) == []


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
