"""What CloudWatch's API says of the alarm in a sample event."""

import json

from workbench.recordings.recording import moment


def described(sample):
    """What DescribeAlarms says of the alarm of a sample."""
    configuration = sample["detail"]["configuration"]
    told = {"AlarmName": sample["detail"]["alarmName"], "AlarmArn": sample["resources"][0]}
    if "description" in configuration:
        told["AlarmDescription"] = configuration["description"]
    told |= {key[0].upper() + key[1:]: configuration[key] for key in configuration if key.startswith(("a", "A"))}
    metrics = configuration.get("metrics", [])
    if len(metrics) == 1:
        stat = metrics[0]["metricStat"]
        return told | spelled(stat["metric"]) | {"Period": stat["period"], "Statistic": stat["stat"]}
    return told | ({"Metrics": [query(entry) for entry in metrics]} if metrics else {})


def query(entry):
    told = {key[0].upper() + key[1:]: entry[key] for key in ("id", "expression", "label", "returnData") if key in entry}
    if stat := entry.get("metricStat"):
        told["MetricStat"] = {"Metric": spelled(stat["metric"]), "Period": stat["period"], "Stat": stat["stat"]}
    return told


def spelled(metric):
    pairs = [{"Name": name, "Value": value} for name, value in metric["dimensions"].items()]
    return {"MetricName": metric["name"], "Namespace": metric["namespace"], "Dimensions": pairs}


def history(sample):
    """What DescribeAlarmHistory says of the change of a sample."""
    detail = sample["detail"]
    data = {"version": "1.0", "oldState": state(detail["previousState"]), "newState": state(detail["state"])}
    return {"Timestamp": moment(detail["state"]["timestamp"]), "HistoryData": json.dumps(data)}


def state(told):
    found = {"stateValue": told["value"], "stateReason": told["reason"]}
    return found | ({"stateReasonData": json.loads(told["reasonData"])} if "reasonData" in told else {})
