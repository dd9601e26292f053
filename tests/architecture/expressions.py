"""Find every regular expression of the sources, in every notation, and texts that would slow a bad one down."""

import ast
import importlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import msgspec

ROOT = Path(__file__).parents[2]
METHODS = ("search", "match", "fullmatch", "findall", "finditer", "split", "sub", "subn")
# The use of a pattern in a list or a mapping is not visible: it must be fast in both ways.
EITHER_WAY = frozenset({"search", "fullmatch"})
SUBSTITUTES = {"findall": "findall", "finditer": "findall", "split": "findall", "sub": "findall", "subn": "findall"}

type Text = str | bytes


class Expression(NamedTuple):
    """One expression: its place, the pattern, and the ways that the code uses it."""

    place: str
    pattern: re.Pattern[Any]
    ways: frozenset[str]


class Built(NamedTuple):
    """A call that makes an expression from its arguments, so that the source does not show the pattern."""

    module: str
    function: str


def modules(*packages: str) -> Iterator[tuple[str, Path]]:
    """Yield every module of some packages with its file."""
    for package in packages:
        folder = Path(importlib.import_module(package).__path__[0])
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder.parent).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def written(name: str, path: Path) -> Iterator[Expression | Built]:
    """Yield every expression in a module's source: `re.…(…)`, and `pattern=` of a type."""
    module = importlib.import_module(name)
    tree, asked = _read(path)
    for node, function in _calls(tree):
        if _is_re(node):
            method = node.func.attr
            flags = [word for word in node.keywords if word.arg == "flags"]
            flags += [ast.keyword("flags", each) for each in (node.args[1:] if method == "compile" else [])]
            found = _compiled(module, node.args[0], flags)
            ways = _ways(asked, _target_of(tree, node)) if method == "compile" else frozenset({method})
        elif (given := next((word for word in node.keywords if word.arg == "pattern"), None)) is not None:
            found, ways = _compiled(module, given.value, []), frozenset({"search"})
        else:
            continue
        yield Built(name, function) if found is None else Expression(f"{name}:{node.lineno}", found, ways)


def held(name: str, path: Path) -> Iterator[Expression]:
    """Yield every pattern in a module's globals, at any depth, whatever code made it, also the imported ones."""
    _, asked = _read(path)
    for variable, value in vars(importlib.import_module(name)).items():
        if not variable.startswith("__"):
            ways = _ways(asked, variable) if isinstance(value, re.Pattern) else EITHER_WAY
            yield from (Expression(f"{name}.{variable}", each, ways) for each in _inside(value))


def _ways(asked: Mapping[str, frozenset[str]], variable: str) -> frozenset[str]:
    """Return the ways that a module uses a pattern of this name: both if that is not visible, none if it never does."""
    return asked.get(variable, frozenset()) if variable else EITHER_WAY


def imports_of_re(path: Path) -> list[str]:
    """Return the imports that could hide an expression: names out of `re`, other names for it, other engines."""
    found = []
    for node in ast.walk(_read(path)[0]):
        if isinstance(node, ast.ImportFrom) and node.module in {"re", "regex", "fnmatch", "glob"}:
            found.append(node.module)
        if isinstance(node, ast.Import):
            found += [each.name for each in node.names if each.name in {"regex", "fnmatch", "glob"}]
            found += [each.name for each in node.names if each.name == "re" and each.asname]
    return found


