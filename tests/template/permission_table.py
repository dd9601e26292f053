"""The table of permissions in docs/security.md, made from the template.

    python -m tests.template.permission_table

writes it between the two marks in that page; a test fails while page and template differ.
"""

import re

from tests.template.deployed import ACCOUNT, REGION, REMEDIES, REPORTS_KEY, ROOT, Deployed, role_statements, whole

PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- permissions: begin (from template.yaml) -->", "<!-- permissions: end -->"
# What stands in a resource because a parameter said so, or said nothing.
PARAMETERS = {
    f"arn:aws:s3:::sagemaker-{REGION}-{ACCOUNT}": "MonitorReportsBucket",
    REPORTS_KEY["MonitorReportsKeyArn"]: "MonitorReportsKeyArn",
    f"arn:aws:s3:::{REMEDIES['ModelArtifactsBucket']}": "ModelArtifactsBucket",
    REMEDIES["RetrainPipelineArns"]: "RetrainPipelineArns",
    REMEDIES["InvokeArns"]: "InvokeArns",
}
FUNCTIONS = (
    "IntakeFunction",
    "RelayFunction",
    "DispatchFunction",
    "ReconcileFunction",
    "RemediateFunction",
    "RollBackFunction",
    "ShiftTrafficFunction",
    "RetrainFunction",
    "InvokeFunction",
    "ApproveFunction",
    "PeopleFunction",
    "ValidatePolicyFunction",
)
WORKFLOW = "Remediation"


def words(sid: str) -> str:
    """`TellAbsentFromForbidden` as a reason to read: `tell absent from forbidden`."""
    return " ".join(re.findall(r"[A-Z][a-z]*", sid)).lower()


def place(resource: str) -> str:
    """A resource as a person names it: the stack's own by its logical id, a parameter's by the parameter, others by ARN."""
    own = re.fullmatch(r"\$\{(\w+)(\.Arn)?}(.*)", resource)
    if own:
        return f"`{own[1]}{own[3]}`"
    for value, name in {**PARAMETERS, ACCOUNT: "ACCOUNT", REGION: "REGION", "?" * 64: "DIGEST"}.items():
        resource = resource.replace(value, name)
    return f"`{resource}`"


def only(statement: dict) -> str:
    """The condition of a statement, where it has one."""
    wanted = dict(statement.get("Condition", {}).get("StringEquals", {}))
    services = ", ".join(service.split(".")[0] for service in wanted.pop("kms:ViaService", []))
    tags = ", ".join(f"`{key.removeprefix('aws:ResourceTag/')}` = `{value}`" for key, value in wanted.items())
    return (f", only through {services}" if services else "") + (f", only with the tag {tags}" if tags else "")


def table(stack: Deployed) -> str:
    """A row for each statement of each role, the workflow's at the end."""
    rows = ["| who | to | may | on |", "| --- | --- | --- | --- |"]
    for function in (*FUNCTIONS, WORKFLOW):
        for statement in role_statements(stack, function):
            actions = "<br>".join(f"`{action}`" for action in statement["Action"])
            places = "<br>".join(place(resource) for resource in statement["Resource"]) + only(statement)
            name = words(function.removesuffix("Function")).replace(" ", "-")
            rows.append(f"| {name} | {words(statement['Sid'])} | {actions} | {places} |")
    return "\n".join(rows)


def page_with(table: str, page: str) -> str:
    """The page with this table between the marks. Raises ValueError where the marks are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has lost the marks around the table")
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with(table(whole()), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
