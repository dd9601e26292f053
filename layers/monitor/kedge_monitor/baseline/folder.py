"""Reads and writes the folder of a baseline: that of Kedge with three files, and that of AWS with two."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
import numpy as np

from kedge_monitor.baseline import Baseline, Constraint, Constraints, Notice
from kedge_monitor.baseline.exclusions import reasons_to_exclude
from kedge_monitor.baseline.from_sketch import profile_from_statistics
from kedge_monitor.baseline.notices import notices_of
from kedge_monitor.batch import DataType
from kedge_monitor.errors import MonitorError
from kedge_monitor.files.constraints import CONSTRAINTS, read_constraints, write_constraints
from kedge_monitor.files.run_files import PROFILE
from kedge_monitor.files.statistics import (
    STATISTICS,
    DatasetStatistics,
    read_statistics,
    write_statistics,
    written_type,
)
from kedge_monitor.profile.dataset import DatasetProfile
from kedge_monitor.profile.stored import decode_profile, encode_profile

_MOST_NAMES: Final = 5
SWITCHED_OFF: Final = "left out: its checks are switched off"


class BaselineUnusable(MonitorError):
    """A baseline that no window can be compared with. The text says why, and names the action."""

    def __init__(self, problem: str, action: str) -> None:
        super().__init__(f"{problem}. {action}.")


class _Head(msgspec.Struct):
    """A feature of statistics.json without its distribution, which the profile repeats."""

    name: str
    inferred_type: DataType


class _Item(msgspec.Struct):
    item_count: float


class _Heads(msgspec.Struct):
    dataset: _Item
    features: tuple[_Head, ...]


def write_baseline(baseline: Baseline) -> dict[str, bytes]:
    """Return the three files of a baseline by their names. `read_baseline` returns the same baseline from them."""
    return {
        STATISTICS: write_statistics(baseline.profile),
        CONSTRAINTS: write_constraints(baseline.constraints),
        PROFILE: encode_profile(baseline.profile),
    }


def read_baseline(files: Mapping[str, bytes]) -> Baseline:
    """Return the baseline in a folder's files, by their names: statistics.json, constraints.json, kedge_profile.msgpack.

    The profile is absent in a baseline that AWS made. Its columns then come from statistics.json: distributions from the
    sketch's items, which estimate ranks to about 0.1 %, and categories from their counts. A column is excluded as in
    `suggest_baseline`, unless its override `perform_comparison` is Enabled.

    Raises:
        FileUnreadable: a JSON file has the wrong shape.
        BaselineUnusable: a file is absent, empty, or does not belong to the others.
    """
    for name in (STATISTICS, CONSTRAINTS):
        if name not in files:
            raise BaselineUnusable(f"The baseline has no {name}", "Copy all files of one baseline into the folder")
    constraints = read_constraints(files[CONSTRAINTS])
    stored = files.get(PROFILE)
    distinct: dict[str, int] = {}
    if stored is None:
        statistics = read_statistics(files[STATISTICS])
        _check_names(STATISTICS, [feature.name for feature in statistics.features], constraints)
        profile, content = profile_from_statistics(statistics), _canonical(statistics)
        distinct = {each.name: each.distinct for each in statistics.features if each.distinct is not None}
    else:
        profile, content = decode_profile(stored), stored
        _check_statistics(files[STATISTICS], profile)
        _check_names(PROFILE, profile.schema.names, constraints)
    if not profile.records or not profile.columns:
        raise BaselineUnusable("The baseline has no records", "Create it again from data with at least 1,000 records")
    _check_types(profile, constraints)
    excluded = _excluded(profile, constraints, distinct)
    return Baseline(
        profile=profile,
        constraints=constraints,
        notices=notices_of(profile, excluded) + tuple(_domains_of_excluded(constraints, excluded)),
        excluded=excluded,
        digest=digest_of(write_constraints(constraints), content),
    )


def digest_of(constraints: bytes, content: bytes) -> str:
    """Return the version of a baseline: the SHA-256 of constraints and profile, in hex.

    The constraints count as `write_constraints` writes them, so layout and spelling do not change the version.
    """
    digest = hashlib.sha256()
    for part in (constraints, content):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def _canonical(statistics: DatasetStatistics) -> bytes:
    """Return the content of statistics.json without its layout."""
    return msgspec.json.Encoder(enc_hook=_plain, order="deterministic").encode(statistics)


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    message = f"{type(value).__name__} is not part of statistics.json"
    raise TypeError(message)


def _check_statistics(data: bytes, profile: DatasetProfile) -> None:
    """Check that statistics.json belongs to a profile, without reading its sketches."""
    try:
        heads = msgspec.json.decode(data, type=_Heads)
        names, records = [head.name for head in heads.features], int(heads.dataset.item_count)
    except (msgspec.DecodeError, ValueError, OverflowError):
        # The tolerant reader accepts more, and its error names the place.
        statistics = read_statistics(data)
        names, records = [feature.name for feature in statistics.features], statistics.records
    if names != list(profile.schema.names) or records != profile.records:
        raise BaselineUnusable(
            f"{STATISTICS} and {PROFILE} are of different baselines", "Copy all files of one baseline into the folder"
        )


def _check_names(source: str, names: Iterable[str], constraints: Constraints) -> None:
    listed = list(names)
    asked = [rule.name for rule in constraints.features]
    for file, each in ((source, listed), (CONSTRAINTS, asked)):
        if twice := sorted({name for name in each if each.count(name) > 1}) if len(set(each)) < len(each) else []:
            raise BaselineUnusable(f"{file} has a column twice: {_names(twice)}", "Give each column its own name")
    for file, missing in ((CONSTRAINTS, set(listed) - set(asked)), (source, set(asked) - set(listed))):
        if missing:
            raise BaselineUnusable(
                f"The columns of {source} and {CONSTRAINTS} do not match: {file} lacks {_names(missing)}",
                "Use both files of the same baseline job",
            )


def _names(names: Iterable[str]) -> str:
    ordered = sorted(names)
    shown = ", ".join(f"`{name}`" for name in ordered[:_MOST_NAMES])
    return shown if len(ordered) <= _MOST_NAMES else f"{shown} and {len(ordered) - _MOST_NAMES} more"


def _check_types(profile: DatasetProfile, constraints: Constraints) -> None:
    rules = {rule.name: rule for rule in constraints.features}
    for column in profile.columns:
        has, asked = written_type(column), rules[column.name].inferred_type
        unknown = DataType.UNKNOWN in {has, asked}
        if not unknown and has.numeric is not asked.numeric:
            raise BaselineUnusable(
                f"Column `{column.name}` is {has} in {STATISTICS} and {asked} in {CONSTRAINTS}",
                "Create the baseline again, so that both files have the same type",
            )


def _excluded(profile: DatasetProfile, constraints: Constraints, distinct: Mapping[str, int]) -> dict[str, str]:
    enabled = {
        rule.name for rule in constraints.features if rule.overrides is not None and rule.overrides.perform_comparison
    }
    found = {name: reason for name, reason in reasons_to_exclude(profile, distinct).items() if name not in enabled}
    off = dict.fromkeys((rule.name for rule in constraints.features if _is_off(rule)), SWITCHED_OFF)
    return {name: off.get(name, found.get(name, "")) for name in profile.schema.names if name in off or name in found}


def _is_off(rule: Constraint) -> bool:
    own = rule.overrides
    return own is not None and own.evaluate_constraints is False and own.perform_comparison is False


def _domains_of_excluded(constraints: Constraints, excluded: Mapping[str, str]) -> Iterable[Notice]:
    """Yield a notice for each domain of a time stamp or identifier: AWS suggests such domains."""
    for rule in constraints.features:
        if rule.domains is not None and rule.name in excluded:
            yield Notice(
                feature=rule.name,
                problem=f"{CONSTRAINTS} has a domain for a column that is not compared ({excluded[rule.name]}).",
                action=f"Remove `domains` of the column from {CONSTRAINTS}.",
            )
