"""Every fault that a policy can have is notified with its place and its mend; all of them at once."""

import pytest

from kedge.policy import lint
from kedge.policy.labels import BUILT_IN
from kedge.policy.lint.checks import notes

RECEIVERS = "apiVersion: kedge/v1\nreceivers: [{name: ml-oncall}, {name: other}]\n"
ROUTE = "route: {receiver: ml-oncall, routes: [{receiver: other, matchers: [team=x]}]}\n"
WHOLE = RECEIVERS + ROUTE


def routes(*lines: str) -> str:
    return "\n".join(
        [RECEIVERS + "route:", "  receiver: ml-oncall", "  routes:", *(f"    - {line}" for line in lines), ""]
    )


def interval(text: str) -> str:
    return WHOLE.replace("matchers: [team=x]", "matchers: [team=x], mute_time_intervals: [n]") + (
        f"mute_time_intervals:\n  - name: n\n    time_intervals:\n      - {text}\n"
    )


def parameter(template: str) -> str:
    return WHOLE + f"remedies: [{{remedy: roll_back, parameters: {{a: '{template}'}}}}]\n"


def approval(text: str) -> str:
    return WHOLE + f"limits: {{approval: {{{text}}}}}\n"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        # the head of the document
        ("name: x\n" + WHOLE.partition("\n")[2], ["1:1: apiVersion is missing: begin with `apiVersion: kedge/v1`"]),
        (WHOLE.replace("v1", "v2"), ["1:13: 'kedge/v2' is not known here: did you mean kedge/v1?"]),
        ("apiVersion: kedge/v1\n", ["1:1: receivers is missing: add `receivers:`", "1:1: route is missing: add `route:`"]),
        # keys
        (WHOLE + "severites: []\n", ["4:1: 'severites' is not a key here: did you mean severities?"]),
        (WHOLE + "route: {receiver: other}\n", ["4:1: route is given twice: the first is in line 3: keep one"]),
        (WHOLE + "dry_run: false\n", ["4:1: 'dry_run' is not a key here: it belongs to limits"]),
        (WHOLE + "limits: {approval: {approver: [a]}}\n", ["4:21: 'approver' is not a key here: did you mean approvers?"]),
        (WHOLE + "limits:\n", ["4:1: limits has no value: give it one, or leave the key out"]),
        (WHOLE + "evidence: {flapping: }\n", ["4:12: flapping has no value: give it one, or leave the key out; null switches it off"]),
        # types
        (WHOLE + "limits: [a]\n", ["4:9: a list stands where keys and values should: write `key: value`, one on each line"]),
        (WHOLE + "runbooks: https://x\n", ["4:11: a text stands where a list should: begin it with `- ` on a line of its own, or put it in [ ]"]),
        (WHOLE + "name: {a: b}\n", ["4:7: a mapping stands where a single value should: write `a=\"b\"` if it is a matcher"]),
        (WHOLE + "runbooks:\n  -\n", ["5:4: a text stands where keys and values should: write `key: value`, one on each line"]),
        (WHOLE + "limits: {dry_run: no}\n", ["4:19: 'no' is neither true nor false: did you mean false?"]),
        (WHOLE + "limits: {dry_run: 'true'}\n", ["4:19: 'true' in quotes is a text, and true or false is asked for: remove the quotes"]),
        (WHOLE + "limits: {most_actions: three}\n", ["4:24: 'three' is not a whole number: write digits only"]),
        (WHOLE + "limits: {most_actions: 0}\n", ["4:24: 0 is too small: it must be 1 or more"]),
        (WHOLE + "limits: {largest_share_of_fleet: 30%}\n", ["4:34: '30%' is not a number: write 0.3"]),
        (WHOLE + "limits: {largest_share_of_fleet: 1.5}\n", ["4:34: 1.5 is too large: it must be 1 or less"]),
        (WHOLE + "name: my policy\n", ["4:7: 'my policy' does not have the required form: letters, digits, dots, dashes and underscores, 64 at most, beginning with a letter or digit"]),
        # words
        (WHOLE + "severities: [{severity: critcal}]\n", ["4:25: 'critcal' is not known here: did you mean critical?"]),
        (WHOLE + "severities: [{severity: bad}]\n", ["4:25: 'bad' is not known here: write one of critical, warning, info"]),
        (WHOLE.replace("{name: other}", "{name: other, channels: []}"), ["2:56: the list is empty: it needs at least one item"]),
        # durations
        (WHOLE + "evidence: {reopen_within: 5}\n", ["4:27: '5' is not a duration: write a number and a unit, such as 30s, 5m, 1h30m or 7d"]),
        (WHOLE + "evidence: {upstream: {within: 0s}}\n", ["4:31: the duration is zero: write one such as 5m"]),
        (routes("{matchers: [team=x], repeat_interval: 30s}"), ["6:45: '30s' is too often: write a minute (1m) or more, or never"]),
        (routes("{matchers: [team=x], repeat_interval: nevr}"), ["6:45: 'nevr' is not a duration: write a number and a unit, such as 30s, 5m, 1h30m or 7d, or never"]),
        # matchers
        (routes("{matchers: [team]}"), ["6:19: 'team' is not a matcher: write a label, then =, !=, =~ or !~, then a value, as in severity=\"critical\""]),
        (routes("{matchers: [severity=critcal]}"), ["6:19: there is no severity 'critcal': did you mean critical?"]),
        (routes("{matchers: ['monitor=~Qualty.*']}"), ["6:19: there is no monitor 'Qualty.*': did you mean DataQuality?"]),
        (routes("{matchers: {severity: critical}}"), ["6:18: a mapping stands where a list should: write `- severity=\"critical\"` if it is a matcher"]),
        (routes("{matchers: [{severity: critical}]}"), ["6:19: a mapping stands where a single value should: write `severity=\"critical\"` if it is a matcher"]),
        (routes("{matchers: ['team=~\"(a+)+\"']}"), ["6:19: the regular expression '(a+)+' repeats a part that itself repeats or matches in several ways, so it could run too long: repeat only plain characters and sets, as in [a-z-]+"]),
        (routes("{matchers: ['team==\"a\"']}"), ["6:19: 'team==\"a\"' has an equals sign too many: write one, or =~ for a regular expression"]),
        (routes("{matchers: [team=“a”]}"), ["6:19: 'team=“a”' has quotes of another kind: put the value in double ones, or in none"]),
        (routes("{matchers: [\"team='a'\"]}"), ["6:19: \"team='a'\" has quotes of another kind: put the value in double ones, or in none"]),
        (routes("{matchers: ['team=\"a\", tier=\"1\"']}"), ["6:19: 'team=\"a\", tier=\"1\"' is more than one matcher: make an item of the list of each"]),
        (routes("{matchers: ['team=~*-eu']}"), ["6:19: the regular expression '*-eu' begins with *: write .* for whatever may stand there"]),
        # what is written elsewhere so
        (WHOLE.replace("{name: other}", "{name: other, slack_configs: []}"), ["2:46: 'slack_configs' is not a key here: write `channels: [chat]`; which chat channel it is, the stack's parameters say"]),
        (WHOLE + "persistence: []\n", ["4:1: 'persistence' is not a key here: it belongs to evidence or remedies"]),
        (WHOLE + "runbooks: [https://x]\n", ["4:12: a text stands where keys and values should: write `url: https://x`"]),
        (WHOLE + "evidence: {persistence: {runs: 2, of: 3}}\n", ["4:25: a mapping stands where a list should: begin each item with `- `"]),
        (WHOLE + "evidence: {flapping: false}\n", ["4:22: 'false' does not switch it off: write null"]),
        (WHOLE + "name: [a, b]\n", ["4:7: a list stands where a single value should: write one value, without brackets"]),
        (interval("{time_zone: Europe/Berlin}"), ["7:10: 'time_zone' is not a key here: did you mean location?"]),
        # names
        (RECEIVERS + "route: {receiver: ml-oncal}\n", ["3:19: there is no receiver 'ml-oncal': did you mean ml-oncall?"]),
        (RECEIVERS + "route: {receiver: nobody}\n", ["3:19: there is no receiver 'nobody': there are ml-oncall, other"]),
        (routes("{matchers: [team=x], mute_time_intervals: [nights]}"), ["6:50: there is no mute_time_interval 'nights': there is none: add it under `mute_time_intervals:`"]),
        (WHOLE.replace("{name: other}", "{name: other}, {name: other}"), ["2:54: 'other' is given twice: the first is in line 2: keep one"]),
        (WHOLE.replace("{name: other}", "{name: other, channels: [mail, mail]}"), ["2:63: 'mail' is given twice: the first is in line 2: keep one"]),
        # the root
        (RECEIVERS + "route: {group_by: [endpoint]}\n", ["3:8: the first route has no receiver: add `receiver:`: it receives everything that no other route matches"]),
        (RECEIVERS + "route: {receiver: other, matchers: [a=b]}\n", ["3:36: the first route takes everything and can have no matchers: put them on a route below it, under `routes:`"]),
        (RECEIVERS + "route: {receiver: other, continue: true}\n", ["3:36: nothing comes after the first route: remove `continue`"]),
        # time
        (interval("{location: Europe/Berln}"), ["7:20: 'Europe/Berln' is not a time zone: did you mean Europe/Berlin?"]),
        (interval("{weekdays: [mon]}"), ["7:21: 'mon' is no weekday: did you mean monday?"]),
        (interval("{times: [{start_time: 7:00, end_time: 08:00}]}"), ["7:31: '7:00' is no time of a day: did you mean 07:00?"]),
        (interval("{times: [{start_time: 08:00, end_time: 08:00}]}"), ["7:18: from 08:00 to 08:00 is no time: for the whole day, leave out `times`"]),
        (interval("{months: [april], days_of_month: ['31']}"), ["7:9: this interval never comes: there is no such day: every part that is given must hold: give fewer, or make two intervals of it"]),
        (WHOLE + "silences: [{matchers: [a=b], starts_at: 2026-12-24T10:00:00Z, ends_at: 2026-12-24T10:00:00+01:00, author: a, comment: b}]\n", ["4:72: this silence ends before it starts: it starts at 2026-12-24T10:00:00Z"]),
        (WHOLE + "silences: [{matchers: [a=b], starts_at: 2026-12-24T10:00, ends_at: tomorrow, author: a, comment: b}]\n", ["4:41: '2026-12-24T10:00' has no zone: end it with Z, or with +01:00", "4:68: 'tomorrow' is not a time: write it as 2026-12-24T18:00:00+01:00"]),
        (WHOLE + "silences: [{matchers: [a=b], starts_at: 2026-12-24, ends_at: 2026-12-26T00:00Z, author: a, comment: b}]\n", ["4:41: '2026-12-24' is not a time: write it as 2026-12-24T18:00:00+01:00"]),
        # lists in which the first counts
        (WHOLE + "severities:\n  - severity: info\n  - severity: critical\n    matchers: [cause=input_drift]\n", ["6:5: this never matches: all that it matches goes to that of line 5, and the first counts: move it up, or remove it"]),
        (WHOLE + "severities: [{severity: info, matchers: [severity=critical]}]\n", ["4:42: the severity is what this rule decides: ask for the cause, the monitor or a tag"]),
        (WHOLE + "severities: [{severity: info, many: {}}]\n", ["4:37: `many` does not say how many: add `count: 5`, or `share: 0.3`, or both"]),
        (WHOLE + "evidence: {persistence: [{runs: 3, of: 2}]}\n", ["4:33: 3 of the last 2 runs can never be bad: `runs` is at most `of`"]),
        (WHOLE + "evidence: {persistence: [{runs: 3, of: 100}]}\n", ["4:40: only the last 32 runs are remembered: write 32 or less"]),
        (WHOLE + "runbooks:\n  - {url: 'https://a', matchers: [a=b, a=c]}\n", ["5:34: nothing can match: a=\"b\" and a=\"c\" exclude each other: remove one of them"]),
        # inhibition
        (WHOLE + "inhibit_rules: [{source_matchers: [a=b], target_matchers: [a=b, severity=info], equal: [endpoint]}]\n", ['4:17: this suppresses nothing: whatever matches target_matchers matches source_matchers, too: exclude the sources from the targets, as severity!="critical" does']),
        (WHOLE + "inhibit_rules: [{source_matchers: [a=b], target_matchers: [a=c], equal: []}]\n", ["4:73: the list is empty: it needs at least one item"]),
        # remedies
        (WHOLE + "remedies: [{remedy: invoke}]\n", ["4:12: invoke does not say what it starts: add `using:` with the ARN of a pipeline, state machine, function or project"]),
        (WHOLE + "remedies: [{remedy: retrain, using: 'arn:aws:s3:::bucket'}]\n", ["4:37: retrain starts nothing of 's3': there are sagemaker, states, codepipeline, events, lambda"]),
        (approval("expires_after: 8d"), ["4:36: a workflow waits for an approval for at most 7d: write 7d or less"]),
        (WHOLE + "remedies: [{remedy: roll_back, verify_within: 30d}]\n", ["4:47: a workflow waits for the result of a remedy for at most 7d: write 7d or less"]),
        (WHOLE + "remedies: [{remedy: roll_back, using: 'arn:aws:lambda:x'}]\n", ["4:39: roll_back starts nothing of yours: remove `using`, or did you mean retrain or invoke?"]),
        (WHOLE + "remedies: [{remedy: invoke, using: my-function}]\n", ["4:36: 'my-function' does not have the required form: write an ARN, such as arn:aws:sagemaker:eu-central-1:111122223333:pipeline/retrain-churn"]),
        (WHOLE + "remedies: [{remedy: roll_back, parameters: {a: '{endpont}'}}]\n", ["4:48: nothing fills in {endpont}: did you mean endpoint?"]),
        (parameter("{incident.__class__}"), ["4:48: nothing fills in {incident.__class__}: write {incident}"]),
        (parameter("{incident[0]}"), ["4:48: nothing fills in {incident[0]}: write {incident}"]),
        (parameter("{incident:>9}"), ["4:48: nothing fills in {incident:>9}: write {incident}"]),
        (parameter("{incident!r}"), ["4:48: nothing fills in {incident!r}: write {incident}"]),
        (parameter("{incident:{endpoint}}"), ["4:48: nothing fills in {incident:{endpoint}}: write {incident}"]),
        (parameter("{}"), ["4:48: nothing fills in {}: there are {incident}, {endpoint}, {monitor}, {window_start}, {window_end}, {report}, {baseline}"]),
        (parameter("{0}"), ["4:48: nothing fills in {0}: there are {incident}, {endpoint}, {monitor}, {window_start}, {window_end}, {report}, {baseline}"]),
        (parameter("{"), ["4:48: a brace stands alone: write {{ and }} for braces that stand for themselves"]),
        (parameter("a } b"), ["4:48: a brace stands alone: write {{ and }} for braces that stand for themselves"]),
        (parameter("{incident"), ["4:48: a brace stands alone: write {{ and }} for braces that stand for themselves"]),
        # approvers
        (approval("approvers: [MlOnCall]"), ["4:33: 'MlOnCall' may be a user or a role: write user/MlOnCall or role/MlOnCall"]),
        (approval("approvers: [MlOnCall/ana]"), ["4:33: 'MlOnCall/ana' does not say that it names a role: write role/MlOnCall"]),
        (approval("approvers: ['*/ana', 'MlOnCall*']"), ["4:33: a caller could choose a name that '*/ana' covers: write role/NAME or user/NAME", "4:42: a caller could choose a name that 'MlOnCall*' covers: write role/NAME or user/NAME"]),
        (approval("approvers: [role/MlOnCall/ana]"), ["4:33: the caller chooses the name of a session: write role/MlOnCall, or `sessions: bound` if the trust policy binds the name"]),
        (approval("approvers: ['role/*/ana'], sessions: bound"), ["4:33: 'role/*/ana' covers any role: begin the role's name, as in role/MlOnCall*"]),
        (approval("approvers: ['arn:aws:iam::111122223333:*']"), ["4:33: the `*` in 'arn:aws:iam::111122223333:*' stands for every kind of identity: write arn:aws:iam::111122223333:role/NAME, or user/NAME"]),
        (approval("approvers: ['arn:aws:sts::111122223333:federated-user/ana']"), ["4:33: a federated user chooses the name, so 'arn:aws:sts::111122223333:federated-user/ana' identifies no person: write role/NAME or user/NAME"]),
        (approval("approvers: [slack]"), ["4:33: 'slack' does not name the chat channel: write chat"]),
        (approval("approvers: [role/Ml, chat], proof: true"), ["4:42: the chat cannot prove who answers, and `proof: true` asks for it: leave out `proof`: all other approvers have to prove who they are"]),
        (approval("approvers: ['role/MlOnCall/'], proof: false"), ["4:33: the caller chooses the name of a session: write role/MlOnCall, or `sessions: bound` if the trust policy binds the name"]),
        (approval("approvers: [''], proof: false"), ["4:33: a caller could choose a name that '' covers: write role/NAME or user/NAME"]),
        (approval("sessions: bond"), ["4:31: 'bond' is not known here: did you mean bound?"]),
        (approval("required: 2"), ["4:31: 2 must say yes, and 0 may: name more `approvers`, or require fewer"]),
        (approval("required: 2, approvers: [role/MlOnCall]"), ["4:31: 2 must say yes, and 1 may: name more `approvers`, or require fewer"]),
        (approval("required: 2, approvers: [role/Ml, 'arn:aws:iam::111122223333:role/Ml']"), ["4:31: 2 must say yes, and 1 may: name more `approvers`, or require fewer"]),
        (approval("required: 2, approvers: [ann, ben], proof: false"), ["4:31: 2 must say yes, and 1 may: name more `approvers`, or require fewer"]),
        (approval("required: 3, approvers: [user/ann, chat]"), ["4:31: 3 must say yes, and 2 may: name more `approvers`, or require fewer"]),
        (approval("required: 2, sessions: bound, approvers: [role/MlOnCall/ann]"), ["4:31: 2 must say yes, and 1 may: name more `approvers`, or require fewer"]),
        (WHOLE + "limits: {approval: {required: 2, approvers: [user/ann]}}\n", ["4:31: 2 must say yes, and 1 may: name more `approvers`, or require fewer"]),
        (WHOLE + "runbooks: [{url: wiki/x}]\n", ["4:18: 'wiki/x' does not have the required form: write an address that begins with https://"]),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place_and_its_mend(text, faults, said):
    assert said(text) == faults


