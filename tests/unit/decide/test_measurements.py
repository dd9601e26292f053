"""The values of earlier runs explain a bad one, or they do not."""

from datetime import timedelta

import msgspec
import pytest

from kedge.decide.measurements import KEPT, ROOM, explain_by_measurements, measured_of
from kedge.domain.deployment import Deployment, DeploymentOrigin
from kedge.domain.finding import Check, Finding
from kedge.domain.run import Evidence, Measure, MeasuredRun, Monitor, Reading, Verdict
from tests.support.stories import BY_NOBODY, BY_SAGEMAKER, DAY, alarm, run

HOUR = timedelta(hours=1)
CAME = DAY + timedelta(hours=10)
BEFORE = Deployment(config="churn-40", since=DAY - timedelta(days=9), until=CAME, arrival=DeploymentOrigin.DEPLOYED)
NOW = Deployment(config="churn-41", since=CAME, arrival=DeploymentOrigin.DEPLOYED)


def at(number: int, value: float, limit: float | None = 0.7, *, name: str = "auc") -> MeasuredRun:
    """A run whose window ended in an hour of the day, clean unless it lies below its limit."""
    end = DAY + number * HOUR
    verdict = Verdict.VIOLATED if limit is not None and value < limit else Verdict.CLEAN
    return MeasuredRun(source="mq", at=end, start=end - HOUR, verdict=verdict, values=(Measure(name, value, limit),))


def before(*values: float, limit: float | None = 0.7) -> tuple[MeasuredRun, ...]:
    """Runs that ended hour by hour, the last one when the config came."""
    return tuple(at(11 - len(values) + number, value, limit) for number, value in enumerate(values))


def asks(values: tuple[MeasuredRun, ...], now: float, limit: float = 0.7) -> str | None:
    found = explain_by_measurements(values, BEFORE, NOW, at(11, now, limit))
    return None if found is None else found.asks


@pytest.mark.parametrize("side", ["falls", "rises"])
@pytest.mark.parametrize(
    ("values", "now", "asked"),
    [
        ((0.81, 0.81, 0.81, 0.81), 0.6, None),
        ((0.80, 0.82, 0.81, 0.80, 0.82), 0.6, None),
        ((0.9, 0.86, 0.82, 0.78, 0.74), 0.68, "decline"),
        ((0.9, 0.86, 0.82, 0.78, 0.72), 0.3, "decline"),  # it would have broken its limit in that hour anyway
        ((0.81, 0.81, 0.81, 0.72, 0.81), 0.6, None),  # one dip is no decline
        ((0.71, 0.74, 0.7, 0.73, 0.72), 0.695, "come and go"),
        ((0.74,), 0.69, None),  # one run says little
        ((), 0.6, None),
    ],
)
def test_a_fall_is_compared_with_the_values_before_it(side, values, now, asked):
    known, value, limit = before(*values), now, 0.7
    if side == "rises":
        known = tuple(msgspec.structs.replace(each, values=(mirrored(each.values[0]),)) for each in known)
        value, limit = -now, -0.7
    found = explain_by_measurements(known, BEFORE, NOW, at(11, value, limit))
    assert (found is None) if asked is None else (found is not None and asked in found.asks)


def mirrored(measure: Measure) -> Measure:
    return Measure(measure.name, -measure.value, None if measure.limit is None else -measure.limit)


@pytest.mark.parametrize(
    ("old", "value", "now", "new", "is_limit"),
    [
        (0.7, 0.73, 0.73, 0.75, True),
        (None, 0.73, 0.73, 0.75, True),  # what the limit was is not known, and the last clean value breaks the new one
        (0.7, 0.81, 0.5, 0.75, False),  # bad by either limit
        (0.7, 0.81, 0.72, 0.75, True),
        (0.75, 0.81, 0.69, 0.7, False),  # the limit is less strict now
        (None, 0.81, 0.6, 0.7, False),
    ],
)
def test_a_stricter_limit_explains_what_would_have_been_within_the_old_one(old, value, now, new, is_limit):
    question = asks(before(value, value, value, limit=old), now, new)
    assert (question is not None and "limit" in question) is is_limit


