"""Addresses that a person can open: the runbook first, then what AWS's console shows of the matter.

A name or key is quoted whole: it may hold anything, also `#`, `?` and `+`.
"""

from typing import Final
from urllib.parse import quote, urlsplit

from msgspec import Struct

from kedge.domain.effect import Effect
from kedge.domain.incident import Cause, Incident
from kedge.domain.run import Monitor
from kedge.domain.target import TargetKind
from kedge.notify.plain import plain

_LONGEST: Final = 4_000
# Console hosts by partition; a region of another partition (isolated ones) gets no links, only names.
_CONSOLES: Final = (("cn-", "console.amazonaws.cn"), ("us-gov-", "console.amazonaws-us-gov.com"))
_NO_CONSOLE: Final = ("us-iso", "eu-iso", "eusc-")


class Link(Struct, frozen=True):
    """What is to be found there, and where."""

    name: str
    url: str


def links(effect: Effect, runbook_url: str) -> tuple[Link, ...]:
    """The links of a message in the order in which somebody needs them."""
    incident, problem = effect.incident, effect.incident.problem
    region = plain(incident.target.region)
    found = (
        ("Runbook", runbook(runbook_url, incident.cause)),
        ("Report", s3(region, problem.report) if problem.report else None),
        ("Monitor's log", job_log(region, problem.job) if problem.job else None),
        ("Alarm", _alarm(region, incident)),
        ("Endpoint", _endpoint(region, incident)),
    )
    return tuple(Link(name, url) for name, url in found if url and len(url) <= _LONGEST)


def runbook(url: str, cause: Cause) -> str | None:
    """The team's runbook at the chapter of a cause (`#input-drift`), or None where the team names none."""
    url = quote(plain(url).replace(" ", "%20"), safe="%/:=&?~#+!$,;'@()*[]")
    if not url:
        return None
    return url if "#" in url else f"{url}#{cause.replace('_', '-')}"


def s3(region: str, uri: str) -> str | None:
    """The console's page of an object, or None where the URI is not one of S3."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        return None
    return _console(region, f"s3/object/{_quoted(bucket)}", f"&prefix={_quoted(key)}")


def job_log(region: str, job: str) -> str | None:
    """The log of a processing job (by ARN or name): CloudWatch's own escape is percent-quoting twice, with $ for %."""
    name = plain(job).rpartition("/")[2]
    group, stream = (_quoted(_quoted(text)).replace("%", "$") for text in ("/aws/sagemaker/ProcessingJobs", name))
    filters = f"$3FlogStreamNameFilter$3D{stream}"
    return _console(region, "cloudwatch/home", f"#logsV2:log-groups/log-group/{group}{filters}")


def partition(region: str) -> str:
    """The ARN partition that a region lies in."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _alarm(region: str, incident: Incident) -> str | None:
    if incident.monitor is not Monitor.ALARM:
        return None
    return _console(region, "cloudwatch/home", f"#alarmsV2:alarm/{_quoted(incident.problem.source)}")


def _endpoint(region: str, incident: Incident) -> str | None:
    if incident.target.kind is not TargetKind.ENDPOINT:
        return None
    return _console(region, "sagemaker/home", f"#/endpoints/{_quoted(incident.target.name)}")


def _console(region: str, page: str, rest: str) -> str | None:
    host = next((host for prefix, host in _CONSOLES if region.startswith(prefix)), "console.aws.amazon.com")
    named = region.replace("-", "").isalnum() and region.isascii()
    if not named or region.startswith(_NO_CONSOLE):
        return None
    url = f"https://{region}.{host}/{page}?region={region}{rest}"
    return url if urlsplit(url).hostname else None


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe="")
