"""Deploys the application to the stack as a user deploys it to an account: `sam build`, then `sam deploy`."""

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
    """sam ended with an error; the message is its output."""


@dataclass(frozen=True)
class Application:
    """A template and its build folder. A second build of unchanged sources uses the cache."""

    template: Path
    built: Path

    @property
    def built_template(self) -> Path:
        """Return the template that `deploy` deploys."""
        return self.built / "build" / "template.yaml"


def build(application: Application, environment: Mapping[str, str]) -> None:
    """Run `sam build`, one build at a time.

    sam keeps dependencies in `.aws-sam` beside the template, for every build folder, and deletes there what a parallel
    build has just begun.

    Raises:
        SamFailed: sam ended with an error.
    """
    with _held(application, fcntl.LOCK_EX):
        _build(application, environment)


def unchanged(application: Application) -> AbstractContextManager[None]:
    """Protect the build from changes while it is read."""
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
    """Run `sam deploy` on the build, under the stack name `name`, and return the outputs.

    Deployments may run in parallel, but not beside a build: half of the deployed files would be missing.

    Raises:
        SamFailed: sam ended with an error.
    """
    # In quotes, because sam reads a value only up to its first blank.
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
    """Return the outputs of a deployed application, by name."""
    described = stack.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def resources(stack: LocalStack, kind: str, name: str = "kedge") -> dict[str, str]:
    """Return the physical ids of the deployed resources of a type (`AWS::SQS::Queue`), by logical id."""
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
