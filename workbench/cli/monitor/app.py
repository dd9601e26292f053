"""The commands below `kedge monitor`."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.connection.options import JSON, PROFILE, REGION, STACK
from workbench.cli.monitor import options as asked
from workbench.cli.monitor.options import BiasOptions, LabelOptions, Mode, Problem, PromiseOptions, Seasonality

app = typer.Typer(help="Measure data, and check, publish and show the monitors of Kedge.", no_args_is_help=True)
_AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
_DATA = Annotated[
    Path, typer.Argument(help="A file or a folder: CSV, JSON Lines, Parquet, captured data or batch transform data.")
]
_OUT = Annotated[Path, typer.Option("--out", help="The folder for the files. Those of an earlier call are replaced.")]
_HEADER = Annotated[bool, typer.Option("--input-header", help="Batch transform: inputs begin with a header of CSV.")]
_IDS = Annotated[
    bool, typer.Option("--inference-ids", help="Batch transform: outputs end with the id of GenerateInferenceId.")
]
_FILE = Annotated[
    Path | None,
    typer.Option("--file", help="A Monitors document, instead of the stack's.", dir_okay=False),
]


@app.command()
def lint(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="Monitors documents, in YAML or JSON.", exists=True, dir_okay=False, readable=True
        ),
    ],
    *,
    as_json: _AS_JSON = False,
) -> None:
    """Print each fault of a Monitors document with its place, reason and fix. Exit 1 if there is one."""
    from workbench.cli.monitor.document import lint as read

    raise typer.Exit(read(files, as_json=as_json))


@app.command()
def schema() -> None:
    """Print the JSON Schema of Monitors documents, for editors."""
    from workbench.cli.monitor.json_schema import schema as show

    raise typer.Exit(show())


@app.command()
def push(
    file: Annotated[
        Path, typer.Argument(help="The Monitors document, in YAML.", exists=True, dir_okay=False, readable=True)
    ],
    *,
    as_json: _AS_JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Check a Monitors document, publish it to a deployed stack, and wait for its deployment."""
    from workbench.cli.monitor.document import push as publish

    raise typer.Exit(publish(file, stack, region, profile, as_json=as_json))


