"""The stored case of a source. A source keeps its identity, but its target may change."""

from msgspec import Struct, field

from kedge.domain.run import Monitor
from kedge.domain.target import Target


class SourceCase(Struct, frozen=True, kw_only=True):
    """The case of a source's last signal.

    `source_target` is the source: the alarm, the schedule or the pipeline, by account, Region and name. `source` is its name
    in that case, `contributor` the id of the one time series of an alarm, if it is one. `confirmed` says whether an
    authority confirmed its signals: unconfirmed ones have their own place.
    """

    source_target: Target = field(name="speaker")
    source: str
    target: Target
    monitor: Monitor
    confirmed: bool = True
    contributor: str = ""
