"""Two stacks of one account and Region: the second one is refused, and neither receives the other's own faults."""

import pytest

from tests.support.samples import event
from tests.template.deployed import Deployed, as_translated
from tests.template.event_pattern import matches

STACKS = ("kedge", "kedge-dev", "kedge-prod", "churn")


def stack(name: str) -> Deployed:
    return Deployed(**{"AWS::StackName": name})


def alarms(of: Deployed) -> set[str]:
    return {alarm["AlarmName"] for alarm in of.of_type("AWS::CloudWatch::Alarm").values()}


@pytest.mark.parametrize("listener", STACKS)
@pytest.mark.parametrize("faulty", STACKS)
def test_no_stack_listens_to_the_alarms_on_any_stack_itself(listener, faulty):
    pattern = stack(listener).properties("AlarmRule")["EventPattern"]
    sample = event("eventbridge.alarm.alarm")
    assert matches(pattern, sample)
    for name in alarms(stack(faulty)):
        assert not matches(pattern, sample | {"detail": sample["detail"] | {"alarmName": name}})


def test_the_alarms_of_two_stacks_have_names_of_their_own_and_ring_at_their_own_ops_topic():
    one, other = stack("kedge"), stack("kedge-dev")
    assert not alarms(one) & alarms(other)
    for deployed, name in ((one, "kedge"), (other, "kedge-dev")):
        (statement,) = [
            it
            for it in deployed.properties("OpsTopicPolicy")["PolicyDocument"]["Statement"]
            if it["Sid"] == "AllowAlarmsOnKedge"
        ]
        allowed = statement["Condition"]["ArnLike"]["aws:SourceArn"]
        assert allowed.endswith(f":alarm:kedge-self-{name}-*")


def test_a_second_stack_cannot_be_made_because_both_would_need_an_alias_of_the_same_name():
    names = {stack(name).properties("OneStack")["AliasName"] for name in STACKS}
    assert len(names) == 1
    # Without a condition: no parameter lets a second stack act and page beside the first.
    assert "Condition" not in as_translated()["Resources"]["OneStack"]