def test_values_before_an_earlier_bad_spell_are_not_compared_with():
    known = (*before(0.5, 0.9, 0.81, 0.81, 0.81),)
    assert asks((at(1, 0.6), *known), 0.6) is None
    assert explain_by_measurements((at(5, 0.705), at(6, 0.6), *known[2:]), BEFORE, NOW, at(11, 0.69)) is None


def test_values_of_an_earlier_config_count_only_if_the_last_one_had_too_few():
    worse = tuple(at(number, 0.71 + number / 1000) for number in range(1, 7))
    steady = tuple(at(number, 0.85) for number in range(7, 11))
    recent = msgspec.structs.replace(BEFORE, since=DAY + 6 * HOUR)
    assert explain_by_measurements((*worse, *steady), recent, NOW, at(11, 0.69)) is None
    assert explain_by_measurements((*worse, *steady), BEFORE, NOW, at(11, 0.69)) is not None


def test_each_broken_metric_must_be_explained():
    sinking = tuple(
        msgspec.structs.replace(each, values=(*each.values, Measure("recall", 0.8, 0.6)))
        for each in before(0.9, 0.86, 0.82, 0.78, 0.74)
    )
    both = msgspec.structs.replace(at(11, 0.68), values=(Measure("auc", 0.68, 0.7), Measure("recall", 0.4, 0.6)))
    alone = msgspec.structs.replace(both, values=both.values[:1])
    assert explain_by_measurements(sinking, BEFORE, NOW, both) is None
    assert explain_by_measurements(sinking, BEFORE, NOW, alone) is not None


def quality(*findings: Finding, measures: tuple[Measure, ...] = (), **more: object):
    evidence = Evidence(reading=Reading.READ, findings=findings, measures=measures, records=400)
    signal = run("11:00", Verdict.VIOLATED, monitor=Monitor.MODEL_QUALITY, source="churn-mq")
    return msgspec.structs.replace(signal, evidence=evidence, **more)


def test_what_broke_its_limit_is_kept_first_and_each_name_once():
    finding = Finding(check=Check.BELOW, metric="auc", measured=0.61, allowed=0.7)
    kept = measured_of(quality(finding, measures=(Measure("f1", 0.8), Measure("auc", 0.61))), Verdict.VIOLATED)
    assert kept is not None
    assert kept.values == (Measure("auc", 0.61, 0.7), Measure("f1", 0.8))
    assert (kept.source, kept.verdict, kept.records) == ("churn-mq", Verdict.VIOLATED, 400)


@pytest.mark.parametrize("length", [3, 20, 128, 5_000])
def test_however_many_and_long_the_names_an_item_stays_small(length):
    many = tuple(Measure(f"{number:0{length}}", number / 7) for number in range(500))
    kept = measured_of(quality(measures=many), Verdict.VIOLATED)
    assert kept is not None
    assert 0 < len(kept.values) <= KEPT
    assert sum(len(each.name.encode()) for each in kept.values) <= ROOM
    assert len(msgspec.json.encode(kept)) < 1_600


def test_a_value_of_the_data_is_never_part_of_a_name():
    finding = Finding(
        check=Check.BIAS_DRIFT, facet="gender", facet_value="F", label="yes", metric="DPL", measured=0.3, allowed=0.1
    )
    kept = measured_of(quality(finding), Verdict.VIOLATED)
    assert kept is not None
    assert [each.name for each in kept.values] == ["gender DPL"]


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.NO_DATA, Verdict.STOPPED, Verdict.INCONCLUSIVE])
def test_a_run_that_says_nothing_is_not_kept(verdict):
    assert measured_of(quality(), verdict) is None


def test_what_nobody_confirms_and_what_sagemaker_contradicts_is_not_kept():
    assert measured_of(quality(provenance=BY_NOBODY), Verdict.VIOLATED) is None
    assert measured_of(quality(disputed="?"), Verdict.VIOLATED) is None
    assert measured_of(quality(provenance=BY_SAGEMAKER), Verdict.VIOLATED) is not None


def test_an_alarm_is_kept_with_its_number_and_threshold():
    told = msgspec.structs.replace(alarm("10:00", Verdict.ALARM), metric="ModelLatency", observed=9.0, limit=5.0)
    kept = measured_of(told, Verdict.ALARM)
    assert kept is not None
    assert kept.values == (Measure("ModelLatency", 9.0, 5.0),)
    assert measured_of(alarm("10:00", Verdict.ALARM), Verdict.ALARM) is None
