"""The documents about `sam local invoke`: the printed commands work, and the table names the samples that do not need AWS."""

import contextlib
import importlib
import json
import os
import re
import shlex
import warnings
from functools import cache
from types import SimpleNamespace

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samcli.local.lambdafn.env_vars import EnvironmentVariables

from kedge.domain.errors import KedgeError, SettingsError
from kedge.lambdas.intake import intake
from tests.support import samples
from tests.unit.docs.pages import PAGES, ROOT, code, table

README, LOCAL = ROOT / "README.md", ROOT / "docs" / "local.md"
ROWS = {row[0].removeprefix("events/").removesuffix(".json"): row for row in table(LOCAL, "event", "becomes")}
WITHOUT_AWS = sorted(name for name, row in ROWS.items() if row[2:] == ["nothing", "not kept"])
WITH_AWS = sorted(set(ROWS) - set(WITHOUT_AWS))
BY_PEOPLE = [name for name in WITH_AWS if name.startswith("people.")]
FILE = "events/env/without-aws.json"
CREDENTIALS = {"region": "us-east-1", "key": "none", "secret": "none"}


def printed():
    """Return the printed calls of `sam local invoke`, and the page of each."""
    found = {(page, line) for page in PAGES for line in code(page) if re.search(r"sam local invoke \w+ ", line)}
    return [pytest.param(line, id=f"{page.name}: {line[:60]}") for page, line in sorted(found)]


@cache
def deployed_locally():
    """Return intake as SAM reads it from the template."""
    with warnings.catch_warnings():
        # SAM's own code uses deprecated parts of its libraries.
        warnings.simplefilter("ignore")
        stacks, _ = SamLocalStackProvider.get_stacks(str(ROOT / "template.yaml"))
        return SamFunctionProvider(stacks, use_raw_codeuri=True).get("IntakeFunction")


def variables(given):
    """Return the environment that `sam local invoke` passes to intake, by SAM's own code. A resource has only its name in the template."""
    function = deployed_locally()
    written = EnvironmentVariables(
        function.name, function.memory, function.timeout, function.handler,
        variables=function.environment["Variables"], override_values=given, aws_creds=CREDENTIALS,
    )  # fmt: skip
    return written.resolve()


@pytest.fixture
def invoke(monkeypatch):
    """Run intake as `sam local invoke` does, without any service of AWS, and record every call."""
    calls = []

    def unreachable(self, operation, parameters):
        calls.append(f"{self.meta.service_model.service_name}:{operation}")
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    def invoked(event, given):
        for name in [name for name in os.environ if name.startswith("KEDGE_")]:
            monkeypatch.delenv(name)
        for name, value in variables(given).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(BaseClient, "_make_api_call", unreachable)
        context = SimpleNamespace(
            function_name="IntakeFunction",
            memory_limit_in_mb=512,
            invoked_function_arn="arn:aws:lambda:us-east-1:012345678912:function:IntakeFunction",
            aws_request_id="52fdfc07-2182-154f-163f-5f0f9a621d72",
        )
        handler = importlib.import_module("functions.intake.handler")
        return handler.lambda_handler(event, context)

    intake.cache_clear()
    yield SimpleNamespace(intake=invoked, calls=calls)
    intake.cache_clear()


def given_in(command):
    words = shlex.split(command)
    return json.loads((ROOT / words[words.index("--env-vars") + 1]).read_text(encoding="utf-8"))["Parameters"]


def test_some_samples_need_no_aws_and_most_do():
    assert "eventbridge.processing_job.in_progress" in WITHOUT_AWS
    assert "eventbridge.endpoint.in_service" in WITH_AWS


@pytest.mark.parametrize("name", WITHOUT_AWS)
def test_a_sample_of_which_the_table_says_so_needs_no_aws(name, invoke):
    answer = invoke.intake(samples.event(name), given_in(f"--env-vars {FILE}"))
    assert invoke.calls == []
    if "outcomes" in answer:
        assert f"ignored: {answer['outcomes'][0]['ignored']}" == ROWS[name][1]


@pytest.mark.parametrize("name", sorted(set(WITH_AWS) - set(BY_PEOPLE)))
def test_every_other_sample_asks_aws(name, invoke):
    with contextlib.suppress(KedgeError, BatchProcessingError):
        invoke.intake(samples.event(name), given_in(f"--env-vars {FILE}"))
    assert invoke.calls


@pytest.mark.parametrize("command", [each for each in printed() if FILE in each.values[0]])
def test_a_printed_call_that_needs_nothing_works_as_printed(command, invoke):
    sample = re.search(r"-e events/(\S+)\.json", command)[1]
    assert sample in WITHOUT_AWS
    (outcome,) = invoke.intake(samples.event(sample), given_in(command))["outcomes"]
    assert outcome["ignored"]
    assert invoke.calls == []


def test_the_readme_prints_one_that_needs_nothing():
    assert any(FILE in line for line in code(README) if "sam local invoke" in line)


@pytest.mark.filterwarnings("ignore:No application metrics to publish:UserWarning")
@pytest.mark.parametrize("command", printed())
def test_every_printed_call_gives_the_function_what_sam_cannot_know(command, invoke):
    """Check the difference: SAM passes the name in the template, AWS passes a URL or an ARN."""
    with pytest.raises(SettingsError, match="KEDGE_SIGNALS_QUEUE_URL"):
        invoke.intake({}, {})
    assert "--env-vars" in command


def test_the_file_that_the_page_shows_has_all_that_the_function_needs():
    needed = set(given_in(f"--env-vars {FILE}")) - {"KEDGE_REPORT_BUCKETS"}  # SAM knows the default
    shown = [
        json.loads(block) for block in re.findall(r"```json\n(.*?)```", LOCAL.read_text(encoding="utf-8"), re.DOTALL)
    ]
    parameters = [each["Parameters"] for each in shown if "Parameters" in each]
    assert parameters
    assert all(needed <= set(each) for each in parameters)
