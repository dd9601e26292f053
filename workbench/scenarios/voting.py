"""The people who answer in a test of a policy, and whether AWS confirms them."""

from collections.abc import Mapping

from kedge.domain.action import Answer
from kedge.domain.statement import Statement
from kedge.remediation.approvers import CHAT
from kedge.services.approval import ApprovalRequest
from workbench.scenarios.changes import VotePart

_ARN = "arn"


class Vouching:
    """AWS, which confirms each person of a test."""

    def vouched_for(self, proof: Mapping[str, object], statement: Statement) -> str:  # noqa: ARG002  a port's words
        """Return the ARN of the person who answers."""
        return str(proof[_ARN])


def ballot_of(vote: VotePart, digest: str, answer: Answer, account: str) -> ApprovalRequest:
    """Return a test's answer as it arrives from the person who gives it."""
    if vote.by == CHAT:
        return ApprovalRequest(digest=digest, answer=answer, by=CHAT, reason=vote.reason, entry_point=CHAT)
    proof = {_ARN: _arn_of(vote.by, account)} if vote.proven else None
    return ApprovalRequest(
        digest=digest, answer=answer, by=vote.by, reason=vote.reason, proof=proof, entry_point="test"
    )


def _arn_of(by: str, account: str) -> str:
    if by.startswith("arn:"):
        return by
    match by.split("/"):
        case ["role" | "assumed-role", role, *session]:
            return f"arn:aws:sts::{account}:assumed-role/{role}/{'/'.join(session) or role}"
        case ["user", *name]:
            return f"arn:aws:iam::{account}:user/{'/'.join(name)}"
    return f"arn:aws:iam::{account}:user/{by}"
