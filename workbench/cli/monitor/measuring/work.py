"""Progress, failures and exit codes of a measurement on this machine."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from kedge_monitor.baseline.folder import BaselineUnusable
from kedge_monitor.capture.labels import LabelNameTaken
from kedge_monitor.capture.layout import ColumnsInvalid
from kedge_monitor.capture.source import Source, Stream
from kedge_monitor.capture.window import WindowInvalid
from kedge_monitor.compare.comparison import NothingToCompare
from kedge_monitor.compare.settings import SettingInapplicable
from kedge_monitor.errors import MonitorError
from kedge_monitor.quality.columns import WrongColumn
from workbench.cli.exits import Exit
from workbench.cli.monitor.measuring.data import WrongInput

_WRONG: Final = (
    WrongInput, BaselineUnusable, WrongColumn, ColumnsInvalid, LabelNameTaken, WindowInvalid, NothingToCompare,
    SettingInapplicable,
)  # fmt: skip
_QUOTED: Final = re.compile(r"`(--[a-z-]+)`")
# The settings that errors name, as options of the commands.
_OPTIONS: Final = {
    "`inference_attribute`": "--prediction",
    "`probability_attribute`": "--probability",
    "`ground_truth_attribute`": "--label",
    "`positive_label`": "--positive-label",
    "`positive_labels`": "--positive-label",
    "`facets`": "--facet",
    "`group_attribute`": "--group",
    "`feature_attributes`": "--feature",
    "`attributions`": "--attribution",
    "`probability_threshold_attribute`": "--probability-threshold",
    "problem_type ": "--problem-type ",
    "Choose another one.": "Choose another one with --label.",
    "or raise the limit.": "or raise --unreadable-share.",
}


def finish(command: str, work: Callable[[], None]) -> Exit:
    """Do the work and return the exit code: USAGE if arguments do not fit the data, FAILED if data cannot be read."""
    try:
        work()
    except _WRONG as error:
        note(f"kedge monitor {command}: {_with_options(str(error))}")
        return Exit.USAGE
    except BrokenPipeError:
        raise  # the reader of the output has closed it: no failure of the data
    except (MonitorError, OSError) as error:
        note(f"kedge monitor {command}: {_said(error)}")
        return Exit.FAILED
    return Exit.DONE


def _with_options(text: str) -> str:
    for setting, option in _OPTIONS.items():
        text = text.replace(setting, option)
    return _QUOTED.sub(r"\1", text)


def _said(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}. Check the path and its permissions."
    return _with_options(str(error))


def note(text: str) -> None:
    """Print a sentence on stderr."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(text, markup=False)


def print_json(value: Any) -> None:
    """Print one JSON object on stdout."""
    sys.stdout.buffer.write(msgspec.json.encode(value, order="deterministic") + b"\n")
    sys.stdout.buffer.flush()


class Watch:
    """Shows progress on stderr while objects are read."""

    def __init__(self, bar: Progress | None, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def over(self, sources: Sequence[Source]) -> list[Source]:
        """Return the same objects. Their reading moves the bar."""
        if self._bar is None:
            return list(sources)
        return [replace(each, open=partial(_Counted, each.open, self.advance)) for each in sources]

    def advance(self, amount: int) -> None:
        """Move the bar by some bytes or steps."""
        if self._bar is not None:
            self._bar.advance(self._task, amount)


@contextmanager
def watch(label: str, total: int | None) -> Iterator[Watch]:
    """Show progress on stderr, if it is a terminal. None: the total is unknown."""
    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield Watch(None, TaskID(0))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        yield Watch(bar, bar.add_task(label, total=total))


class _Counted:
    """A stream that reports the bytes that were read of it."""

    def __init__(self, open_: Callable[[], Stream], count: Callable[[int], None]) -> None:
        self._stream = open_()
        self._count = count

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._count(len(data))
        return data

    def close(self) -> None:
        self._stream.close()

    def __getattr__(self, name: str) -> Any:
        """Pass on what Parquet needs: seek, tell, closed."""
        return getattr(self._stream, name)
