"""`python -m workbench.scenarios FOLDER`: plays all scenarios, prints expected against got, and exits 1 where one differs."""

import sys
from pathlib import Path

from workbench.scenarios.suite import report


def main() -> int:
    """Play what lies in the folder that is named. 0 where all is as expected, 1 where something differs, 2 where nothing can be played."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m workbench.scenarios FOLDER\n")
        return 2
    return report(Path(sys.argv[1]), sys.stdout, sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
