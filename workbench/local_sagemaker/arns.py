"""ARNs as SageMaker writes them: the resource name in lower case, whatever the case of the name."""

from workbench.local_sagemaker.world import World


def arn(world: World, kind: str, *path: str) -> str:
    """`arn(world, "endpoint", "Churn")` is `arn:aws:sagemaker:<region>:<account>:endpoint/churn`."""
    return f"arn:aws:sagemaker:{world.region}:{world.account}:{'/'.join((kind, *path)).lower()}"


def last_part(name_or_arn: str) -> str:
    """The name at the end of an ARN, or the name itself. Lower case when it came from an ARN: compare without case."""
    return name_or_arn.rsplit("/", 1)[-1]
