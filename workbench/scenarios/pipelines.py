"""The pipelines and other ARNs that remedies start in a test, with their executions."""

from collections.abc import Mapping

from kedge.domain.errors import Permanent
from kedge.domain.facts import RemedyExecution
from workbench.scenarios.conditions import PipelinesPart, WorldPart


class Pipelines:
    """Pipelines by ARN. If the test does not mention one, it exists and is not running."""

    def __init__(self, parameters: Mapping[str, tuple[str, ...]]) -> None:
        """Start without executions. `parameters` are those of each pipeline that the test does not mention."""
        self._parameters = parameters
        self._said: dict[str, PipelinesPart] = {}
        self.executions: dict[str, RemedyExecution] = {}
        self.unreadable = False

    def change(self, part: WorldPart) -> None:
        """Set the world as the test says from now on."""
        if part.unreadable is not None:
            self.unreadable = "pipelines" in part.unreadable
        self._said.update({each.arn: each for each in part.pipelines})

    def parameters(self, using: str) -> tuple[str, ...] | None:
        """Return the parameters of a pipeline; None if it does not exist."""
        self._readable()
        said = self._said.get(using)
        if ":sagemaker:" not in using or self.is_gone(using):
            return None
        return self._parameters.get(using, ()) if said is None or said.parameters is None else said.parameters

    def exists(self, using: str) -> bool | None:
        """Return whether a pipeline of this ARN exists; None if the ARN is not a pipeline's."""
        self._readable()
        return not self.is_gone(using) if ":sagemaker:" in using else None

    def running(self, using: str) -> tuple[str, ...] | None:
        """Return the running executions."""
        self._readable()
        if ":lambda:" in using or ":events:" in using or self.is_gone(using):
            return None
        said = self._said.get(using)
        mine = (arn for arn, each in self.executions.items() if each.status == "Executing" and arn.startswith(using))
        return (*(said.running if said is not None else ()), *mine)

    def is_express(self, using: str) -> bool:
        """Return whether this is an EXPRESS state machine. A test does not have one."""
        del using
        return False

    def execution(self, arn: str) -> RemedyExecution | None:
        """Return an execution, or None."""
        self._readable()
        return self.executions.get(arn)

    def is_gone(self, using: str) -> bool:
        """Return whether a pipeline was deleted."""
        said = self._said.get(using)
        return said is not None and said.gone

    def begin(self, arn: str) -> bool:
        """Begin an execution. Returns False if it exists."""
        if arn in self.executions:
            return False
        self.executions[arn] = RemedyExecution(arn=arn, status="Executing")
        return True

    def finish(self, arn: str, status: str) -> None:
        """Give an execution another status."""
        self.executions[arn] = RemedyExecution(arn=arn, status=status)

    @property
    def newest(self) -> str | None:
        """Return the execution that began last."""
        return next(reversed(self.executions), None)

    def _readable(self) -> None:
        if self.unreadable:
            raise Permanent("AccessDeniedException: not authorized to read pipelines")
