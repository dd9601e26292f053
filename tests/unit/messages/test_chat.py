"""What Amazon Q is handed."""

import json
from typing import Any

import msgspec

from kedge.domain.effect import ChannelName, Effect
from kedge.domain.finding import Check, Finding
from kedge.messages import write
from kedge.messages.chat import escaped
from tests.unit.messages.incidents import INCIDENT, KINDS, RUNBOOK
from tests.unit.messages.problems import ENDPOINT


def chat(effect: Effect) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        write(msgspec.structs.replace(effect, channel=ChannelName.CHAT), RUNBOOK).body
    )
    return document


def test_every_message_about_an_incident_goes_to_its_thread() -> None:
    assert {chat(KINDS[kind])["metadata"]["threadId"] for kind in ("drift", "severity-raised", "resolved")} == {
        INCIDENT
    }


def test_a_message_is_known_by_its_effect() -> None:
    assert chat(KINDS["drift"])["id"] == KINDS["drift"].id


def test_a_feature_that_names_a_channel_calls_nobody() -> None:
    finding = Finding(check=Check.DRIFT, feature="<!channel> & `co`", said="distance: 0.3 exceeds threshold: 0.1")
    incident = KINDS["drift"].incident
    problem = msgspec.structs.replace(incident.problem, worst=(finding,))
    description = chat(
        msgspec.structs.replace(KINDS["drift"], incident=msgspec.structs.replace(incident, problem=problem))
    )["content"]["description"]
    assert "`&lt;!channel&gt; &amp; 'co'` drift: 0.3 (max 0.1)" in description


def test_an_endpoint_or_a_job_that_names_a_channel_calls_nobody() -> None:
    incident = KINDS["drift"].incident
    target = msgspec.structs.replace(incident.target, name="<!here>")
    problem = msgspec.structs.replace(incident.problem, job="arn:aws:sagemaker:<!channel>", report="https://<@U012AB>")
    incident = msgspec.structs.replace(incident, target=target, problem=problem)
    document = chat(msgspec.structs.replace(KINDS["drift"], incident=incident))
    shown = {**document["content"], "resources": document["metadata"]["relatedResources"]}
    assert "<!" not in json.dumps(shown)
    assert "<@" not in json.dumps(shown)


def test_an_escape_is_never_cut_in_two() -> None:
    assert escaped("&" * 100, 13) == "&amp;&amp;..."
    assert len(escaped("<" * 500, 250)) <= 250


def test_the_first_link_is_the_runbook() -> None:
    steps = chat(KINDS["drift"])["content"]["nextSteps"]
    assert steps[1] == f"<{RUNBOOK}#input-drift|Runbook>"


def test_the_context_that_custom_actions_use_holds_strings_only() -> None:
    context = chat(KINDS["drift"])["metadata"]["additionalContext"]
    assert context["incident"] == INCIDENT
    assert all(isinstance(value, str) for value in context.values())


def test_the_endpoint_s_arn_is_of_its_partition() -> None:
    target = msgspec.structs.replace(ENDPOINT, region="cn-north-1")
    incident = msgspec.structs.replace(KINDS["drift"].incident, target=target)
    resources = chat(msgspec.structs.replace(KINDS["drift"], incident=incident))["metadata"]["relatedResources"]
    assert resources[0] == "arn:aws-cn:sagemaker:cn-north-1:111122223333:endpoint/churn-prod"
