"""Translates a SAM template as CloudFormation does, and lints the result: some faults appear only then.

    python scripts/lint_translated_template.py template.yaml

Exit 0 if cfn-lint finds nothing, 1 if it finds something, 2 if the template cannot be translated.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import boto3
from cfnlint.api import lint_file
from samcli.yamlhelper import yaml_parse
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

# `sam package` would put these values there: the translator does not accept a local folder.
ARTIFACT = "s3://artifacts/artifact.zip"
LOCAL_PATHS = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}


def translated(template: dict[str, Any]) -> dict[str, Any]:
    """Return the CloudFormation template that the SAM transform makes of this one.

    Raises:
        InvalidDocumentException: the template has faults; the exception names each of them.
    """
    for resource in template["Resources"].values():
        if (key := LOCAL_PATHS.get(resource["Type"])) and isinstance(resource["Properties"].get(key), str):
            resource["Properties"][key] = ARTIFACT
    # The session only provides a Region: no call is made.
    session = boto3.Session(region_name="us-east-1")
    translator = Translator({}, Parser(), boto_session=session)
    return dict(translator.translate(template, {}, feature_toggle=None))


def main(path: Path) -> int:
    """Print the faults of the translated template and return the exit code."""
    try:
        result = translated(yaml_parse(path.read_text(encoding="utf-8")))
    except InvalidDocumentException as fault:
        print(f"{path}: cannot be translated")
        for cause in fault.causes:
            print(f"  {cause.message}")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "translated.json"
        file.write_text(json.dumps(result, indent=2), encoding="utf-8")
        found = lint_file(file)
    for match in found:
        place = "/".join(str(step) for step in getattr(match, "path", None) or [])
        print(f"{path} (translated) {place}: {match.rule.id} {match.message}")
    print(f"{path}: translated into {len(result['Resources'])} resources, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
