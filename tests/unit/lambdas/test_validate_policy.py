"""What AppConfig asks before it deploys a policy, and what it hears."""

import base64
import importlib
from pathlib import Path

import pytest

from kedge.domain.errors import MalformedMonitors, MalformedPolicy, MalformedSignal
from kedge.monitors import lint as monitors_lint
from kedge.policy import lint
from tests.unit.monitors.conftest import SMALL
from tests.unit.services.policy_store.conftest import broken, sound

DEFAULT = Path(__file__).parents[3] / "policies" / "default.yaml"


def question(content: bytes | str) -> dict[str, object]:
    """AppConfig's event."""
    data = content.encode() if isinstance(content, str) else content
    return {
        "applicationId": "k3dg3aa",
        "configurationProfileId": "p0l1cya",
        "configurationVersion": "7",
        "content": base64.b64encode(data).decode(),
        "uri": "hosted",
    }


@pytest.fixture
def ask(context):
    handler = importlib.import_module("functions.validate_policy.handler").lambda_handler
    return lambda event: handler(event, context)


def test_a_sound_policy_may_be_deployed(ask):
    assert ask(question(sound())) is None


def test_the_policy_that_comes_with_kedge_may_be_deployed(ask):
    assert ask(question(DEFAULT.read_bytes())) is None


TEXTS = {
    "route to nobody": broken(),
    "unknown key": sound() + "recievers: []\n",
    "no yaml": "receivers: [",
    "nothing": "",
    "no text": b"\xff\xfe",
    "too large": b"#" * (257 * 1024),
    "sound": sound(),
}


@pytest.mark.parametrize("name", TEXTS)
def test_it_refuses_what_lint_refuses_and_says_the_same(ask, name):
    faults = lint.read(TEXTS[name], "policy.yaml").faults
    if not faults:
        ask(question(TEXTS[name]))
        return
    with pytest.raises(MalformedPolicy) as refused:
        ask(question(TEXTS[name]))
    for fault in faults:
        assert str(fault) in refused.value.why


def test_of_many_faults_the_first_twenty_are_told(ask):
    with pytest.raises(MalformedPolicy) as refused:
        ask(question(sound() + "".join(f"no_such_key_{number}: 1\n" for number in range(30))))
    assert refused.value.why.startswith("30 faults\npolicy.yaml:5:1: ")
    assert refused.value.why.endswith("\nand 10 more")


def test_the_log_says_that_a_version_was_refused_and_does_not_quote_the_policy(ask, caplog):
    with pytest.raises(MalformedPolicy):
        ask(question(broken("the-secret-team")))
    (record,) = caplog.records
    assert "the-secret-team" not in str(vars(record))
    assert (record.message, record.version, record.faults) == ("refused", "7", 1)


@pytest.mark.parametrize("content", [None, 7, "not Base64!"])
def test_what_is_no_question_of_appconfig_is_told_apart_from_a_broken_policy(ask, content):
    with pytest.raises(MalformedSignal, match=r"\$\.content"):
        ask({"content": content})


def test_a_sound_monitors_document_may_be_deployed(ask):
    assert ask(question(SMALL)) is None


@pytest.mark.parametrize("text", [SMALL + "    widow: 1h\n", "kind: Monitors\n", "{kind: Monitors, monitors: a}"])
def test_a_monitors_document_is_refused_with_the_words_of_its_own_lint(ask, text):
    faults = monitors_lint.read(text, "monitors.yaml").faults
    assert faults
    with pytest.raises(MalformedMonitors) as refused:
        ask(question(text))
    for fault in faults:
        assert str(fault) in refused.value.why
