"""Reads the result of an act: the current state, and never the content of a signal."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from kedge.decide.deployment_ledger import MONITORS
from kedge.decide.run_history import runs_of
from kedge.domain.action import Action
from kedge.domain.deployment import Deployments
from kedge.domain.errors import Permanent
from kedge.domain.facts import Endpoint, Health, ModelPackage, Observed, RemedyExecution
from kedge.domain.plan import Invoke, Retrain, RollBack
from kedge.domain.run import Monitor
from kedge.domain.signal import ChangeKind
from kedge.domain.target import TargetKind
from kedge.ports.facts import EndpointFacts, Metrics, Packages, Starters
from kedge.ports.storage import Ledger

BEFORE: Final = timedelta(hours=1)
"""The length of the time before the act for which an endpoint's health is measured."""


class OutcomeReader:
    """Reads the facts for the verification of an action."""

    def __init__(
        self,
        ledger: Ledger,
        endpoints: EndpointFacts,
        starters: Starters,
        packages: Packages,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        """Connect the ports. `ledger` knows the runs, the others read AWS."""
        self._ledger = ledger
        self._endpoints = endpoints
        self._starters = starters
        self._packages = packages
        self._metrics = metrics
        self._clock = clock

    def read(self, action: Action) -> Observed:
        """Return the current facts.

        Raises:
            Transient: a read failed.
            Permanent: the endpoint or the execution may not be read.
        """
        now, acted = self._clock(), action.acted or action.called
        if acted is None:
            raise Permanent(f"of the plan {action.digest} nothing was done, so there is nothing to observe")
        doing = action.plan.doing
        execution = self._execution(action)
        deployments = self._ledger.load(action.plan.target, ChangeKind.ENDPOINT)[0].deployments
        like = _packages(action, deployments)
        package = self._made_by(execution, like) if isinstance(doing, Retrain) else None
        endpoint = None
        if not isinstance(doing, Retrain | Invoke):
            endpoint = self._endpoints.endpoint(action.plan.target.name)
        serving = _serving_since(action, deployments, acted)
        return Observed(
            read=now,
            endpoint=endpoint,
            execution=execution,
            package=package,
            in_service=None if package is None or not like else self._readable_package(like[0]),
            before=self._health(endpoint, acted - BEFORE, acted),
            since=self._health(endpoint, serving, now),
            after=self._runs(action, serving),
        )

    def _execution(self, action: Action) -> RemedyExecution | None:
        return None if action.started is None else self._starters.execution(action.started)

    def _made_by(self, execution: RemedyExecution | None, like: tuple[str, ...]) -> ModelPackage | None:
        return None if execution is None else self._packages.made_by(execution.arn, like)

    def _readable_package(self, arn: str) -> ModelPackage | None:
        return _readable(lambda: self._packages.package(arn))

    def _health(self, endpoint: Endpoint | None, start: datetime, end: datetime) -> Health | None:
        if endpoint is None or start >= end:
            return None
        variants = tuple(variant.name for variant in endpoint.variants)
        return _readable(lambda: self._metrics.health(endpoint.name, variants, start, end))

    def _runs(self, action: Action, since: datetime) -> dict[str, str]:
        """Return the runs whose window begins after a moment.

        A window that includes earlier time shows nothing about it. Monitors of inputs are omitted, unless one caused
        the remedy: another config does not change the inputs.
        """
        endpoint = action.plan.target.kind is TargetKind.ENDPOINT
        monitors = tuple(
            each
            for each in (MONITORS if endpoint else (action.monitor,))
            if each is action.monitor or each is not Monitor.DATA_QUALITY
        )
        after = {}
        for state in self._ledger.cases(action.plan.target, monitors):
            for source, last in state.sources.items():
                letters = "".join(ran.letter for ran in runs_of(last) if ran.start >= since)
                if letters:
                    after[source] = letters
        return after


def _packages(action: Action, deployments: Deployments) -> tuple[str, ...]:
    """Return the packages that a new one must beat: those in service now, and at the time of the plan."""
    current, doing = deployments.current, action.plan.doing
    known = current.packages if current is not None else ()
    return tuple(dict.fromkeys((*known, *(doing.packages if isinstance(doing, Retrain) else ()))))


def _serving_since(action: Action, deployments: Deployments, acted: datetime) -> datetime:
    """Return when the result of the act began to serve: the old config's answers are not its fault."""
    doing, current = action.plan.doing, deployments.current
    if isinstance(doing, RollBack) and current is not None and current.config == doing.to_config:
        return max(acted, current.since)
    return acted


def _readable[T](look: Callable[[], T]) -> T | None:
    try:
        return look()
    except Permanent:
        return None