def test_what_the_faults_are_planted_in_is_sound(said):
    assert said(WHOLE) == []
    assert said(interval("{weekdays: [monday]}")) == []


def test_all_faults_are_told_at_once_in_the_order_of_the_text(said):
    text = (
        "apiVersion: kedge/v2\nnmae: x\nreceivers: [{name: a, channels: [post]}]\nroute: {receiver: b, group_wait: 5}\n"
    )
    assert [fault.split(": ")[0] for fault in said(text)] == ["1:13", "2:1", "3:34", "4:19", "4:34"]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("{matchers: []}", "{matchers: [team=x]}"),
        ("{receiver: other}", "{receiver: other}"),
        ("{matchers: [team=x]}", "{matchers: [team=x]}"),
        ("{matchers: [team=x]}", '{matchers: [severity=critical, team="x"]}'),
        ("{matchers: ['team=~x|y']}", "{matchers: [team=x]}"),
        ("{matchers: [team!=y]}", "{matchers: [team=x]}"),
        ("{matchers: ['team!~y.*']}", "{matchers: [team=x]}"),
        ("{matchers: ['team=~.*']}", "{matchers: [region=x]}"),
        ("{matchers: ['severity=~critical|warning']}", "{matchers: ['severity=~crit.*']}"),
        ("{matchers: [severity!=info]}", "{matchers: [severity!=info, team=x]}"),
        ("{matchers: [severity!=info]}", "{matchers: ['severity=~warning|critical']}"),
        ("{matchers: ['feature=~a.*']}", "{matchers: [feature=age]}"),
    ],
)
def test_a_route_behind_one_that_takes_it_all_is_never_reached(earlier, later, said):
    assert said(routes(earlier, later)) == [
        "7:7: nothing comes to this route: it is all taken by that of line 6: move it up, or write `continue: true` there"
    ]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("{matchers: [], continue: true}", "{matchers: [team=x]}"),
        ("{matchers: [team=x, region=y]}", "{matchers: [team=x]}"),
        ("{matchers: [team=x]}", "{matchers: [team=y]}"),
        ("{matchers: [team=x]}", "{matchers: ['team=~x|y']}"),
        ("{matchers: ['team=~x.*']}", "{matchers: ['team=~x.+']}"),  # it does, and nobody claims to know
        ("{matchers: [feature!=tenure]}", "{matchers: [feature=age]}"),  # an incident has several features
        ("{matchers: ['feature=~a.*', feature=income]}", "{matchers: [feature=income]}"),
        ("{matchers: [severity!=info]}", "{matchers: ['severity=~warning|info']}"),
    ],
)
def test_a_route_that_something_may_reach_is_left_alone(earlier, later, said):
    assert said(routes(earlier, later)) == []


