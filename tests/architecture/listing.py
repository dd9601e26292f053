"""The modules that each package lists in its `__init__`, and the importers of each module.

    python -m tests.architecture.listing

adds a line for each module that its package does not list yet: the first sentence of the module.
"""

import ast
import re
from functools import cache
from pathlib import Path

from tests.architecture.arrows import imports, module_name

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers" / "kedge"
MONITOR_LAYER = ROOT / "layers" / "monitor"
# `name    what it does`, or `name/` for a package: a word in column 0 or after blanks, then at least 2 blanks.
_ENTRY = re.compile(r"^ *([a-z_0-9]+)/? {2,}(\S.*)$")


def packages() -> list[Path]:
    """Return the folder of each package of the layers and of the workbench."""
    roots = (LAYER / "kedge", MONITOR_LAYER / "kedge_monitor", ROOT / "workbench")
    return sorted(init.parent for root in roots for init in root.rglob("__init__.py"))


def contents(package: Path) -> set[str]:
    """Return the names of the modules and packages in a package."""
    files = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    return files | {init.parent.name for init in package.glob("*/__init__.py")}


def listed(package: Path) -> dict[str, str]:
    """Return the entries of a package's docstring: the text of each name."""
    tree = ast.parse((package / "__init__.py").read_text(encoding="utf-8"))
    found = (_ENTRY.match(line) for line in (ast.get_docstring(tree) or "").splitlines())
    return {entry[1]: entry[2] for entry in found if entry}


def with_unlisted(package: Path) -> str:
    """Return the text of a package's `__init__` with a line for each module that it does not list, after the last line."""
    lines = (package / "__init__.py").read_text(encoding="utf-8").splitlines(keepends=True)
    for name in sorted(contents(package) - set(listed(package))):
        last = max(number for number, line in enumerate(lines) if _ENTRY.match(line))
        column = lines[last].index(_ENTRY.match(lines[last])[2])
        lines.insert(last + 1, f"{name:<{column}}{_sentence_of(package / f'{name}.py')}\n")
    return "".join(lines)


def _sentence_of(module: Path) -> str:
    sentence = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))).partition("\n")[0].rstrip(".")
    return sentence[0].lower() + sentence[1:]


def is_one_for_each(package: Path) -> bool:
    """Return whether a package has one module for each remedy or function on purpose, as its first line says."""
    tree = ast.parse((package / "__init__.py").read_text(encoding="utf-8"))
    return "one module for each" in (ast.get_docstring(tree) or "").partition("\n")[0]


@cache
def importers() -> dict[Path, frozenset[Path]]:
    """Return the files of layers, functions, jobs and workbench that import each module of the layers and the workbench.

    An `__init__` that only lists names counts as an importer like any other file. Tests do not count.
    """
    roots = {"kedge": LAYER, "kedge_monitor": MONITOR_LAYER, "functions": ROOT, "jobs": ROOT, "workbench": ROOT}
    files = {
        module_name(path, root): path for name, root in roots.items() for path in sorted((root / name).rglob("*.py"))
    }
    found: dict[Path, set[Path]] = {path: set() for path in files.values()}
    for module, path in files.items():
        for imported, _ in imports(path.read_text(encoding="utf-8"), module, package=path.name == "__init__.py"):
            target = files.get(imported) or files.get(imported.rpartition(".")[0])
            if target not in (None, path):
                found[target].add(path)
    return {path: frozenset(by) for path, by in found.items() if path.name != "__init__.py"}


def small_with_one_importer(lines: int) -> list[Path]:
    """Return the modules of fewer than `lines` lines that exactly one file imports."""
    return sorted(
        path
        for path, by in importers().items()
        if len(by) == 1 and len(path.read_text(encoding="utf-8").splitlines()) < lines
    )


if __name__ == "__main__":
    for folder in packages():
        (folder / "__init__.py").write_text(with_unlisted(folder), encoding="utf-8")
