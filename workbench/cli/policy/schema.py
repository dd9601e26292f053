"""`kedge policy schema`: the JSON Schema of the policy document, for editors and other programs."""

import sys

from workbench.cli.exits import Exit
from workbench.cli.policy.json_schema import policy_schema
from workbench.schemas import text_of


def schema() -> Exit:
    """Print the schema and return the exit code."""
    sys.stdout.write(text_of(policy_schema()))
    return Exit.DONE
