"""How old a config is that may be gone back to, and which of its parts are as old as it is."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.decide.deployment_ledger import EVER
from kedge.domain.deployment import ConfigMark, Deployment, DeploymentOrigin, Deployments
from kedge.domain.facts import Facts, Model
from kedge.domain.remedy import Mode, RemedyName
from kedge.policy.spec.remediation import RemedyRuleSpec
from kedge.remediation.known_good import made_anew, outlived, rejected_of
from tests.support.remedies import BAD, CAME, GOOD, NOW, config, facts, limited, variant

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
LATER = CAME + 20 * DAY
POLICY = limited(RemedyRuleSpec(remedy=RemedyName.ROLL_BACK, mode=Mode.AUTO))
SERVED = Deployment(config=GOOD, since=CAME - 10 * DAY, until=CAME, arrival=DeploymentOrigin.DEPLOYED)
SERVES = Deployment(config=BAD, since=CAME, arrival=DeploymentOrigin.DEPLOYED)
KNOWN = Deployments(history=(SERVED, SERVES))


def made(at, *, model: bool) -> Facts:
    """Facts of which a part of the good config was made at a moment."""
    parts = config(GOOD, variant(model="m"), created=CAME - 30 * DAY if model else at)
    models = {"m": Model(name="m", created=at if model else CAME - 30 * DAY)}
    return facts(configs={GOOD: parts}, models=models)


@pytest.mark.parametrize("model", [True, False])
@pytest.mark.parametrize(("late", "is_anew"), [(-SECOND, False), (timedelta(), False), (SECOND, True)])
def test_what_was_made_at_the_moment_from_which_a_config_served_is_what_served(late, is_anew, model):
    assert (made_anew(made(SERVED.since + late, model=model), KNOWN, SERVED) is not None) is is_anew


@pytest.mark.parametrize("model", [True, False])
@pytest.mark.parametrize(("late", "is_anew"), [(-SECOND, False), (timedelta(), True), (SECOND, True)])
def test_what_was_made_at_the_moment_at_which_a_found_config_ended_is_another(late, is_anew, model):
    found = replace(SERVED, since=EVER, arrival=DeploymentOrigin.FOUND)
    known = Deployments(history=(found, SERVES))
    assert (made_anew(made(found.until + late, model=model), known, found) is not None) is is_anew


def test_of_a_config_that_was_not_seen_to_serve_nothing_is_made_anew():
    """A person named it, or its tag does: then it is as it is meant."""
    assert made_anew(made(NOW, model=True), Deployments(history=(SERVES,)), SERVED) is None


@pytest.mark.parametrize("number", range(3))
def test_each_package_of_each_model_is_looked_up(number):
    arns = [f"package/{each}" for each in range(3)]
    models = {"m": Model(name="m", packages=tuple(arns[:2])), "n": Model(name="n", packages=tuple(arns[2:]))}
    parts = config(GOOD, variant("a", model="m"), variant("b", model="n"))
    approvals = {arn: "Rejected" if each == number else "Approved" for each, arn in enumerate(arns)}
    known = replace(facts(configs={GOOD: parts}, models=models), approvals=approvals)
    assert rejected_of(known, SERVED) == arns[number]


def marked(config: str, at, *, good: bool = True) -> ConfigMark:
    return ConfigMark(config=config, good=good, by="ana", proven=True, at=at)


@pytest.mark.parametrize(
    ("mark", "is_too_old"),
    [
        (None, True),
        (marked(GOOD, LATER), False),
        (marked(GOOD, LATER, good=False), True),
        (marked("churn-39", LATER), True),
        (marked(GOOD, CAME - 5 * DAY), True),
    ],
)
def test_only_a_person_who_named_this_config_as_good_makes_it_younger(mark, is_too_old):
    known = replace(KNOWN, marks=() if mark is None else (mark,))
    assert (outlived(POLICY, known, GOOD, CAME + 40 * DAY) is not None) is is_too_old


@pytest.mark.parametrize(("late", "is_too_old"), [(-SECOND, False), (timedelta(), False), (SECOND, True)])
def test_a_config_is_good_for_thirty_days_to_the_second_and_as_long_as_it_serves(late, is_too_old):
    now = CAME + 30 * DAY + late
    assert (outlived(POLICY, KNOWN, GOOD, now) is not None) is is_too_old
    assert outlived(POLICY, KNOWN, BAD, now + 300 * DAY) is None


@pytest.mark.parametrize("served", [True, False])
def test_it_is_said_when_a_config_served_last_and_when_it_was_named(served):
    known = replace(KNOWN if served else Deployments(history=(SERVES,)), marks=(marked(GOOD, CAME + 10 * DAY),))
    said = outlived(POLICY, known, GOOD, CAME + 50 * DAY)
    assert said is not None
    assert said.startswith(
        f"config {GOOD} last served 50 d ago" if served else f"config {GOOD} was named as good 40 d ago"
    )
