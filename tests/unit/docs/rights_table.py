"""The table of docs/security.md with the consequence of each right, made by playing each right.

    python -m tests.unit.docs.rights_table

A right that a party of the account can have is played as a scenario (tests/scenarios/rights*.test.yaml). If only IAM or an
adapter can refuse an action, the test that the row names checks it.
"""

from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tests.unit.docs.event_table import between
from workbench.scenarios.playing import Result
from workbench.scenarios.row import NONE
from workbench.scenarios.suite import scenarios

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- rights: begin (from tests/unit/docs/rights_table.py) -->", "<!-- rights: end -->"
SCENARIOS: Final = ROOT / "tests" / "scenarios"

NO: Final = "**no**"
ASKS: Final = "no: an approver is asked"
QUESTION: Final = "no: a question"
TOLD: Final = "no: a notification"
ACTS: Final = "**yes**"


class Row(NamedTuple):
    """A right, the party's action with it, and the scenario or the test that shows the consequence.

    `then` is the result of the test if no scenario can show it; `guard` is the protection.
    """

    right: str
    does: str
    shown_by: str
    guard: str
    then: str = ""


ROWS: Final = (
    Row(
        "publish to the alarms topic",
        "claims a deployment, then an alarm",
        "a message on the alarms topic that claims to be a deployment is no deployment",
        "the topic takes only alarms",
    ),
    Row(
        "publish to the alarms topic",
        "claims an alarm after a real deployment",
        "a message on the alarms topic right after a deployment asks, and does not act",
        "CloudWatch confirms no such alarm",
    ),
    Row(
        "publish to the alarms topic",
        "says that a real alarm is OK",
        "a message that an alarm is OK does not end what the alarm shows",
        "CloudWatch contradicts it; the incident stays open",
    ),
    Row(
        "invoke intake",
        "claims a bad run after a real deployment",
        "a call of intake that claims a bad run after a deployment asks, and does not act",
        "no authority confirms the call",
    ),
    Row(
        "write into a bucket of reports",
        "writes a report of a real schedule",
        "a file in the folder of a schedule that SageMaker knows is a question",
        "SageMaker contradicts it",
    ),
    Row(
        "write into a bucket of reports",
        "writes reports of a schedule that does not exist",
        "files of a name that SageMaker does not know ask for a training, and start none",
        "no authority confirms the files",
    ),
    Row(
        "write into another bucket",
        "writes any report",
        "tests/unit/sources/test_reports_of_schedules.py::"
        "test_a_file_in_a_bucket_that_the_operator_did_not_name_is_not_taken_and_costs_no_call",
        "Kedge takes reports only from buckets that the operator named",
        NO,
    ),
    Row(
        "send to the signals queue",
        "sends any event",
        "tests/template/test_rules.py::test_no_identity_but_the_monitor_and_watch_may_send_to_the_signals_queue_whatever_iam_allows_it",
        "the queue's policy denies every principal but AWS services and the roles of monitor and watch",
        NO,
    ),
    Row(
        "put events on the default bus",
        "sends events with the source `aws.*`",
        "tests/template/test_rules.py::test_each_rule_but_the_heartbeats_asks_for_a_source_that_only_aws_can_give",
        "EventBridge refuses the source; all rules but the heartbeat's ask for it",
        NO,
    ),
    Row(
        "put events on the default bus",
        "sends a heartbeat with any content",
        "tests/template/test_rules.py::test_nothing_of_an_event_that_anyone_may_put_on_the_bus_gets_into_the_queue",
        "the rule of the heartbeat sends a constant to the queue; more than one a minute goes no further than intake",
        NO,
    ),
    Row(
        "set an alarm's state",
        "sets ALARM without datapoints, after a deployment",
        "tests/unit/services/workflow/test_alarm_confirmation.py::"
        "test_an_alarm_whose_state_was_set_without_any_datapoint_does_not_lead_to_an_act",
        "CloudWatch shows no datapoint",
        ASKS,
    ),
    Row(
        "make an alarm, or set its state with invented datapoints",
        "makes an alarm on an endpoint ring after a deployment",
        "an alarm that CloudWatch confirms after a deployment acts",
        "tag, limits, cooldown: treat `cloudwatch:PutMetricAlarm` and `SetAlarmState` as the right to roll back",
    ),
    Row(
        "mark a config, with proof",
        "names a config as good",
        "a person who names a config as good chooses where a roll-back goes, and begins none",
        "the mark names the person; a person whose mark decided does not approve",
    ),
    Row(
        "take the approvers' role",
        "approves by two sessions",
        "two sessions of one role are one person",
        "one role is one person, unless the policy says `sessions: bound`",
    ),
    Row(
        "invoke approve without proof, or as a federated user",
        "approves under the names of two approvers",
        "a person who does not prove who that is approves nothing",
        "AWS has to confirm each approver",
    ),
    Row(
        "be in the Slack channel",
        "presses Approve",
        "tests/unit/services/workflow/test_approval.py::test_the_chat_does_not_count_where_the_policy_names_others",
        "the chat has one identity, which counts only if the policy names it",
        NO,
    ),
    Row(
        "tag an endpoint",
        "sets `kedge:remediate`, `kedge:known-good` or `kedge:pipeline`",
        "tags of an endpoint begin nothing",
        "it chooses, and begins nothing",
    ),
    Row(
        "push a policy",
        "publishes `dry_run: false` and `mode: auto`",
        "an honest deployment that made quality worse is rolled back, with which strangers are to be compared",
        "tag in IAM; `RetrainPipelineArns` and `InvokeArns`; `lint` at the push and at reconcile",
    ),
    Row(
        "invoke remediate, roll-back and the other steps",
        "begins an act",
        "tests/unit/services/workflow/test_act.py::"
        "test_a_plan_that_the_last_check_did_not_permit_is_not_carried_out_whatever_its_action_says",
        "an act needs the place that the last check wrote",
        NO,
    ),
    Row(
        "write to the table",
        "writes a plan, its votes and its place in the register",
        "tests/template/test_partitions.py::test_votes_are_written_by_those_alone_who_take_answers",
        "none: protect `dynamodb:PutItem` on the table as you protect `sagemaker:UpdateEndpoint`",
        ACTS,
    ),
)


def table() -> str:
    """Return the table of all rights, each with its consequence."""
    rows = ("| right | a party with it | endpoint changed? | guard |", "| --- | --- | --- | --- |", *map(_line, ROWS))
    return "\n".join(rows)


def page_with(made: str, page: str) -> str:
    """Return the page with this table."""
    return between(BEGIN, END, made, page)


def outcome(row: Row) -> str:
    """Return the consequence of a right in a party's hands: played, if a scenario can."""
    return row.then or _outcome_of(_played()[row.shown_by])


def _line(row: Row) -> str:
    return f"| {row.right} | {row.does} | {outcome(row)} | {row.guard} |"


@cache
def _played() -> dict[str, Result]:
    return {name: play() for file, name, play in scenarios(SCENARIOS) if file.name.startswith("rights")}


def _outcome_of(result: Result) -> str:
    """Return the worst outcome of a play."""
    got = {row.what: row.got for looked in result.looked for row in looked.rows}
    if got.get("acts", NONE) not in (NONE, ""):
        return ACTS
    remedies = got.get("remedies", NONE)
    if "asked" in remedies:
        return ASKS
    return QUESTION if "hold" in remedies else TOLD


if __name__ == "__main__":
    PAGE.write_text(page_with(table(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
