"""What CloudWatch says of a threshold that was crossed, in its own words. Its times have no zone and are UTC."""

from datetime import UTC, datetime, timedelta


def above(observed: float) -> str:
    """Of a latency, in microseconds, that became too long."""
    return _crossed(observed, "was greater than", "OK -> ALARM")


def below(observed: float) -> str:
    """Of one that is short again."""
    return _crossed(observed, "was not greater than", "ALARM -> OK")


def _crossed(observed: float, how: str, change: str) -> str:
    at = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%d/%m/%y %H:%M:00")
    return (
        f"Threshold Crossed: 1 out of the last 1 datapoints [{observed:.1f} ({at})] {how} the threshold (500000.0) "
        f"(minimum 1 datapoint for {change} transition)."
    )
