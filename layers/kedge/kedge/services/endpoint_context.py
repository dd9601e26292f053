"""Reads the context of an endpoint whose incident may need a remedy: its ledger, AWS's facts, and related cases."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from kedge.decide.broken_data import broken_of
from kedge.decide.deployment_ledger import MONITORS, credit_late_runs, start_deployment
from kedge.decide.end_of_target import endings, is_end_of_endpoint
from kedge.decide.fleet import fleet_of
from kedge.domain.context import Context, EndpointContext
from kedge.domain.decision import CaseState, Decision
from kedge.domain.deployment import Deployments
from kedge.domain.errors import KedgeError
from kedge.domain.facts import Facts, Needs
from kedge.domain.provenance import EntryPoint, Provenance, Voucher
from kedge.domain.run import BAD, Monitor
from kedge.domain.signal import (
    AlarmChanged,
    AnySignal,
    ChangeKind,
    DeploymentChanged,
    EndpointChanged,
    EndpointRead,
    ModelPackageChanged,
    PipelineFinished,
    RunFinished,
    TimerFired,
)
from kedge.domain.target import Target, TargetKind
from kedge.policy.compiled import Policy
from kedge.ports.storage import Ledger
from kedge.remediation.proposal import is_due
from kedge.remediation.selection import needs
from kedge.remediation.wake_keys import names_of
from kedge.services.fact_reader import FactReader, NotRecorded


def endpoint_context_of(ledger: Ledger, target: Target, monitor: Monitor, facts: Facts | None) -> EndpointContext:
    """Return the context of the case of a target and monitor, with the facts that were read.

    Raises Transient, Permanent.
    """
    cases = ledger.cases(target, MONITORS)
    others = [state for other, state in zip(MONITORS, cases, strict=True) if other is not monitor]
    upstream = ledger.load(fleet_of(target), Monitor.FLEET)[0].incident
    return EndpointContext(
        deployments=credit_late_runs(ledger.load(target, ChangeKind.ENDPOINT)[0].deployments, cases),
        companions=tuple([each.incident for each in others if each.incident is not None and each.incident.is_open]),
        broken=tuple([period for each in others for period in broken_of(each)]),
        fleet=upstream if upstream is not None and upstream.is_open else None,
        register=ledger.register(target),
        efficacy=ledger.efficacy(target),
        facts=facts,
        inputs=cases[_INPUTS],
    )


_INPUTS: Final = MONITORS.index(Monitor.DATA_QUALITY)

type Unread = Callable[[Target, KedgeError], None]

_OF_CONFIGS: Final = (EndpointChanged, DeploymentChanged, EndpointRead)
_CLOCK_SKEW: Final = timedelta(minutes=5)
# No update of an endpoint lasts longer without an event (docs/aws-behaviour.md). If the endpoint cannot be read, it
# counts as ended.
_TAKEN_TO_HAVE_ENDED: Final = timedelta(hours=1)
_BY_SAGEMAKER: Final = Provenance(entry_point=EntryPoint.KEDGE, voucher=Voucher.SAGEMAKER, says="DescribeEndpoint")
_COMPARED: Final = timedelta(weeks=8)
_OUTCOMES: Final = (*_OF_CONFIGS, PipelineFinished, ModelPackageChanged)


class EndpointContextReader:
    """Gathers the context of decisions about remedies, each part only if it can matter: clean runs cost nothing here."""

    def __init__(
        self,
        ledger: Ledger,
        facts: FactReader | None,
        clock: Callable[[], datetime],
        unread: Unread,
    ) -> None:
        """Connect the ports. Without `facts`, AWS is not read; `unread` receives each failed read."""
        self._ledger = ledger
        self._facts = facts
        self._clock = clock
        self._unread = unread
        self._read: dict[tuple[str, Needs], Facts] = {}

    def gather(self, signal: AnySignal, state: CaseState, context: Context) -> Context:
        """Return the context with the ledgers' facts about cause, configs and remedies."""
        if type(signal) is RunFinished and signal.verdict not in BAD and not _is_under_way(signal, state):
            return context  # nearly every run
        if type(signal) is not TimerFired:
            context = self._of_change(signal, state, context)
        monitor = _case_to_answer(signal, state)
        if monitor is None:
            return context
        endpoint_context = endpoint_context_of(self._ledger, signal.target, monitor, None)
        if self._facts is None or not self._facts.sees_endpoints:
            endpoint_context = msgspec.structs.replace(
                endpoint_context, deployments=self._taken_to_have_ended(endpoint_context.deployments, signal)
            )
        return msgspec.structs.replace(context, endpoint_context=endpoint_context)

    def _of_change(self, signal: AnySignal, state: CaseState, context: Context) -> Context:
        """Return the context with the runs of a changed endpoint, and with the actions that wait for the signal."""
        if isinstance(signal, _OF_CONFIGS):
            context = msgspec.structs.replace(context, runs=self._ledger.cases(signal.target, MONITORS))
        if isinstance(signal, _OUTCOMES) or _is_under_way(signal, state):
            context = msgspec.structs.replace(context, awaiting=self._ledger.awaiting(names_of(signal)))
        return context

    def look(
        self, policy: Policy, signal: AnySignal, decision: Decision, context: Context
    ) -> tuple[Context, EndpointRead | None]:
        """Return the context with the facts that may change a decision, and the endpoint's unrecorded config.

        The context is the same object if nothing can change it. The config is None if the ledger knows it. The facts
        may show another cause, which needs other facts: call this again after the next decision. Unreadable facts are
        reported and omitted: SageMaker's failure does not prevent the incident's notification.
        """
        endpoint_context, incident = context.endpoint_context, decision.state.incident
        if endpoint_context is not None and endpoint_context.measured is None and _suspects(signal, decision):
            kept = self._ledger.measured(signal.target, _monitor_of(signal), signal.at - _COMPARED)
            endpoint_context = msgspec.structs.replace(endpoint_context, measured=kept)
            context = msgspec.structs.replace(context, endpoint_context=endpoint_context)
        if self._facts is None or endpoint_context is None or incident is None or not incident.is_open:
            return context, None
        if type(signal) is not TimerFired and (not decision.changed or decision.verdict not in BAD):
            return context, None
        wanted = needs(policy, decision.state, incident, endpoint_context) or Needs(endpoint=_endpoint(signal.target))
        known = self._read.get((_of(signal), wanted))
        if endpoint_context.unread or (known is not None and known is endpoint_context.facts):
            return context, None
        try:
            facts = self._once(self._facts, wanted, signal)
        except NotRecorded:
            return context, None
        except KedgeError as error:
            self._unread(signal.target, error)
            return self.without_facts(context, error), None
        looked = msgspec.structs.replace(
            context, endpoint_context=msgspec.structs.replace(endpoint_context, facts=facts)
        )
        return looked, self._found(signal.target, endpoint_context.deployments, facts)

    def reloaded(self, target: Target, context: Context) -> Context:
        """Return the context with the deployment ledger after the endpoint's config was recorded.

        Raises Transient, Permanent.
        """
        if context.endpoint_context is None:
            return context
        after = self._ledger.load(target, ChangeKind.ENDPOINT)[0].deployments
        deployments = credit_late_runs(after, self._ledger.cases(target, MONITORS))
        return msgspec.structs.replace(
            context, endpoint_context=msgspec.structs.replace(context.endpoint_context, deployments=deployments)
        )

    @staticmethod
    def without_facts(context: Context, error: KedgeError) -> Context:
        """Return the context with the reason why the endpoint's facts could not be read."""
        if context.endpoint_context is None:
            return context
        return msgspec.structs.replace(
            context, endpoint_context=msgspec.structs.replace(context.endpoint_context, unread=str(error))
        )

    def _taken_to_have_ended(self, known: Deployments, signal: AnySignal) -> Deployments:
        """Return the ledger with an old pending config in service.

        It applies if the endpoint cannot be read, and no event reported the end of the deployment.
        """
        coming = known.coming
        if coming is None or known.current is None or signal.at - coming.since < _TAKEN_TO_HAVE_ENDED:
            return known
        return start_deployment(known, coming.config, coming.since, self._ledger.cases(signal.target, MONITORS), None)

    def follow_ups(self, signal: AnySignal, decision: Decision) -> tuple[AnySignal, ...]:
        """Return the signals that follow from one: a new config's parts, or the ends of a deleted endpoint's cases.

        No event lists the models of a config and their packages. If the endpoint runs another config by now, that one
        has its own events. If only a message reports a change, only the endpoint's current config counts.
        """
        if type(signal) is not EndpointChanged and type(signal) is not DeploymentChanged:
            return ()
        if isinstance(signal, EndpointChanged) and is_end_of_endpoint(signal):
            return self._endings(signal)
        if self._facts is None:
            return ()
        known, said = decision.state.deployments, not signal.provenance.is_vouched
        if not said and (not decision.changed or known.current is None or known.current.models):
            return ()
        try:
            facts = self._facts.read(Needs(endpoint=_endpoint(signal.target)), signal.target)
        except KedgeError as error:
            self._unread(signal.target, error)
            return ()
        config = known.current.config if known.current is not None else None
        if not said and (facts.endpoint is None or facts.endpoint.config != config):
            return ()
        found = self._found(signal.target, known, facts)
        return (found,) if found is not None else ()

    def _endings(self, signal: EndpointChanged) -> tuple[AnySignal, ...]:
        """Return the ends of all cases of a deleted endpoint.

        There are none if SageMaker knows an endpoint of that name: it was made again since. A repetition does the same
        again, so that a crash loses none.
        """
        try:
            wanted = Needs(endpoint=_endpoint(signal.target))
            found = self._facts.read(wanted, signal.target).endpoint if self._facts is not None else None
            if found is not None and found.status != "Deleting":
                return ()
        except KedgeError as error:
            if not isinstance(error, NotRecorded):
                self._unread(signal.target, error)
        every = (*MONITORS, Monitor.WATCH)
        cases = zip(every, self._ledger.cases(signal.target, every), strict=True)
        return tuple(endings(signal, tuple(cases)))

    def _once(self, reader: FactReader, wanted: Needs, signal: AnySignal) -> Facts:
        """Return the facts for a signal. A second decision, after another writer was first, does not ask AWS again."""
        if all(known != _of(signal) for known, _ in self._read):
            self._read.clear()
        key = (_of(signal), wanted)
        if key not in self._read:
            self._read[key] = reader.read(wanted, signal.target)
        return self._read[key]

    def _found(self, target: Target, known: Deployments, facts: Facts) -> EndpointRead | None:
        """Return the endpoint's config as a signal, if the deployment ledger does not know it."""
        endpoint, now = facts.endpoint, self._clock()
        if endpoint is None or endpoint.config is None:
            return None
        if endpoint.modified is not None and endpoint.modified > now + _CLOCK_SKEW:
            return None  # a recording whose only answer is from a later time
        current = known.current
        if current is not None and current.config == endpoint.config and current.models and known.coming is None:
            return None
        config = facts.configs.get(endpoint.config)
        variants = config.variants if config is not None else ()
        models = (facts.models.get(variant.model) for variant in variants if variant.model)
        return EndpointRead(
            id=f"read/{target}/{endpoint.config}/{endpoint.status}/{now.isoformat()}",
            at=now,
            target=target,
            status=endpoint.status,
            config=endpoint.config,
            made=config.created if config is not None else None,
            modified=endpoint.modified,
            variants=variants,
            packages=tuple(package for model in models if model is not None for package in model.packages),
            provenance=_BY_SAGEMAKER,
        )


