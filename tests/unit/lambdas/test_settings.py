"""What the environment must tell, and what is said where it does not."""

import pytest

from kedge.domain.effect import ChannelName
from kedge.domain.errors import SettingsError
from kedge.lambdas.settings import (
    ActSettings,
    ApproveSettings,
    DispatchSettings,
    IntakeSettings,
    ReconcileSettings,
    RelaySettings,
    RemediateSettings,
    WatchSettings,
    named_buckets,
    named_keys,
)

PEOPLE, PROGRAMS, CHAT = (f"arn:aws:sns:us-east-1:111122223333:kedge-{name}" for name in ("people", "programs", "chat"))
QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/effects"
KEY = "arn:aws:kms:us-east-1:111122223333:key/2f2e2d2c-2b2a-4928-a726-25242322212"
EFFECTS = "https://sqs.us-east-1.amazonaws.com/111122223333/effects"
DEAD = "https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters"
BOTH = {"KEDGE_TABLE": "kedge", "KEDGE_DEAD_LETTERS_URL": DEAD}
SIGNALS = "https://sqs.us-east-1.amazonaws.com/111122223333/kedge-signals"
ALARMS = "arn:aws:sns:us-east-1:111122223333:kedge-alarms"
INTAKE = {
    **BOTH,
    "KEDGE_SIGNALS_QUEUE_URL": SIGNALS,
    "KEDGE_ALARMS_TOPIC_ARN": ALARMS,
    "KEDGE_REPORT_BUCKETS": "reports, more-reports,",
}
WORKFLOW = "arn:aws:states:us-east-1:111122223333:stateMachine:kedge-remediation"
DISPATCH = {
    **BOTH,
    "KEDGE_EFFECTS_QUEUE_URL": EFFECTS,
    "KEDGE_PEOPLE_TOPIC_ARN": PEOPLE,
    "KEDGE_PROGRAMS_TOPIC_ARN": PROGRAMS,
    "KEDGE_WORKFLOW_ARN": WORKFLOW,
}


def test_intake_tells_through_chat_only_where_chat_is_configured():
    env = {**INTAKE, "KEDGE_ENVIRONMENT": "prod", "KEDGE_CHAT_TOPIC_ARN": ""}
    assert IntakeSettings.from_env(env) == IntakeSettings(
        table="kedge",
        dead_letters_url=DEAD,
        queue_url=SIGNALS,
        alarms_topic=ALARMS,
        buckets=frozenset({"reports", "more-reports"}),
        environment="prod",
        channels=(ChannelName.MAIL, ChannelName.PROGRAMS),
    )
    assert ChannelName.CHAT in IntakeSettings.from_env({**env, "KEDGE_CHAT_TOPIC_ARN": CHAT}).channels


@pytest.mark.parametrize("missing", [*INTAKE])
def test_intake_starts_only_if_it_can_tell_its_doors_apart(missing):
    with pytest.raises(SettingsError, match=f"{missing} is not set"):
        IntakeSettings.from_env({**INTAKE, missing: ""})


@pytest.mark.parametrize("name", ["KEDGE_ALARMS_TOPIC_ARN", "KEDGE_SIGNALS_QUEUE_URL"])
def test_intake_refuses_a_name_that_is_no_address(name):
    with pytest.raises(SettingsError, match=f"{name} must be"):
        IntakeSettings.from_env({**INTAKE, name: "kedge-signals"})


def test_intake_believes_the_detectors_that_the_operator_named_and_no_others():
    role, user = "arn:aws:iam::111122223333:role/jobs/DriftJob", "arn:aws-cn:iam::111122223333:user/drift"
    assert IntakeSettings.from_env({**INTAKE, "KEDGE_DETECTOR_PRINCIPALS": ""}).detectors == ()
    named = IntakeSettings.from_env({**INTAKE, "KEDGE_DETECTOR_PRINCIPALS": f"{role}, {user},"})
    assert named.detectors == (role, user)
    with pytest.raises(SettingsError, match="must be the ARN of an IAM role or user, not 'DriftJob'"):
        IntakeSettings.from_env({**INTAKE, "KEDGE_DETECTOR_PRINCIPALS": f"{role},DriftJob"})


