"""TODO json."""