def test_routes_that_take_all_values_of_a_label_together_leave_nothing(said):
    each = ["matchers: [severity=critical]", "matchers: ['severity=~warn.*']", "matchers: [severity=info]"]
    last = "matchers: [team=x]"
    (fault,) = said(routes(*each, last))
    assert fault.startswith(
        "9:7: nothing comes to this route: it is all taken by those of lines 6, 7 and 8 together: move"
    )
    (fault,) = said(routes(*each[:2], "matchers: [severity!=info, team=x]", last))
    assert fault.startswith("8:7: nothing comes to this route: it is all taken by those of lines 6 and 7 together")
    assert said(routes(*each[:2], last)) == []
    assert said(routes(each[0], each[1] + "\n      continue: true", each[2], last)) == []


def test_a_route_is_reached_only_by_what_all_above_it_take(said):
    assert said(
        routes(
            "matchers: [team=x]",
            "matchers: [severity=critical]\n      routes:\n        - matchers: [severity=warning]\n        - matchers: [team=x]",
        )
    ) == [
        '9:11: nothing can come to this route: severity="critical" and severity="warning" exclude each other: a route takes only what all routes above it take, too'
    ]


@pytest.mark.parametrize(
    "matchers",
    [
        "[team=x, team=y]", "[team=x, team!=x]", "['team=~x.*', team=y]", "['team!~x.*', team=xy]", "[feature=a, feature!=a]",
        "[severity=critical, severity=info]", "['severity=~crit.*', severity!=critical]", "['cause!~.*drift|.*', cause=input_drift]",
    ],
)  # fmt: skip
def test_matchers_that_exclude_each_other_are_told(matchers, said):
    (fault,) = said(routes(f"matchers: {matchers}"))
    assert "exclude each other" in fault


