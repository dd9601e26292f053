"""The root of all errors of this package: input that a person must change."""


class MonitorError(ValueError):
    """Input that cannot be measured. The text names the place and the action."""
