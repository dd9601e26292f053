"""The table of imports between the parts of Kedge, and a reader that finds every import outside it.

The table is the design in executable form. A new row changes the architecture: change `docs/architecture.md` with it.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# part -> (parts of Kedge it may import, packages of others it may import). The standard library is open to all,
# except what the pure parts must not touch, below. A part may always import itself. A package inside a part may have a row of its own.
CORE = frozenset(
    {
        "domain",
        "formatting",
        "policy",
        "monitors",
        "decide",
        "routing",
        "remediation",
        "explain",
        "messages",
        "watchdog",
    }
)
INNER = CORE | {"ports"}
ALLOWED: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "domain": (frozenset[str](), frozenset({"msgspec"})),
    "formatting": (frozenset[str](), frozenset[str]()),
    "policy": (frozenset({"domain", "formatting"}), frozenset({"msgspec"})),
    "monitors": (frozenset({"domain", "policy"}), frozenset({"msgspec"})),
    "watchdog": (frozenset({"domain", "formatting"}), frozenset({"msgspec"})),
    "decide": (CORE, frozenset({"msgspec"})),
    "routing": (CORE, frozenset({"msgspec"})),
    "remediation": (CORE, frozenset({"msgspec"})),
    "explain": (CORE, frozenset({"msgspec"})),
    "policy.lint": (CORE, frozenset({"msgspec", "yaml"})),
    "monitors.lint": (CORE, frozenset({"msgspec", "yaml"})),
    "ports": (frozenset({"domain", "watchdog.facts"}), frozenset({"msgspec"})),
    "sources": (CORE | {"ports", "reports"}, frozenset({"msgspec"})),
    "reports": (frozenset({"domain", "ports"}), frozenset({"msgspec"})),
    "messages": (frozenset({"domain", "formatting", "ports"}), frozenset({"msgspec", "jinja2"})),
    "ledger": (INNER, frozenset({"msgspec"})),
    "adapters": (
        frozenset({"domain", "ports", "ledger", "reports", "watchdog.facts"}),
        frozenset({"msgspec", "boto3", "botocore"}),
    ),
    # the use cases know ports, never adapters
    "services": (INNER | {"sources", "reports", "ledger", "messages"}, frozenset({"msgspec"})),
    "services.measurement": (
        frozenset({"domain", "formatting", "monitors", "ports", "sources"}),
        frozenset({"msgspec"}),
    ),
    # the only modules of kedge that know the package kedge_monitor, which no other function has
    "services.measurement.engine": (
        frozenset({"domain", "monitors", "ports", "services.measurement"}),
        frozenset({"msgspec", "kedge_monitor"}),
    ),
    "services.measurement.labelled": (
        frozenset({"domain", "monitors", "services.measurement"}),
        frozenset({"msgspec", "kedge_monitor"}),
    ),
    "services.measurement.window_files": (
        frozenset({"monitors", "ports", "services.measurement"}),
        frozenset({"kedge_monitor"}),
    ),
    "services.measurement.handover": (
        frozenset({"domain", "monitors", "ports", "services.measurement"}),
        frozenset({"msgspec", "kedge_monitor"}),
    ),
    "services.measurement.inputs": (
        frozenset({"domain", "monitors", "ports", "services.measurement.transforms"}),
        frozenset({"msgspec", "kedge_monitor"}),
    ),
    "services.measurement.transforms": (
        frozenset({"domain", "ports"}),
        frozenset({"msgspec", "kedge_monitor"}),
    ),
    "services.measurement.results": (
        frozenset({"domain", "monitors"}),
        frozenset({"kedge_monitor"}),
    ),
    "services.policy_store": (INNER | {"ledger", "monitors"}, frozenset({"msgspec"})),
    "services.workflow": (
        INNER | {"ledger", "services.endpoint_context", "services.fact_reader"},
        frozenset({"msgspec"}),
    ),
}
# The same for the package kedge_monitor, which works without kedge and without AWS.
_ARRAYS = frozenset({"msgspec", "numpy", "pyarrow"})
_COLUMNS = frozenset({"batch", "errors"})
MONITOR: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "errors": (frozenset[str](), frozenset[str]()),
    "batch": (frozenset[str](), _ARRAYS),
    "capture": (_COLUMNS, _ARRAYS),
    "profile": (_COLUMNS, _ARRAYS),
    # A baseline is two of the files and a profile; its types are what the files hold.
    "baseline": (_COLUMNS | {"profile", "files"}, _ARRAYS),
    "compare": (_COLUMNS | {"profile", "baseline"}, _ARRAYS),
    "files": (_COLUMNS | {"profile", "baseline", "compare", "quality", "bias"}, _ARRAYS),
    "quality": (_COLUMNS | {"profile", "compare"}, _ARRAYS),
    "bias": (_COLUMNS | {"profile", "compare", "quality"}, _ARRAYS),
    "report": (_COLUMNS | {"profile", "baseline", "compare", "files", "quality", "bias"}, _ARRAYS),
    "engines": (
        _COLUMNS | {"capture", "profile", "baseline", "compare", "files", "quality", "bias", "report"},
        _ARRAYS | {"pyspark"},
    ),
}
# Only these may import everything in Kedge. A handler imports only the code that starts it.
COMPOSITION_ROOT = "lambdas"
HANDLER = (frozenset({"lambdas"}), frozenset({"aws_lambda_powertools"}))

# The core decides from its arguments: no clock, no disk, no network, no chance, no log.
IMPURE = frozenset(
    {
        "asyncio", "concurrent", "ftplib", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets",
        "shutil", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib.request",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Arrow:
    """One import that the table does not allow: importer, imported module, place, and the broken rule."""

    importer: str
    imported: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}: {self.why}"


def module_name(file: Path, root: Path) -> str:
    """Return the dotted name of a file below `root`."""
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source: str, module: str, *, package: bool) -> Iterator[tuple[str, int]]:
    """Yield every module that a source text imports, absolute, with its line.

    Relative imports are resolved. Imports for types count too, and so does `import_module("kedge.adapters")`.
    `from a import b` gives `a.b`, because b may be a module.
    """
    home = module.split(".") if package else module.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((name.name, node.lineno) for name in names)
            case ast.ImportFrom(module=base, names=names, level=level):
                start = home[: len(home) - level + 1] if level else []
                prefix = ".".join([*start, *([base] if base else [])])
                yield from ((f"{prefix}.{name.name}", node.lineno) for name in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name, node.lineno


def part_of(module: str) -> str:
    """Return the part that a module of the layer belongs to: the longest row of the table that names it, or its package."""
    inside = module.removeprefix("kedge.")
    rows = [row for row in ALLOWED if inside == row or inside.startswith(f"{row}.")]
    return max(rows, key=len, default=inside.split(".")[0])


def refusal(part: str, imported: str) -> str | None:
    """Return why `part` may not import `imported`, or None if it may."""
    top, _, rest = imported.partition(".")
    if top in ("workbench", "functions", "tests"):
        return f"what is deployed does not know {top}"
    if part == COMPOSITION_ROOT:
        return None
    if part not in ALLOWED and part != "handler":
        return f"the part {part} has no row in the table of arrows"
    inward, others = HANDLER if part == "handler" else ALLOWED[part]
    if top == "kedge":
        allowed = any(rest == target or rest.startswith(f"{target}.") for target in inward | {part})
        return None if allowed else f"{part} may import only {', '.join(sorted(inward))} of kedge"
    if top in sys.stdlib_module_names:
        impure = part in CORE and any(imported == name or imported.startswith(f"{name}.") for name in IMPURE)
        return f"{part} is pure" if impure else None
    return None if top in others else f"{part} may import only {', '.join(sorted(others)) or 'nothing'} of others"


def forbidden_arrows_of_monitor(layer: Path) -> list[Arrow]:
    """Return all imports of the package kedge_monitor that its table does not allow; `layer` is the package's folder."""
    found = []
    for file in sorted((layer / "kedge_monitor").rglob("*.py")):
        module = module_name(file, layer)
        part = module.removeprefix("kedge_monitor.").split(".")[0]
        if module == "kedge_monitor":
            continue  # a docstring
        inward, others = MONITOR.get(part, (frozenset[str](), frozenset[str]()))
        for imported, line in imports(file.read_text(encoding="utf-8"), module, package=file.name == "__init__.py"):
            top, _, rest = imported.partition(".")
            allowed = (
                rest.split(".")[0] in inward | {part}
                if top == "kedge_monitor"
                else top in sys.stdlib_module_names or top in others
            )
            if not allowed:
                found.append(
                    Arrow(module, imported, line, f"{part} may import only {', '.join(sorted(inward | others))}")
                )
    return found


def forbidden_arrows(layer: Path, functions: Path) -> list[Arrow]:
    """Return all imports that the table does not allow, in the layer (the folder of the package kedge) and in the functions."""
    files = [(file, layer) for file in sorted((layer / "kedge").rglob("*.py"))]
    files += [(file, functions.parent) for file in sorted(functions.rglob("*.py"))]
    found = []
    for file, root in files:
        module = module_name(file, root)
        if module == "kedge":
            continue  # a docstring and a version
        part = part_of(module) if root == layer else "handler"
        for imported, line in imports(file.read_text(encoding="utf-8"), module, package=file.name == "__init__.py"):
            if why := refusal(part, imported):
                found.append(Arrow(module, imported, line, why))
    return found