@pytest.mark.parametrize(
    "matchers", ["[feature=a, feature=b]", "['feature=~a.*', feature=b]", "['team=~a.*', 'team=~b.*']"]
)
def test_matchers_that_may_hold_together_are_left_alone(matchers, said):
    assert said(routes(f"matchers: {matchers}")) == []


def test_rules_that_ask_for_many_features_let_the_others_pass(said):
    rules = "severities:\n  - {severity: critical, many: {count: 5}}\n  - {severity: info}\n"
    assert said(WHOLE + rules) == []


def test_nothing_follows_from_matchers_that_cannot_be_read(said):
    (fault,) = said(routes("matchers: team=x", "matchers: [team=x]"))
    assert fault.startswith("6:17: a text stands where a list should")


def noted(text: str) -> list[str]:
    reading = lint.read(text, "p")
    assert reading.faults == ()
    return [note.brief.removeprefix("p:") for note in reading.notes]


def test_receivers_and_intervals_that_no_route_names_are_noted():
    text = RECEIVERS + "route: {receiver: other}\nmute_time_intervals: [{name: n, time_intervals: [{}]}]\n"
    assert noted(text) == [
        "2:20: no route names 'ml-oncall': name it in a route, or remove it",
        "4:30: no route names 'n': name it in a route, or remove it",
    ]


