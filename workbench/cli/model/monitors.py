"""The baseline and the monitors of Kedge for an endpoint, and their merge with the document in force. Pure."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

import msgspec
import yaml

from kedge.monitors.lint import read
from kedge.monitors.spec import (
    AttributionSpec,
    BiasSpec,
    FacetSpec,
    GroundTruthSpec,
    ModelQualitySpec,
    MonitoringType,
    MonitorsDocument,
    MonitorSpec,
    TargetSpec,
)
from kedge.policy.durations import parse_duration
from workbench.cli.model.naming import name_of
from workbench.cli.model.state import EndpointState, StackState, digest, monitors_of
from workbench.cli.model.steps import ChangeMonitors, MakeBaseline, Permission, PlanItem, Standing
from workbench.cli.model.wishes import CAPTURED, Wishes, WishUnfit

# US dollars a month for hourly and for daily windows (docs/cost.md).
_HOURLY: Final = 1.52
_DAILY: Final = 1.0
_NAME: Final = 63
# The name of the label in records of ground truth, if no option gives another one.
_LABEL: Final = "ground_truth"
_EMPTY: Final = "apiVersion: kedge/v1\nkind: Monitors\nmonitors: []\n"
_VERSION: Final = re.compile(r"^version:.*\n", re.MULTILINE)


def baseline_prefix(state: EndpointState, stack: StackState, wishes: Wishes) -> str:
    """Return the S3 prefix of the endpoint's baseline."""
    if wishes.baseline:
        return wishes.baseline.rstrip("/")
    existing = [each.baseline for each in monitors_of(stack, state.name)]
    return existing[0].rstrip("/") if existing else f"s3://{stack.reports_bucket}/kedge/baselines/{state.name}"


def baseline_item(state: EndpointState, stack: StackState, wishes: Wishes) -> PlanItem | None:
    """Return the item of the baseline; None if no wish asks for one. Raises WishUnfit."""
    prefix = baseline_prefix(state, stack, wishes)
    made = stack.baselines.get(prefix)
    if made is not None:
        return PlanItem(what="baseline", standing=Standing.EXISTS, present=f"{prefix}, of {made:%Y-%m-%d}")
    if not wishes.baseline_from:
        why = "--baseline-from S3_URI or --baseline-from captured makes one; without it, nothing can be compared"
        return PlanItem(what="baseline", standing=Standing.LATER, present="none", change=why)
    captured = wishes.baseline_from == CAPTURED
    if captured and state.captured_since is None:
        why = f"there are no captured records yet: run the command again after {wishes.baseline_weeks} clean weeks"
        return PlanItem(what="baseline", standing=Standing.LATER, present="none", change=why)
    source = f"{state.capture.destination}/{state.name}" if captured else wishes.baseline_from
    if not source.startswith("s3://"):
        raise WishUnfit(f"--baseline-from {source!r} is not in S3: write s3://bucket/prefix, or {CAPTURED}")
    of = f"the captured records of {wishes.baseline_weeks} weeks" if captured else source
    return PlanItem(
        what="baseline",
        standing=Standing.MAKE,
        present="none",
        change=f"baseline of {of}, written to {prefix}",
        permissions=(
            Permission("s3:ListBucket", _bucket_arn(state, source)),
            Permission("s3:GetObject", f"{_object_arn(state, source)}/*"),
            Permission("s3:PutObject", f"{_object_arn(state, prefix)}/*"),
        ),
        undo=f"aws s3 rm --recursive {prefix}",
        brings={f"baseline {prefix}": "made"},
        action=MakeBaseline(
            endpoint=state.name,
            source=source.rstrip("/"),
            destination=prefix,
            since_days=wishes.baseline_weeks * 7 if captured else 0,
            labels=wishes.labels,
            options={
                "problem": wishes.problem,
                "label": wishes.label or None,
                "prediction": wishes.prediction or None,
                "probability": wishes.probability or None,
                "probability_threshold": wishes.probability_threshold,
                "positive_label": wishes.positive_label,
                "exclude": wishes.exclude,
            },
            facets=wishes.facets,
            attributions=wishes.attributions,
        ),
    )


def monitor_items(
    state: EndpointState, stack: StackState, wishes: Wishes, *, has_baseline: bool
) -> tuple[PlanItem, ...]:
    """Return the items of Kedge's monitors: those that exist, and one that adds the others. Raises WishUnfit."""
    existing = monitors_of(stack, state.name)
    items = [
        PlanItem(
            what=f"monitor {', '.join(each.types or (MonitoringType.DATA_QUALITY,))}",
            standing=Standing.EXISTS,
            present=each.name,
        )
        for each in existing
    ]
    if not wishes.monitors:
        return tuple(items)
    measured = {kind for each in existing for kind in each.types or (MonitoringType.DATA_QUALITY,)}
    wanted = [each for each in _wanted(state, stack, wishes) if not measured & set(each.types or ())]
    if wanted and not has_baseline:
        why = "a monitor needs a baseline: see the row above"
        items.append(PlanItem(what="monitors of Kedge", standing=Standing.LATER, present="none", change=why))
    elif wanted:
        items.append(_adding(state, wanted))
    return tuple(items)


