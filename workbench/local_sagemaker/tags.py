"""Tags, by ARN."""

from workbench.local_sagemaker.listing import page
from workbench.local_sagemaker.world import Document, World


def remember(world: World, arn: str, request: Document) -> None:
    """Keep the tags that a Create request carried."""
    world.tags.setdefault(arn, {}).update({tag["Key"]: tag["Value"] for tag in request.get("Tags", [])})


def forget_tags(world: World, arn: str) -> None:
    """The tags of a thing that is gone are not those of the next one of its name."""
    world.tags.pop(arn.lower(), None)


def tags_of(world: World, arn: str) -> list[Document]:
    """The tags as the API lists them."""
    return [{"Key": key, "Value": value} for key, value in world.tags.get(arn.lower(), {}).items()]


def add_tags(world: World, request: Document) -> Document:
    """AddTags: a key that is there already takes the new value. Answers with all tags."""
    remember(world, request["ResourceArn"].lower(), request)
    return {"Tags": tags_of(world, request["ResourceArn"])}


def delete_tags(world: World, request: Document) -> Document:
    """DeleteTags: a key that is not there is no error."""
    kept = world.tags.get(request["ResourceArn"].lower(), {})
    for key in request["TagKeys"]:
        kept.pop(key, None)
    return {}


def list_tags(world: World, request: Document) -> Document:
    """ListTags: a thing without tags, or unknown, has none; pages of 50."""
    tags, more = page(tags_of(world, request["ResourceArn"]), request, 50)
    return {"Tags": tags, **more}


OPERATIONS = {"AddTags": add_tags, "DeleteTags": delete_tags, "ListTags": list_tags}