def test_a_tag_that_is_spelled_almost_as_a_label_is_noted_and_any_other_is_not():
    text = routes(
        "{receiver: other, matchers: [sevrity=critical, team=x, 'Endpoint=~x'], group_by: [enpoint, project]}"
    )
    assert noted(text) == [
        "6:36: 'sevrity' is taken for a tag: did you mean severity?",
        "6:62: 'Endpoint' is taken for a tag: did you mean endpoint?",
        "6:89: 'enpoint' is taken for a tag: did you mean endpoint?",
    ]


@pytest.mark.parametrize(
    ("label", "meant"),
    [
        ("EndpointName", "endpoint"),
        ("endpoint_name", "endpoint"),
        ("Namespace", "metric or monitor"),
        ("metric_name", "metric"),
        ("constraint_check_type", "check"),
        ("feature_name", "feature"),
        ("MonitoringScheduleName", "source"),
    ],
)
def test_a_label_of_aws_is_noted_in_each_of_its_spellings(label: str, meant: str):
    (note,) = noted(routes(f"{{receiver: other, matchers: [{label}=x]}}"))
    assert f"no label '{label}'" in note
    assert f"write {meant}, or keep it" in note


def test_a_label_of_another_program_is_noted_wherever_labels_stand():
    text = routes("{receiver: other, matchers: [alertname=x], group_by: [instance, team]}")
    text += "inhibit_rules: [{source_matchers: [severity=critical], target_matchers: [job=x], equal: [namespace]}]\n"
    taken = "so this is taken for a tag of the endpoint or schedule"
    assert [note.split(": ", 1)[1] for note in noted(text)] == [
        f"Kedge gives no label 'alertname', {taken}: write check, cause or monitor, or keep it if you have such a tag",
        f"Kedge gives no label 'instance', {taken}: write endpoint or target, or keep it if you have such a tag",
        f"Kedge gives no label 'job', {taken}: write source or target, or keep it if you have such a tag",
        f"Kedge gives no label 'namespace', {taken}: write metric or monitor, or keep it if you have such a tag",
    ]


