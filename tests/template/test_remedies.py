"""The permissions of remedies as the issue states them: the roles that may update endpoints or start pipelines, and no others."""

import pytest

from kedge.domain.remedy import RemedyName
from kedge.lambdas.settings import named_keys
from tests.template.acts import ACTS, AUTOMATION, FUNCTIONS_OF_ACTS, PIPELINES, REMEDY_NAMES, function_of
from tests.template.deployed import REMEDIES, SLACK, Deployed, role_statements
from tests.template.permission_table import FUNCTIONS, WORKFLOW
from tests.template.test_permissions import allowed

CALLS = sorted({call for remedy in REMEDY_NAMES for call in ACTS[remedy].may})
# The only other callers: dispatch begins the workflow, and the workflow calls the functions of its steps.
OTHERS = {
    "states:StartExecution": {"DispatchFunction": [("${Remediation}", None)]},
    "lambda:InvokeFunction": {
        WORKFLOW: [(f"${{{name}.Arn}}", None) for name in ("RemediateFunction", *FUNCTIONS_OF_ACTS)]
    },
}
# The calls that start what a team named in a parameter.
STARTS = set(ACTS[RemedyName.RETRAIN].may)
# Actions of SageMaker that only read.
READING = ("sagemaker:Describe", "sagemaker:List")


def granted(stack: Deployed, action: str) -> dict[str, list[tuple[str, object]]]:
    """Return by function or workflow the resources that an action is allowed on, each with its condition."""
    found: dict[str, list[tuple[str, object]]] = {}
    for who in (*(name for name in FUNCTIONS if name in stack.resources), WORKFLOW):
        for statement in role_statements(stack, who):
            if action in statement["Action"]:
                places = [(place, statement.get("Condition")) for place in statement["Resource"]]
                found[who] = found.get(who, []) + places
    return found


@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_a_remedy_may_be_made_by_its_function_alone_and_only_on_what_is_named_or_tagged(call, stack):
    acts = {function_of(remedy): list(ACTS[remedy].may[call]) for remedy in REMEDY_NAMES if call in ACTS[remedy].may}
    assert granted(stack, call) == acts | OTHERS.get(call, {})


def test_nothing_else_of_sagemaker_may_be_changed_by_anybody(stack):
    changing = {
        action
        for _, statement in allowed(stack)
        for action in statement["Action"]
        if action.startswith("sagemaker:") and not action.startswith(READING)
    }
    assert changing == {call for call in CALLS if call.startswith("sagemaker:")}


def test_several_pipelines_may_be_named():
    names = [f"arn:aws:sagemaker:us-east-1:111122223333:pipeline/{name}" for name in ("churn", "fraud")]
    stack = Deployed(RetrainPipelineArns=",".join(names))
    assert granted(stack, "sagemaker:StartPipelineExecution") == {"RetrainFunction": [(name, None) for name in names]}


@pytest.mark.parametrize("action", sorted(STARTS - {"states:StartExecution"}))
def test_where_nothing_was_named_nothing_can_be_started(action):
    assert granted(Deployed(**SLACK), action).keys() <= {WORKFLOW}


@pytest.mark.parametrize(("named", "places"), [("RetrainPipelineArns", PIPELINES), ("InvokeArns", AUTOMATION)])
def test_what_was_named_for_one_is_not_allowed_to_the_other(named, places):
    stack = Deployed(**{named: "arn:aws:states:us-east-1:111122223333:stateMachine:training"})
    acts = {function_of(remedy) for remedy in REMEDY_NAMES if ACTS[remedy].may.get("states:StartExecution") == places}
    assert granted(stack, "states:StartExecution").keys() == {"DispatchFunction", *acts}


def test_no_role_is_passed_anywhere(stack):
    assert [place for place, it in allowed(stack) for action in it["Action"] if action.startswith("iam:")] == []


def test_task_tokens_are_answered_by_those_who_hear_of_decisions_and_outcomes_and_only_to_this_workflow(stack):
    by_name = "arn:aws:states:us-east-1:111122223333:stateMachine:kedge-remediation"
    assert granted(stack, "states:SendTaskSuccess") == {
        "DispatchFunction": [("${Remediation}", None)],
        # By name, because the workflow names the function; it answers a step that began to wait after the answer came.
        "RemediateFunction": [(by_name, None)],
        "ApproveFunction": [("${Remediation}", None)],
        "ApproveFromChatFunction": [("${Remediation}", None)],
    }
    assert stack.properties("Remediation")["StateMachineName"] == by_name.rpartition(":")[2]


