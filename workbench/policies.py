"""Reads a policy file."""

from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from kedge.errors import MalformedPolicy
from kedge.policy.document import Policy, policy_from


def policy_in(file: Path) -> Policy:
    """The policy that a YAML file states; an empty file states the default. Raises MalformedPolicy with file and line."""
    try:
        document = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)
        raise MalformedPolicy(place, str(error.problem)) from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise MalformedPolicy(str(file), str(error)) from error
    try:
        return policy_from({} if document is None else document)
    except MalformedPolicy as error:
        raise MalformedPolicy(f"{file}: {error.path}", error.why) from error
