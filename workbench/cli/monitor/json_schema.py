"""The JSON Schema of the Monitors document, and `kedge monitor schema`, which prints it."""

import sys

from kedge.monitors.spec import MonitorsDocument
from workbench.cli.exits import Exit
from workbench.cli.monitor.keys import MONITOR_KEYS
from workbench.cli.policy.json_schema import Schema, document_schema


def monitors_schema() -> Schema:
    """Return the schema, as it is committed."""
    return document_schema(MonitorsDocument, MONITOR_KEYS, "Kedge monitors")


def schema() -> Exit:
    """Print the schema and return the exit code."""
    from workbench.schemas import text_of

    sys.stdout.write(text_of(monitors_schema()))
    return Exit.DONE
