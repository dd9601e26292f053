"""How far the files of a test may lie from it: a test of somebody else's names no file of the machine on which it is played."""

from pathlib import Path


def is_in_reach(file: Path, folder: Path) -> bool:
    """Whether a file that a test in `folder` names lies within the test's project, once all links are followed."""
    return file.resolve().is_relative_to(project_of(folder))


def project_of(folder: Path) -> Path:
    """The git work tree around a folder; without one the folder in which the command runs; without both the folder itself.

    A tree that holds the whole home of a user is no project: it would hold their keys as well.
    """
    here, home = folder.resolve(), Path.home().resolve()
    trees = [each for each in (here, *here.parents) if (each / ".git").exists()]
    around = [Path.cwd().resolve()] if here.is_relative_to(Path.cwd().resolve()) else []
    return next((each for each in (*trees, *around) if not home.is_relative_to(each)), here)