def test_no_label_that_kedge_gives_is_called_another_programs():
    assert not set(notes._NOBODYS) & set(BUILT_IN)


def test_a_remedy_that_would_act_and_is_only_rehearsed_is_noted():
    text = WHOLE + "remedies: [{remedy: roll_back, mode: auto}]\n"
    assert noted(text) == [
        "4:38: this only says what it would do, since `limits.dry_run` is on: write `dry_run: false` under `limits:` when you trust it"
    ]
    assert noted(text + "limits: {dry_run: false, approval: {proof: true}}\n") == []


@pytest.mark.parametrize("approval_", ["approvers: []", "proof: false"])
def test_remedies_that_are_carried_out_on_the_word_of_any_caller_are_noted(approval_):
    text = WHOLE + f"limits: {{dry_run: false, approval: {{{approval_}}}}}\n"
    assert noted(text) == noted(WHOLE + "limits: {dry_run: false}\n")
    (note,) = noted(text)
    assert note.startswith(
        "4:19: remedies are carried out, and all who may invoke the approve function can approve them"
    )


def test_names_of_approvers_that_need_no_proof_are_noted():
    (note,) = noted(approval("approvers: [ann], proof: false"))
    assert note.startswith("4:46: a caller can answer with the name of any approver")


def test_no_proof_for_approvers_whom_aws_has_to_vouch_for_is_noted():
    (note,) = noted(WHOLE + "limits: {dry_run: false, approval: {approvers: [user/ann], proof: false}}\n")
    assert note.startswith("4:67: it changes nothing, since AWS has to confirm each user and role")


