"""Where the word of a source lies: what speaks stays what it is, and what it looks at may change."""

from msgspec import Struct

from kedge.domain.run import Monitor
from kedge.domain.target import Target


class SourceCase(Struct, frozen=True, kw_only=True):
    """The case in which a source was heard of last.

    `speaker` is what speaks: the alarm, the schedule or the pipeline, by account, Region and name. `source` is its name in that case, `contributor` the id of the one time series of an alarm that it is, if it is one. `confirmed` says
    whether an authority confirmed its signals: what nobody confirms has a place of its own.
    """

    speaker: Target
    source: str
    target: Target
    monitor: Monitor
    confirmed: bool = True
    contributor: str = ""
