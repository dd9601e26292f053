"""The application onto the stack, as a user puts it into an account: `sam build`, then `sam deploy`."""

import fcntl
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench.local_stack.local_stack import LocalStack


class SamFailed(Exception):
    """sam ended with an error; the message is what it said."""


@dataclass(frozen=True)
class Application:
    """A template and the folder that sam builds it into; a second build of unchanged sources takes from the cache."""

    template: Path
    built: Path

    @property
    def built_template(self) -> Path:
        """What `deploy` deploys."""
        return self.built / "build" / "template.yaml"


def build(application: Application, environment: Mapping[str, str]) -> None:
    """`sam build`. Raises SamFailed.

    One at a time: sam keeps dependencies in `.aws-sam` beside the template, whatever folder it builds into, and sweeps up there
    what a build beside it has just begun.
    """
    with _held(application, fcntl.LOCK_EX):
        _build(application, environment)


def unchanged(application: Application) -> AbstractContextManager[None]:
    """Keep what was built as it is, for as long as somebody reads it."""
    return _held(application, fcntl.LOCK_SH)


@contextmanager
def _held(application: Application, how: int) -> Iterator[None]:
    folder = application.template.parent / ".aws-sam"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, how)
        yield


def _build(application: Application, environment: Mapping[str, str]) -> None:
    _sam(
        environment,
        application.template.parent,
        "build",
        "--template-file",
        str(application.template),
        "--build-dir",
        str(application.built / "build"),
        "--cache-dir",
        str(application.built / "cache"),
        "--cached",
        "--parallel",
    )


def deploy(
    stack: LocalStack, application: Application, parameters: Mapping[str, str], name: str = "kedge"
) -> dict[str, str]:
    """`sam deploy` of what was built, under the stack name `name`. Returns the outputs. Raises SamFailed.

    Any number at a time, but none while another command builds: half of what is deployed would be missing.
    """
    # In quotes, or sam takes a value up to its first blank.
    overrides = [f"{key}={json.dumps(value)}" for key, value in parameters.items()]
    with unchanged(application):
        _sam(
            stack.environment,
            application.template.parent,
            "deploy",
            "--template-file",
            str(application.built_template),
            "--stack-name",
            name,
            "--resolve-s3",
            "--capabilities",
            "CAPABILITY_IAM",
            "CAPABILITY_NAMED_IAM",
            "--no-confirm-changeset",
            "--no-fail-on-empty-changeset",
            "--no-progressbar",
            *(["--parameter-overrides", *overrides] if overrides else []),
        )
    return outputs(stack, name)


def outputs(stack: LocalStack, name: str = "kedge") -> dict[str, str]:
    """The outputs of a deployed application, by name."""
    described = stack.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def resources(stack: LocalStack, kind: str, name: str = "kedge") -> dict[str, str]:
    """Physical ids of the deployed application's resources of a type (`AWS::SQS::Queue`), by logical id."""
    pages = stack.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == kind
    }


def _sam(environment: Mapping[str, str], folder: Path, *arguments: str) -> None:
    sam = Path(sys.executable).with_name("sam")
    done = subprocess.run(
        [sam, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise SamFailed(f"sam {arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