def label_delay(wishes: Wishes) -> timedelta:
    """Return the usual time until labels arrive. Raises WishUnfit."""
    try:
        return parse_duration(wishes.label_delay)
    except ValueError as error:
        raise WishUnfit(f"--label-delay: {error}") from error


def removal_item(state: EndpointState, stack: StackState, *, every: bool) -> PlanItem | None:
    """Return the item that removes an endpoint's monitors: those that onboarding named, or every one."""
    ours = {name_of(state.name, str(kind).replace("_", "-"), _NAME) for kind in MonitoringType}
    names = tuple(each.name for each in monitors_of(stack, state.name) if every or each.name in ours)
    if not names:
        return None
    return PlanItem(
        what="monitors of Kedge",
        standing=Standing.DELETE,
        present=", ".join(names),
        change="removed from the Monitors document; all other monitors stay",
        permissions=_PUBLISHING,
        undo=f"kedge model onboard {state.name}",
        brings={f"monitor {name}": "" for name in names},
        action=ChangeMonitors(remove=names),
    )


def _adding(state: EndpointState, wanted: list[MonitorSpec]) -> PlanItem:
    cost = sum(_HOURLY if each.window is None else _DAILY for each in wanted)
    return PlanItem(
        what="monitors of Kedge",
        standing=Standing.MAKE,
        present="none" if len(wanted) > 1 else f"no {wanted[0].name}",
        change=f"{', '.join(each.name for each in wanted)} added to the Monitors document; all others stay",
        cost=cost,
        permissions=_PUBLISHING,
        undo=f"kedge model offboard {state.name}",
        brings={f"monitor {each.name}": digest(each) for each in wanted},
        needs=(f"baseline {wanted[0].baseline}",),
        action=ChangeMonitors(add=tuple(wanted)),
    )


_PUBLISHING: Final = (
    Permission("appconfig:CreateHostedConfigurationVersion"),
    Permission("appconfig:StartDeployment"),
    Permission("appconfig:GetDeployment"),
)


def _wanted(state: EndpointState, stack: StackState, wishes: Wishes) -> Iterator[MonitorSpec]:
    """Yield a monitor for each type that the wishes have inputs for."""
    prefix = baseline_prefix(state, stack, wishes)
    reports = wishes.reports.rstrip("/") or f"s3://{stack.reports_bucket}/kedge"
    target = TargetSpec(endpoint=state.name)

    def spec(kind: MonitoringType) -> MonitorSpec:
        name = name_of(state.name, str(kind).replace("_", "-"), _NAME)
        exclude = wishes.exclude or None
        return MonitorSpec(name=name, target=target, baseline=prefix, reports=reports, types=(kind,), exclude=exclude)

    yield spec(MonitoringType.DATA_QUALITY)
    if wishes.problem is not None and not wishes.labels:
        raise WishUnfit("--problem-type needs --labels, the S3 prefix of the labels")
    if wishes.facets and not wishes.labels:
        raise WishUnfit("--facet needs --labels, the S3 prefix of the labels")
    if wishes.labels and wishes.problem is None and not wishes.facets:
        raise WishUnfit("--labels needs --problem-type or --facet, which say what the labels are for")
    label_delay(wishes)
    # Daily windows have enough labels for a statement.
    late = {
        "ground_truth": GroundTruthSpec(prefix=wishes.labels or "s3://none", delay=wishes.label_delay),
        "schedule": "cron(0 0 ? * * *)",
        "window": "1d",
    }
    columns: dict[str, Any] = {
        "inference_attribute": wishes.prediction or None,
        "probability_attribute": wishes.probability or None,
        "probability_threshold": wishes.probability_threshold,
    }
    if wishes.problem is not None:
        quality = ModelQualitySpec(
            problem_type=wishes.problem.value,
            ground_truth_attribute=wishes.label or None,
            positive_label=wishes.positive_label,
            **columns,
        )
        yield msgspec.structs.replace(spec(MonitoringType.MODEL_QUALITY), model_quality=quality, **late)
    if wishes.facets:
        facets = tuple(map(_facet, wishes.facets))
        bias = BiasSpec(
            label=wishes.label or _LABEL, positive_values=(wishes.positive_label,), facets=facets, **columns
        )
        yield msgspec.structs.replace(spec(MonitoringType.BIAS), bias=bias, **late)
    if wishes.attributions:
        attribution = AttributionSpec(columns=dict(map(_attribution, wishes.attributions)))
        yield msgspec.structs.replace(spec(MonitoringType.ATTRIBUTION), attribution=attribution)


