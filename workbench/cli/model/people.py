"""The tags that name the owner, the runbook and the pipeline of an endpoint, and the mails to the owner. Pure."""

import json
from collections.abc import Iterator

from workbench.cli.model.state import EndpointState, StackState
from workbench.cli.model.steps import Call, Permission, PlanItem, Standing
from workbench.cli.model.wishes import Wishes, WishUnfit


def tag_items(state: EndpointState, stack: StackState, wishes: Wishes) -> Iterator[PlanItem]:
    """Yield an item for each of the three tags. The tag that permits remedies is never one of them."""
    names = stack.ownership
    wanted = {names.owner_tag: wishes.owner, names.runbook_tag: wishes.runbook, names.pipeline_tag: wishes.pipeline}
    for key, value in wanted.items():
        present = state.tags.get(key, "")
        if value in ("", present):
            standing = Standing.EXISTS if present else Standing.LATER
            option = f"--{key.rpartition(':')[2]} sets it"
            yield PlanItem(
                what=f"tag {key}", standing=standing, present=present or "none", change="" if present else option
            )
            continue
        before = f"aws sagemaker add-tags --resource-arn {state.arn} --tags Key={key},Value={present}"
        after = f"aws sagemaker delete-tags --resource-arn {state.arn} --tag-keys {key}"
        yield PlanItem(
            what=f"tag {key}",
            standing=Standing.CHANGE if present else Standing.MAKE,
            present=present or "none",
            change=value,
            permissions=(Permission("sagemaker:AddTags", state.arn),),
            undo=before if present else after,
            brings={f"tag {key}": value},
            action=Call(
                service="sagemaker",
                operation="AddTags",
                request={"ResourceArn": state.arn, "Tags": [{"Key": key, "Value": value}]},
            ),
        )


def mail_item(stack: StackState, wishes: Wishes) -> PlanItem | None:
    """Return the item of the owner's mail; None if no wish asks for it. Raises WishUnfit."""
    if not wishes.mail:
        return None
    if "@" not in wishes.mail:
        raise WishUnfit(f"--mail {wishes.mail!r} is not an address")
    known = stack.mails.get(wishes.mail)
    if known is not None:
        return PlanItem(what="mail", standing=Standing.EXISTS, present=f"{wishes.mail} ({known})")
    receivers = wishes.receivers or ((wishes.owner,) if wishes.owner else ())
    if not receivers:
        raise WishUnfit("--mail needs --receiver, the name of a receiver of the policy, or --owner")
    policy = {"receiver": list(receivers)}
    return PlanItem(
        what="mail",
        standing=Standing.MAKE,
        present="none",
        change=f"{wishes.mail} receives the messages to {', '.join(receivers)} after a confirmation",
        permissions=(Permission("sns:Subscribe", stack.people_topic),),
        undo="the link in each mail unsubscribes the address",
        brings={f"mail {wishes.mail}": "subscribed"},
        action=Call(
            service="sns",
            operation="Subscribe",
            request={
                "TopicArn": stack.people_topic,
                "Protocol": "email",
                "Endpoint": wishes.mail,
                "Attributes": {"FilterPolicy": json.dumps(policy)},
                "ReturnSubscriptionArn": True,
            },
        ),
    )
