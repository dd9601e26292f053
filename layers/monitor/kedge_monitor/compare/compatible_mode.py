"""The verdict of the mode `compatible`: the documented rules of Model Monitor by the letter.

* numbers: the Kolmogorov-Smirnov distance of the two sketches, equal values counted, as it stands (Simple) or less
  1.8 * sqrt((n+m)/(n*m)) (Robust); violated above `comparison_threshold`;
* categories: LInfinity over the union of categories, Simple or Robust, above `categorical_comparison_threshold`;
* ChiSquared: violated if p < threshold. The documentation does not say which side; a small p-value is what a test rejects. So that
  the sentence is true, it tells the statistic and the statistic whose p-value is the threshold;
* type, completeness and allowed values: equalities with the thresholds of the constraints.

p-values are told beside these rules and decide nothing but ChiSquared.
"""

import math
from collections.abc import Mapping, Sequence

from kedge_monitor.compare.candidates import CheckCandidate, count_matching, decide_by_number
from kedge_monitor.compare.distances import DEEQU_CRITICAL, measure_chi_squared, measure_ks_of_items, subtract_noise
from kedge_monitor.compare.measurement import FeatureMeasurement
from kedge_monitor.compare.sentences import say_drift, say_type, say_value
from kedge_monitor.compare.settings import DistanceMethod
from kedge_monitor.compare.significance import compute_effective, find_chi_squared
from kedge_monitor.compare.verdict import CheckType, FeatureCheck


def judge_documented(
    measured: Sequence[FeatureMeasurement], told: Mapping[str, CheckCandidate], *, strict: bool
) -> list[FeatureCheck]:
    """Judge each feature by the documented rules, in the order given.

    Args:
        measured: the features of the window.
        told: the checks with their p-values by their names, for information.
        strict: whether a whole number is no Fractional.
    """
    checks = []
    for item in measured:
        if item.plan.evaluate and item.column.records:
            checks += _judge_equalities(item, strict=strict)
        if item.plan.compare:
            checks += _judge_drift(item, told)
    return checks


def _judge_equalities(item: FeatureMeasurement, *, strict: bool) -> list[FeatureCheck]:
    plan, column = item.plan, item.column
    checks = []
    if plan.expected_type.numeric and column.present:
        share = count_matching(column.classes, plan.expected_type, strict=strict) / column.present
        violated = share < plan.type_threshold
        sentence = say_type(plan.expected_type, share, plan.type_threshold, violated=violated)
        checks.append(_write(item, CheckType.DATA_TYPE, share, plan.type_threshold, sentence, violated=violated))
    if plan.completeness is not None:
        share, violated = column.completeness, column.completeness < plan.completeness
        sentence = say_value(share, plan.completeness, violated=violated)
        checks.append(_write(item, CheckType.COMPLETENESS, share, plan.completeness, sentence, violated=violated))
    unknown, present = item.unknown, column.categories.total
    if plan.domains is not None and unknown is not None and present:
        share = (present - (unknown.unseen << unknown.level)) / present
        violated = share < plan.domain_threshold
        sentence = say_value(share, plan.domain_threshold, violated=violated)
        checks.append(
            _write(item, CheckType.CATEGORICAL_VALUES, share, plan.domain_threshold, sentence, violated=violated)
        )
    return checks


def _write(
    item: FeatureMeasurement, check: CheckType, share: float, limit: float, sentence: str, *, violated: bool
) -> FeatureCheck:
    return FeatureCheck(
        feature=item.plan.name,
        check=check,
        violated=violated,
        flagged=violated,
        sentence=sentence,
        observed=share,
        limit=limit,
        effect=limit - share,
        material=0.0,
        records=item.column.records if check is CheckType.COMPLETENESS else item.column.present,
        method="equality",
    )


def _judge_drift(item: FeatureMeasurement, told: Mapping[str, CheckCandidate]) -> list[FeatureCheck]:
    plan = item.plan
    if plan.method is DistanceMethod.CHI_SQUARED:
        return _judge_chi_squared(item)
    distance = _measure(item)
    if distance is None:
        return []
    violated = distance > plan.threshold
    known = told.get(f"{CheckType.BASELINE_DRIFT}:{plan.name}")
    # A true distance above this is beyond the limit in 90 % of windows of this size.
    noise = ((DEEQU_CRITICAL if plan.subtracts_noise else 0.0) + 0.2) / math.sqrt(
        max(float(compute_effective(item.n, item.m)), 1.0)
    )
    return [
        FeatureCheck(
            feature=plan.name,
            check=CheckType.BASELINE_DRIFT,
            violated=violated,
            flagged=violated,
            sentence=say_drift(distance, plan.threshold, violated=violated),
            observed=distance,
            limit=plan.threshold,
            effect=distance,
            material=plan.threshold,
            p_value=None if known is None else known.p,
            records=item.n,
            smallest=None if plan.method.fixed else min(1.0, plan.threshold + noise),
            method=_name(item),
        )
    ]


def _measure(item: FeatureMeasurement) -> float | None:
    """Return the distance that the constraints ask for, None if the window or the baseline has no values."""
    plan = item.plan
    if item.distance is None:
        return None
    if plan.method.fixed:
        candidate = decide_by_number(item)
        return None if candidate is None else candidate.effect
    ours, theirs = item.column.numbers, plan.reference.numbers
    if ours is not None and theirs is not None:
        distance = measure_ks_of_items(ours.sketch.weighted(), theirs.sketch.weighted())
    else:
        distance = item.distances.l_infinity or 0.0
    return subtract_noise(distance, item.n, item.m) if plan.subtracts_noise else distance


def _name(item: FeatureMeasurement) -> str:
    method = item.plan.method
    if method is DistanceMethod.L_INFINITY and item.plan.subtracts_noise:
        return f"{method}, {DistanceMethod.ROBUST}"
    return method


def _judge_chi_squared(item: FeatureMeasurement) -> list[FeatureCheck]:
    plan = item.plan
    found = measure_chi_squared(item.column.categories.counts, plan.reference.categories.counts)
    if found is None:
        return []
    statistic, p, degrees = found
    violated = p < plan.threshold
    critical = find_chi_squared(plan.threshold, degrees) if 0 < plan.threshold < 1 else math.inf
    return [
        FeatureCheck(
            feature=plan.name,
            check=CheckType.BASELINE_DRIFT,
            violated=violated,
            flagged=violated,
            sentence=say_drift(statistic, critical, violated=violated),
            observed=statistic,
            limit=critical,
            effect=statistic,
            material=critical,
            p_value=p,
            level=plan.threshold,
            records=item.n,
            method=plan.method,
        )
    ]
