"""Remedies in tests of policies: the world is played, the workflow goes its deployed way, and what differs is told."""

import pytest

POLICY = """
apiVersion: kedge/v1
name: small
receivers: [{name: day}]
route: {receiver: day}
remedies:
  - {remedy: roll_back, matchers: [cause="deployment_regression"], mode: approval}
limits: {dry_run: false, approval: {approvers: [user/oncall]}}
"""

BAD = """
          - {at: 0s, deployment: {config: v1}}
          - {at: 9h50m, deployment: {config: v2}}
          - {at: 1h, monitor: ModelQuality, metric: auc, limit: 0.7, values: "0.8x9 0.6"}
"""


@pytest.fixture
def rows(desk):
    (desk.folder / "small.yaml").write_text(POLICY)

    def play(*expectations, more=""):
        text = f"""
    tests:
      - name: a
        input:{BAD}{"".join(f"          - {line}\n" for line in more.splitlines())}
        expect: [{", ".join(expectations)}]
    """
        return desk.rows(text)

    return play


def test_a_plan_is_compared_by_its_configs(rows):
    wanted = "{at: 11h, remedies: [{remedy: roll_back, plan: {from: v2, to: v0}}]}"
    assert rows(wanted) == [("remedies", "roll_back, v2 to v0", "roll_back, approval, planned, v2 to v1")]


def test_what_is_held_back_is_no_remedy(rows):
    world = "{at: 10h30m, world: {configs: [{name: v1, gone: true}]}}"
    assert rows("{at: 11h, remedies: [roll_back]}", more=world) == [
        ("remedies", "roll_back", "none (roll_back: config_gone)")
    ]
    assert rows("{at: 11h, remedies: [{refused: config_gone, says: v1}]}", more=world) == []


def test_a_remedy_that_was_not_expected_is_named(rows):
    assert rows("{at: 11h10m, remedies: []}") == [("remedies", "none", "roll_back, approval, asked, v2 to v1")]


def test_acts_are_counted_from_one_expectation_to_the_next(rows):
    vote = "{at: 11h30m, approve: {by: oncall}}"
    acts = ["{at: 11h20m, acts: []}", "{at: 12h, acts: []}", "{at: 13h, acts: [roll_back model-prod v1]}"]
    assert rows(*acts, more=vote) == [
        ("acts", "none", "roll_back model-prod v1"),
        ("acts", "roll_back model-prod v1", "none"),
    ]


def test_who_may_not_approve_moves_nothing_and_the_story_says_why(desk, rows):
    assert rows("{at: 12h, remedies: [{stage: asked}], acts: []}", more="{at: 11h30m, approve: {by: stranger}}") == []
    (result,) = desk.play((desk.folder / "small.test.yaml").read_text().partition("[small.yaml]\n")[2])
    assert any(
        entry.remark.startswith("stranger says approve: refused")
        for entry in result.entries
        if entry.subject == "model-prod"
    )


def test_where_nothing_waits_an_answer_breaks_the_test(desk, rows):
    rows("{at: 11h}", more="{at: 10h, approve: {by: oncall}}")
    (result,) = desk.play((desk.folder / "small.test.yaml").read_text().partition("[small.yaml]\n")[2])
    assert result.broken == "oncall finds no plan of model-prod to approve"


@pytest.mark.parametrize("heard", ["once", "twice", "backwards", "end"])
def test_a_deployment_is_known_however_its_events_come(desk, rows, heard):
    (desk.folder / "small.yaml").write_text(POLICY)
    text = f"""
    tests:
      - name: a
        input:{BAD.replace("{config: v2}", f"{{config: v2, heard: {heard}}}")}
        expect: [{{at: 11h, incident: {{cause: deployment_regression, evidence: [v2]}}}}]
    """
    assert desk.rows(text) == []


def test_a_call_whose_answer_is_lost_is_made_once(rows):
    world = "{at: 0s, world: {updates: lost}}\n{at: 11h30m, approve: {by: oncall}}"
    assert rows("{at: 15h, acts: [roll_back model-prod v1]}", more=world) == []


def test_many_endpoints_stand_for_each_of_them(desk):
    text = """
    tests:
      - name: a
        input: [{target: {endpoint: "model-{08..11}"}, monitor: DataQuality, feature: age, values: violated}]
        expect:
          - {at: 0h, target: {endpoint: model-09}, incident: {state: firing}}
          - {at: 0h, open: 5}
    """
    assert desk.rows(text) == []  # four, and the one upstream of them


def test_many_endpoints_are_no_place_to_look_at(desk):
    (fault,) = desk.faults('tests: [{name: a, expect: [{at: 0, target: {endpoint: "m-{1..3}"}, open: 0}]}]')
    assert "these are many endpoints" in fault


def test_runs_that_come_late_are_heard_of_then_and_are_of_before(desk):
    text = """
    tests:
      - name: a
        input: [{monitor: ModelQuality, metric: auc, values: "violated", at: 1h, late: 5h}]
        expect:
          - {at: 5h59m, incident: null}
          - {at: 6h, incident: {state: firing}}
    """
    assert desk.rows(text) == []


def test_standing_counts_by_stage_and_by_refusal(rows):
    assert rows("{at: 11h10m, standing: {planned: 1}}") == [
        ("standing planned", "1", "0"),
        ("standing asked", "0", "1"),
    ]


RETRAINS = """
apiVersion: kedge/v1
name: small
receivers: [{name: day}]
route: {receiver: day}
remedies:
  - remedy: retrain
    mode: auto
    using: arn:aws:sagemaker:eu-central-1:111122223333:pipeline/churn-retrain
    parameters: {Baseline: "{baseline}"}
limits: {dry_run: false}
"""
STARTED = "start pipeline/churn-retrain"


@pytest.mark.parametrize(
    ("buckets", "acts", "remedies"),
    [
        ("", f'["{STARTED}"]', "[retrain]"),
        (", buckets: [baselines]", f'["{STARTED}"]', "[retrain]"),
        (", buckets: [reports]", "[]", "[{refused: wrong_parameter, says: the operator named only reports}]"),
        (", buckets: []", "[]", "[{refused: wrong_parameter, says: the operator named no bucket}]"),
    ],
)
def test_a_training_is_given_a_baseline_only_from_a_bucket_that_the_operator_named(desk, buckets, acts, remedies):
    (desk.folder / "small.yaml").write_text(RETRAINS)
    text = f"""
    tests:
      - name: a
        input:
          - {{at: 0s, world: {{tags: {{"kedge:remediate": "true", "kedge:baseline": "s3://baselines/churn"}}{buckets}}}}}
          - {{at: 1h, monitor: ModelQuality, metric: auc, limit: 0.7, values: "0.6"}}
        expect: [{{at: 1h30m, remedies: {remedies}}}, {{at: 2h, acts: {acts}}}]
    """
    assert desk.rows(text) == []
