"""Step Functions: the executions of the remediation state machine."""

import json
from typing import Final

from botocore.exceptions import ClientError

from kedge.adapters.calls import Client, translated
from kedge.adapters.errors import code_of

_RUNS_OR_RAN: Final = "ExecutionAlreadyExists"
# The step has ended, the execution has ended, or the token belongs to a deleted execution.
_WAITS_NO_MORE: Final = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


class StepFunctionsWorkflows:
    """Executions, started with StartExecution under the plan's digest and continued with SendTaskSuccess."""

    def __init__(self, states: Client, arn: str) -> None:
        """Keep `states`, the client of `stepfunctions`, and `arn`, the state machine's ARN.

        The type must be STANDARD: EXPRESS does not support names.
        """
        self._states = states
        self._arn = arn

    def begin(self, digest: str, again: str = "") -> None:
        """Start the execution of this name. If it runs, or ran in the last 90 days, this is a success.

        Raises Transient or Permanent.
        """
        name = f"{digest}-{again}" if again else digest
        with translated("start_execution"):
            try:
                self._states.start_execution(stateMachineArn=self._arn, name=name, input=json.dumps({"action": digest}))
            except ClientError as error:
                if code_of(error) != _RUNS_OR_RAN:
                    raise

    def go_on(self, token: str, output: dict[str, str]) -> bool:
        """Send a waiting step its output; return False if the step does not wait any more.

        Error messages never contain the token: botocore does not repeat what was sent, and Step Functions does not name
        it. Raises Transient or Permanent.
        """
        with translated("send_task_success"):
            try:
                self._states.send_task_success(taskToken=token, output=json.dumps(output))
            except ClientError as error:
                if code_of(error) not in _WAITS_NO_MORE:
                    raise
                return False
        return True
