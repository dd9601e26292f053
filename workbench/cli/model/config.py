"""The steps that switch data capture on or off: a new config that keeps everything else. Pure."""

from typing import Any, Final

from workbench.cli.model.naming import name_of
from workbench.cli.model.state import (
    FOR,
    MADE_BY,
    REPLACES,
    EndpointState,
    StackState,
    capture_fact,
    config_fact,
    digest,
)
from workbench.cli.model.steps import Permission, PlanItem, Standing, SwitchConfig
from workbench.cli.model.wishes import Wishes, WishUnfit

# US dollars a month: S3 keeps about 2 KB for a captured request (Amazon S3 Pricing, us-east-1).
_BYTES: Final = 2_000
_GIB_MONTH: Final = 0.023
_HOURS: Final = 730
_DAY: Final = 24
# A resource has at most 50 tags.
_MOST_TAGS: Final = 47


def capture_item(state: EndpointState, stack: StackState, wishes: Wishes) -> PlanItem:
    """Return the item of data capture. Raises WishUnfit."""
    present = _shown(state)
    if state.capture.is_on and state.capture.share > 0:
        return PlanItem(what="data capture", standing=Standing.EXISTS, present=present)
    if not wishes.capture:
        return PlanItem(
            what="data capture", standing=Standing.KEEP, present=present, change="--no-capture leaves it so"
        )
    if not state.config_request:
        why = f"the config {state.config} was deleted, and SageMaker refuses updates without it: create it again"
        return PlanItem(what="data capture", standing=Standing.LATER, present=present, change=why)
    destination = wishes.capture_to.rstrip("/") or f"s3://{stack.reports_bucket}/kedge/capture"
    if not 1 <= wishes.capture_share <= 100:
        raise WishUnfit("--capture-share is a percentage: write a number from 1 to 100")
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": wishes.capture_share,
        "DestinationS3Uri": destination,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        # A content type that is in neither list is captured as BASE64, which no monitor reads.
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
    }
    earlier = state.config_request.get("DataCaptureConfig", {})
    if "KmsKeyId" in earlier:
        capture["KmsKeyId"] = earlier["KmsKeyId"]
    request = _copy(state, capture, "capture")
    new = request["EndpointConfigName"]
    share = f"{wishes.capture_share} % of the requests"
    return PlanItem(
        what="data capture",
        standing=Standing.MAKE,
        present=present,
        change=f"capture {share} to {destination}: config {new}, then an update with the capacity kept",
        cost=state.invocations * _HOURS / _DAY * wishes.capture_share / 100 * _BYTES / 2**30 * _GIB_MONTH,
        permissions=_permissions(state, new),
        undo=f"kedge model offboard {state.name}, or an update back to {state.config}",
        brings={
            "config": config_fact(new, request),
            "capture": capture_fact(is_on=True, share=wishes.capture_share, destination=destination),
        },
        action=SwitchConfig(
            endpoint=state.name,
            request=request,
            previous=state.config,
            capture=True,
            retains_deployment=state.retains_deployment,
        ),
    )


def capture_off_item(state: EndpointState, previous: dict[str, Any] | None) -> PlanItem:
    """Return the item that ends data capture: back to the config before, if it is equal but for its capture.

    `previous` is the request of the config that the present one replaces; None if it does not exist any more.
    """
    if previous is not None and _same_but_capture(previous, state.config_request):
        request, makes = previous, False
    else:
        request, makes = _copy(state, None, "no-capture"), True
    new = request["EndpointConfigName"]
    deletes = state.config if state.config_is_ours else ""
    also = f", then {deletes} is deleted" if deletes else ""
    return PlanItem(
        what="data capture",
        standing=Standing.DELETE,
        present=_shown(state),
        change=f"update to {'the new' if makes else 'the earlier'} config {new}, without capture{also}",
        permissions=(
            *(each for each in _permissions(state, new) if makes or each.action == "sagemaker:UpdateEndpoint"),
            Permission("sagemaker:DeleteEndpointConfig", _arn(state, state.config)),
        ),
        undo=f"kedge model onboard {state.name}",
        brings={"config": config_fact(new, request), "capture": "off"},
        action=SwitchConfig(
            endpoint=state.name,
            request=request,
            previous=state.config,
            capture=False,
            retains_deployment=state.retains_deployment,
            deletes=deletes,
            makes=makes,
        ),
    )


def _copy(state: EndpointState, capture: dict[str, Any] | None, what: str) -> dict[str, Any]:
    """Return the request for a config like the present one, with another capture. Equal input gives an equal name."""
    kept = {key: value for key, value in state.config_request.items() if key not in ("DataCaptureConfig", "Tags")}
    content = kept | ({"DataCaptureConfig": capture} if capture else {})
    tags = [each for each in state.config_request.get("Tags", ()) if each["Key"] not in (MADE_BY[0], FOR, REPLACES)]
    ours = {MADE_BY[0]: MADE_BY[1], FOR: state.name, REPLACES: state.config}
    made = [{"Key": key, "Value": value} for key, value in ours.items()]
    name = name_of(state.name, f"{what}-{digest(content)}")
    return content | {"EndpointConfigName": name, "Tags": [*tags[:_MOST_TAGS], *made]}


def _same_but_capture(one: dict[str, Any], other: dict[str, Any]) -> bool:
    without = ("EndpointConfigName", "DataCaptureConfig", "Tags")

    def rest(request: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in request.items() if key not in without}

    return rest(one) == rest(other) and not one.get("DataCaptureConfig", {}).get("EnableCapture")


def _permissions(state: EndpointState, config: str) -> tuple[Permission, ...]:
    role = state.config_request.get("ExecutionRoleArn")
    return (
        Permission("sagemaker:CreateEndpointConfig", _arn(state, config)),
        Permission("sagemaker:AddTags", _arn(state, config)),
        Permission("sagemaker:UpdateEndpoint", state.arn),
        Permission("sagemaker:UpdateEndpoint", _arn(state, config)),
        *((Permission("iam:PassRole", role),) if role else ()),
    )


def _arn(state: EndpointState, config: str) -> str:
    return f"arn:{state.partition}:sagemaker:{state.region}:{state.account}:endpoint-config/{config.lower()}"


def _shown(state: EndpointState) -> str:
    capture = state.capture
    if not capture.is_on:
        return f"off, in config {state.config}"
    return f"on, {capture.share} % to {capture.destination}"
