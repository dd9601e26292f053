"""What is read before anything is planned."""

import msgspec
import pytest

from kedge.domain.errors import Permanent, Transient
from kedge.domain.facts import Needs, Variant
from kedge.domain.remedy import Mode
from kedge.domain.run import Monitor, Verdict
from kedge.services.endpoint_context import endpoint_context_of
from kedge.services.fact_reader import FactReader
from tests.fakes.endpoint import TAGS, MemoryEndpoint, MemoryPipelines
from tests.support.remediation import BAD, GOOD, QUALITY, Affair, policy_with
from tests.support.stories import CHURN, DAY, drift, run

PIPELINE = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn-retrain"
NEEDS = Needs(endpoint=CHURN.name, configs=(GOOD,))


@pytest.fixture
def endpoint():
    return MemoryEndpoint(CHURN.name, lambda: DAY, runs=BAD, before=GOOD)


@pytest.fixture
def pipelines():
    return MemoryPipelines()


@pytest.fixture
def reader(endpoint, pipelines):
    return FactReader(endpoint, endpoint, pipelines, lambda: DAY)


def raises(error):
    def look(*_: object) -> None:
        raise error

    return look


def test_the_endpoint_both_configs_and_all_that_they_are_made_of_are_read(reader):
    facts = reader.read(NEEDS, CHURN)
    assert facts.read == DAY
    assert facts.endpoint.config == BAD
    assert set(facts.configs) == {BAD, GOOD}
    assert set(facts.models) == {f"{BAD}-model", f"{GOOD}-model"}
    assert set(facts.artifacts.values()) == {True}
    assert (facts.scaled, facts.tags) == ((), TAGS)
    assert (facts.running, facts.parameters) == (None, None)


def test_what_does_not_exist_is_none_and_what_nobody_asked_for_is_left_out(reader, endpoint):
    facts = reader.read(Needs(endpoint=CHURN.name, configs=("churn-39",)), CHURN)
    assert facts.configs["churn-39"] is None
    assert GOOD not in facts.configs
    facts = reader.read(Needs(endpoint="gone"), CHURN)
    assert (facts.endpoint, facts.configs, facts.tags, facts.scaled) == (None, {}, None, None)


def test_a_config_of_inference_components_names_no_model(reader, endpoint):
    bare = msgspec.structs.replace(endpoint.config(GOOD), variants=(Variant(name="all"),))
    endpoint.config = {GOOD: bare, BAD: None}.get
    assert reader.read(NEEDS, CHURN).models == {}


def test_what_would_be_started_is_read_without_an_endpoint(reader):
    facts = reader.read(Needs(using=PIPELINE), CHURN)
    assert (facts.endpoint, facts.running, facts.parameters) == (None, (), ())


def test_what_a_role_may_not_see_is_not_known_and_stops_nobody(reader, endpoint, pipelines):
    for name in ("scaled", "tags", "exists"):
        setattr(endpoint, name, raises(Permanent("denied")))
    for name in ("running", "parameters"):
        setattr(pipelines, name, raises(Permanent("denied")))
    facts = reader.read(msgspec.structs.replace(NEEDS, using=PIPELINE), CHURN)
    assert (facts.scaled, facts.tags, facts.artifacts, facts.running, facts.parameters) == (None, None, {}, None, None)


@pytest.mark.parametrize("name", ["endpoint", "config", "model"])
def test_without_the_endpoint_itself_there_are_no_facts(reader, endpoint, name):
    setattr(endpoint, name, raises(Permanent("denied")))
    with pytest.raises(Permanent):
        reader.read(NEEDS, CHURN)


@pytest.mark.parametrize("name", ["endpoint", "config", "model", "scaled", "tags", "exists"])
def test_what_is_throttled_is_read_later_and_never_taken_for_unknown(reader, endpoint, name):
    setattr(endpoint, name, raises(Transient("throttled")))
    with pytest.raises(Transient):
        reader.read(NEEDS, CHURN)


def test_what_lies_around_an_incident_are_its_deployments_and_the_other_troubles_of_its_endpoint():
    affair = Affair(policy_with(Mode.APPROVAL))
    affair.trouble()
    endpoint_context = endpoint_context_of(affair.ledger, CHURN, QUALITY, None)
    assert endpoint_context.deployments.current.config == BAD
    assert endpoint_context.companions == ()
    affair.take(run("09:00", Verdict.VIOLATED, drift("age"), monitor=Monitor.DATA_QUALITY))
    (other,) = endpoint_context_of(affair.ledger, CHURN, QUALITY, None).companions
    assert other.monitor is Monitor.DATA_QUALITY
    (mine,) = endpoint_context_of(affair.ledger, CHURN, Monitor.DATA_QUALITY, None).companions
    assert mine.monitor is QUALITY


@pytest.mark.parametrize("keys", [None, (), ("arn:aws:kms:us-east-1:111122223333:key/1",)])
def test_which_keys_the_operator_named_is_told_with_the_facts(endpoint, pipelines, keys):
    assert FactReader(endpoint, endpoint, pipelines, lambda: DAY, None, keys).read(NEEDS, CHURN).keys == keys


def test_whether_it_is_an_express_state_machine_is_asked_only_where_nothing_tells_what_runs(
    endpoint, pipelines, reader
):
    needs = Needs(using="arn:aws:states:us-east-1:111122223333:stateMachine:churn")
    pipelines.is_express = lambda _: True
    assert not reader.read(needs, CHURN).express
    pipelines.running = lambda _: None
    assert reader.read(needs, CHURN).express
    pipelines.is_express = raises(Permanent("denied"))
    assert not reader.read(needs, CHURN).express


@pytest.mark.parametrize("buckets", [None, ("reports",)])
def test_which_buckets_the_operator_named_is_told_with_the_facts(endpoint, pipelines, buckets):
    assert FactReader(endpoint, endpoint, pipelines, lambda: DAY, buckets).read(NEEDS, CHURN).buckets == buckets


@pytest.mark.parametrize("changes", [{"account": "444455556666"}, {"region": "eu-west-1"}])
def test_an_endpoint_of_another_account_or_region_is_never_taken_for_the_one_of_that_name_here(
    endpoint, pipelines, changes
):
    home = (CHURN.account, CHURN.region)
    reader = FactReader(endpoint, endpoint, pipelines, lambda: DAY, home=home)
    assert reader.read(NEEDS, CHURN).endpoint.config == BAD
    with pytest.raises(Permanent, match="only what is in"):
        reader.read(NEEDS, msgspec.structs.replace(CHURN, **changes))
