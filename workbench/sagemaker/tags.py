"""Tags, by ARN."""

from workbench.sagemaker.listing import page
from workbench.sagemaker.world import Document, World


def remember(world: World, arn: str, request: Document) -> None:
    """Keep the tags that a Create request carried."""
    world.tags.setdefault(arn, {}).update({tag["Key"]: tag["Value"] for tag in request.get("Tags", [])})


def tags_of(world: World, arn: str) -> list[Document]:
    """The tags as the API lists them."""
    return [{"Key": key, "Value": value} for key, value in world.tags.get(arn.lower(), {}).items()]


def add_tags(world: World, request: Document) -> Document:
    """AddTags: a key that is there already takes the new value. Answers with all tags."""
    remember(world, request["ResourceArn"].lower(), request)
    return {"Tags": tags_of(world, request["ResourceArn"])}


def list_tags(world: World, request: Document) -> Document:
    """ListTags: a thing without tags, or unknown, has none; pages of 50."""
    tags, more = page(tags_of(world, request["ResourceArn"]), request, 50)
    return {"Tags": tags, **more}


OPERATIONS = {"AddTags": add_tags, "ListTags": list_tags}
