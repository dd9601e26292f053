"""The root of all errors of this package: input that a person must change."""


class MonitorError(ValueError):
    """Input that cannot be measured. The text names the place and the action."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun, for sentences."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
