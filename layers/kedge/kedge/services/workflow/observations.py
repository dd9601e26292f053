"""Reads what came of an act: what is, and never what a signal said."""

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
"""How long before the act an endpoint's health is looked at."""


class OutcomeReader:
    """Reads what an action is judged by."""

    def __init__(
        self,
        ledger: Ledger,
        endpoints: EndpointFacts,
        starters: Starters,
        packages: Packages,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        """`ledger` knows the runs, the others what AWS tells."""
        self._ledger = ledger
        self._endpoints = endpoints
        self._starters = starters
        self._packages = packages
        self._metrics = metrics
        self._clock = clock

    def read(self, action: Action) -> Observed:
        """What is so now. Raises Transient for anything, Permanent where the endpoint or the execution may not be read."""
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
        """The runs whose window begins after a moment: what looked at the time before it as well says nothing about it.

        What looks at inputs is left out, unless it is what asked for the remedy: no other config can help what comes in.
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
    """The packages of which a new one is to be better: what serves now, and what served when the plan was made."""
    current, doing = deployments.current, action.plan.doing
    known = current.packages if current is not None else ()
    return tuple(dict.fromkeys((*known, *(doing.packages if isinstance(doing, Retrain) else ()))))


def _serving_since(action: Action, deployments: Deployments, acted: datetime) -> datetime:
    """When what the act brought began to serve: what the old config answered meanwhile is not its fault."""
    doing, current = action.plan.doing, deployments.current
    if isinstance(doing, RollBack) and current is not None and current.config == doing.to_config:
        return max(acted, current.since)
    return acted


def _readable[T](look: Callable[[], T]) -> T | None:
    try:
        return look()
    except Permanent:
        return None