def _facet(text: str) -> FacetSpec:
    name, sign, values = text.partition("=")
    if sign and name and values:
        return FacetSpec(name=name, values=tuple(values.split(",")))
    name, sign, threshold = text.partition(">")
    try:
        return FacetSpec(name=name, threshold=float(threshold)) if sign else FacetSpec(name=name)
    except ValueError:
        raise WishUnfit(f"--facet {text!r} is not a facet: write a column, column=value or column>40") from None


def _attribution(text: str) -> tuple[str, str]:
    column, sign, feature = text.partition("=")
    if not (sign and column and feature):
        raise WishUnfit(f"--attribution {text!r} has no feature: write COLUMN=FEATURE")
    return column, feature


class CannotMerge(Exception):
    """The Monitors document in force cannot be changed. The message names the fault and the action."""


def merged(text: str | None, change: ChangeMonitors) -> str:
    """Return the text of the document in force with some monitors added and others removed.

    The version is left out, so that Kedge derives one from the new text. If the text is a plain list of monitors, its
    comments stay: the new monitors are appended. Raises CannotMerge.
    """
    text = text or _EMPTY
    before = _document(text)
    added = {each.name for each in change.add}
    kept = [each for each in before.monitors if each.name not in (*change.remove, *added)]
    document = msgspec.structs.replace(before, version="", monitors=(*kept, *change.add))
    # A version that is left out is derived from the text, so two readings of one document differ in it.
    wanted = document
    appended = _appended(text, change.add) if len(kept) == len(before.monitors) else None
    if appended is not None:
        reading = read(appended.encode(), "monitors.yaml").document
        if reading is not None and msgspec.structs.replace(reading, version="") == wanted:
            return appended
    rendered = _rendered(document)
    reading = read(rendered.encode(), "monitors.yaml").document
    if reading is None or msgspec.structs.replace(reading, version="") != wanted:
        faults = "; ".join(fault.brief for fault in read(rendered.encode(), "monitors.yaml").faults)
        raise CannotMerge(f"the new Monitors document has faults, and nothing was published: {faults}")
    return rendered


def read_monitors(text: str) -> tuple[MonitorSpec, ...]:
    """Return the monitors of a document as they are written. Raises CannotMerge."""
    return _document(text).monitors


def _document(text: str) -> MonitorsDocument:
    reading = read(text.encode(), "monitors.yaml")
    if reading.document is None:
        faults = "; ".join(fault.brief for fault in reading.faults)
        raise CannotMerge(f"the published Monitors document has faults, so nothing is added to it: {faults}")
    return reading.document


def _appended(text: str, monitors: Iterable[MonitorSpec]) -> str | None:
    """Return the text with monitors after its last line; the caller checks that it means what it should."""
    found = re.search(r"^monitors:[ \t]*(?:#.*)?\n(?:(?:[ \t]*(?:#.*)?\n)*)([ ]*)- ", text, re.MULTILINE)
    if found is None:
        return None
    block = yaml.safe_dump([_plain(each) for each in monitors], sort_keys=False, allow_unicode=True, width=110)
    lines = "".join(f"{found[1]}{line}\n" for line in block.splitlines())
    return _VERSION.sub("", text.rstrip("\n") + "\n", count=1) + lines


def _rendered(document: MonitorsDocument) -> str:
    written = _plain(document)
    written.pop("version", None)
    return yaml.safe_dump(written, sort_keys=False, allow_unicode=True, width=110)


def _plain(value: object) -> dict[str, object]:
    """Return the keys of a part of the document that differ from their defaults, as YAML writes them."""
    found: dict[str, object] = _full(msgspec.to_builtins(value))
    return found


def _full(value: Any) -> Any:
    """Return a value without its empty parts: the fields of a structure with all defaults are an empty mapping."""
    if isinstance(value, dict):
        return {key: _full(each) for key, each in value.items() if each != {} and _full(each) != {}}
    return [_full(each) for each in value] if isinstance(value, list | tuple) else value


def _bucket_arn(state: EndpointState, uri: str) -> str:
    return f"arn:{state.partition}:s3:::{uri.removeprefix('s3://').partition('/')[0]}"


def _object_arn(state: EndpointState, uri: str) -> str:
    return f"arn:{state.partition}:s3:::{uri.removeprefix('s3://').rstrip('/')}"