RECONCILE = {
    "KEDGE_TABLE": "kedge",
    "KEDGE_STACK": "kedge-prod",
    "KEDGE_ENVIRONMENT": "prod",
    "KEDGE_PEOPLE_TOPIC_ARN": PEOPLE,
    "KEDGE_PROGRAMS_TOPIC_ARN": PROGRAMS,
    "KEDGE_DEAD_LETTER_URLS": f"{DEAD},{EFFECTS}",
    "KEDGE_EFFECTS_QUEUE_URL": EFFECTS,
}
PUBLISHED = {
    "KEDGE_POLICY_APPLICATION": "a1b2c3d",
    "KEDGE_POLICY_ENVIRONMENT": "e1b2c3d",
    "KEDGE_POLICY_PROFILE": "p1b2c3d",
}


def test_reconcile_looks_for_a_policy_only_where_one_can_be_published():
    assert ReconcileSettings.from_env(RECONCILE) == ReconcileSettings(
        table="kedge",
        stack="kedge-prod",
        topics={ChannelName.MAIL: PEOPLE, ChannelName.PROGRAMS: PROGRAMS},
        dead_letters=(DEAD, EFFECTS),
        effects_url=EFFECTS,
        environment="prod",
        channels=(ChannelName.MAIL, ChannelName.PROGRAMS),
        policy=None,
    )
    assert ReconcileSettings.from_env(RECONCILE | PUBLISHED).policy == ("a1b2c3d", "e1b2c3d", "p1b2c3d")
    assert ChannelName.CHAT in ReconcileSettings.from_env({**RECONCILE, "KEDGE_CHAT_TOPIC_ARN": CHAT}).channels


@pytest.mark.parametrize("missing", ["KEDGE_PEOPLE_TOPIC_ARN", "KEDGE_DEAD_LETTER_URLS", "KEDGE_EFFECTS_QUEUE_URL"])
def test_reconcile_knows_whom_mails_reach_and_where_dead_letters_wait(missing):
    with pytest.raises(SettingsError, match=f"{missing} is not set"):
        ReconcileSettings.from_env({**RECONCILE, missing: ""})


@pytest.mark.parametrize("missing", PUBLISHED)
def test_half_a_place_of_a_policy_is_none(missing):
    with pytest.raises(SettingsError, match=f"{missing} is not set"):
        ReconcileSettings.from_env({**RECONCILE, **PUBLISHED, missing: ""})


def test_relay_needs_its_queue():
    assert RelaySettings.from_env({"KEDGE_EFFECTS_QUEUE_URL": QUEUE}).effects_queue_url == QUEUE
    with pytest.raises(SettingsError, match="KEDGE_EFFECTS_QUEUE_URL is not set"):
        RelaySettings.from_env({})


def test_watch_needs_its_table_the_signals_queue_and_the_topic_for_mails():
    env = {"KEDGE_TABLE": "kedge", "KEDGE_SIGNALS_QUEUE_URL": SIGNALS, "KEDGE_PEOPLE_TOPIC_ARN": PEOPLE}
    settings = WatchSettings.from_env(env)
    assert (settings.table, settings.signals_url, settings.people_topic_arn) == ("kedge", SIGNALS, PEOPLE)
    with pytest.raises(SettingsError, match="KEDGE_TABLE is not set; KEDGE_SIGNALS_QUEUE_URL is not set"):
        WatchSettings.from_env({})


def test_dispatch_knows_the_topics_that_there_are():
    settings = DispatchSettings.from_env(DISPATCH)
    assert settings.topics == {ChannelName.MAIL: PEOPLE, ChannelName.PROGRAMS: PROGRAMS}
    assert (settings.runbook_url, settings.receives, settings.workflow) == ("", 10, WORKFLOW)


def test_whoever_carries_out_a_remedy_knows_the_table_and_through_which_channels_people_hear_of_it():
    env = {"KEDGE_TABLE": "kedge", "KEDGE_ENVIRONMENT": "prod", "KEDGE_CHAT_TOPIC_ARN": CHAT}
    channels = (ChannelName.MAIL, ChannelName.PROGRAMS, ChannelName.CHAT)
    assert ActSettings.from_env(env) == ActSettings(table="kedge", environment="prod", channels=channels)
    with pytest.raises(SettingsError, match="KEDGE_TABLE is not set"):
        ActSettings.from_env({})


