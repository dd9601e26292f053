import pytest
from botocore.errorfactory import ClientExceptionsFactory
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import ServiceModel as BotocoreModel

from workbench.recordings.service_model import ServiceModel, data_of

SERVICES = ("sagemaker", "s3", "cloudwatch", "application-autoscaling", "sts", "dynamodb", "events")


def botocore_model(service):
    return BotocoreModel(Loader().load_service_model(service, "service-2"), service)


def written(shape, within=()):
    """Return all that recordings read of a shape, down to its leaves."""
    if shape is None or shape.name in within:
        return shape and shape.name
    within = (*within, shape.name)
    told = {
        "name": shape.name,
        "type": shape.type_name,
        "required": list(shape.required_members),
        "min": shape.metadata.get("min"),
        "jsonvalue": shape.serialization.get("jsonvalue"),
        "payload": shape.serialization.get("payload"),
    }
    match shape.type_name:
        case "structure":
            told["members"] = {name: written(member, within) for name, member in shape.members.items()}
            told["traits"] = [shape.is_document_type, shape.is_tagged_union, shape.error_code]
        case "list":
            told["member"] = written(shape.member, within)
        case "map":
            told["key"], told["value"] = written(shape.key, within), written(shape.value, within)
    return told


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_described_as_botocore_describes_it(service):
    ours, theirs = ServiceModel(service), botocore_model(service)
    assert ours.operation_names == list(theirs.operation_names)
    for name in ours.operation_names:
        own, other = ours.operation_model(name), theirs.operation_model(name)
        assert written(own.input_shape) == written(other.input_shape)
        assert written(own.output_shape) == written(other.output_shape)
        assert own.has_streaming_output == other.has_streaming_output
        assert [each.name for each in own.error_shapes] == [each.name for each in other.error_shapes]


@pytest.mark.parametrize("service", SERVICES)
def test_the_exceptions_of_a_client_are_those_of_boto3(service):
    ours, theirs = (
        vars(type(ClientExceptionsFactory().create_client_exceptions(model))).keys()
        for model in (ServiceModel(service), botocore_model(service))
    )
    assert ours == theirs


@pytest.mark.parametrize("service", SERVICES)
def test_pages_are_those_of_botocore(service):
    try:
        theirs = Loader().load_service_model(service, "paginators-1")
    except UnknownServiceError:
        with pytest.raises(UnknownServiceError):
            data_of(service, "paginators-1")
    else:
        assert data_of(service, "paginators-1") == theirs


def test_a_service_that_does_not_exist_is_refused_with_the_names_of_the_others():
    with pytest.raises(UnknownServiceError, match="sagemaker"):
        ServiceModel("sagemakr")
