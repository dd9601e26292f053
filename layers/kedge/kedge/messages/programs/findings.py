"""For programs: the measurements as numbers. Numbers that JSON cannot write are strings."""

import math
from typing import Final, Literal

from msgspec import Struct, field

from kedge.domain.finding import Finding
from kedge.domain.incident import Incident
from kedge.domain.provenance import EntryPoint, Voucher
from kedge.domain.report_sentence import Breach
from kedge.domain.run import Reading, Verdict
from kedge.formatting import shorten
from kedge.messages.findings_table import said_safely
from kedge.messages.programs.incidents import Moment

_TEXT: Final = 1_000
_NAME: Final = 300
_CHECKS: Final = 30

type Figure = float | Literal["Infinity", "-Infinity", "NaN"] | None


class ShownFinding(Struct, frozen=True, kw_only=True):
    """One violated check. `check` is the report's own word; a number is null if the report does not contain it."""

    subject: str
    check: str
    observed: Figure
    limit: Figure
    breach: Breach
    description: str


class ShownEvidence(Struct, frozen=True, kw_only=True):
    """The evidence of the newest bad run or alarm. `reading` says whether its report was readable; if not, `why_unread` says why.

    `check` is why a run had no result, if its failure is a known one.
    """

    source: str
    verdict: Verdict
    said: str
    check: str | None
    reading: Reading | None
    why_unread: str | None
    job: str | None
    window_start: Moment | None
    window_end: Moment | None


class ShownProvenance(Struct, frozen=True, kw_only=True):
    """The authority that confirms the evidence (`voucher`), its entry point (`door`), and its kind. Without a voucher a remedy needs approval."""

    voucher: Voucher
    entry_point: EntryPoint = field(name="door")
    says: str
    vouched: bool


class Counts(Struct, frozen=True, kw_only=True):
    """Counts of a problem, null if unknown. `findings` of this document holds only the worst of `counts.findings`."""

    findings: int | None
    subjects: int | None
    features: int | None
    records: int | None
    runs: int
    by_check: dict[str, int]


def provenance_of(incident: Incident) -> ShownProvenance | None:
    """Return the provenance of an incident's evidence; None for an incident that is older than this field."""
    found = incident.provenance
    if found is None:
        return None
    return ShownProvenance(
        voucher=found.voucher, entry_point=found.entry_point, says=shorten(found.says, _TEXT), vouched=found.is_vouched
    )


def counts_of(incident: Incident) -> Counts:
    """Return the counts of a problem."""
    problem = incident.problem
    return Counts(
        findings=problem.findings,
        subjects=problem.subjects,
        features=problem.features,
        records=problem.records,
        runs=incident.runs,
        by_check={shorten(check, _NAME): n for check, n in list(problem.checks.items())[:_CHECKS]},
    )


def evidence_of(incident: Incident) -> ShownEvidence:
    """Return the evidence of an incident's problem, each text cut to its greatest length."""
    problem, failed = incident.problem, incident.failed_check
    return ShownEvidence(
        source=shorten(problem.source, _NAME),
        verdict=problem.verdict,
        said=shorten(problem.said, _TEXT),
        check=str(failed) if failed is not None else None,
        reading=problem.reading,
        why_unread=shorten(problem.why_unread, _TEXT) if problem.why_unread is not None else None,
        job=shorten(problem.job, _TEXT) if problem.job is not None else None,
        window_start=problem.window.start if problem.window is not None else None,
        window_end=problem.window.end if problem.window is not None else None,
    )


def shown(finding: Finding) -> ShownFinding:
    """Return a finding with numbers that JSON can write."""
    observed, limit, breach = finding.numbers
    return ShownFinding(
        subject=shorten(finding.subject, _NAME),
        check=shorten(finding.check, _NAME),
        observed=_figure(observed),
        limit=_figure(limit),
        breach=breach,
        description=said_safely(finding),
    )


def _figure(value: float | None) -> Figure:
    if value is None or math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
