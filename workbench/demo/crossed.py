"""CloudWatch's own words about a crossed threshold. Its times do not have a zone and are UTC."""

import json
from datetime import UTC, datetime, timedelta
from typing import Final

LIMIT: Final = 500_000.0
"""The latency threshold of the alarms, in microseconds."""


def data(observed: float) -> str:
    """Return the numbers of a change, as CloudWatch stores them beside its sentence."""
    known = {"version": "1.0", "statistic": "Average", "period": 60}
    return json.dumps(known | {"recentDatapoints": [observed], "threshold": LIMIT})


def above(observed: float) -> str:
    """Return the sentence for a latency, in microseconds, that became too long."""
    return _crossed(observed, "was greater than", "OK -> ALARM")


def below(observed: float) -> str:
    """Return the sentence for a latency that is short again."""
    return _crossed(observed, "was not greater than", "ALARM -> OK")


def _crossed(observed: float, how: str, change: str) -> str:
    at = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%d/%m/%y %H:%M:00")
    return (
        f"Threshold Crossed: 1 out of the last 1 datapoints [{observed:.1f} ({at})] {how} the threshold ({LIMIT}) "
        f"(minimum 1 datapoint for {change} transition)."
    )
