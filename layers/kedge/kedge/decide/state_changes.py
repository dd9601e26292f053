"""Changes that are only recorded: they open no incident, and later decisions may need them."""

from datetime import datetime
from typing import Final

import msgspec

from kedge.decide.deployment_ledger import record_signal
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Decision, Reason, SourceState
from kedge.domain.deployment import Deployments
from kedge.domain.ids import mark
from kedge.domain.signal import (
    AnySignal,
    ChangeKind,
    ConfigMarked,
    DeploymentChanged,
    EndpointChanged,
    EndpointRead,
    ModelPackageChanged,
    PipelineFinished,
    ScheduleChanged,
)
from kedge.policy.compiled import Policy
from kedge.remediation.wake_keys import config_name

_BY_AWS: Final = (EndpointChanged, DeploymentChanged, PipelineFinished, ModelPackageChanged, ScheduleChanged)


def note_change(policy: Policy, state: CaseState, signal: AnySignal, at: datetime, context: Context) -> Decision:
    """Record a change without consequences. `at` is when it happened, by a clock that does not run ahead.

    A repetition is a duplicate. Facts about an endpoint's configs extend its deployment ledger, which puts late ones in
    their place. A status older than the newest is superseded. Executions and packages are independent. An unconfirmed
    event of AWS is not recorded: the event itself may arrive later, and must not count as a repetition.
    """
    known_by = mark(signal.id)
    if known_by in state.recent:
        return _quiet(policy, state, Reason.DUPLICATE, "this signal was received before")
    if isinstance(signal, _BY_AWS) and not signal.provenance.is_vouched:
        because = f"no authority confirms this {type(signal).__name__}: Kedge asks SageMaker itself"
        return _quiet(policy, state, Reason.UNCONFIRMED, because)
    heard = state.seen(known_by)
    match signal:
        case EndpointChanged() | DeploymentChanged() | EndpointRead() | ConfigMarked():
            wanted = config_name(signal.target, signal.config) if signal.config else ""
            action = context.awaiting.get(wanted)
            ledger = record_signal(state.deployments, signal, at, context.runs, action)
            return _of_endpoint(policy, msgspec.structs.replace(heard, deployments=ledger), state, signal, at)
        case _:
            return _kept(policy, heard, Reason.NOTED, f"{type(signal).__name__} was noted")


def _of_endpoint(policy: Policy, heard: CaseState, before: CaseState, signal: AnySignal, at: datetime) -> Decision:
    changed = _changed(before.deployments, heard.deployments)
    if isinstance(signal, EndpointRead) and heard.deployments == before.deployments:
        return _quiet(policy, before, Reason.NOTED, f"{signal.target.name} runs {signal.config}, as was known")
    if not isinstance(signal, EndpointChanged):
        return _kept(policy, heard, Reason.NOTED, changed or f"{type(signal).__name__} was noted")
    last = before.sources.get(ChangeKind.ENDPOINT)
    if last is not None and at < last.at:
        because = f"{signal.target.name} sent a newer signal at {last.at:%Y-%m-%d %H:%M}"
        return _kept(policy, heard, Reason.SUPERSEDED, because)
    newest = {ChangeKind.ENDPOINT.value: SourceState(id=signal.id, at=at, finished=at)}
    because = f"{signal.target.name} is {signal.status}"
    known = msgspec.structs.replace(heard, sources=newest)
    return _kept(policy, known, Reason.NOTED, f"{because}; {changed}" if changed else because)


def _changed(before: Deployments, after: Deployments) -> str:
    """Return the news in a deployment ledger in a few words, or an empty text."""
    if after.marks != before.marks:
        return "a person said what a config is worth"
    if after.current is not None and (before.current is None or after.current.config != before.current.config):
        over = f" over {before.current.config}" if before.current is not None else ""
        return f"it runs config {after.current.config}{over}"
    if after.coming != before.coming:
        return f"config {after.coming.config} is coming" if after.coming is not None else "what was coming did not come"
    return ""


def _kept(policy: Policy, state: CaseState, reason: Reason, because: str) -> Decision:
    return Decision(reason=reason, state=state, changed=True, because=because, policy=policy.label)


def _quiet(policy: Policy, state: CaseState, reason: Reason, because: str) -> Decision:
    return Decision(reason=reason, state=state, changed=False, because=because, policy=policy.label)
