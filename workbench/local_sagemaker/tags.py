"""The tags of resources, by ARN."""

from workbench.local_sagemaker.listing import page
from workbench.local_sagemaker.world import Document, World


def remember(world: World, arn: str, request: Document) -> None:
    """Keep the tags of a Create request."""
    world.tags.setdefault(arn, {}).update({tag["Key"]: tag["Value"] for tag in request.get("Tags", [])})


def forget_tags(world: World, arn: str) -> None:
    """Remove the tags of a deleted resource, so that the next one of its name does not inherit them."""
    world.tags.pop(arn.lower(), None)


def tags_of(world: World, arn: str) -> list[Document]:
    """Return the tags as the API lists them."""
    return [{"Key": key, "Value": value} for key, value in world.tags.get(arn.lower(), {}).items()]


def add_tags(world: World, request: Document) -> Document:
    """Perform AddTags: an existing key takes the new value. Returns all tags."""
    remember(world, request["ResourceArn"].lower(), request)
    return {"Tags": tags_of(world, request["ResourceArn"])}


def delete_tags(world: World, request: Document) -> Document:
    """Perform DeleteTags: a missing key is not an error."""
    kept = world.tags.get(request["ResourceArn"].lower(), {})
    for key in request["TagKeys"]:
        kept.pop(key, None)
    return {}


def list_tags(world: World, request: Document) -> Document:
    """Perform ListTags, 50 per page: an unknown resource has an empty list, as one without tags."""
    tags, more = page(tags_of(world, request["ResourceArn"]), request, 50)
    return {"Tags": tags, **more}


OPERATIONS = {"AddTags": add_tags, "DeleteTags": delete_tags, "ListTags": list_tags}
