"""What a file of tests may say wrong, each fault with its place and its mend."""

import pytest


def test_a_key_that_is_misspelt_is_told_with_the_one_that_was_meant(desk):
    assert desk.faults("tests: [{name: a, extend: b, expect: [{at: 0}]}]") == [
        "3:19 'extend' is not a key here: did you mean extends?"
    ]


@pytest.mark.parametrize(
    ("input_", "said"),
    [
        ("{at: 2h}", "nothing happens here"),
        ("{values: clean, report: small.yaml, at: 2h}", "values and report cannot be one input"),
        ("{values: clean}", "add `monitor:`"),
        ("{monitor: Alarm, values: clean}", "Alarm has no runs"),
        ("{monitor: DataQuality, values: clean 0.3}", "add `limit:`"),
        ("{monitor: DataQuality, values: clean vilated}", "did you mean violated?"),
        ("{ack: {by: oncall}}", "ack has no moment"),
        ("{at: 1h, ack: {by: oncall}, limit: 0.3}", "limit says nothing about ack"),
        ("{at: 1h, report: smal.yaml}", "did you mean small.yaml?"),
        ("{at: 1h, alarm: {name: a, state: ALARMED}}", "did you mean ALARM?"),
        ("{monitor: DataQuality, values: clean, by: topic}", "write one of events, call, file"),
        ("{at: 1h, alarm: {name: a}, by: file}", "write one of events, topic, call"),
        ("{at: 1h, ack: {by: oncall}, by: call}", "leave `by` out"),
        ("{at: 1h, alarm: {name: a}, by: topics}", "did you mean topic?"),
        ("{at: 5, alarm: {name: a}}", "'5' is not a duration"),
        ("{monitor: DataQuality, values: clean, interval: 0s}", "all runs would be one"),
        ("{monitor: DataQuality, values: clean, feature: []}", "the list is empty"),
        ("{monitor: DataQuality, values: clean, target: {endpoint: a, schedule: b}}", "an endpoint or a schedule"),
    ],
)
def test_an_input_that_makes_no_sense_is_refused(desk, input_, said):
    (fault,) = desk.faults(f"tests: [{{name: a, expect: [{{at: 0}}], input: [{input_}]}}]")
    assert said in fault


def test_the_column_of_a_misspelt_run_is_that_of_the_run_itself(desk):
    text = """
    tests:
      - name: a
        input:
          - {monitor: DataQuality, values: "clean vilated"}
        expect: [{at: 0}]
    """
    (fault,) = desk.faults(text)
    assert fault.startswith("7:47 ")


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ("[{name: a, expect: [{at: 0}]}, {name: a, expect: [{at: 0}]}]", "two tests named 'a'"),
        ("[{name: drift, expect: [{at: 0}]}, {name: b, extends: drfit, expect: [{at: 0}]}]", "did you mean drift?"),
        ("[{name: a, extends: a, expect: [{at: 0}]}]", "'a' extends itself"),
        ("[{name: a, expect: []}]", "it needs at least one item"),
        ("[]", "there is no test in it"),
        ("[{name: a, start: 9999-12-31T00:00:00Z, expect: [{at: 0}]}]", "nothing is monitored at that time"),
    ],
)
def test_tests_that_contradict_each_other_are_refused(desk, tests, said):
    assert said in desk.faults(f"tests: {tests}")[0]


def test_an_empty_value_is_no_expectation_of_silence(desk):
    (fault,) = desk.faults("tests: [{name: a, expect: [{at: 0, notify: }]}]")
    assert "notify has no value" in fault


def test_a_policy_that_is_taken_for_its_tests_is_told_so(desk):
    desk.write("tests: []")
    policy = (desk.folder / "small.yaml").read_text()
    (fault,) = desk.faults("", head=policy)
    assert "this is a policy, not a file of tests" in fault


def test_a_file_that_is_no_text_is_refused(desk):
    from workbench.scenarios.reading import sheet_of

    file = desk.folder / "b.test.yaml"
    file.write_bytes(b"tests: \xff")
    (fault,) = sheet_of(file)
    assert fault.why == "this is not UTF-8"
