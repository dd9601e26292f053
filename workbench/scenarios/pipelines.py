"""What remedies start in a test: pipelines and whatever else has an ARN, with their executions."""

from collections.abc import Mapping

from kedge.domain.errors import Permanent
from kedge.domain.facts import RemedyExecution
from workbench.scenarios.conditions import PipelinesPart, WorldPart


class Pipelines:
    """Pipelines by their ARN. One of which nothing is said exists, and nothing of it runs."""

    def __init__(self, parameters: Mapping[str, tuple[str, ...]]) -> None:
        """`parameters` are what each takes of which the test says nothing."""
        self._parameters = parameters
        self._said: dict[str, PipelinesPart] = {}
        self.executions: dict[str, RemedyExecution] = {}
        self.unreadable = False

    def change(self, part: WorldPart) -> None:
        """The world is as a test says from now on."""
        if part.unreadable is not None:
            self.unreadable = "pipelines" in part.unreadable
        self._said.update({each.arn: each for each in part.pipelines})

    def parameters(self, using: str) -> tuple[str, ...] | None:
        """The parameters that a pipeline takes; None where there is no such pipeline."""
        self._readable()
        said = self._said.get(using)
        if ":sagemaker:" not in using or self.is_gone(using):
            return None
        return self._parameters.get(using, ()) if said is None or said.parameters is None else said.parameters

    def exists(self, using: str) -> bool | None:
        """Whether there is a pipeline of this ARN; None for what is none."""
        self._readable()
        return not self.is_gone(using) if ":sagemaker:" in using else None

    def running(self, using: str) -> tuple[str, ...] | None:
        """The executions that have not ended."""
        self._readable()
        if ":lambda:" in using or ":events:" in using or self.is_gone(using):
            return None
        said = self._said.get(using)
        mine = (arn for arn, each in self.executions.items() if each.status == "Executing" and arn.startswith(using))
        return (*(said.running if said is not None else ()), *mine)

    def is_express(self, using: str) -> bool:
        """Whether this is an EXPRESS state machine: none of a test is."""
        del using
        return False

    def execution(self, arn: str) -> RemedyExecution | None:
        """An execution, or None."""
        self._readable()
        return self.executions.get(arn)

    def is_gone(self, using: str) -> bool:
        """Whether a pipeline was deleted."""
        said = self._said.get(using)
        return said is not None and said.gone

    def begin(self, arn: str) -> bool:
        """An execution begins. False where it did before."""
        if arn in self.executions:
            return False
        self.executions[arn] = RemedyExecution(arn=arn, status="Executing")
        return True

    def finish(self, arn: str, status: str) -> None:
        """An execution comes to another status."""
        self.executions[arn] = RemedyExecution(arn=arn, status=status)

    @property
    def newest(self) -> str | None:
        """The execution that began last."""
        return next(reversed(self.executions), None)

    def _readable(self) -> None:
        if self.unreadable:
            raise Permanent("AccessDeniedException: not authorized to read pipelines")
