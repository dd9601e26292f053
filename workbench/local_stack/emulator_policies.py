"""Adds parts that MiniStack's AppConfig and IAM lack. `emulator` loads it, and it imports nothing of ours either.

* A deployment asks the profile's Lambda validators first, and does not start if one of them fails, as in AWS.
  ValidateConfiguration asks them, too.
* A read of a configuration requires a permission for that configuration, as in AWS.
* SimulatePrincipalPolicy answers for the inline policies of a role.
* An operation on a subscription requires a permission for its topic, as in AWS.

A policy's conditions may also name the tags of a resource that is not MiniStack's.
"""

# ruff: noqa: SLF001  changes of MiniStack need its internals
import base64
import json
import os
import re
from collections.abc import Iterator
from typing import Any

_DATA_PLANE = ("/configurationsessions", "/configuration")
_DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny", "ImplicitDeny": "implicitDeny"}
_VALIDATIONS = re.compile(r"/applications/([^/]+)/configurationprofiles/([^/]+)/validators")
_DEPLOYMENTS = re.compile(r"/applications/([^/]+)/environments/[^/]+/deployments")


def tags_as_conditions(action: str, tags: str) -> dict[str, str]:
    """Return `aws:ResourceTag/<key>` and the service's own spelling of it, from a JSON object of tags."""
    service = action.partition(":")[0]
    return {
        f"{prefix}:ResourceTag/{key}": value
        for key, value in json.loads(tags or "{}").items()
        for prefix in ("aws", service)
    }


def ask_validators(appconfig: Any, lambdas: Any) -> None:
    """Let StartDeployment apply the answers of the validators."""
    handle = appconfig.handle_request

    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        deployment, validation = _DEPLOYMENTS.fullmatch(path), _VALIDATIONS.fullmatch(path)
        application, asked = "", dict[str, Any]()
        if method == "POST" and deployment:
            application, asked = deployment[1], json.loads(body or b"{}")
        elif method == "POST" and validation:
            application, number = validation[1], _one(query.get("configuration_version", ""))
            asked = {"ConfigurationProfileId": validation[2], "ConfigurationVersion": number}
        for function, event in _questions(appconfig, application, asked):
            _, answered, said = await lambdas._invoke(function, event, {})
            if any(key.lower() == "x-amz-function-error" for key in answered):
                return _refusal(json.loads(said).get("errorMessage", ""))
        if validation:
            return 204, {}, b""
        return await handle(method, path, headers, body, query)

    appconfig.handle_request = handle_request


def judge_readers(appconfig: Any, actions: Any) -> None:
    """Let the two operations of the data plane require a permission for the configuration that they read.

    They are signed as `appconfig`. MiniStack does not find them among its operations, and so allows every caller.
    """
    action_of, resource_of = actions.extract_iam_action, actions.extract_resource_arn

    def extract_iam_action(service: str, method: str, path: str, *request: Any) -> Any:
        return action_of("appconfigdata" if path in _DATA_PLANE else service, method, path, *request)

    def extract_resource_arn(service: str, method: str, path: str, *request: Any) -> Any:
        if path not in _DATA_PLANE:
            return resource_of(service, method, path, *request)
        _, body, query, region, account = request
        application, environment, profile = _asked_for(appconfig, body, query)
        place = f"application/{application}/environment/{environment}/configuration/{profile}"
        return f"arn:aws:appconfig:{region}:{account}:{place}"

    actions.extract_iam_action, actions.extract_resource_arn = extract_iam_action, extract_resource_arn


