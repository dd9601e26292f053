"""Options of the commands that measure. This module imports neither numpy nor pyarrow."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from msgspec import Struct


class DataForm(StrEnum):
    """The form of data on the disk."""

    CSV = "csv"
    CSV_WITHOUT_HEADER = "csv_without_header"
    JSON_LINES = "json_lines"
    PARQUET = "parquet"
    CAPTURE = "capture"
    BATCH_TRANSFORM = "batch_transform"


class Problem(StrEnum):
    """The kinds of a prediction, by the names of `problem_type`."""

    REGRESSION = "Regression"
    BINARY = "BinaryClassification"
    MULTICLASS = "MulticlassClassification"


class LabelOptions(Struct, frozen=True, kw_only=True):
    """The labels and the columns that a measurement with labels reads, as they are typed."""

    labels: Path | None = None
    problem: Problem | None = None
    label: str | None = None
    prediction: str | None = None
    probability: str | None = None
    probability_threshold: float = 0.5
    positive_label: str = "1"


class BiasOptions(Struct, frozen=True, kw_only=True):
    """The groups whose bias is measured, and the columns of metrics that need more, as they are typed."""

    facets: tuple[str, ...] = ()
    group: str | None = None
    features: tuple[str, ...] = ()


class PromiseOptions(Struct, frozen=True, kw_only=True):
    """The rules of a verdict, as they are typed."""

    mode: str = "promise"
    false_pages: float = 1.0
    within: str = "26w"
    runs_per_week: float = 168.0
    threshold: float | None = None
    seasonality: str = "none"


class Seasonality(StrEnum):
    """Which clean windows a window is also compared with."""

    NONE = "none"
    HOUR_OF_WEEK = "hour_of_week"


class Mode(StrEnum):
    """The rules that decide."""

    PROMISE = "promise"
    COMPATIBLE = "compatible"


AS_JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]
FORM = Annotated[DataForm | None, typer.Option("--format", help="The form of the data. By default Kedge detects it.")]
BASELINE = Annotated[Path, typer.Option("--baseline", help="The folder of the baseline.")]
EXCLUDE = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="COLUMN", help="A column to leave out, by name or number from 0. Repeatable."),
]
UNREADABLE = Annotated[
    float,
    typer.Option(
        "--unreadable-share", min=0, max=1, help="The largest share of lines that may be unreadable. Above it, exit 1."
    ),
]
LABELS = Annotated[
    Path | None, typer.Option("--labels", help="The file or folder of labels for captured records, by event id.")
]
PROBLEM = Annotated[Problem | None, typer.Option("--problem-type", help="The kind of the prediction.")]
LABEL = Annotated[
    str | None, typer.Option("--label", metavar="COLUMN", help="The column of labels in a table; in labels, their key.")
]
PREDICTION = Annotated[
    str | None, typer.Option("--prediction", metavar="COLUMN", help="The column of predictions, by name or number.")
]
PROBABILITY = Annotated[
    str | None,
    typer.Option("--probability", metavar="COLUMN", help="The column with the probability of the positive label."),
]
CUT = Annotated[
    float,
    typer.Option("--probability-threshold", min=0, max=1, help="Above this probability, a prediction is positive."),
]
POSITIVE = Annotated[str, typer.Option("--positive-label", help="The positive label of a binary classifier.")]
MODE = Annotated[
    Mode,
    typer.Option("--mode", help="promise: significant and material. compatible: the rules of Model Monitor."),
]
FALSE_PAGES = Annotated[
    float, typer.Option("--false-pages", help="The promise: the number of false pages, on average.")
]
WITHIN = Annotated[str, typer.Option("--within", help="The promise: the time for this number, such as 26w.")]
RUNS = Annotated[float, typer.Option("--runs-per-week", help="The number of windows in a week.")]
THRESHOLD = Annotated[
    float | None,
    typer.Option("--threshold", help="The least distance that matters. By default that of the baseline, else 0.1."),
]
SEASONALITY = Annotated[
    Seasonality,
    typer.Option(
        "--seasonality",
        help="hour_of_week: compare with the same hour of earlier weeks, as soon as 4 of them were clean.",
    ),
]
