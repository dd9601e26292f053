"""Job definitions of the four kinds of monitor. They differ only in the prefix of their field names."""

from collections.abc import Callable

from workbench.local_sagemaker.arns import arn
from workbench.local_sagemaker.errors import in_use, not_found
from workbench.local_sagemaker.listing import Listing
from workbench.local_sagemaker.protocol import trim
from workbench.local_sagemaker.tags import forget_tags, remember
from workbench.local_sagemaker.world import Document, Store, World

KINDS = {
    "DataQuality": "data-quality-job-definition",
    "ModelQuality": "model-quality-job-definition",
    "ModelBias": "model-bias-job-definition",
    "ModelExplainability": "model-explainability-job-definition",
}

_DEFINITIONS = Listing(
    name="MonitoringJobDefinitionName",
    equal={"EndpointName": "EndpointName"},
    orders={"Name": "MonitoringJobDefinitionName", "CreationTime": "CreationTime"},
)


def definition(world: World, kind: str, name: str) -> Document:
    """Return a job definition. Raises ApiError if there is none of this kind and name."""
    found = _store(world, kind).get(name)
    if found is None:
        raise not_found(f"Could not find job definition {arn(world, KINDS[kind], name)}.")
    return found


def _store(world: World, kind: str) -> Store:
    return world.job_definitions.setdefault(kind, {})


def _create(kind: str) -> Callable[[World, Document], Document]:
    def create(world: World, request: Document) -> Document:
        name = request["JobDefinitionName"]
        its_arn = arn(world, KINDS[kind], name)
        if name in _store(world, kind):
            raise in_use(f"Job definition {its_arn} already exists.")
        record = trim(f"Describe{kind}JobDefinitionResponse", request)
        _store(world, kind)[name] = record | {"JobDefinitionArn": its_arn, "CreationTime": world.now()}
        remember(world, its_arn, request)
        return {"JobDefinitionArn": its_arn}

    return create


def _describe(kind: str) -> Callable[[World, Document], Document]:
    return lambda world, request: definition(world, kind, request["JobDefinitionName"])


def _delete(kind: str) -> Callable[[World, Document], Document]:
    def delete(world: World, request: Document) -> Document:
        record = definition(world, kind, request["JobDefinitionName"])
        del _store(world, kind)[record["JobDefinitionName"]]
        forget_tags(world, record["JobDefinitionArn"])
        return {}

    return delete


def _list(kind: str) -> Callable[[World, Document], Document]:
    def list_(world: World, request: Document) -> Document:
        records = [_summary(kind, each) for each in _store(world, kind).values()]
        found, more = _DEFINITIONS.select(records, request)
        return {"JobDefinitionSummaries": found, **more}

    return list_


def _summary(kind: str, record: Document) -> Document:
    source = record[f"{kind}JobInput"].get("EndpointInput", {})
    return {
        "MonitoringJobDefinitionName": record["JobDefinitionName"],
        "MonitoringJobDefinitionArn": record["JobDefinitionArn"],
        "CreationTime": record["CreationTime"],
        "EndpointName": source.get("EndpointName", ""),
    }


OPERATIONS = {
    name: perform
    for kind in KINDS
    for name, perform in (
        (f"Create{kind}JobDefinition", _create(kind)),
        (f"Describe{kind}JobDefinition", _describe(kind)),
        (f"Delete{kind}JobDefinition", _delete(kind)),
        (f"List{kind}JobDefinitions", _list(kind)),
    )
}
