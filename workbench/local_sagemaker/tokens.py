"""ClientRequestTokens: the same request under the same token has the same result, as long as this server lives."""

from workbench.local_sagemaker.errors import conflict
from workbench.local_sagemaker.world import Document, World


def said_before(world: World, operation: str, request: Document) -> str | None:
    """Return the ARN of the earlier answer to the request. Raises ApiError if the token came with another request."""
    kept = world.tokens.get((operation, request["ClientRequestToken"]))
    if kept is None:
        return None
    if kept[0] != request:
        raise conflict("The ClientRequestToken was used before with different parameters.")
    return kept[1]


def keep(world: World, operation: str, request: Document, answer: str) -> None:
    """Keep the answer."""
    world.tokens[operation, request["ClientRequestToken"]] = (request, answer)
