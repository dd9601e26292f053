"""The commands below `kedge model`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.connection.options import PROFILE, REGION, STACK
from workbench.cli.monitor.options import Problem

app = typer.Typer(
    help="Put endpoints under watch, show what watches them, and take them out again.", no_args_is_help=True
)


class EmitForm(StrEnum):
    """The forms of `--emit`."""

    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"


class Extra(StrEnum):
    """The additions of `--with`."""

    MODEL_MONITOR = "model-monitor"


class Rhythm(StrEnum):
    """How often Model Monitor runs."""

    HOURLY = "hourly"
    DAILY = "daily"


_NAMES = Annotated[list[str] | None, typer.Argument(metavar="ENDPOINT...", help="The names of endpoints.")]
_TAG = Annotated[str, typer.Option("--tag", metavar="KEY=VALUE", help="All endpoints with this tag, without names.")]
_YES = Annotated[bool, typer.Option("--yes", help="Carry the plan out without a question.")]
_AS_JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object per endpoint, for programs.")]
_REPEAT = "Repeatable."


@app.command()
def onboard(
    names: _NAMES = None,
    *,
    tag: _TAG = "",
    yes: _YES = False,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Write the plan to a file for a review, and change nothing.")
    ] = None,
    apply: Annotated[
        Path | None, typer.Option("--apply", help="Carry out a reviewed plan. It is refused if the endpoint changed.")
    ] = None,
    emit: Annotated[EmitForm | None, typer.Option("--emit", help="Print the plan as code, and change nothing.")] = None,
    capture: Annotated[bool, typer.Option(help="Switch data capture on if it is off.")] = True,
    capture_share: Annotated[
        int, typer.Option("--capture-share", min=1, max=100, help="The percentage of requests that is captured.")
    ] = 100,
    capture_to: Annotated[
        str, typer.Option("--capture-to", metavar="S3_URI", help="The destination of captured data.")
    ] = "",
    baseline: Annotated[
        str, typer.Option("--baseline", metavar="S3_URI", help="The prefix of the baseline, made or to be made.")
    ] = "",
    baseline_from: Annotated[
        str,
        typer.Option(
            "--baseline-from",
            metavar="S3_URI",
            help="Good data in CSV, JSON Lines or Parquet, or the word captured for captured records.",
        ),
    ] = "",
    baseline_weeks: Annotated[
        int, typer.Option("--baseline-weeks", min=1, max=52, help="The weeks of captured records for the baseline.")
    ] = 2,
    reports: Annotated[str, typer.Option("--reports", metavar="S3_URI", help="The prefix of the reports.")] = "",
    labels: Annotated[
        str, typer.Option("--labels", metavar="S3_URI", help="The prefix of the labels, as ground truth files.")
    ] = "",
    label_delay: Annotated[
        str, typer.Option("--label-delay", help="The usual time until labels arrive, such as 1d.")
    ] = "1d",
    problem_type: Annotated[
        Problem | None, typer.Option("--problem-type", help="The kind of the prediction, for model quality.")
    ] = None,
    label: Annotated[str, typer.Option("--label", help="The column or key of the label.")] = "",
    prediction: Annotated[str, typer.Option("--prediction", help="The column of the prediction.")] = "",
    probability: Annotated[
        str, typer.Option("--probability", help="The column with the probability of the positive label.")
    ] = "",
    probability_threshold: Annotated[
        float,
        typer.Option("--probability-threshold", min=0, max=1, help="Above this probability, a prediction is positive."),
    ] = 0.5,
    positive_label: Annotated[str, typer.Option("--positive-label", help="The positive label.")] = "1",
    facet: Annotated[
        list[str] | None,
        typer.Option("--facet", help=f"A facet of bias: a column, column=value or column>40. {_REPEAT}"),
    ] = None,
    attribution: Annotated[
        list[str] | None,
        typer.Option(
            "--attribution",
            metavar="COLUMN=FEATURE",
            help=f"An output column with the attribution of a feature. {_REPEAT}",
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", metavar="COLUMN", help=f"A column that is not compared. {_REPEAT}")
    ] = None,
    monitors: Annotated[bool, typer.Option(help="Define monitors of Kedge.")] = True,
    with_: Annotated[
        Extra | None, typer.Option("--with", help="Also create schedules of SageMaker Model Monitor.")
    ] = None,
    rhythm: Annotated[
        Rhythm, typer.Option("--model-monitor-runs", help="How often Model Monitor runs.")
    ] = Rhythm.HOURLY,
    role: Annotated[str, typer.Option("--role", metavar="ARN", help="The role of Model Monitor's jobs.")] = "",
    image: Annotated[
        str, typer.Option("--image", help="Your own image for Model Monitor, instead of that of AWS.")
    ] = "",
    analysis_config: Annotated[
        str,
        typer.Option("--analysis-config", metavar="S3_URI", help="Clarify's analysis_config.json, for Model Monitor."),
    ] = "",
    alarms: Annotated[bool, typer.Option(help="Create alarms of the endpoint's metrics.")] = True,
    latency_ms: Annotated[
        float | None,
        typer.Option(
            "--latency-ms", min=0, help="The limit of the model's latency. By default twice the highest hourly average."
        ),
    ] = None,
    test_alarms: Annotated[
        bool, typer.Option("--test-alarms", help="Set each new alarm to ALARM and back. This notifies the receivers.")
    ] = False,
    owner: Annotated[str, typer.Option("--owner", help="The owner, for the tag that the policy names.")] = "",
    runbook: Annotated[str, typer.Option("--runbook", metavar="URL", help="The runbook, for its tag.")] = "",
    pipeline: Annotated[
        str, typer.Option("--pipeline", metavar="ARN", help="The pipeline that makes a new model, for its tag.")
    ] = "",
    mail: Annotated[str, typer.Option("--mail", metavar="ADDRESS", help="The mail address of the owner.")] = "",
    receiver: Annotated[
        list[str] | None,
        typer.Option(
            "--receiver", help=f"A receiver whose messages go to the address. By default the owner. {_REPEAT}"
        ),
    ] = None,
    as_json: _AS_JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Plan how endpoints are watched, show the plan, and carry it out after an approval."""
    from workbench.cli.model import command
    from workbench.cli.model.selection import Where
    from workbench.cli.model.wishes import Wishes

    wishes = Wishes(
        capture=capture,
        capture_share=capture_share,
        capture_to=capture_to,
        baseline=baseline,
        baseline_from=baseline_from,
        baseline_weeks=baseline_weeks,
        reports=reports,
        labels=labels,
        label_delay=label_delay,
        problem=problem_type,
        label=label,
        prediction=prediction,
        probability=probability,
        probability_threshold=probability_threshold,
        positive_label=positive_label,
        facets=tuple(facet or ()),
        attributions=tuple(attribution or ()),
        exclude=tuple(exclude or ()),
        monitors=monitors,
        model_monitor=with_ is Extra.MODEL_MONITOR,
        daily=rhythm is Rhythm.DAILY,
        image=image,
        role=role,
        analysis_config=analysis_config,
        alarms=alarms,
        latency_ms=latency_ms,
        test_alarms=test_alarms,
        owner=owner,
        runbook=runbook,
        pipeline=pipeline,
        mail=mail,
        receivers=tuple(receiver or ()),
    )
    where = Where(names=tuple(names or ()), tag=tag, stack=stack, region=region, profile=profile)
    way = command.Way(
        yes=yes, write=plan, apply=apply, emit=None if emit is None else command.Code(emit.value), as_json=as_json
    )
    raise typer.Exit(command.onboard(where, wishes, way))


