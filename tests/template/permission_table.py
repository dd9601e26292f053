"""The tables of permissions and of partitions in docs/security.md, made from the template.

    python -m tests.template.permission_table

writes each between its two marks in that page; a test fails while page and template differ.
"""

import re

from tests.template.deployed import (
    ACCOUNT,
    CAPTURES,
    KEYS,
    MORE_BUCKETS,
    REGION,
    REMEDIES,
    REPORTS_KEY,
    ROOT,
    Deployed,
    folders,
    listed,
    role_statements,
    whole,
)
from tests.template.partitions import HOLDS

PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- permissions: begin (from template.yaml) -->", "<!-- permissions: end -->"
PARTITIONS_BEGIN, PARTITIONS_END = "<!-- partitions: begin (from template.yaml) -->", "<!-- partitions: end -->"
# Text in a resource that a parameter, or its empty default, has set.
PARAMETERS = {
    f"arn:aws:s3:::sagemaker-{REGION}-{ACCOUNT}": "MonitorReportsBucket",
    f"arn:aws:s3:::{MORE_BUCKETS['MoreReportsBuckets']}": "MoreReportsBuckets",
    REPORTS_KEY["MonitorReportsKeyArn"]: "MonitorReportsKeyArn",
    **{arn: name for name, arn in KEYS.items()},
    **{arn: name for name, arn in reversed(CAPTURES.items())},
    f"arn:aws:s3:::{REMEDIES['ModelArtifactsBucket']}": "ModelArtifactsBucket",
    REMEDIES["RetrainPipelineArns"]: "RetrainPipelineArns",
    REMEDIES["InvokeArns"]: "InvokeArns",
}
FUNCTIONS = tuple(folders())
WORKFLOW = "Remediation"
# The role of the schedule that puts heartbeats on the event bus.
HEARTBEAT = "Heartbeat"


def words(sid: str) -> str:
    """Return the words of a Sid: `list reports` for `ListReports`."""
    return " ".join(re.findall(r"[A-Z][a-z]*", sid)).lower()


def place(resource: str) -> str:
    """Return a readable name of a resource: the stack's own by its logical id, a parameter's by the parameter, others by ARN."""
    own = re.fullmatch(r"\$\{(\w+)(\.Arn)?}(.*)", resource)
    if own:
        return f"`{own[1]}{own[3]}`"
    for value, name in {**PARAMETERS, ACCOUNT: "ACCOUNT", REGION: "REGION", "?" * 64: "DIGEST"}.items():
        resource = resource.replace(value, name)
    return f"`{resource}`"


def only(statement: dict) -> str:
    """Return the condition of a statement, empty if it does not have one."""
    wanted = dict(statement.get("Condition", {}).get("StringEquals", {}))
    services = ", ".join(service.split(".")[0] for service in wanted.pop("kms:ViaService", []))
    sent = ", ".join(f"`{wanted.pop(key)}`" for key in ("events:source", "events:detail-type") if key in wanted)
    tags = ", ".join(f"`{key.removeprefix('aws:ResourceTag/')}` = `{value}`" for key, value in wanted.items())
    kept = ", ".join(f"`{key}`" for key in partitions_in(statement))
    granted = "kms:GrantIsForAWSResource" in statement.get("Condition", {}).get("Bool", {})
    return (
        (f", only through {services}" if services else "")
        + (f", only {sent}" if sent else "")
        + (f", only with the tag {tags}" if tags else "")
        + (", only for AWS services" if granted else "")
        + (f", only the partitions {kept}" if kept else "")
    )


def partitions_in(statement: dict) -> list[str]:
    """Return the partitions of the table that a statement is limited to; none without a limit."""
    keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
    return list(listed(keys))


def name_of(function: str) -> str:
    """Return the readable name of a function."""
    return words(function.removesuffix("Function")).replace(" ", "-")


def table(stack: Deployed) -> str:
    """Return a row for each statement of each role, those of the workflow and of the heartbeat at the end."""
    rows = ["| who | to | may | on |", "| --- | --- | --- | --- |"]
    for function in (*FUNCTIONS, WORKFLOW, HEARTBEAT):
        for statement in role_statements(stack, function):
            actions = "<br>".join(f"`{action}`" for action in statement["Action"])
            places = "<br>".join(place(resource) for resource in statement["Resource"]) + only(statement)
            rows.append(f"| {name_of(function)} | {words(statement['Sid'])} | {actions} | {places} |")
    return "\n".join(rows)


def partition_table(stack: Deployed) -> str:
    """Return a row for each kind of partition: its content, and the functions that may write it."""
    rows = ["| partition | holds | may be written by |", "| --- | --- | --- |"]
    for partition, holds in HOLDS.items():
        writers = [
            name_of(function)
            for function in FUNCTIONS
            if any(
                partition in partitions_in(statement) and "dynamodb:PutItem" in statement["Action"]
                for statement in role_statements(stack, function)
            )
        ]
        rows.append(f"| `{partition}` | {holds} | {', '.join(writers)} |")
    return "\n".join(rows)


def page_with(stack: Deployed, page: str) -> str:
    """Return the page with both tables between their marks. Raises ValueError if marks are missing."""
    page = _between(BEGIN, END, table(stack), page)
    return _between(PARTITIONS_BEGIN, PARTITIONS_END, partition_table(stack), page)


def _between(first: str, last: str, table: str, page: str) -> str:
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has lost the marks around a table")
    return f"{before}{first}\n\n{table}\n\n{last}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with(whole(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
