"""By which names a case and people know an alarm, and one contributor of it."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged
from kedge.domain.target import TargetKind
from tests.support.stories import CHURN, alarm

THEIRS = "444455556666"


def told(verdict: Verdict = Verdict.ALARM, **more: object) -> AlarmChanged:
    return replace(alarm("10:00", verdict, "latency"), **more)


@pytest.mark.parametrize(
    ("account", "contributor", "source"),
    [
        ("", "", "latency"),
        (CHURN.account, "", "latency"),
        (THEIRS, "", f"{THEIRS}/latency"),
        ("", "c1", "latency[c1]"),
        (CHURN.account, "c1", "latency[c1]"),
        (THEIRS, "c1", f"{THEIRS}/latency[c1]"),
    ],
)
def test_an_alarm_of_another_account_is_another_source_as_a_whole_and_in_each_part(account, contributor, source):
    found = told(alarm_account=account, contributor=contributor)
    assert found.source == source
    assert found.whole == source.removesuffix("[c1]")


@pytest.mark.parametrize("account", ["", CHURN.account, THEIRS])
@pytest.mark.parametrize("about", [CHURN, replace(CHURN, name="fraud"), replace(CHURN, kind=TargetKind.MODEL_PACKAGE)])
def test_an_alarm_speaks_as_itself_whatever_it_looks_at(account, about):
    expected = replace(CHURN, account=account or CHURN.account, kind=TargetKind.ALARM, name="latency")
    assert told(alarm_account=account, target=about).source_target == expected


@pytest.mark.parametrize("order", list(permutations([("EndpointName", "churn"), ("VariantName", "A"), ("AZ", "a")])))
def test_a_contributor_has_one_name_in_whatever_order_its_attributes_are_told(order):
    found = told(contributor="c1", attributes=dict(order))
    assert found.part == "AZ=a, EndpointName=churn, VariantName=A"


@pytest.mark.parametrize("contributor", ["c1", ""])
def test_a_contributor_without_attributes_goes_by_its_id(contributor):
    assert told(contributor=contributor).part == contributor


@pytest.mark.parametrize("blind", [True, False])
@pytest.mark.parametrize("verdict", [Verdict.ALARM, Verdict.OK, Verdict.INSUFFICIENT_DATA])
def test_only_an_alarm_that_goes_off_without_a_datapoint_measured_nothing(verdict, *, blind):
    assert told(verdict, blind=blind).measured_nothing is (verdict is Verdict.ALARM and blind)
