"""Sends the dead letters of the signals to intake again.

It does not use the signals queue: messages there count as events of AWS, so only AWS may send to it. Intake takes a
letter as a direct call and asks AWS's API as usual. Facts that the API does not confirm stay unconfirmed.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct
from rich.console import Console

from kedge.adapters.calls import send
from workbench.cli.connection.ending import ending, say
from workbench.cli.connection.stack import DeployedStack, NotTaken
from workbench.cli.exits import Exit

_UNKNOWN: Final = "unknown_source"
# A letter is invisible to others while this command works on it. Intake has 1 minute for each of the 10 that arrive at
# once.
_HIDDEN: Final = 900
_AT_ONCE: Final = 10

type _Json = dict[str, Any]


class _Letter(Struct, frozen=True):
    """A dead letter and the receipt that deletes it."""

    id: str
    body: str
    receipt: str


class _Handed(Struct, frozen=True):
    """The result of a letter: the outcomes of intake, or why it did not take the letter."""

    letter: str
    taken: bool
    outcomes: list[_Json] = []
    why: str | None = None


def redrive_signals(stack: str, region: str | None, profile: str | None, *, most: int, as_json: bool) -> Exit:
    """Send at most `most` letters and return the exit code.

    It is FAILED if intake did not take a letter, which then stays in the queue.
    """

    def work() -> Exit:
        deployed = DeployedStack(stack, region, profile)
        box = _Box(deployed)
        console = Console(highlight=False, soft_wrap=True)
        taken = left = 0
        try:
            for letter in box.letters(most):
                handed = _handed(deployed, letter)
                if handed.taken:
                    box.delete(letter)
                    taken += 1
                else:
                    left += 1
                if as_json:
                    _write(handed)
                else:
                    for line in _lines(handed):
                        console.print(line, markup=False)
        finally:
            box.give_back()
        if not as_json:
            console.print(f"{taken} taken, {left} left among the dead letters", markup=False)
        elif left:
            say("signals", f"{left} left among the dead letters")
        return Exit.FAILED if left else Exit.DONE

    return ending("signals", work)


class _Box:
    """The dead letters of a stack's signals."""

    def __init__(self, deployed: DeployedStack) -> None:
        self._sqs = deployed.client("sqs")
        self._url = deployed.outputs["SignalsDeadLettersUrl"]
        self._held: dict[str, _Letter] = {}

    def letters(self, most: int) -> Iterator[_Letter]:
        """Yield the letters, each once, though a remaining one may be received again. Raises Transient or Permanent."""
        seen: set[str] = set()
        while len(seen) < most:
            found = send(
                self._sqs.receive_message,
                QueueUrl=self._url,
                MaxNumberOfMessages=min(_AT_ONCE, most - len(seen)),
                VisibilityTimeout=_HIDDEN,
                WaitTimeSeconds=1,
            ).get("Messages", [])
            letters = [_Letter(each["MessageId"], each["Body"], each["ReceiptHandle"]) for each in found]
            self._held |= {each.id: each for each in letters}
            fresh = [each for each in letters if each.id not in seen]
            if not fresh:
                return
            for letter in fresh:
                seen.add(letter.id)
                yield letter

    def delete(self, letter: _Letter) -> None:
        """Delete a letter permanently. Raises Transient or Permanent."""
        send(self._sqs.delete_message, QueueUrl=self._url, ReceiptHandle=letter.receipt)
        del self._held[letter.id]

    def give_back(self) -> None:
        """Make the letters visible again that were received and not deleted. Raises Transient or Permanent."""
        for letter in self._held.values():
            receipt = letter.receipt
            send(self._sqs.change_message_visibility, QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=0)


def _handed(deployed: DeployedStack, letter: _Letter) -> _Handed:
    try:
        event = json.loads(letter.body)
    except ValueError as error:
        return _Handed(letter.id, taken=False, why=f"it is not JSON: {error}")
    try:
        outcomes = deployed.hand_in(event)
    except NotTaken as error:
        return _Handed(letter.id, taken=False, why=str(error))
    if any(outcome["ignored"] == _UNKNOWN for outcome in outcomes):
        why = "intake does not accept it from a direct caller; see docs/operations.md"
        return _Handed(letter.id, taken=False, outcomes=outcomes, why=why)
    return _Handed(letter.id, taken=True, outcomes=outcomes)


def _write(handed: _Handed) -> None:
    told = {"letter": handed.letter, "taken": handed.taken, "outcomes": handed.outcomes, "why": handed.why}
    sys.stdout.write(json.dumps(told) + "\n")


def _lines(handed: _Handed) -> Iterator[str]:
    if handed.why is not None:
        yield f"{handed.letter}  left: {handed.why}"
        return
    for outcome in handed.outcomes:
        if outcome["ignored"] is not None:
            yield f"{handed.letter}  ignored: {outcome['ignored']}"
            continue
        signal = outcome["signal"]
        because = f": {outcome['because']}" if outcome["because"] else ""
        yield f"{handed.letter}  {signal['kind']} of {signal['target']}  {outcome['reason'] or 'kept'}{because}"
