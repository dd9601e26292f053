"""`python -m workbench.scenarios FOLDER` plays all scenarios, prints expected beside got, and exits 1 if one differs."""

import sys
from pathlib import Path

from workbench.scenarios.suite import report


def main() -> int:
    """Play the folder in the argument and return the exit code.

    The code is 0 if everything is as expected, 1 if something differs, and 2 if nothing can be played.
    """
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m workbench.scenarios FOLDER\n")
        return 2
    return report(Path(sys.argv[1]), sys.stdout, sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
