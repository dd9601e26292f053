"""Models, which the variants of a configuration name, and the places of their artifacts.

A configuration may outlive its models, and a model its artifact: SageMaker prevents neither.
"""

from collections.abc import Iterator

from workbench.local_sagemaker.arns import arn
from workbench.local_sagemaker.errors import invalid
from workbench.local_sagemaker.listing import Listing
from workbench.local_sagemaker.protocol import trim
from workbench.local_sagemaker.tags import forget_tags, remember
from workbench.local_sagemaker.world import Document, World

_MODELS = Listing(name="ModelName", orders={"Name": "ModelName", "CreationTime": "CreationTime"})


def create_model(world: World, request: Document) -> Document:
    """Create a model of one container, or of several in sequence. A package that a container names must exist."""
    name = request["ModelName"]
    its_arn = arn(world, "model", name)
    if name in world.models:
        raise invalid(f'Cannot create already existing model "{its_arn}".')
    if ("PrimaryContainer" in request) == ("Containers" in request):
        raise invalid("Exactly one of PrimaryContainer and Containers must be given.")
    for container in _containers(request):
        if "ModelPackageName" in container and container["ModelPackageName"] not in world.packages:
            raise invalid(f"ModelPackage {container['ModelPackageName']} does not exist.")
    record = trim("DescribeModelOutput", request)
    world.models[name] = record | {"ModelArn": its_arn, "CreationTime": world.now()}
    remember(world, its_arn, request)
    return {"ModelArn": its_arn}


def describe_model(world: World, request: Document) -> Document:
    """Return the model as it was created."""
    return model(world, request["ModelName"])


def delete_model(world: World, request: Document) -> Document:
    """Delete a model, even if a configuration still names it; its artifact stays."""
    record = model(world, request["ModelName"])
    del world.models[record["ModelName"]]
    forget_tags(world, record["ModelArn"])
    return {}


def list_models(world: World, request: Document) -> Document:
    """Return the models, newest first, 10 per page."""
    found, more = _MODELS.select(world.models.values(), request)
    return {"Models": [trim("ModelSummary", record) for record in found], **more}


def model(world: World, name: str) -> Document:
    """Return a model. Raises ApiError if there is none."""
    if name not in world.models:
        raise invalid(f'Could not find model "{arn(world, "model", name)}".')
    return world.models[name]


def models_of(world: World, config: Document) -> list[Document]:
    """Return the models of a configuration's variants. A variant with inference components does not name one.

    Raises:
        ApiError: a model does not exist.
    """
    variants = [*config["ProductionVariants"], *config.get("ShadowProductionVariants", [])]
    return [model(world, variant["ModelName"]) for variant in variants if "ModelName" in variant]


def artifacts(world: World, record: Document) -> list[str]:
    """Return the S3 URIs of the artifacts of a model's containers; if a container names a package, the package's.

    A URI that ends with a slash is a folder.
    """
    return [place for container in _containers(record) for place in _places(world, container)]


def artifacts_of(world: World, config: Document) -> list[str]:
    """Return the artifacts of all models that a configuration names. Raises ApiError if a model does not exist."""
    return [place for record in models_of(world, config) for place in artifacts(world, record)]


def store_artifacts(world: World, name: str) -> list[str]:
    """Store an object at each place of a model's artifact; its content is never unpacked here."""
    places = artifacts(world, model(world, name))
    for place in places:
        world.put_object(*_bucket_and_key(place), name.encode())
    return places


def lose_artifacts(world: World, name: str) -> list[str]:
    """Remove the objects that `store_artifacts`, or a pipeline, stored. Raises ApiError if the model has no artifact."""
    places = artifacts(world, model(world, name))
    if not places:
        raise invalid(f"The model {name} has no artifact: it is all in its image.")
    for place in places:
        world.remove_object(*_bucket_and_key(place))
    return places


def _bucket_and_key(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, f"{key}model.tar.gz" if key.endswith("/") else key


def _places(world: World, container: Document) -> Iterator[str]:
    if "ModelPackageName" in container:
        package = world.packages.get(container["ModelPackageName"], {})
        for packed in package.get("InferenceSpecification", {}).get("Containers", []):
            yield from _places(world, packed)
    if "ModelDataUrl" in container:
        yield _folder(container["ModelDataUrl"], many=container.get("Mode") == "MultiModel")
    for source in [container.get("ModelDataSource", {}), *container.get("AdditionalModelDataSources", [])]:
        if "S3DataSource" in source:
            place = source["S3DataSource"]
            yield _folder(place["S3Uri"], many=place["S3DataType"] == "S3Prefix")


def _folder(uri: str, *, many: bool) -> str:
    return f"{uri.rstrip('/')}/" if many else uri


def _containers(record: Document) -> list[Document]:
    return [record["PrimaryContainer"]] if "PrimaryContainer" in record else record.get("Containers", [])


OPERATIONS = {
    "CreateModel": create_model,
    "DeleteModel": delete_model,
    "DescribeModel": describe_model,
    "ListModels": list_models,
}
