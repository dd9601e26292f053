"""ARNs as SageMaker writes them: the resource name is always in lower case."""

from workbench.local_sagemaker.world import World


def arn(world: World, kind: str, *path: str) -> str:
    """Return `arn:aws:sagemaker:<region>:<account>:endpoint/churn` for `arn(world, "endpoint", "Churn")`."""
    return f"arn:aws:sagemaker:{world.region}:{world.account}:{'/'.join((kind, *path)).lower()}"


def last_part(name_or_arn: str) -> str:
    """Return the name at the end of an ARN, or the name itself.

    A name from an ARN is in lower case: compare it without case.
    """
    return name_or_arn.rsplit("/", 1)[-1]
