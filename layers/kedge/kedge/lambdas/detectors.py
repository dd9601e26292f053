"""The direct callers of intake: detectors that the operator named, if their proof confirms it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kedge.domain.errors import KedgeError, Permanent
from kedge.domain.statement import PROOF, Statement
from kedge.lambdas.observability import Count, count, logger
from kedge.ports.facts import IdentityProvider


def detector_named(arn: str, principals: Iterable[str]) -> str:
    """Return a detector's display name, such as `detector role DriftJob`; empty if the operator did not name the ARN.

    Args:
        arn: the caller as STS returns it: `arn:aws:iam::<account>:user/…` or
            `arn:aws:sts::<account>:assumed-role/<role>/<session>`.
        principals: ARNs of IAM roles and users. STS leaves out the path of a role; its name is unique in an account.
    """
    partition, account, kind, *path = _parts(arn)
    for principal in principals:
        named_partition, named_account, named_kind, *named_path = _parts(principal)
        if (partition, account) != (named_partition, named_account):
            continue
        if kind == named_kind == "user" and path == named_path:
            return f"detector user {path[-1]}"
        if kind == "assumed-role" and named_kind == "role" and path[:1] == named_path[-1:] != []:
            return f"detector role {path[0]}"
    return ""


def _parts(arn: str) -> tuple[str, ...]:
    """Return partition, account, kind and path of an IAM or STS ARN."""
    _, partition, _, _, account, resource = (*arn.split(":", 5), "", "", "", "", "", "")[:6]
    return (partition, account, *resource.split("/"))


class Caller(NamedTuple):
    """The caller of intake.

    `detector` is the name that Kedge believes, empty if none. `refused` says why it does not believe the proof of a
    call.
    """

    detector: str = ""
    refused: str = ""

    @property
    def answer(self) -> Mapping[str, object]:
        """Return what the response says about the call's proof; nothing if the call has none."""
        if not self.detector and not self.refused:
            return {}
        return {PROOF: {"believed": bool(self.detector), "says": self.detector or self.refused}}


class Detectors:
    """The detectors that the operator named."""

    def __init__(self, identity: IdentityProvider, principals: tuple[str, ...]) -> None:
        """Keep the identity provider and `principals`, the ARNs of the IAM roles and users that the operator named."""
        self._identity = identity
        self._principals = principals

    def caller_of(self, event: object) -> Caller:
        """Return the caller, found by its proof. It raises nothing: intake takes a call whose proof does not count."""
        if not isinstance(event, Mapping) or event.get(PROOF) is None:
            return Caller()
        try:
            arn = self._asked(event)
        except (KedgeError, ValueError) as error:
            return _unproven(str(error))
        detector = detector_named(arn, self._principals)
        if not detector:
            return _unproven(f"{arn} is not among the DetectorPrincipals of the stack")
        return Caller(detector=detector)

    def _asked(self, event: Mapping[str, object]) -> str:
        proof = event[PROOF]
        if not isinstance(proof, Mapping):
            raise Permanent(f"$.{PROOF} must be an object")
        return self._identity.vouched_for(proof, Statement.saying(event))


def _unproven(why: str) -> Caller:
    count(Count.PROOFS_REFUSED)
    logger.warning("proof refused", why=why)
    return Caller(refused=why)
