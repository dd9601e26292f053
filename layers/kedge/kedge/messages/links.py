"""Addresses that a person can open: the runbook first, then what AWS's console shows of the matter.

A name or key is quoted whole: it may hold anything, also `#`, `?` and `+`.
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
# Console hosts by partition; a region of another partition (isolated ones) gets no links, only names.
_CONSOLES: Final = (("cn-", "console.amazonaws.cn"), ("us-gov-", "console.amazonaws-us-gov.com"))
_NO_CONSOLE: Final = ("us-iso", "eu-iso", "eusc-")


class Link(Struct, frozen=True):
    """What is to be found there, and where; `raw` is the thing's own address where the URL only shows it.

    `key` is the name for programs, which stays whatever people read.
    """

    key: str
    name: str
    url: str
    raw: str = ""


def links(effect: Effect, runbook_url: str) -> tuple[Link, ...]:
    """The links of a message in the order in which somebody needs them."""
    incident, problem = effect.incident, effect.incident.problem
    region, blinded = one_line(incident.target.region), message_type_of(effect) is MessageType.BLINDED
    report = one_line(problem.report or "")
    # Whoever may tell Kedge of a run also says where its report lies: an address outside S3 could lead anywhere.
    report = report if report.startswith("s3://") else ""
    found = (
        Link("runbook", "Runbook", _own_runbook(incident) or runbook(runbook_url, told_cause(effect))),
        # The newest run is the one that broke, and only the last that measured is known.
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
    """The links for people: of a message about several incidents, those of the worst, while it is open."""
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
    """The stack's runbook at the chapter of a cause (`#input-drift`), or "" where there is none."""
    url = address(url)
    if not url:
        return ""
    return url if "#" in url else f"{url}#{cause.replace('_', '-')}"


def address(url: str) -> str:
    """A URL as it is written, with what no URL may hold quoted."""
    return quote(one_line(url).replace(" ", "%20"), safe="%/:=&?~#+!$,;'@()*[]")


def s3(region: str, uri: str) -> str:
    """The console's page of an object, or "" where the URI is not one of S3."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        return ""
    return _console(region, f"s3/object/{_quoted(bucket)}", f"&prefix={_quoted(key)}")


def job_log(region: str, job: str) -> str:
    """The log of a processing job (by ARN or name): CloudWatch's own escape is percent-quoting twice, with $ for %."""
    name = one_line(job).rpartition("/")[2]
    if not name:
        return ""
    group, stream = (_quoted(_quoted(text)).replace("%", "$") for text in ("/aws/sagemaker/ProcessingJobs", name))
    filters = f"$3FlogStreamNameFilter$3D{stream}"
    return _console(region, "cloudwatch/home", f"#logsV2:log-groups/log-group/{group}{filters}")


def partition(region: str) -> str:
    """The ARN partition that a region lies in."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _own_runbook(incident: Incident) -> str:
    """The page that a tag or the policy names for this incident, as it is written."""
    url = address(incident.runbook or "")
    return url if url.startswith(("https://", "http://")) else ""


def _alarm(region: str, incident: Incident) -> str:
    if incident.monitor is not Monitor.ALARM:
        return ""
    return _console(region, "cloudwatch/home", f"#alarmsV2:alarm/{_quoted(incident.problem.speaker)}")


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