def test_nobody_may_fail_a_step_stop_an_execution_or_read_its_history_where_tokens_stand(stack):
    states = {action for _, it in allowed(stack) for action in it["Action"] if action.startswith("states:")}
    assert states == {
        "states:StartExecution",
        "states:SendTaskSuccess",
        "states:ListExecutions",
        "states:DescribeExecution",
    }


@pytest.mark.parametrize("function", FUNCTIONS_OF_ACTS)
def test_what_acts_reads_nothing_but_the_ledger_and_the_endpoint(function, stack):
    reading = {
        action
        for statement in role_statements(stack, function)
        for action in statement["Action"]
        if action.split(":")[0] not in ("dynamodb", "kms", "logs") and action not in STARTS and "Update" not in action
    }
    assert reading <= {"sagemaker:DescribeEndpoint"}


def test_none_but_the_acts_that_may_start_it_can_reach_what_a_team_made(stack):
    named = {REMEDIES["RetrainPipelineArns"], REMEDIES["InvokeArns"]}
    reaching = {
        who
        for action in STARTS
        for who, places in granted(stack, action).items()
        if named & {place for place, _ in places}
    }
    assert reaching == {function_of(remedy) for remedy in REMEDY_NAMES if STARTS & ACTS[remedy].may.keys()}


def test_artifacts_are_looked_for_and_never_read():
    stack = Deployed(ModelArtifactsBucket="models-of-a-team")
    reading = {place for places in granted(stack, "s3:GetObject").values() for place, _ in places}
    assert {place for place in reading if "models-of-a-team" in place} == {"arn:aws:s3:::models-of-a-team/*.json"}
    assert granted(stack, "s3:GetObject").keys() == {
        "IntakeFunction",
        "MonitorFunction",
        "RemediateFunction",
        "WatchFunction",
    }


@pytest.mark.parametrize(
    ("given", "named"), [("", "sagemaker-us-east-1-111122223333"), ("team-reports", "team-reports")]
)
@pytest.mark.parametrize("function", ["ReconcileFunction", "RemediateFunction"])
def test_whoever_plans_knows_the_bucket_of_the_reports(function, given, named):
    deployed = Deployed(MonitorReportsBucket=given)
    told = deployed.properties(function)["Environment"]["Variables"]["KEDGE_REPORT_BUCKETS"]
    assert named in told.split(",")


@pytest.mark.parametrize("function", ["IntakeFunction", "ReconcileFunction", "RemediateFunction"])
def test_whoever_plans_knows_the_keys_on_which_a_roll_back_may_make_a_grant(function):
    keys = [f"arn:aws:kms:us-east-1:111122223333:key/{name}" for name in ("one", "two")]
    told = Deployed(EndpointKeyArns=",".join(keys)).properties(function)["Environment"]["Variables"]
    assert named_keys(told) == tuple(keys)
    assert named_keys(Deployed().properties(function)["Environment"]["Variables"]) == ()


def test_only_a_roll_back_may_make_a_grant_and_only_for_aws_services_on_keys_that_were_named():
    keys = [f"arn:aws:kms:us-east-1:111122223333:key/{name}" for name in ("one", "two")]
    granting = {
        (function, tuple(it["Resource"]), it["Condition"]["Bool"]["kms:GrantIsForAWSResource"])
        for function in FUNCTIONS
        for it in role_statements(Deployed(**SLACK, EndpointKeyArns=",".join(keys)), function)
        if "kms:CreateGrant" in it["Action"]
    }
    assert granting == {("RollBackFunction", tuple(keys), "true")}
    assert not [it for it in role_statements(Deployed(), "RollBackFunction") if "kms:CreateGrant" in it["Action"]]


def test_what_models_measured_may_lie_in_a_bucket_with_a_key_of_its_own():
    key = "arn:aws:kms:us-east-1:111122223333:key/models"
    of_key = [
        (it["Action"], it["Resource"])
        for it in role_statements(Deployed(ModelArtifactsKeyArn=key), "RemediateFunction")
        if key in it["Resource"]
    ]
    assert of_key == [(["kms:Decrypt"], [key])]
