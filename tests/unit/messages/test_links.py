"""Links that open what they say, in every partition, for every name."""

from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from kedge.domain.cause import Cause
from kedge.domain.target import Target
from kedge.messages.links import job_log, links, runbook, s3
from tests.unit.messages.incidents import KINDS, RUNBOOK
from tests.unit.messages.problems import ENDPOINT


def of(kind: str, runbook_url: str = RUNBOOK, target: Target = ENDPOINT) -> dict[str, str]:
    effect = KINDS[kind]
    incident = msgspec.structs.replace(effect.incident, target=target)
    return {link.name: link.url for link in links(msgspec.structs.replace(effect, incident=incident), runbook_url)}


def test_the_runbook_comes_first_and_opens_at_the_cause() -> None:
    assert next(iter(of("drift").items())) == ("Runbook", f"{RUNBOOK}#input-drift")


def test_the_runbook_of_a_broken_monitor_is_that_of_the_monitor_whatever_it_had_found() -> None:
    assert of("monitor-fault-while-firing")["Runbook"] == f"{RUNBOOK}#monitor-fault"


def test_a_team_without_a_runbook_gets_no_link_to_one() -> None:
    assert "Runbook" not in of("drift", runbook_url=" ")


def test_a_runbook_that_names_its_own_chapter_keeps_it() -> None:
    assert runbook("https://wiki.example.com/a b#now", Cause.BIAS_DRIFT) == "https://wiki.example.com/a%20b#now"


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "eu-west-1.console.aws.amazon.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-east-1", "us-gov-east-1.console.amazonaws-us-gov.com"),
    ],
)
def test_links_lead_to_the_console_of_the_partition(region: str, host: str) -> None:
    found = of("drift", target=msgspec.structs.replace(ENDPOINT, region=region))
    assert {urlsplit(url).hostname for name, url in found.items() if name != "Runbook"} == {host}


def test_a_partition_whose_console_is_not_known_gets_the_report_s_own_address() -> None:
    found = of("drift", target=msgspec.structs.replace(ENDPOINT, region="us-iso-east-1"))
    assert set(found) == {"Runbook", "Report"}
    assert found["Report"].startswith("s3://")


def test_a_key_with_every_mark_in_it_arrives_as_it_is() -> None:
    key = "a b/c#d?e=f&g+h%20/constraint_violations.json"
    url = urlsplit(s3("us-east-1", f"s3://bucket/{key}"))
    assert url.path == "/s3/object/bucket"
    assert parse_qs(url.query) == {"region": ["us-east-1"], "prefix": [key]}


def test_what_is_no_s3_address_has_no_page_in_its_console() -> None:
    assert s3("us-east-1", "https://example.com/report") == s3("us-east-1", "s3://") == ""


def test_a_report_that_lies_outside_of_s3_is_no_link() -> None:
    incident = KINDS["drift"].incident
    problem = msgspec.structs.replace(incident.problem, report="https://sign-in.example.net/console")
    effect = msgspec.structs.replace(KINDS["drift"], incident=msgspec.structs.replace(incident, problem=problem))
    assert not [link for link in links(effect, RUNBOOK) if "sign-in" in link.url + link.raw]


def test_a_job_s_log_is_found_by_its_name_in_cloudwatch_s_own_escape() -> None:
    url = job_log("us-east-1", "arn:aws:sagemaker:us-east-1:111122223333:processing-job/dq-1")
    assert url.endswith("log-group/$252Faws$252Fsagemaker$252FProcessingJobs$3FlogStreamNameFilter$3Ddq-1")


def test_a_broken_monitor_s_message_does_not_send_people_to_the_log_of_a_run_that_worked() -> None:
    assert {"Monitor's jobs", "Last report"} < set(of("monitor-fault-while-firing"))
    assert "Monitor's log" not in of("monitor-fault-while-firing")


def test_an_alarm_links_to_itself() -> None:
    assert of("alarm")["Alarm"].endswith("#alarmsV2:alarm/churn-prod-latency-p99")
