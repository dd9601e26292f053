"""Models: what a variant of a configuration names, and where its artifact lies.

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
    """A model of one container, or of several in a row; a package that a container names must be there."""
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
    """The model as it was created."""
    return model(world, request["ModelName"])


def delete_model(world: World, request: Document) -> Document:
    """Gone, also where a configuration still names it; its artifact stays."""
    record = model(world, request["ModelName"])
    del world.models[record["ModelName"]]
    forget_tags(world, record["ModelArn"])
    return {}


def list_models(world: World, request: Document) -> Document:
    """Newest first, ten a page."""
    found, more = _MODELS.select(world.models.values(), request)
    return {"Models": [trim("ModelSummary", record) for record in found], **more}


def model(world: World, name: str) -> Document:
    """Raises ApiError where there is none."""
    if name not in world.models:
        raise invalid(f'Could not find model "{arn(world, "model", name)}".')
    return world.models[name]


def models_of(world: World, config: Document) -> list[Document]:
    """The models of a configuration's variants; one with inference components names none. Raises ApiError for one that is gone."""
    variants = [*config["ProductionVariants"], *config.get("ShadowProductionVariants", [])]
    return [model(world, variant["ModelName"]) for variant in variants if "ModelName" in variant]


def artifacts(world: World, record: Document) -> list[str]:
    """The S3 URIs from which a model's containers are filled, of a container that names a package, the package's.

    One that ends with a slash is a folder.
    """
    return [place for container in _containers(record) for place in _places(world, container)]


def artifacts_of(world: World, config: Document) -> list[str]:
    """Those of all models that a configuration names. Raises ApiError for a model that is gone."""
    return [place for record in models_of(world, config) for place in artifacts(world, record)]


def store_artifacts(world: World, name: str) -> list[str]:
    """Put something wherever a model says that its artifact lies; nobody here unpacks it."""
    places = artifacts(world, model(world, name))
    for place in places:
        world.put_object(*_bucket_and_key(place), name.encode())
    return places


def lose_artifacts(world: World, name: str) -> list[str]:
    """Remove what `store_artifacts`, or a pipeline, put there. Raises ApiError where the model has no artifact to lose."""
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