@app.command()
def status(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="ENDPOINT...", help="The names of endpoints. By default all.")
    ] = None,
    *,
    tag: _TAG = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line, for programs.")] = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Print what watches an endpoint: source, last and next run, verdict, age of the baseline, share of capture."""
    from workbench.cli.model.selection import Where
    from workbench.cli.model.status import status as show

    where = Where(names=tuple(names or ()), tag=tag, stack=stack, region=region, profile=profile)
    raise typer.Exit(show(where, as_json=as_json))


@app.command()
def offboard(
    names: _NAMES = None,
    *,
    tag: _TAG = "",
    yes: _YES = False,
    every: Annotated[bool, typer.Option("--all", help="Also remove what Kedge did not make.")] = False,
    delete_endpoint: Annotated[
        bool, typer.Option("--delete-endpoint", help="Also delete the endpoint, as the last step.")
    ] = False,
    as_json: _AS_JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Plan the removal of what onboarding made, show the plan, and carry it out after an approval."""
    from workbench.cli.model import command
    from workbench.cli.model.selection import Where

    where = Where(names=tuple(names or ()), tag=tag, stack=stack, region=region, profile=profile)
    options = command.Offboarding(every=every, delete_endpoint=delete_endpoint)
    raise typer.Exit(command.offboard(where, options, command.Way(yes=yes, as_json=as_json)))
