import pytest

from kedge.domain.target import Target, TargetKind
from workbench.record.targets import Targets


class Incidents:
    """What a ledger knows, as far as targets go."""

    def __init__(self, *targets):
        self.targets = targets

    def listing(self, **_):
        return tuple(type("Incident", (), {"target": each}) for each in self.targets)


def target(kind, name):
    return Target(account="111122223333", region="us-east-1", kind=kind, name=name)


KNOWN = Targets.of(
    Incidents(
        target(TargetKind.ENDPOINT, "churn"), target(TargetKind.SCHEDULE, "nightly"), target(TargetKind.ALARM, "disk")
    )
)


@pytest.mark.parametrize(
    ("summary", "known"),
    [
        ({"MonitoringScheduleName": "churn-dq", "EndpointName": "churn"}, True),
        ({"MonitoringScheduleName": "nightly"}, True),
        ({"MonitoringScheduleName": "fraud-dq", "EndpointName": "fraud"}, False),
        ({"MonitoringScheduleName": "churn"}, False),
    ],
)
def test_a_schedule_counts_where_the_ledger_knows_its_endpoint_or_itself(summary, known):
    assert KNOWN.has_schedule(summary) is known
    assert Targets().has_schedule(summary)


@pytest.mark.parametrize(
    ("alarm", "known"),
    [
        ({"AlarmName": "disk"}, True),
        ({"AlarmName": "x", "Dimensions": [{"Name": "EndpointName", "Value": "churn"}]}, True),
        ({"AlarmName": "x", "Dimensions": [{"Name": "Endpoint", "Value": "churn"}]}, True),
        ({"AlarmName": "x", "Metrics": [{"MetricStat": {"Metric": {"Dimensions": [{"Name": "EndpointName",
                                                                              "Value": "churn"}]}}}]}, True),
        ({"AlarmName": "x", "Metrics": [{"Expression": "a / b"}]}, False),
        ({"AlarmName": "x", "Dimensions": [{"Name": "InstanceId", "Value": "churn"}]}, False),
        ({"AlarmName": "x", "AlarmRule": "ALARM(disk)"}, False),
    ],
)  # fmt: skip
def test_an_alarm_counts_where_the_ledger_knows_it_or_the_endpoint_that_it_measures(alarm, known):
    assert KNOWN.has_alarm(alarm) is known
    assert Targets().has_alarm(alarm)
