"""Bad news knows the tags of its target; good news costs no call."""

import msgspec
import pytest

from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.domain.target import Target
from kedge.sources.reader import Reader
from tests.fakes.reading import FakeTags
from tests.support import samples
from tests.unit.sources.test_samples import EXPECTED, told, world
from tests.unit.sources.world import HOME, TARGET

OWNER = {"kedge:owner": "team-churn"}
BAD = {"violated", "failed", "stopped", "no_data", "alarm"}


def tagging(name: str) -> tuple[object, FakeTags]:
    known, tags = world(), FakeTags({TARGET: OWNER})
    known.reader = Reader(known.monitors, known.alarms, known.objects, HOME, tags)
    return told(name, known), tags


@pytest.mark.parametrize("name", samples.names())
def test_only_a_bad_run_and_an_alarm_that_went_off_cost_a_call(name: str):
    found, tags = tagging(name)
    bad = isinstance(found, RunFinished | AlarmChanged) and EXPECTED[name][2] in BAD  # type: ignore[index]
    assert len(tags.asked) == bad


@pytest.mark.parametrize("name", ["eventbridge.processing_job.completed", "eventbridge.alarm.alarm"])
def test_bad_news_carries_the_tags_of_its_target(name: str):
    found, tags = tagging(name)
    assert isinstance(found, RunFinished | AlarmChanged)
    assert found.tags == OWNER
    assert tags.asked == [Target.parse(TARGET)]


def test_a_reader_that_knows_no_tags_reads_the_same_without_them():
    found, _ = tagging("eventbridge.processing_job.completed")
    assert isinstance(found, RunFinished)
    assert world().one("eventbridge.processing_job.completed") == msgspec.structs.replace(found, tags={})