@app.command(name="list")
def list_(
    *,
    file: _FILE = None,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Print the monitors of a stack, or of a file, with their next measurement."""
    from workbench.cli.monitor.listing import MonitorPlace, list_monitors

    place = MonitorPlace(file=file, stack=stack, region=region, profile=profile)
    raise typer.Exit(list_monitors(place, as_json=as_json))


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="The name of the monitor.")],
    *,
    file: _FILE = None,
    as_json: _AS_JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Print one monitor with all its values, also those of the defaults."""
    from workbench.cli.monitor.listing import MonitorPlace, show_monitor

    place = MonitorPlace(file=file, stack=stack, region=region, profile=profile)
    raise typer.Exit(show_monitor(name, place, as_json=as_json))


@app.command()
def baseline(
    data: _DATA,
    *,
    out: _OUT,
    form: asked.FORM = None,
    exclude: asked.EXCLUDE = None,
    unreadable: asked.UNREADABLE = 0.01,
    labels: asked.LABELS = None,
    problem: asked.PROBLEM = None,
    label: asked.LABEL = None,
    prediction: asked.PREDICTION = None,
    probability: asked.PROBABILITY = None,
    probability_threshold: asked.CUT = 0.5,
    positive_label: asked.POSITIVE = "1",
    facet: Annotated[
        list[str] | None,
        typer.Option("--facet", help="A facet of bias: a column, column=value,value or column>40. Repeatable."),
    ] = None,
    group: Annotated[
        str | None, typer.Option("--group", metavar="COLUMN", help="The groups of the conditional metrics of bias.")
    ] = None,
    feature: Annotated[
        list[str] | None,
        typer.Option("--feature", metavar="COLUMN", help="A number column of bias's flip test. Repeatable."),
    ] = None,
    attribution: Annotated[
        list[str] | None,
        typer.Option("--attribution", metavar="COLUMN=FEATURE", help="A column of attributions. Repeatable."),
    ] = None,
    header: _HEADER = False,
    has_ids: _IDS = False,
    as_json: asked.AS_JSON = False,
) -> None:
    """Make the baseline of good data, and print each column and everything that will make noise."""
    from workbench.cli.monitor.measuring.fitting import BaselineRequest, make_baseline

    request = BaselineRequest(
        data=data,
        out=out,
        form=form,
        exclude=tuple(exclude or ()),
        unreadable=unreadable,
        labels=_labels(labels, problem, label, prediction, probability, probability_threshold, positive_label),
        bias=BiasOptions(facets=tuple(facet or ()), group=group, features=tuple(feature or ())),
        attributions=tuple(attribution or ()),
        header=header,
        has_ids=has_ids,
        as_json=as_json,
    )
    raise typer.Exit(make_baseline(request))


@app.command()
def run(
    capture: _DATA,
    *,
    baseline: asked.BASELINE,
    out: _OUT,
    form: asked.FORM = None,
    start: Annotated[
        str | None, typer.Option("--start", help="The start of the window, as a time or an age such as 1d.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--end", help="The end of the window. By default that of the data.")
    ] = None,
    mode: asked.MODE = Mode.PROMISE,
    false_pages: asked.FALSE_PAGES = 1.0,
    within: asked.WITHIN = "26w",
    runs_per_week: asked.RUNS = 168.0,
    threshold: asked.THRESHOLD = None,
    seasonality: asked.SEASONALITY = Seasonality.NONE,
    exclude: asked.EXCLUDE = None,
    unreadable: asked.UNREADABLE = 0.01,
    history: Annotated[
        Path | None,
        typer.Option("--history", help="The file of what windows need of earlier ones. It is read and written."),
    ] = None,
    labels: asked.LABELS = None,
    problem: asked.PROBLEM = None,
    label: asked.LABEL = None,
    prediction: asked.PREDICTION = None,
    probability: asked.PROBABILITY = None,
    probability_threshold: asked.CUT = 0.5,
    positive_label: asked.POSITIVE = "1",
    title: Annotated[
        str | None, typer.Option("--title", help="The title of the page. By default, the data's name.")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes that read captured files.")] = 1,
    header: _HEADER = False,
    has_ids: _IDS = False,
    as_json: asked.AS_JSON = False,
) -> None:
    """Compare a window of data with a baseline, and write the files of Model Monitor. Exit 0 also if it is violated."""
    from workbench.cli.monitor.measuring.running import RunRequest, run_window

    request = RunRequest(
        capture=capture,
        baseline=baseline,
        out=out,
        form=form,
        start=start,
        end=end,
        exclude=tuple(exclude or ()),
        unreadable=unreadable,
        rules=PromiseOptions(
            mode=mode,
            false_pages=false_pages,
            within=within,
            runs_per_week=runs_per_week,
            threshold=threshold,
            seasonality=seasonality,
        ),
        labels=_labels(labels, problem, label, prediction, probability, probability_threshold, positive_label),
        history=history,
        workers=workers,
        title=title,
        header=header,
        has_ids=has_ids,
        as_json=as_json,
    )
    raise typer.Exit(run_window(request))


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.")],
    *,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", help="The folder of the baseline. By default, the copy in the run.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The page. By default report.html in the folder.")] = None,
    as_json: asked.AS_JSON = False,
) -> None:
    """Write the HTML page of a run again, from the files in its folder."""
    from workbench.cli.monitor.measuring.page import write_page

    raise typer.Exit(write_page(folder, baseline, out, as_json=as_json))


@app.command()
def backtest(
    capture: Annotated[Path, typer.Argument(help="A file or a folder of captured data of an endpoint.")],
    *,
    baseline: asked.BASELINE,
    since: Annotated[str, typer.Option("--since", help="The start, as a time or an age such as 30d.")],
    until: Annotated[str | None, typer.Option("--until", help="The end. By default now.")] = None,
    every: Annotated[str, typer.Option("--every", help="The time from one window to the next.")] = "1h",
    window: Annotated[str | None, typer.Option("--window", help="The length of a window. By default --every.")] = None,
    mode: asked.MODE = Mode.PROMISE,
    false_pages: asked.FALSE_PAGES = 1.0,
    within: asked.WITHIN = "26w",
    threshold: asked.THRESHOLD = None,
    seasonality: asked.SEASONALITY = Seasonality.NONE,
    exclude: asked.EXCLUDE = None,
    unreadable: asked.UNREADABLE = 0.01,
    labels: asked.LABELS = None,
    problem: asked.PROBLEM = None,
    label: asked.LABEL = None,
    prediction: asked.PREDICTION = None,
    probability: asked.PROBABILITY = None,
    probability_threshold: asked.CUT = 0.5,
    positive_label: asked.POSITIVE = "1",
    as_json: asked.AS_JSON = False,
) -> None:
    """Print the past windows that would have been violated, and what other rules would change."""
    from workbench.cli.monitor.measuring.backtest import BacktestRequest
    from workbench.cli.monitor.measuring.backtest import backtest as play

    request = BacktestRequest(
        capture=capture,
        baseline=baseline,
        since=since,
        until=until,
        every=every,
        window=window,
        exclude=tuple(exclude or ()),
        unreadable=unreadable,
        rules=PromiseOptions(
            mode=mode, false_pages=false_pages, within=within, threshold=threshold, seasonality=seasonality
        ),
        labels=_labels(labels, problem, label, prediction, probability, probability_threshold, positive_label),
        as_json=as_json,
    )
    raise typer.Exit(play(request))


def _labels(
    labels: Path | None,
    problem: Problem | None,
    label: str | None,
    prediction: str | None,
    probability: str | None,
    probability_threshold: float,
    positive_label: str,
) -> LabelOptions:
    return LabelOptions(
        labels=labels,
        problem=problem,
        label=label,
        prediction=prediction,
        probability=probability,
        probability_threshold=probability_threshold,
        positive_label=positive_label,
    )