def _case_to_answer(signal: AnySignal, state: CaseState) -> Monitor | None:
    """Return the monitor of the case if a signal may request a remedy; None if it surely does not."""
    if type(signal) is TimerFired:
        incident = state.incident
        return signal.monitor if incident is not None and is_due(incident, signal.at) else None
    if isinstance(signal, RunFinished) and signal.verdict in BAD:
        return None if signal.monitor is Monitor.WATCH else signal.monitor
    return Monitor.ALARM if isinstance(signal, AlarmChanged) and signal.verdict in BAD else None


def _suspects(signal: AnySignal, decision: Decision) -> bool:
    """Return whether a decision suspects a deployment: only then the values of the earlier runs are needed."""
    incident = decision.state.incident
    if incident is None or not incident.is_open or incident.suspect is None:
        return False
    if type(signal) is TimerFired:
        return signal.monitor is Monitor.ALARM  # it may be evaluated again
    return isinstance(signal, (RunFinished, AlarmChanged)) and decision.verdict in BAD


def _monitor_of(signal: AnySignal) -> Monitor:
    """Return the monitor under which the runs of a signal's source are stored."""
    return signal.monitor if isinstance(signal, RunFinished) else Monitor.ALARM


def _is_under_way(signal: AnySignal, state: CaseState) -> bool:
    acting = state.incident.remedy if state.incident is not None else None
    return acting is not None and acting.digest is not None and isinstance(signal, (RunFinished, AlarmChanged))


def _of(signal: AnySignal) -> str:
    """Return a signal's name. A stranger may send another with the same id, for another target."""
    return f"{signal.target}/{signal.id}"


def _endpoint(target: Target) -> str | None:
    return target.name if target.kind is TargetKind.ENDPOINT else None
