"""Links of a message: the runbook first, then the pages of AWS's console about the incident.

A name or key is quoted whole, because it can contain any character, also `#`, `?` and `+`.
"""

from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from kedge.domain.cause import Cause
from kedge.domain.effect import Effect
from kedge.domain.incident import Incident
from kedge.domain.run import Monitor
from kedge.domain.target import TargetKind
from kedge.formatting import one_line
from kedge.messages.digest import about_several, worst_of
from kedge.messages.message_type import MessageType, message_type_of, told_cause
from kedge.messages.update import shows_link

_LONGEST: Final = 4_000
# Console hosts by partition. A region of another (isolated) partition gets no links, only names.
_CONSOLES: Final = (("cn-", "console.amazonaws.cn"), ("us-gov-", "console.amazonaws-us-gov.com"))
_NO_CONSOLE: Final = ("us-iso", "eu-iso", "eusc-")


class Link(Struct, frozen=True):
    """A link: its label and its URL. `raw` is the resource's own address, if the URL only leads to a page about it.

    `key` is the name for programs. It stays the same if the label changes.
    """

    key: str
    name: str
    url: str
    raw: str = ""


def links(effect: Effect, runbook_url: str) -> tuple[Link, ...]:
    """Return the links of a message, in the order of an investigation."""
    incident, problem = effect.incident, effect.incident.problem
    region, blinded = one_line(incident.target.region), message_type_of(effect) is MessageType.BLINDED
    report = one_line(problem.report or "")
    # The sender of a run's event also sets the location of its report: an address outside S3 could lead anywhere.
    report = report if report.startswith("s3://") else ""
    found = (
        Link("runbook", "Runbook", _own_runbook(incident) or runbook(runbook_url, told_cause(effect))),
        # The newest run broke. Only the last run that measured has a known report.
        Link(
            "monitor_jobs", "Monitor's jobs", _console(region, "sagemaker/home", "#/processing-jobs") if blinded else ""
        ),
        Link("report", message_type_of(effect).report, s3(region, report) or report, report),
        Link("monitor_log", "Monitor's log", "" if blinded else job_log(region, problem.job or "")),
        Link("alarm", "Alarm", _alarm(region, incident)),
        Link("endpoint", "Endpoint", _endpoint(region, incident)),
    )
    return tuple(link for link in found if link.url and len(link.url) <= _LONGEST)


def links_to_show(effect: Effect, runbook_url: str) -> tuple[Link, ...]:
    """Return the links for people: for a message about several incidents, those of the worst while it is open."""
    if not about_several(effect):
        return tuple(link for link in links(effect, runbook_url) if shows_link(effect, link.key))
    worst = worst_of(effect)
    if worst is None or not worst.incident.is_open:
        return ()
    return tuple(
        link if link.key == "runbook" else msgspec.structs.replace(link, name=f"{link.name} of the worst")
        for link in links(worst, runbook_url)
    )


def runbook(url: str, cause: Cause) -> str:
    """Return the stack's runbook at the chapter of a cause (`#input-drift`), or "" if the stack does not have one."""
    url = address(url)
    if not url:
        return ""
    return url if "#" in url else f"{url}#{cause.replace('_', '-')}"


def address(url: str) -> str:
    """Return a URL with every character quoted that a URL cannot contain."""
    return quote(one_line(url).replace(" ", "%20"), safe="%/:=&?~#+!$,;'@()*[]")


def s3(region: str, uri: str) -> str:
    """Return the URL of an object's page in the console, or "" if the URI is not an S3 URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        return ""
    return _console(region, f"s3/object/{_quoted(bucket)}", f"&prefix={_quoted(key)}")


def job_log(region: str, job: str) -> str:
    """Return the URL of a processing job's log, by ARN or name. CloudWatch's own escape quotes twice, with $ in place of %."""
    name = one_line(job).rpartition("/")[2]
    if not name:
        return ""
    group, stream = (_quoted(_quoted(text)).replace("%", "$") for text in ("/aws/sagemaker/ProcessingJobs", name))
    filters = f"$3FlogStreamNameFilter$3D{stream}"
    return _console(region, "cloudwatch/home", f"#logsV2:log-groups/log-group/{group}{filters}")


def partition(region: str) -> str:
    """Return the ARN partition of a region."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _own_runbook(incident: Incident) -> str:
    """Return the runbook that a tag or the policy names for this incident, as it is written."""
    url = address(incident.runbook or "")
    return url if url.startswith(("https://", "http://")) else ""


def _alarm(region: str, incident: Incident) -> str:
    if incident.monitor is not Monitor.ALARM:
        return ""
    return _console(region, "cloudwatch/home", f"#alarmsV2:alarm/{_quoted(incident.problem.source_name)}")


def _endpoint(region: str, incident: Incident) -> str:
    if incident.target.kind is not TargetKind.ENDPOINT:
        return ""
    return _console(region, "sagemaker/home", f"#/endpoints/{_quoted(incident.target.name)}")


def _console(region: str, page: str, rest: str) -> str:
    host = next((host for prefix, host in _CONSOLES if region.startswith(prefix)), "console.aws.amazon.com")
    named = region.replace("-", "").isalnum() and region.isascii()
    if not named or region.startswith(_NO_CONSOLE):
        return ""
    return f"https://{region}.{host}/{page}?region={region}{rest}"


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe="")
