"""Writes what is the same for each remedy: the handler of its function, and its choice and task in the workflow.

`python -m workbench.remedy_functions` writes the files, and a test fails if they differ. The names of state, function
and folder follow the name of the remedy, in the order of `kedge.remediation.remedies`.
"""

from pathlib import Path
from typing import Final

from kedge.domain.remedy import RemedyName
from kedge.remediation.remedies import REMEDIES

ROOT: Final = Path(__file__).parent.parent
WORKFLOW: Final = ROOT / "statemachines" / "remediation.asl.yaml"
REMEDY_NAMES: Final = tuple(remedy for remedy, row in REMEDIES.items() if row is not None)

_HANDLER: Final = '''"""Carries out a {noun}. Only this function may."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from kedge.lambdas.{remedy} import {imported}


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> object:
    """Take a step of the workflow and return its outcome."""
    return {remedy}(context.invoked_function_arn).step(event)
'''
_CHOICE: Final = "      - {{Variable: $.remedy, StringEquals: {remedy}, Next: {state}}}\n"
_TASK: Final = """  {state}:
    Type: Task
    Comment: A retry is safe, because the function checks for an earlier call first.
    Resource: arn:${{Partition}}:states:::lambda:invoke
    Parameters:
      FunctionName: ${{{state}FunctionArn}}
      Payload: {{step: act, "action.$": $$.Execution.Input.action}}
    OutputPath: $.Payload
    TimeoutSeconds: 120
    Retry:
      - {{ErrorEquals: [Lambda.TooManyRequestsException, Lambda.ServiceException, Lambda.AWSLambdaException, Lambda.SdkClientException], IntervalSeconds: 15, BackoffRate: 2, MaxAttempts: 20, MaxDelaySeconds: 120, JitterStrategy: FULL}}
      - {{ErrorEquals: [States.ALL], IntervalSeconds: 5, BackoffRate: 3, MaxAttempts: 3, JitterStrategy: FULL}}
    Catch: [{{ErrorEquals: [States.ALL], ResultPath: $.error, Next: Escalate}}]
    Next: Acted
"""


def state_of(remedy: RemedyName) -> str:
    """Return the state of the workflow that carries a remedy out: `RollBack` for roll_back."""
    return remedy.title().replace("_", "")


def texts() -> dict[Path, str]:
    """Return the text of each file that is made from the remedies. Raises ValueError if the workflow has lost a mark."""
    handlers = {ROOT / "functions" / remedy / "handler.py": _handler(remedy) for remedy in REMEDY_NAMES}
    workflow = WORKFLOW.read_text(encoding="utf-8")
    choices = "".join(_CHOICE.format(remedy=remedy, state=state_of(remedy)) for remedy in REMEDY_NAMES)
    tasks = "\n".join(_TASK.format(state=state_of(remedy)) for remedy in REMEDY_NAMES)
    return {**handlers, WORKFLOW: _between("tasks", f"{tasks}\n", _between("choices", choices, workflow))}


def _handler(remedy: RemedyName) -> str:
    imported = ", ".join(sorted(("logger", "metrics", remedy)))
    return _HANDLER.format(noun=remedy.noun, remedy=remedy, imported=imported)


def _between(what: str, made: str, text: str) -> str:
    """Return the text with the made lines between the two marks of their kind."""
    begin, end = f"# {what} of remedies: begin (python -m workbench.remedy_functions)\n", f"# {what} of remedies: end"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"{WORKFLOW.name} has lost the marks around the {what} of remedies")
    before, _, rest = text.partition(begin)
    last = rest[: rest.index(end)].rpartition("\n")[2]
    return f"{before}{begin}{made}{last}{rest[rest.index(end) :]}"


def main() -> None:
    """Write each file."""
    for path, text in texts().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
