"""TODO wording."""