def simulate_roles(iam: Any, policies: Any) -> None:
    """Let IAM answer SimulatePrincipalPolicy for a role: which of the actions its policies allow on the first resource."""

    def simulate(parameters: dict[str, Any]) -> Any:
        given = {name: _one(value) for name, value in parameters.items()}
        role = given["PolicySourceArn"].rpartition("/")[2]
        if iam._roles.get(role) is None:
            return iam._error(404, "NoSuchEntity", f"The role with name {role} cannot be found.", ns="iam")
        resource = given.get("ResourceArns.member.1", "*")
        account = given["PolicySourceArn"].split(":")[4]
        statements = policies._gather_role_policies(role, account)
        results = ""
        for action in _members(given, "ActionNames"):
            context = policies.EvalContext(
                principal_arn=given["PolicySourceArn"],
                principal_type="AssumedRole",
                principal_account=account,
                action=action,
                resource_arn=resource,
                region=os.environ["MINISTACK_REGION"],
                service_context=_context_entries(given),
            )
            decision = policies.evaluate(context, statements).decision
            results += (
                f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{resource}</EvalResourceName>"
                f"<EvalDecision>{_DECISIONS[decision]}</EvalDecision></member>"
            )
        body = f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
        answer = f"<SimulatePrincipalPolicyResult>{body}</SimulatePrincipalPolicyResult>"
        return iam._xml(200, "SimulatePrincipalPolicyResponse", answer, ns="iam")

    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = simulate


def _members(given: dict[str, Any], name: str) -> list[str]:
    """Return the members of a list in a form: `ActionNames.member.1` and its like."""
    found = ((key.rpartition(".")[2], value) for key, value in given.items() if key.startswith(f"{name}.member."))
    return [value for number, value in sorted(found) if number.isdigit()]


def _context_entries(given: dict[str, Any]) -> dict[str, Any]:
    """Return the values of condition keys in a form, as the evaluator reads them."""
    entries: dict[str, Any] = {}
    number = 1
    while (name := given.get(f"ContextEntries.member.{number}.ContextKeyName")) is not None:
        value = given.get(f"ContextEntries.member.{number}.ContextKeyValues.member.1", "")
        several = given.get(f"ContextEntries.member.{number}.ContextKeyType", "").endswith("List")
        entries[name.lower()] = [value] if several else value
        number += 1
    return entries


def judge_subscriptions(actions: Any) -> None:
    """Let an operation on a subscription require a permission for its topic, as SNS does."""
    resource_of = actions.extract_resource_arn

    def extract_resource_arn(service: str, method: str, path: str, *request: Any) -> Any:
        _, _, query, *_ = request
        given = _one(query.get("SubscriptionArn", "")) if service == "sns" else ""
        # The ARN of a subscription is that of its topic and an id.
        return given.rpartition(":")[0] if given else resource_of(service, method, path, *request)

    actions.extract_resource_arn = extract_resource_arn


def _asked_for(appconfig: Any, body: bytes, query: Any) -> tuple[str, str, str]:
    """Return application, environment and profile of a session that begins, or of a token's session."""
    token = query.get("configuration_token", "")
    asked = json.loads(body or b"{}") if not token else appconfig._sessions.get(_one(token)) or {}
    application, environment, profile = (
        asked.get(f"{what}Identifier", "") for what in ("Application", "Environment", "ConfigurationProfile")
    )
    return application, environment, profile


def _one(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def _questions(appconfig: Any, application: str, asked: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the functions that validate a version, each with its payload."""
    profile, number = asked.get("ConfigurationProfileId", ""), asked.get("ConfigurationVersion", "")
    version = appconfig._hosted_versions.get(f"{application}/{profile}/{number}")
    validators = (appconfig._config_profiles.get(f"{application}/{profile}") or {}).get("Validators", [])
    for validator in validators if version else []:
        if validator.get("Type") == "LAMBDA":
            content = version["Content"]
            data = content if isinstance(content, bytes) else content.encode()
            event = {
                "applicationId": application,
                "configurationProfileId": profile,
                "configurationVersion": str(number),
                "content": base64.b64encode(data).decode(),
                "uri": "hosted",
            }
            yield validator["Content"].rpartition(":function:")[2], event


def _refusal(said: str) -> tuple[int, dict[str, str], bytes]:
    error = {
        "Message": "A validator refused the configuration.",
        "Reason": "InvalidConfiguration",
        "Details": {"InvalidConfiguration": [{"Type": "LAMBDA", "Reason": said}]},
    }
    return (
        400,
        {"Content-Type": "application/json", "x-amzn-errortype": "BadRequestException"},
        json.dumps(error).encode(),
    )
