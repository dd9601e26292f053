"""The sentences of checks. A violated check says what Model Monitor's file says, to the letter: other tools parse it.

Sources: the violation files of the SageMaker examples and SDK, and the regular expressions of their readers
(`distance: (.+) exceeds threshold: (.+)`, `Value: (.+) does not meet the constraint requirement!`).
"""

from decimal import Decimal

from kedge_monitor.compare.verdict import CheckType

MISSING_COLUMNS = "Missing columns"
EXTRA_COLUMNS = "Extra columns"
_COLUMN_WORDS = {CheckType.MISSING_COLUMN: "missing", CheckType.EXTRA_COLUMN: "extra"}


def write_double(value: float) -> str:
    """Write a number as Java does: 0.1, 100.0, 3.4E-5. Below 0.001 and from 10^7 on with an exponent."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(float(value))
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    if not isinstance(exponent, int):
        return repr(float(value))
    first, rest = digits[0], "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{first}.{rest}E{exponent + len(digits) - 1}"


def say_drift(distance: float, limit: float, *, violated: bool) -> str:
    """Say how far a distribution is from the baseline."""
    words = " exceeds" if violated else ","
    return f"Baseline drift distance: {write_double(distance)}{words} threshold: {write_double(limit)}"


def say_value(share: float, limit: float, *, violated: bool) -> str:
    """Say a share, of present or of known values. The blank at the end is Model Monitor's."""
    if violated:
        return f"Value: {write_double(share)} does not meet the constraint requirement! "
    return f"Value: {write_double(share)}, constraint: {write_double(limit)}"


def say_type(expected: str, share: float, limit: float, *, violated: bool) -> str:
    """Say which share of the values has the expected type."""
    wanted, found = write_double(limit * 100), write_double(share * 100)
    if violated:
        return (
            f"Data type match requirement is not met. Expected data type: {expected}, Expected match: {wanted}%. "
            f"Observed: Only {found}% of data is {expected}."
        )
    return f"Data type match: {found}% of data is {expected}, Expected match: {wanted}%."


def say_columns(check: CheckType, current: int, baseline: int) -> str:
    """Say that columns are missing or extra, by the counts that Model Monitor compares."""
    return (
        f"There are {_COLUMN_WORDS[check]} columns in current dataset. Number of columns in current dataset: {current}, "
        f"Number of columns in baseline constraints: {baseline}"
    )
