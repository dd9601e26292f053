"""What CloudWatch says of a threshold that was crossed, in its own words. Its times have no zone and are UTC."""

import json
from datetime import UTC, datetime, timedelta
from typing import Final

LIMIT: Final = 500_000.0
"""The latency, in microseconds, above which the alarms go off."""


def data(observed: float) -> str:
    """The numbers of a change, as CloudWatch keeps them beside its sentence."""
    known = {"version": "1.0", "statistic": "Average", "period": 60}
    return json.dumps(known | {"recentDatapoints": [observed], "threshold": LIMIT})


def above(observed: float) -> str:
    """Of a latency, in microseconds, that became too long."""
    return _crossed(observed, "was greater than", "OK -> ALARM")


def below(observed: float) -> str:
    """Of one that is short again."""
    return _crossed(observed, "was not greater than", "ALARM -> OK")


def _crossed(observed: float, how: str, change: str) -> str:
    at = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%d/%m/%y %H:%M:00")
    return (
        f"Threshold Crossed: 1 out of the last 1 datapoints [{observed:.1f} ({at})] {how} the threshold ({LIMIT}) "
        f"(minimum 1 datapoint for {change} transition)."
    )
