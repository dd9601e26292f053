"""Step Functions: the executions of the remediation state machine."""

import json
from typing import Final

from botocore.exceptions import ClientError

from kedge.adapters.calls import Client, translated
from kedge.adapters.errors import code_of

_RUNS_OR_RAN: Final = "ExecutionAlreadyExists"
# The step has ended; its execution has; or the token is of an execution that is forgotten.
_WAITS_NO_MORE: Final = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


class StepFunctionsWorkflows:
    """Executions, begun with StartExecution under the plan's digest, and moved on with SendTaskSuccess."""

    def __init__(self, states: Client, arn: str) -> None:
        """`states` is the client of `stepfunctions`, `arn` the state machine's. It must be of the type STANDARD: EXPRESS knows no names."""
        self._states = states
        self._arn = arn

    def begin(self, digest: str, again: str = "") -> None:
        """Start the execution of this name. One that runs, or ran in the last 90 days, is a success. Raises Transient, Permanent."""
        name = f"{digest}-{again}" if again else digest
        with translated("start_execution"):
            try:
                self._states.start_execution(stateMachineArn=self._arn, name=name, input=json.dumps({"action": digest}))
            except ClientError as error:
                if code_of(error) != _RUNS_OR_RAN:
                    raise

    def go_on(self, token: str, output: dict[str, str]) -> bool:
        """Hand a waiting step its output. False where that step waits no more. Raises Transient, Permanent.

        The token is in no message of an error: botocore's never repeat what was sent, and Step Functions' do not name it.
        """
        with translated("send_task_success"):
            try:
                self._states.send_task_success(taskToken=token, output=json.dumps(output))
            except ClientError as error:
                if code_of(error) not in _WAITS_NO_MORE:
                    raise
                return False
        return True
