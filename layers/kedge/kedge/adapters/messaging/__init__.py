"""TODO messaging."""
