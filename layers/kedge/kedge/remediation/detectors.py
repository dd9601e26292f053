"""Which detectors the operator believes: the IAM roles and users that the stack's parameter names."""

from collections.abc import Iterable


def detector_named(arn: str, principals: Iterable[str]) -> str:
    """Return what texts call a detector, such as `detector role DriftJob`; empty if the operator named none of this ARN.

    Args:
        arn: who called, as STS returns it: `arn:aws:iam::<account>:user/…` or `arn:aws:sts::<account>:assumed-role/<role>/<session>`.
        principals: ARNs of IAM roles and users. STS leaves out the path of a role; role names are unique in an account without it.
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
    """Partition, account, kind and path of an IAM or STS ARN."""
    _, partition, _, _, account, resource = (*arn.split(":", 5), "", "", "", "", "", "")[:6]
    return (partition, account, *resource.split("/"))
