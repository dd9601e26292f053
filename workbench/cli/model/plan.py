"""`plan_onboarding`: from the present state and the wishes to a plan. Pure."""

from collections.abc import Iterator
from typing import Final

from workbench.cli.model.alarms import alarm_items
from workbench.cli.model.config import capture_item
from workbench.cli.model.model_monitor import model_monitor_items
from workbench.cli.model.monitors import baseline_item, baseline_prefix, monitor_items
from workbench.cli.model.people import mail_item, tag_items
from workbench.cli.model.state import EndpointKind, EndpointState, StackState, digest_of, facts_of
from workbench.cli.model.steps import OnboardingPlan, PlanItem, Standing
from workbench.cli.model.wishes import Wishes, WishUnfit

_STILL: Final = "Alarms, tags and mails still work, and a detector of your own can report with `kedge report send`."
_WHY_NOT: Final = {
    EndpointKind.SERVERLESS: "SageMaker does not capture the data of serverless endpoints",
    EndpointKind.ASYNCHRONOUS: "Model Monitor and Kedge do not read the data of asynchronous endpoints",
    EndpointKind.MULTI_MODEL: "a monitor cannot tell the models of a multi-model endpoint apart",
    EndpointKind.INFERENCE_COMPONENTS: "the models are behind inference components, not variants",
}
READY: Final = "InService"
"""The status of an endpoint that can be changed."""

FINAL: Final = ("Failed", "UpdateRollbackFailed", "OutOfService")
"""The statuses of an endpoint that no update leaves."""


class NotReady(Exception):
    """The endpoint cannot be onboarded now. The message says why, and what can still be watched."""


def remark_of(state: EndpointState) -> str:
    """Return what cannot be watched on this kind of endpoint, with the reason; an empty text if everything can."""
    why = _WHY_NOT.get(state.kind)
    return "" if why is None else f"{state.name} cannot be measured: {why}. {_STILL}"


def check_ready(state: EndpointState) -> None:
    """Check that the endpoint is in service. Raises NotReady."""
    if state.status == READY:
        return
    if state.status in FINAL:
        raise NotReady(
            f"{state.name} is {state.status}, and SageMaker refuses its update. Repair or delete the endpoint first. "
            "Its alarms and monitors go on: `kedge model status` lists them."
        )
    by = f" to {state.pending_config}" if state.pending_config else ""
    raise NotReady(
        f"{state.name} is {state.status}{by}, and SageMaker refuses a second change. Run the command again when it is "
        f"{READY}. Its alarms and monitors go on: `kedge model status` lists them."
    )


def plan_onboarding(state: EndpointState, stack: StackState, wishes: Wishes) -> OnboardingPlan:
    """Return the plan that puts an endpoint under watch.

    The order is that of the steps: a monitor needs a baseline, and an alarm should not wait for either.

    Raises:
        NotReady: the endpoint is being changed, or has failed.
        WishUnfit: an option does not fit the endpoint or another option.
    """
    check_ready(state)
    return whole_plan(state, stack, tuple(_onboarding(state, stack, wishes)))


def _onboarding(state: EndpointState, stack: StackState, wishes: Wishes) -> Iterator[PlanItem]:
    if state.kind is EndpointKind.REAL_TIME:
        yield capture_item(state, stack, wishes)
        baseline = baseline_item(state, stack, wishes) if wishes.monitors or wishes.model_monitor else None
        if baseline is not None:
            yield baseline
        has_baseline = baseline_prefix(state, stack, wishes) in stack.baselines or (
            baseline is not None and baseline.action is not None
        )
        yield from monitor_items(state, stack, wishes, has_baseline=has_baseline)
        yield from _access_items(state, stack, wishes)
        yield from model_monitor_items(state, stack, wishes, has_baseline=has_baseline)
    elif wishes.baseline_from or wishes.labels or wishes.facets or wishes.attributions or wishes.model_monitor:
        raise WishUnfit(f"{remark_of(state)} Leave out the options of baselines, labels and monitors.")
    yield from alarm_items(state, stack, wishes)
    yield from tag_items(state, stack, wishes)
    mail = mail_item(stack, wishes)
    if mail is not None:
        yield mail


def _access_items(state: EndpointState, stack: StackState, wishes: Wishes) -> Iterator[PlanItem]:
    """Yield an item for each bucket that the function `monitor` may not read: no step can grant it."""
    if not wishes.monitors:
        return
    used = {"baselines": baseline_prefix(state, stack, wishes), "labels": wishes.labels}
    used["captured data"] = state.capture.destination if state.capture.is_on else wishes.capture_to
    for what, uri in used.items():
        bucket = uri.removeprefix("s3://").partition("/")[0]
        if bucket and bucket not in stack.buckets:
            arn = f"arn:{state.partition}:s3:::{uri.removeprefix('s3://').rstrip('/')}"
            why = (
                f"deploy the stack with arn:{state.partition}:s3:::{bucket} in MonitoredBucketArns "
                f"and {arn}/* in MonitoredObjectArns"
            )
            present = f"the stack {stack.name} may not read {bucket}"
            yield PlanItem(what=f"access to {what}", standing=Standing.LATER, present=present, change=why)


def whole_plan(state: EndpointState, stack: StackState, items: tuple[PlanItem, ...]) -> OnboardingPlan:
    """Return a plan of some items, with the facts that it relies on."""
    facts = facts_of(state, stack)
    return OnboardingPlan(
        endpoint=state.name,
        account=state.account,
        region=state.region,
        kind=state.kind,
        about=_about(state),
        remark=remark_of(state),
        digest=digest_of(facts),
        facts=facts,
        items=items,
    )


def _about(state: EndpointState) -> str:
    """Return the config, the variants, the traffic and the model package of an endpoint in a line."""
    variants = ", ".join(
        f"{each.name} ({each.count or 0} x {each.instance_type or 'no instance'})" for each in state.variants
    )
    traffic = f", {state.invocations:,.0f} requests a day" if state.metrics else ""
    packages = "".join(f", model package {each.rpartition(':')[2]}" for each in state.packages)
    return f"config {state.config or 'none'}, {variants or 'no variant'}{traffic}{packages}"