@pytest.mark.parametrize("approvers", ["'user/*'", "'role/Ml*'"])
def test_one_approver_that_stands_for_all_who_are_required_is_noted(approvers):
    text = approval(f"required: 2, approvers: [{approvers}]")
    assert noted(text) == [
        "4:31: 2 must say yes, and one approver stands for all of them: check that no person can be two of them, or name each"
    ]


def test_a_role_whose_sessions_are_persons_stands_for_several():
    (note,) = noted(approval("required: 2, sessions: bound, approvers: [role/MlOnCall]"))
    assert "one approver stands for all of them" in note


@pytest.mark.parametrize(
    "text",
    [
        "approvers: [user/ann, role/MlOnCall, chat]",
        "approvers: ['arn:aws:iam::111122223333:role/team/MlOnCall']",
        "approvers: ['arn:aws:iam::111122223333:root']",
        "approvers: [role/MlOnCall/ann], sessions: bound",
        "approvers: [role/MlOnCall], proof: null",
        "required: 2, approvers: [user/ann, chat]",
    ],
)
def test_approvers_who_can_be_proven_are_sound(text):
    assert noted(approval(text)) == []


def test_braces_that_stand_for_themselves_and_names_that_are_filled_in_are_sound():
    assert noted(parameter("{{a}}: {endpoint}, {window_end}")) == []
