"""The document that programs read, and the schema that promises it."""

import json
from typing import Any

import msgspec

from kedge.domain.effect import ChannelName
from kedge.messages import write
from kedge.messages.programs.document import Notification
from tests.unit.messages.incidents import INCIDENT, KINDS, RUNBOOK
from workbench.schemas import FOLDER, schemas, text_of


def document(kind: str) -> dict[str, Any]:
    effect = msgspec.structs.replace(KINDS[kind], channel=ChannelName.PROGRAMS)
    read: dict[str, Any] = json.loads(write(effect, RUNBOOK).body)
    return read


def test_the_committed_schemas_are_those_of_the_types() -> None:
    committed = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.json")}
    assert committed == {name: text_of(schema) for name, schema in schemas().items()}, "run python -m workbench.schemas"


def test_a_document_can_be_read_back() -> None:
    body = write(msgspec.structs.replace(KINDS["bias"], channel=ChannelName.PROGRAMS), RUNBOOK).body
    assert msgspec.json.decode(body, type=Notification).version == "kedge.incident/v1"


def test_a_document_names_message_and_incident() -> None:
    told = document("resolved")
    assert told["id"] == KINDS["resolved"].id
    assert told["incident"] == INCIDENT
    assert (told["state"], told["resolved"], told["why"]) == ("resolved", "2026-11-20T13:00:00Z", "resolved")


def test_numbers_come_as_numbers_and_what_json_cannot_write_as_a_word() -> None:
    one, other = document("bias")["findings"]
    assert one["observed"] == "Infinity"
    assert other["observed"] == -0.3748947825295131


def test_at_most_five_findings_come_with_a_count_of_all() -> None:
    told = document("drift")
    assert len(told["findings"]) == 5
    assert told["counts"]["findings"] == 7
    assert told["counts"]["by_check"] == {"baseline_drift_check": 7}


def test_links_have_stable_names() -> None:
    assert list(document("drift")["links"]) == ["runbook", "report", "report_uri", "monitor_log", "endpoint"]