@cache
def _read(path: Path) -> tuple[ast.Module, Mapping[str, frozenset[str]]]:
    """Return a module's syntax tree, and the ways that it uses its patterns."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return tree, _asked(tree)


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Yield every call with the innermost function around it."""

    def within(node: ast.AST, function: str) -> Iterator[tuple[ast.Call, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield child, function
            inner = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
            yield from within(child, inner)

    return within(tree, "")


def _is_re(node: ast.Call) -> bool:
    func = node.func
    known = isinstance(func, ast.Attribute) and func.attr in {*METHODS, "compile", "template"}
    return known and isinstance(func.value, ast.Name) and func.value.id == "re" and bool(node.args)


def _compiled(module: ModuleType, text: ast.expr, flags: list[ast.keyword]) -> re.Pattern[Any] | None:
    """Return the expression as its module compiles it, None if that takes more than the names of the module."""
    function = ast.Attribute(ast.Name("re", ast.Load()), "compile", ast.Load())
    call = ast.Expression(ast.Call(function, [text], flags))
    try:
        return eval(compile(ast.fix_missing_locations(call), "<expression>", "eval"), {**vars(module), "re": re})  # noqa: S307
    except (NameError, AttributeError, TypeError):
        return None


def _target_of(tree: ast.Module, call: ast.Call) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is call:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            return target.id if isinstance(target, ast.Name) else ""
    return ""


def _asked(tree: ast.Module) -> Mapping[str, frozenset[str]]:
    """Return the methods that a module calls, by the name of a pattern: both ways for a pattern that it passes on."""
    users = {id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    asked: dict[str, frozenset[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            way = users.get(id(node), "")
            asked[node.id] = asked.get(node.id, frozenset()) | (frozenset({way}) if way in METHODS else EITHER_WAY)
    return asked


def _inside(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 6 and isinstance(value, Mapping):
        for each in (*value.keys(), *value.values()):
            yield from _inside(each, depth + 1)
    elif depth < 6 and isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _inside(each, depth + 1)
    elif depth < 6 and isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _inside(getattr(value, name), depth + 1)


class Pump(NamedTuple):
    """A text that repeats itself: a beginning, the repeated part, and an end that spoils the match."""

    before: str
    again: str
    after: str

    def text(self, size: int) -> str:
        return self.before + self.again * max(1, (size - len(self.before)) // len(self.again)) + self.after


def pumps(pattern: re.Pattern[Any]) -> list[Pump]:
    """Return texts that slow a bad expression down: its own letters, its own words, and each of its repetitions pumped.

    The expression's own tree, as the matcher walks it, shows the path to a repetition and the repeated part.
    """
    parser = importlib.import_module("re._parser")
    tree = list(
        parser.parse(
            pattern.pattern, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
        )
    )
    letters = sorted(set(_letters(tree)) | {" ", "1", "a"})
    found = {("", letter) for letter in letters}
    found |= {("", first + second) for first in letters[:4] for second in letters[:4] if first != second}
    found |= {("", word) for word in {_least(tree), _least(tree, once=True)} if word}
    found |= {(before, again) for before, again in _repetitions(tree, "") if again}
    return [Pump(before, again, after) for before, again in sorted(found) for after in ("", "\0")]


_CLASSES = {"DIGIT": "1", "SPACE": " ", "WORD": "a", "NOT_DIGIT": "a", "NOT_SPACE": "a", "NOT_WORD": "-"}
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}
_ANY = ("a", "1", " ", "-", ".", "\n", '"', "\\", "{", "}")


def _members(kind: str, value: Any) -> list[str]:
    """Return letters that one item of the tree accepts; several of different kinds, if it accepts many."""
    match kind:
        case "LITERAL":
            return [chr(value)]
        case "NOT_LITERAL":
            return [letter for letter in _ANY if ord(letter) != value]
        case "ANY":
            return list(_ANY)
        case "CATEGORY":
            return [_CLASSES[str(value).removeprefix("CATEGORY_")]]
        case "RANGE":
            return [chr(value[0])]
        case "IN" if str(value[0][0]) == "NEGATE":
            refused = re.compile("".join(("[", *map(_spelled, value[1:]), "]")), re.DOTALL)
            return [letter for letter in _ANY if not refused.fullmatch(letter)]
        case "IN":
            return [letter for part, inner in value for letter in _members(str(part), inner)]
    return []


def _spelled(part: tuple[Any, Any]) -> str:
    kind, value = str(part[0]), part[1]
    if kind == "CATEGORY":
        name = str(value).removeprefix("CATEGORY_")
        return {
            "DIGIT": r"\d",
            "SPACE": r"\s",
            "WORD": r"\w",
            "NOT_DIGIT": r"\D",
            "NOT_SPACE": r"\S",
            "NOT_WORD": r"\W",
        }[name]
    return re.escape(chr(value)) if kind == "LITERAL" else f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"


def _bodies(kind: str, value: Any) -> list[list[Any]]:
    """Return the sequences inside an item of the tree."""
    if kind in _REPEATS:
        return [list(value[2])]
    match kind:
        case "SUBPATTERN":
            return [list(value[3])]
        case "ATOMIC_GROUP":
            return [list(value)]
        case "BRANCH":
            return [list(branch) for branch in value[1]]
        case "ASSERT":
            return [list(value[1])]
    return []


def _letters(items: list[Any]) -> Iterator[str]:
    for kind, value in items:
        yield from _members(str(kind), value)
        for body in _bodies(str(kind), value):
            yield from _letters(body)


def _least(items: list[Any], *, once: bool = False) -> str:
    """Return the shortest text that a sequence accepts; with `once`, every repetition is there at least once."""
    text = ""
    for kind, value in ((str(kind), value) for kind, value in items):
        bodies = [] if kind == "ASSERT" else _bodies(kind, value)
        if kind in _REPEATS:
            text += _least(bodies[0], once=once) * max(int(value[0]), int(once))
        elif bodies:
            text += _least(bodies[0], once=once)
        else:
            text += (_members(kind, value) or [""])[0]
    return text


def _repetitions(items: list[Any], before: str) -> Iterator[tuple[str, str]]:
    """Yield every repetition: a text that leads to it, and each kind of text that it repeats."""
    for number, (kind, value) in enumerate(items):
        here = before + _least(items[:number], once=True)
        if str(kind) in _REPEATS:
            yield from ((here, again) for again in _alternatives(list(value[2])))
        for body in _bodies(str(kind), value):
            yield from _repetitions(body, here)


def _alternatives(body: list[Any]) -> Iterator[str]:
    """Yield the texts of one turn of a repetition: for a choice each branch, for a set each kind of letter."""
    yield _least(body, once=True)
    if len(body) == 1:
        kind, value = str(body[0][0]), body[0][1]
        yield from _members(kind, value)
        for inner in _bodies(kind, value):
            yield from _alternatives(inner)
