"""`plan_offboarding`: from the present state to a plan that removes what onboarding made. Pure."""

from collections.abc import Iterator
from typing import Any

import msgspec

from workbench.cli.model.config import capture_off_item
from workbench.cli.model.monitors import removal_item
from workbench.cli.model.plan import FINAL, READY, check_ready, whole_plan
from workbench.cli.model.state import DELETED, EndpointState, StackState
from workbench.cli.model.steps import Call, OnboardingPlan, Permission, PlanItem, Standing


def plan_offboarding(
    state: EndpointState,
    stack: StackState,
    previous: dict[str, Any] | None,
    *,
    every: bool = False,
    delete_endpoint: bool = False,
) -> OnboardingPlan:
    """Return the plan that removes what onboarding made, in the order that leaves nothing that fails without another.

    Monitors go first, then schedules, job definitions and alarms, then data capture, and the endpoint last. `every`
    includes what does not carry the tag of onboarding. `previous` is the config before the present one.

    Raises:
        NotReady: the endpoint is being changed.
    """
    if state.status not in (DELETED, *FINAL):
        check_ready(state)
    items = _offboarding(state, stack, previous, every=every, delete_endpoint=delete_endpoint)
    return whole_plan(state, stack, tuple(items))


def _offboarding(
    state: EndpointState, stack: StackState, previous: dict[str, Any] | None, *, every: bool, delete_endpoint: bool
) -> Iterator[PlanItem]:
    removed = removal_item(state, stack, every=every)
    if removed is not None:
        yield removed
    yield from _watchers(state, every=every)
    if delete_endpoint:
        yield from _endpoint(state)
    else:
        yield from _capture(state, previous, every=every)
    for name in state.leftovers:
        yield _deletion(state, "config", name, "EndpointConfig", "EndpointConfigName", True)
    yield from _kept_by_design(state, stack, delete_endpoint=delete_endpoint)


def _watchers(state: EndpointState, *, every: bool) -> Iterator[PlanItem]:
    for schedule in state.schedules:
        yield _deletion(
            state, "schedule", schedule.name, "MonitoringSchedule", "MonitoringScheduleName", every or schedule.is_ours
        )
    for definition in state.definitions:
        operation = f"{definition.type}JobDefinition"
        ours = every or definition.is_ours
        yield _deletion(state, "job definition", definition.name, operation, "JobDefinitionName", ours)
    for alarm in state.alarms:
        yield _deletion(state, "alarm", alarm.name, "Alarms", "AlarmNames", every or alarm.is_ours)


def _capture(state: EndpointState, previous: dict[str, Any] | None, *, every: bool) -> Iterator[PlanItem]:
    if state.status != READY:
        return
    if not state.capture.is_on:
        if state.config_is_ours:
            # A config in use cannot be deleted, and the config before it would switch the capture on again.
            yield PlanItem(
                what="config", standing=Standing.KEEP, present=state.config, change="the endpoint runs with it"
            )
    elif every or state.config_is_ours:
        yield capture_off_item(state, previous)
    else:
        yield _kept("data capture", f"on, in config {state.config}")


def _endpoint(state: EndpointState) -> Iterator[PlanItem]:
    if state.status == DELETED:
        return
    yield PlanItem(
        what="endpoint",
        standing=Standing.DELETE,
        present=state.name,
        change="deleted; its models and its own configs stay",
        permissions=(Permission("sagemaker:DeleteEndpoint", state.arn),),
        undo=f"aws sagemaker create-endpoint with an equal config: {state.config}",
        brings={"endpoint": ""},
        action=Call(service="sagemaker", operation="DeleteEndpoint", request={"EndpointName": state.name}),
    )
    if state.config_is_ours:
        deletion = _deletion(
            state, "config", state.config, "EndpointConfig", "EndpointConfigName", True, needs=("endpoint",)
        )
        # The fact of a config in use has no name.
        yield msgspec.structs.replace(deletion, brings={"config": ""})


def _kept_by_design(state: EndpointState, stack: StackState, *, delete_endpoint: bool) -> Iterator[PlanItem]:
    for prefix in sorted(stack.baselines):
        yield PlanItem(what="baseline", standing=Standing.KEEP, present=prefix, change="its files stay in S3")
    if stack.mails:
        many = f"{len(stack.mails)} address{'' if len(stack.mails) == 1 else 'es'}"
        why = "other endpoints may use them; each mail has a link that unsubscribes"
        yield PlanItem(what="mail", standing=Standing.KEEP, present=many, change=why)
    names = stack.ownership
    for key in (names.owner_tag, names.runbook_tag, names.pipeline_tag):
        if key in state.tags and not delete_endpoint:
            yield PlanItem(
                what=f"tag {key}", standing=Standing.KEEP, present=state.tags[key], change="it names the owner"
            )


def _deletion(
    state: EndpointState, what: str, name: str, noun: str, key: str, ours: bool, needs: tuple[str, ...] = ()
) -> PlanItem:
    if not ours:
        return _kept(what, name)
    is_alarm = noun == "Alarms"
    service = "cloudwatch" if is_alarm else "sagemaker"
    path = f"alarm:{name}" if is_alarm else f"{_words(noun)}/{name.lower()}"
    return PlanItem(
        what=what,
        standing=Standing.DELETE,
        present=name,
        change="deleted",
        permissions=(
            Permission(
                f"{service}:Delete{noun}", f"arn:{state.partition}:{service}:{state.region}:{state.account}:{path}"
            ),
        ),
        undo=f"kedge model onboard {state.name}",
        brings={f"{what} {name}": ""},
        # SageMaker refuses to delete a job definition that a schedule uses.
        needs=(f"schedule {name}",) if what == "job definition" else needs,
        action=Call(
            service=service,
            operation=f"Delete{noun}",
            request={key: [name] if is_alarm else name},
            is_done_on=("ResourceNotFound",),
        ),
    )


def _words(noun: str) -> str:
    """Return the type in an ARN: `data-quality-job-definition` for `DataQualityJobDefinition`."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in noun).strip("-")


def _kept(what: str, present: str) -> PlanItem:
    return PlanItem(
        what=what, standing=Standing.KEEP, present=present, change="Kedge did not make it; --all includes it"
    )
