"""Reads and writes constraint_violations.json, the file that says which checks of a run are violated.

Source: SageMaker Developer Guide, "Schema for Violations"; for bias and attribution, "Violations" of the pages about
drift. Kedge adds keys of its own to the entries. Every known reader takes entries apart by key, so this is safe.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from kedge_monitor.compare.verdict import FeatureCheck, WindowComparison
from kedge_monitor.files.json_writer import write_json
from kedge_monitor.files.struct_files import read_struct

VIOLATIONS: Final = "constraint_violations.json"

_NUMBERS: Final = ("observed", "limit", "p_value", "smallest", "hours")


class ViolationEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the file, of any monitor.

    Data quality has `feature_name`, model quality `metric_name`, bias `facet`, `facet_value` and `metric_name`, and
    attribution `label` and `metric_name`. The keys from `observed` on are Kedge's own.
    """

    constraint_check_type: str
    description: str = ""
    feature_name: str | None = None
    metric_name: str | None = None
    facet: str | None = None
    facet_value: str | int | float | bool | None = None
    label: str | int | float | bool | None = None
    observed: float | None = None
    limit: float | None = None
    p_value: float | None = None
    records: int | None = None
    smallest: float | None = None
    standard_deviation: float | None = None
    standard_error: float | None = None
    hours: float | None = None
    columns: tuple[str, ...] = ()


class _ViolationsFile(msgspec.Struct):
    violations: tuple[ViolationEntry, ...]


def write_violations(comparison: WindowComparison) -> bytes:
    """Return constraint_violations.json of data quality: one entry for each violated check, in the comparison's order.

    The list is empty if there are none. The number of entries is the number in the exit message.
    """
    return write_entries([_entry(check) for check in comparison.violations])


def write_entries(entries: Iterable[Mapping[str, object]], version: str | None = None) -> bytes:
    """Return constraint_violations.json with these entries. Bias and attribution have the version "1.0", others none."""
    head: dict[str, object] = {} if version is None else {"version": version}
    return write_json(head | {"violations": list(entries)})


def read_violations(data: bytes, file: str = VIOLATIONS) -> tuple[ViolationEntry, ...]:
    """Return the entries of constraint_violations.json, in the file's order.

    Raises:
        FileUnreadable: the file is not JSON, or it does not have a list of violations.
    """
    return read_struct(data, _ViolationsFile, file).violations


def _entry(check: FeatureCheck) -> dict[str, object]:
    entry: dict[str, object] = {
        "feature_name": check.feature,
        "constraint_check_type": check.check.value,
        "description": check.sentence,
    }
    numbers = {name: getattr(check, name) for name in _NUMBERS}
    entry |= {name: float(value) for name, value in numbers.items() if value is not None and math.isfinite(value)}
    entry["records"] = check.records
    # The sentence about columns has only their numbers.
    return entry | ({"columns": check.columns} if check.columns else {})