@pytest.mark.parametrize("settings", [RemediateSettings, ApproveSettings])
def test_whoever_answers_a_waiting_step_knows_the_state_machine(settings):
    env = {"KEDGE_TABLE": "kedge", "KEDGE_WORKFLOW_ARN": WORKFLOW}
    assert settings.from_env(env) == settings(
        table="kedge", environment="", channels=(ChannelName.MAIL, ChannelName.PROGRAMS), workflow=WORKFLOW
    )
    with pytest.raises(SettingsError, match="KEDGE_WORKFLOW_ARN must be the ARN of a state machine, not 'remediation'"):
        settings.from_env({**env, "KEDGE_WORKFLOW_ARN": "remediation"})


def test_dispatch_takes_what_may_be_given():
    more = {
        "KEDGE_CHAT_TOPIC_ARN": CHAT,
        "KEDGE_RUNBOOK_URL": "https://wiki.example.com/kedge",
        "KEDGE_EFFECT_RECEIVES": "3",
    }
    settings = DispatchSettings.from_env({**DISPATCH, **more})
    assert settings.topics[ChannelName.CHAT] == CHAT
    assert (settings.runbook_url, settings.receives) == ("https://wiki.example.com/kedge", 3)


def test_all_faults_are_told_at_once():
    env = {
        "KEDGE_TABLE": " ",
        "KEDGE_PEOPLE_TOPIC_ARN": "people",
        "KEDGE_PROGRAMS_TOPIC_ARN": PROGRAMS,
        "KEDGE_RUNBOOK_URL": "wiki",
        "KEDGE_EFFECT_RECEIVES": "0",
    }
    with pytest.raises(SettingsError) as raised:
        DispatchSettings.from_env(env)
    assert str(raised.value).split("; ") == [
        "KEDGE_PEOPLE_TOPIC_ARN must be the ARN of an SNS topic, not 'people'",
        "KEDGE_TABLE is not set",
        "KEDGE_DEAD_LETTERS_URL is not set",
        "KEDGE_EFFECTS_QUEUE_URL is not set",
        "KEDGE_RUNBOOK_URL must be a URL that begins with https://, not 'wiki'",
        "KEDGE_EFFECT_RECEIVES must be a number from 1 on, not '0'",
        "KEDGE_WORKFLOW_ARN is not set",
    ]


def test_the_operators_buckets_are_named_one_by_one():
    assert named_buckets({"KEDGE_REPORT_BUCKETS": "reports, my.baselines-2"}) == ("reports", "my.baselines-2")


def test_a_list_of_buckets_may_end_as_the_template_joins_it_without_more_buckets():
    assert named_buckets({"KEDGE_REPORT_BUCKETS": "reports,"}) == ("reports",)
    assert IntakeSettings.from_env(INTAKE | {"KEDGE_REPORT_BUCKETS": "reports,"}).buckets == {"reports"}


@pytest.mark.parametrize("env", [{}, {"KEDGE_REPORT_BUCKETS": ""}, {"KEDGE_REPORT_BUCKETS": "  "}])
def test_where_no_bucket_is_named_nobody_knows_which_are_the_operators(env):
    assert named_buckets(env) is None


@pytest.mark.parametrize(
    ("env", "keys"),
    [
        ({}, None),
        ({"KEDGE_ENDPOINT_KEYS": ""}, ()),
        ({"KEDGE_ENDPOINT_KEYS": f"{KEY}1, {KEY}2"}, (f"{KEY}1", f"{KEY}2")),
    ],
)
def test_the_operators_keys_are_named_one_by_one_and_naming_none_is_not_the_same_as_saying_nothing(env, keys):
    assert named_keys(env) == keys


@pytest.mark.parametrize("value", ["alias/endpoints", "*", f"{KEY}*", "2f2e2d2c-2b2a-4928-a726-252423222120"])
def test_what_is_no_key_is_refused(value):
    with pytest.raises(SettingsError, match="KEDGE_ENDPOINT_KEYS must be the ARN of a KMS key"):
        named_keys({"KEDGE_ENDPOINT_KEYS": value})


@pytest.mark.parametrize("value", ["*", "reports,*", "s3://reports", "Reports", "a", "reports/x", "reports baselines"])
def test_what_is_no_bucket_is_refused_before_anything_is_let_in(value):
    with pytest.raises(SettingsError, match="KEDGE_REPORT_BUCKETS must be names of buckets"):
        named_buckets({"KEDGE_REPORT_BUCKETS": value})
