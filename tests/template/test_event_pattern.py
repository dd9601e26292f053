"""The matcher for the template's rules, checked with AWS's own examples of the pattern language."""

import pytest

from tests.template.event_pattern import NotAPattern, matches

EVENT = {
    "source": "aws.ec2",
    "detail": {
        "state": "running",
        "count": 5,
        "ratio": 0.5,
        "enabled": True,
        "owner": None,
        "note": "",
        "path": "a/b/c.json",
        "address": "10.0.0.7",
        "tags": ["red", "green"],
        "metrics": [{"name": "cpu", "value": 1}, {"name": "disk", "value": 9}],
        "nested": {"deep": "yes"},
    },
}


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ({"state": ["running"]}, True),
        ({"state": ["stopped", "running"]}, True),
        ({"state": ["Running"]}, False),
        ({"state": ["running"], "count": [6]}, False),
        ({"count": [5.0]}, True),
        ({"count": ["5"]}, False),
        ({"enabled": [True]}, True),
        ({"enabled": [1]}, False),
        ({"owner": [None]}, True),
        ({"note": [""]}, True),
        ({"missing": [None]}, False),
        ({"state": [{"prefix": "run"}]}, True),
        ({"state": [{"prefix": "stop"}]}, False),
        ({"state": [{"prefix": {"equals-ignore-case": "RUN"}}]}, True),
        ({"path": [{"suffix": ".json"}]}, True),
        ({"path": [{"suffix": {"equals-ignore-case": ".JSON"}}]}, True),
        ({"path": [{"suffix": ".jsonl"}]}, False),
        ({"count": [{"prefix": "5"}]}, False),
        ({"state": [{"equals-ignore-case": "RUNNING"}]}, True),
        ({"path": [{"wildcard": "a/*.json"}]}, True),
        ({"path": [{"wildcard": "a/*.jso"}]}, False),
        ({"path": [{"wildcard": "a/?/c.json"}]}, False),
        ({"path": [{"wildcard": "a\\*json"}]}, False),
        ({"state": [{"anything-but": "stopped"}]}, True),
        ({"state": [{"anything-but": ["stopped", "running"]}]}, False),
        ({"count": [{"anything-but": 5}]}, False),
        ({"state": [{"anything-but": {"prefix": "run"}}]}, False),
        ({"state": [{"anything-but": {"prefix": ["stop", "run"]}}]}, False),
        ({"state": [{"anything-but": {"prefix": ["stop", "start"]}}]}, True),
        ({"path": [{"anything-but": {"suffix": ".json"}}]}, False),
        ({"state": [{"anything-but": {"equals-ignore-case": "RUNNING"}}]}, False),
        ({"path": [{"anything-but": {"wildcard": "*/b/*"}}]}, False),
        ({"missing": [{"anything-but": "x"}]}, False),
        ({"state": [{"exists": True}]}, True),
        ({"missing": [{"exists": False}]}, True),
        ({"missing": [{"exists": True}]}, False),
        ({"missing": {"deeper": [{"exists": False}]}}, True),
        ({"owner": [{"exists": True}]}, True),
        ({"nested": [{"exists": True}]}, False),
        ({"count": [{"numeric": [">", 0, "<=", 5]}]}, True),
        ({"count": [{"numeric": ["<", 5]}]}, False),
        ({"ratio": [{"numeric": ["=", 0.5]}]}, True),
        ({"state": [{"numeric": ["=", 5]}]}, False),
        ({"address": [{"cidr": "10.0.0.0/24"}]}, True),
        ({"tags": ["green"]}, True),
        ({"tags": ["blue"]}, False),
        ({"metrics": {"name": ["disk"]}}, True),
        ({"nested": {"deep": ["yes"]}}, True),
        ({"nested": ["yes"]}, False),
        ({"$or": [{"state": ["stopped"]}, {"count": [5]}]}, True),
        ({"$or": [{"state": ["stopped"]}, {"count": [6]}]}, False),
        ({"$or": [{"state": ["running"]}, {"count": [6]}], "enabled": [False]}, False),
    ],
)
def test_a_pattern_takes_what_eventbridge_would_take(wanted, taken):
    assert matches({"detail": wanted}, EVENT) is taken


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"state": []},
        {"state": "running"},
        {"state": [{"regex": "r.*"}]},
        {"state": [{"prefix": "r", "suffix": "g"}]},
        {"count": [{"numeric": [">"]}]},
        {"count": [{"numeric": ["!=", 5]}]},
        {"state": [{"suffix": {"prefix": "x"}}]},
        {"$or": [{"state": ["running"]}, {"count": [5]}], "count": [6]},
    ],
)
def test_a_pattern_that_nobody_understands_matches_nothing_silently(wanted):
    with pytest.raises(NotAPattern):
        matches({"detail": wanted}, EVENT)
