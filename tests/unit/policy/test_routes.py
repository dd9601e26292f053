import pytest

from kedge.domain.errors import MalformedPolicy
from kedge.domain.run import Verdict
from kedge.policy.labels import labels_of
from tests.support.stories import Story, drift, policy_of, run

RECEIVERS = [{"name": name} for name in ("oncall", "growth", "risk", "platform")]


def receivers_of(route: dict[str, object], **labels: str) -> list[str]:
    policy = policy_of(receivers=RECEIVERS, route=route)
    return [node.receiver for node in policy.route.leading({name: (value,) for name, value in labels.items()})]


def test_an_incident_ends_at_the_deepest_route_that_matches_and_at_the_first_of_its_siblings():
    tree = {
        "receiver": "oncall",
        "routes": [
            {"matchers": ['team="growth"'], "receiver": "growth", "routes": [{"matchers": ['severity="critical"'], "receiver": "oncall"}]},
            {"matchers": ['team=~"growth|risk"'], "receiver": "risk"},
        ],
    }  # fmt: skip
    assert receivers_of(tree, team="growth", severity="warning") == ["growth"]
    assert receivers_of(tree, team="growth", severity="critical") == ["oncall"]
    assert receivers_of(tree, team="risk") == ["risk"]
    assert receivers_of(tree, team="other") == ["oncall"]


def test_a_route_that_continues_leaves_its_incidents_to_its_siblings_too():
    tree = {
        "receiver": "oncall",
        "routes": [
            {"matchers": ['severity="critical"'], "receiver": "platform", "continue": True},
            {"matchers": ['team="risk"'], "receiver": "risk"},
        ],
    }
    assert receivers_of(tree, severity="critical", team="risk") == ["platform", "risk"]
    assert receivers_of(tree, severity="critical", team="growth") == ["platform"]


def test_a_child_inherits_what_it_does_not_say_and_times_are_its_own():
    interval = {"name": "nights", "time_intervals": [{"times": [{"start_time": "22:00", "end_time": "07:00"}]}]}
    policy = policy_of(
        mute_time_intervals=[interval],
        route={
            "receiver": "ml-oncall",
            "group_by": ["cause"],
            "group_wait": "30s",
            "repeat_interval": "never",
            "mute_time_intervals": ["nights"],
            "routes": [{"matchers": ['severity="info"'], "group_interval": "1h"}],
        },
    )
    child = policy.route.routes[0]
    assert (child.receiver, child.group_by, child.group_wait.seconds) == ("ml-oncall", ("cause",), 30)
    assert (child.group_interval.seconds, child.repeat, child.mute) == (3600, None, ())


@pytest.mark.parametrize(
    ("route", "why"),
    [
        ({"receiver": "nobody"}, "there is no receiver 'nobody'"),
        ({"receiver": "oncall", "mute_time_intervals": ["nights"]}, "there is no mute_time_interval 'nights'"),
        ({"receiver": "oncall", "repeat_interval": "30s"}, "repeat_interval is below a minute"),
        ({"receiver": "oncall", "group_wait": "30m30m"}, "names a unit twice"),
        ({"receiver": "oncall", "routes": [{"matchers": ["severity"]}]}, "is not a matcher"),
    ],
)
def test_a_tree_that_leads_nowhere_is_refused(route: dict[str, object], why: str):
    with pytest.raises(MalformedPolicy, match=why):
        policy_of(receivers=RECEIVERS, route=route)


def test_an_incident_has_the_labels_that_matchers_may_ask_for_and_the_tags_of_its_endpoint():
    signal = run("10:00", Verdict.VIOLATED, drift("age", "tenure"))
    incident = Story().tell(signal).incident
    labels = labels_of(incident, "prod")
    assert labels["feature"] == ("age", "tenure")
    assert labels["endpoint"] == ("churn-prod",)
    assert labels["check"] == ("baseline_drift_check",)
    assert labels["environment"] == ("prod",)
    assert labels["account"] == ("111122223333",)
    assert labels["cause"] == ("input_drift",)


def test_a_tag_never_takes_the_place_of_a_label_that_kedge_gives():
    import msgspec

    incident = Story().tell(run("10:00", Verdict.VIOLATED, drift("age"))).incident
    tagged = msgspec.structs.replace(incident, tags={"team": "growth", "severity": "none"})
    labels = labels_of(tagged, "")
    assert labels["team"] == ("growth",)
    assert labels["severity"] == ("warning",)
