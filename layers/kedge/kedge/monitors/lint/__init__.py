"""Reads the text of a Monitors document, and finds each fault with its line, column, reason and fix.

reading    text to document, or all faults, as for a policy
checks     rules of one monitor beyond the schema
timing     rules about schedules, windows and promises
merged     a monitor's nodes together with those of `defaults`
"""

from kedge.monitors.lint.reading import KIND, read

__all__ = ["KIND", "read"]
