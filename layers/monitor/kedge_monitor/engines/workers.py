"""The profile of captured objects: in this process, or in several that each fill a state."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import accumulate, pairwise
from multiprocessing import get_context
from types import TracebackType
from typing import NamedTuple, Self

from kedge_monitor.batch import Floats
from kedge_monitor.capture.layout import Layout
from kedge_monitor.capture.read_report import ReadReport, join_reports
from kedge_monitor.capture.reader import CaptureReader, CaptureSettings
from kedge_monitor.capture.source import Source
from kedge_monitor.profile.dataset import DatasetProfile, DatasetState, merge_profiles
from kedge_monitor.profile.stored import decode_profile, encode_profile


class Profiled(NamedTuple):
    """The profile of some objects, and what became of their lines."""

    profile: DatasetProfile
    report: ReadReport


def profile_objects(
    sources: Sequence[Source], layout: Layout, edges: Mapping[str, Floats], settings: CaptureSettings
) -> Profiled:
    """Return the profile of captured objects, read in this process one after another.

    Args:
        sources: the objects, in the order of their keys.
        layout: the columns of the records.
        edges: the edges of the histograms by column.
        settings: how the records are read.
    """
    state, reader = DatasetState(layout.schema, edges), CaptureReader(layout, settings)
    for batch in reader.read(sources):
        state.add(batch)
    return Profiled(state.profile(), reader.report)


def _profile_share(
    sources: Sequence[Source], layout: Layout, edges: Mapping[str, Floats], settings: CaptureSettings
) -> tuple[bytes, ReadReport]:
    profile, report = profile_objects(sources, layout, edges, settings)
    return encode_profile(profile), report


class Workers:
    """Some processes that profile objects side by side. They start once and serve any number of windows.

    All counts and sums are those of one process; the items of the sketches depend on how the objects are shared out.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        # A forked process could inherit locks of Arrow's threads.
        self._pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def profile_objects(
        self, sources: Sequence[Source], layout: Layout, edges: Mapping[str, Floats], settings: CaptureSettings
    ) -> Profiled:
        """Return the profile of captured objects as the function `profile_objects` does. Sources must be picklable."""
        shares = _shared_out(sources, self._count)
        if len(shares) < 2:
            return profile_objects(sources, layout, edges, settings)
        jobs = [self._pool.submit(_profile_share, share, layout, edges, settings) for share in shares]
        parts = [job.result() for job in jobs]
        profile = merge_profiles(decode_profile(data) for data, _ in parts)
        return Profiled(profile, join_reports(report for _, report in parts))


def _shared_out(sources: Sequence[Source], count: int) -> list[Sequence[Source]]:
    """Return the objects in at most `count` shares of neighbours that have about the same number of bytes.

    A share costs the merging of a state, so each process gets one.
    """
    begins = list(accumulate((source.size or 1 for source in sources), initial=0))
    # Each cut is at the object whose beginning is nearest to the even share.
    cuts = [
        min(range(len(begins)), key=lambda at: abs(begins[at] - begins[-1] * share / count))
        for share in range(count + 1)
    ]
    return [sources[first:last] for first, last in pairwise(cuts) if first < last]
