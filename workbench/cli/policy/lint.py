"""`kedge policy lint`: all faults of a policy, each with its place and its fix."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from workbench.cli.exits import Exit
from workbench.cli.lint_screen import print_results
from workbench.cli.policy_files import reading_of


def lint(files: Sequence[Path], *, as_json: bool) -> Exit:
    """Read policies, print their faults on standard output, and return the exit code.

    It is FAILED if there is a fault, and USAGE if a file does not exist.
    """
    notes = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        read = [(file, reading_of(file)) for file in files if not _is_test(file)]
    except OSError as error:
        notes.print(Text(f"kedge policy lint: {error.filename or 'a file'} cannot be read: {error.strerror}"))
        return Exit.USAGE
    done = print_results(read, as_json=as_json)
    for file in filter(_is_test, files):
        Console(stderr=True, soft_wrap=True, highlight=False).print(
            Text(f"{file}: tests, which `kedge policy test` reads")
        )
    return done


def _is_test(file: Path) -> bool:
    """Return whether a file holds tests of a policy: `kedge policy lint policies/*.yaml` names them, too."""
    return file.name.endswith((".test.yaml", ".test.yml"))
