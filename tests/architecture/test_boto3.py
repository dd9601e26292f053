"""The functions use the runtime's boto3 in AWS's version, so Kedge uses its documented parts, and only two others."""

import re
from pathlib import Path

from tests.architecture.arrows import imports

ROOT = Path(__file__).parents[2]
DOCUMENTED = {"boto3", "botocore.config", "botocore.exceptions"}
# See docs/decisions/0028. If these change, Kedge cannot prove an identity and nothing is approved.
INNER = {"botocore.awsrequest": {"sts.py"}, "botocore.httpsession": {"sts.py"}}


def of_aws() -> dict[str, set[str]]:
    """Return the modules of boto3 and botocore that the layer imports, with the importing files."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "layers" / "kedge").rglob("*.py")):
        for name, _ in imports(path.read_text(encoding="utf-8"), "x", package=False):
            if re.match(r"(?:boto3|botocore)\b", name):
                module = ".".join(name.split(".")[:2]) if name.startswith("botocore.") else name
                found.setdefault(module, set()).add(path.name)
    return found


def test_beside_what_boto3_documents_only_identity_leans_on_two_modules():
    found = of_aws()
    assert {name: by for name, by in found.items() if name not in DOCUMENTED} == INNER
    assert found.keys() >= DOCUMENTED


def test_the_layer_brings_no_boto3_of_its_own():
    lock = (ROOT / "layers" / "dependencies" / "requirements.txt").read_text(encoding="utf-8")
    assert re.findall(r"^(?:boto3|botocore|s3transfer)==", lock, re.MULTILINE) == []
