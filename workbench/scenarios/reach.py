"""Limits the files of a test to its project: a foreign test must not read other files of the machine that plays it."""

from pathlib import Path


def is_in_reach(file: Path, folder: Path) -> bool:
    """Return whether a file that a test in `folder` names is in the test's project, after all links are followed."""
    return file.resolve().is_relative_to(project_of(folder))


def project_of(folder: Path) -> Path:
    """Return the git work tree that contains a folder.

    Without a work tree it is the current folder of the command if it contains the folder, else the folder itself. A
    tree that contains the user's home is not a project: it would contain the user's keys, too.
    """
    here, home = folder.resolve(), Path.home().resolve()
    trees = [each for each in (here, *here.parents) if (each / ".git").exists()]
    context = [Path.cwd().resolve()] if here.is_relative_to(Path.cwd().resolve()) else []
    return next((each for each in (*trees, *context) if not home.is_relative_to(each)), here)
