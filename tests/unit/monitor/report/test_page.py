"""The page of a run: its content and order, and foreign text stays text."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.baseline.suggest import suggest_baseline
from kedge_monitor.bias.attribution import AttributionCheck, AttributionComparison
from kedge_monitor.bias.verdict import BiasCheck, BiasComparison
from kedge_monitor.compare.verdict import CheckType, Distances, FeatureCheck, Outcome, WindowComparison
from kedge_monitor.quality.estimated import EstimateRefused, estimate_quality
from kedge_monitor.quality.forms import ThresholdOperator
from kedge_monitor.quality.verdict import MetricCheck, QualityComparison
from kedge_monitor.report.page import RunFacts, render_metrics, render_report
from kedge_monitor.report.sections import (
    MetricRow,
    MetricSection,
    comparison_section,
    estimate_section,
)
from tests.support.profiles import Columns, baseline_profile, window_profile

RNG = np.random.default_rng(21)
N = 1500
FACTS = RunFacts(
    title="churn-prod",
    monitor="churn-hourly",
    start=datetime(2026, 12, 1, 13, tzinfo=UTC),
    end=datetime(2026, 12, 1, 14, tzinfo=UTC),
    mode="promise",
    promise="at most 1 false page within 26 weeks",
)
COLUMNS = {
    "amount": RNG.lognormal(3, 1, N),
    "state": RNG.choice(["ny", "ca", "tx"], N),
    "flag": RNG.integers(0, 2, N),
    "id": [f"u{i}" for i in range(N)],
}
WINDOW = {
    "amount": RNG.lognormal(3.5, 1, 200),
    "state": RNG.choice(["ny", "ca", "guam"], 200),
    "flag": RNG.integers(0, 2, 200),
    "id": [f"v{i}" for i in range(200)],
}
VOID = {"meta", "path", "line", "rect", "circle", "wbr"}


class Page(HTMLParser):
    """The tags, attributes and text of a page; unbalanced tags are errors."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


def drift(feature: str, observed: float, *, violated: bool) -> FeatureCheck:
    return FeatureCheck(
        feature=feature,
        check=CheckType.BASELINE_DRIFT,
        violated=violated,
        flagged=violated,
        sentence="",
        observed=observed,
        limit=0.1,
        effect=observed,
        material=0.1,
        p_value=1e-9 if violated else 0.4,
        records=200,
        smallest=0.062,
    )


VIOLATED = WindowComparison(
    outcome=Outcome.VIOLATED,
    checks=(
        drift("flag", 0.01, violated=False),
        drift("state", 0.25, violated=True),
        drift("amount", 0.31, violated=True),
    ),
    distances=(
        Distances(
            feature="amount", kolmogorov_smirnov=0.31, psi=0.4, jensen_shannon=0.2, wasserstein=0.5, mean_shift=0.45
        ),
        Distances(feature="state", l_infinity=0.25, unseen_share=0.33),
        Distances(feature="flag", l_infinity=0.01),
    ),
    records=200,
    notes=("The promise assumes independent records.",),
)


def render(
    comparison: WindowComparison = VIOLATED,
    *,
    columns: Columns = COLUMNS,
    window: Columns = WINDOW,
    facts: RunFacts = FACTS,
    sections: tuple[MetricSection, ...] = (),
) -> str:
    baseline = suggest_baseline(baseline_profile(columns))
    return render_report(facts, baseline, window_profile(baseline.profile, window), comparison, sections)


def test_the_head_says_verdict_window_records_baseline_mode_promise_and_notes():
    text = Page(render()).text
    for part in (
        "churn-prod",
        "2 violations in 2 of 4 features",
        "2026-12-01 13:00 to 14:00 UTC",
        "200",
        "1,500 records, version ",
        "promise, at most 1 false page within 26 weeks",
        "The promise assumes independent records.",
    ):
        assert part in text


def test_the_worst_feature_comes_first_everywhere():
    names = re.findall(r"<h3><bdi>(\w+)</bdi>", render())
    assert names == ["amount", "state", "flag"]
    assert re.findall(r'<a href="#f\d"><bdi>(\w+)</bdi>', render()) == ["amount", "state", "amount", "state", "flag"]


def test_a_feature_shows_distance_limit_p_value_and_what_the_window_could_have_shown():
    card = Page(render()[render().index("<article") :].split("</article>")[0] + "</article>").text
    for part in (
        "distance0.310",
        "limit0.100",
        "p-value1 \N{MULTIPLICATION SIGN} 10⁻⁹",
        "visible from0.062",
        "PSI0.400",
        "mean shift0.45 sd",
    ):
        assert part in card


def test_each_number_column_has_two_distributions_and_each_text_column_paired_bars():
    page = render()
    assert page.count('class="new-edge"') == 2  # one of them is the legend's
    assert "guam" in Page(page).text
    bars = page[page.index("<h3><bdi>state") :].split("</article>")[0]
    assert bars.count('class="label"') == 4


def test_what_is_not_compared_is_listed_with_its_reason():
    text = Page(render()).text
    assert "ididentifier or free text: nearly all values are distinct" in text


def test_the_page_needs_no_script_and_nothing_from_outside():
    page = Page(render())
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(page.tags)
    assert [value for name, value in page.attributes if name in {"href", "src"} and not value.startswith("#")] == []
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    assert "url(" not in render()
    assert "@import" not in render()


def test_both_themes_phones_and_paper_have_styles():
    page = render()
    for part in (
        "color-scheme: light dark",
        "@media (max-width: 720px)",
        "@media print",
        "size: A4",
        'name="viewport"',
    ):
        assert part in page


@given(st.text(max_size=30), st.text(max_size=30))
def test_names_and_categories_stay_text(name: str, category: str):
    comparison = WindowComparison(
        outcome=Outcome.VIOLATED, checks=(drift(name, 0.4, violated=True),), distances=(), records=3
    )
    facts = RunFacts(title=category, monitor=name, start=FACTS.start, end=FACTS.end, mode=name)
    page = Page(render(comparison, columns={name: ["a", "b", category]}, window={name: [category]}, facts=facts))
    assert {name.startswith("on") for name, _ in page.attributes} == {False}


def test_hostile_text_is_shown_as_it_stands():
    hostile = "<script>alert('x')</script>\"&"
    columns = {hostile: RNG.choice([hostile, "b"], N)}
    page = Page(
        render(
            WindowComparison(outcome=Outcome.CLEAN, checks=(), distances=(), records=N), columns=columns, window=columns
        )
    )
    assert "script" not in page.tags
    assert page.text.count(hostile) >= 2


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome.CLEAN, "No violation in 4 features"),
        (Outcome.NO_DATA, "No data in this window"),
        (Outcome.INCONCLUSIVE, "Inconclusive: too few records for a verdict"),
    ],
)
def test_an_outcome_without_violations_is_said_in_words(outcome: Outcome, said: str):
    assert said in Page(render(WindowComparison(outcome=outcome, checks=(), distances=(), records=0))).text


def test_a_window_without_records_has_no_charts():
    window = {name: [] for name in COLUMNS}
    page = render(WindowComparison(outcome=Outcome.NO_DATA, checks=(), distances=(), records=0), window=window)
    assert "<article" not in page


def test_columns_that_are_missing_are_named():
    check = FeatureCheck(
        feature="Missing columns",
        check=CheckType.MISSING_COLUMN,
        violated=True,
        sentence="",
        observed=2,
        limit=9,
        columns=tuple(f"c{i}" for i in range(7)),
    )
    text = Page(render(WindowComparison(outcome=Outcome.VIOLATED, checks=(check,), distances=(), records=200))).text
    assert "missing columns: c0, c1, c2, c3, c4 and 2 more" in text
    assert "1 violation" in text


def test_a_violation_of_a_rolled_up_window_says_its_length():
    check = FeatureCheck(
        feature="amount", check=CheckType.BASELINE_DRIFT, violated=True, sentence="", observed=0.2, hours=6.0
    )
    text = Page(render(WindowComparison(outcome=Outcome.VIOLATED, checks=(check,), distances=(), records=200))).text
    assert "drift, over 6 h" in text


def test_a_run_without_tests_shows_no_p_values():
    check = FeatureCheck(
        feature="amount", check=CheckType.BASELINE_DRIFT, violated=True, sentence="", observed=0.2, limit=0.1
    )
    page = render(WindowComparison(outcome=Outcome.VIOLATED, checks=(check,), distances=(), records=200))
    assert "p-value</th>" not in page
    assert "grey band" not in page


def test_a_window_over_midnight_names_both_days():
    facts = RunFacts(title="t", start=datetime(2026, 12, 1, 22, tzinfo=UTC), end=datetime(2026, 12, 2, 4, tzinfo=UTC))
    assert "2026-12-01 22:00 to 2026-12-02 04:00 UTC" in Page(render(facts=facts)).text


def test_model_quality_bias_attribution_and_the_estimate_are_sections():
    quality = QualityComparison(
        outcome=Outcome.VIOLATED,
        checks=(
            MetricCheck(
                metric="recall",
                operator=ThresholdOperator.LESS,
                value=0.6,
                threshold=0.8,
                broken=True,
                violated=True,
                sentence="",
                error=0.03,
                p_value=1e-5,
                smallest=0.17,
            ),
        ),
        records=412,
    )
    bias = BiasComparison(
        outcome=Outcome.CLEAN,
        checks=(
            BiasCheck(
                facet="sex",
                facet_value="0",
                metric="DPPL",
                value=-0.2,
                limit=-0.3,
                farther=False,
                violated=False,
                sentence="",
                error=0.04,
                p_value=0.012,
                smallest=0.17,
            ),
        ),
        records=412,
    )
    order = AttributionComparison(
        outcome=Outcome.CLEAN,
        checks=(AttributionCheck(label="label0", score=0.97, limit=0.9, violated=False, sentence=""),),
    )
    estimate = estimate_quality(RNG.beta(2, 5, 500))
    sections = (*map(comparison_section, (quality, bias, order)), estimate_section(estimate))
    text = Page(render(sections=sections)).text
    for part in (
        "Model quality412 labelled records.",
        "recallviolated0.6000.8000.0301 \N{MULTIPLICATION SIGN} 10⁻⁵0.17",
        "sex 0DPPLgood\N{MINUS SIGN}0.200\N{MINUS SIGN}0.3000.0400.0120.17",
        "nDCG of label0good0.9700.900",
        "Estimated quality without labels500 records. The bar is the 95 % interval.",
        "It cannot see concept drift",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("outcome", "violated", "verdict"),
    [
        (Outcome.VIOLATED, True, "1 violation in 2 metrics"),
        (Outcome.CLEAN, False, "No violation in 2 metrics"),
        (Outcome.INCONCLUSIVE, None, "Inconclusive: no metric could be compared"),
        (Outcome.NO_DATA, None, "No data in this window"),
    ],
)
def test_a_run_of_metrics_has_a_page_with_its_verdict(outcome: Outcome, violated: bool | None, verdict: str):
    rows = (
        MetricRow(name="<b>recall", value=0.6, limit=0.8, violated=violated),
        MetricRow(name="auc", value=0.9, limit=0.8, violated=None if violated is None else False),
    )
    facts = RunFacts(title="churn-prod", monitor="churn-quality", mode="promise")
    section = MetricSection(title="Model quality", summary="said", rows=rows, outcome=outcome)
    page = Page(render_metrics(facts, 1_412, section))
    for part in ("Model quality, monitor churn-quality", verdict, "Records1,412", "Modepromise", "<b>recall"):
        assert part in page.text


def test_a_run_that_another_program_measured_has_no_number_of_records():
    section = MetricSection(title="Feature attribution", summary="said", outcome=Outcome.CLEAN)
    assert "Records" not in Page(render_metrics(RunFacts(title="churn-prod"), None, section)).text


def test_an_estimate_that_is_refused_gives_the_reason():
    section = estimate_section(EstimateRefused(reason="The probabilities are not calibrated."))
    assert "The probabilities are not calibrated." in Page(render(sections=(section,))).text


def test_the_head_names_the_verdict_of_each_type_that_was_measured():
    quality = MetricSection(
        title="Model quality",
        summary="",
        rows=(
            MetricRow(name="auc", value=0.6, limit=0.7, violated=True),
            MetricRow(name="f1", value=0.8, violated=False),
        ),
        outcome=Outcome.VIOLATED,
    )
    waiting = MetricSection(title="Bias", summary="0 of 3 records have a label.", outcome=Outcome.INCONCLUSIVE)
    page = render(sections=(quality, waiting))
    text = Page(page).text
    assert "Data quality, model quality, bias" in text
    assert "Model quality: 1 violation in 2 metrics" in text
    assert "Bias: inconclusive" in text
    assert 'href="#model-quality"' in page
    assert 'id="model-quality"' in page


def test_the_worst_metrics_of_a_group_come_first():
    def check(metric: str, p_value: float, *, violated: bool) -> BiasCheck:
        return BiasCheck(
            facet="sex", facet_value="0", metric=metric, value=-0.2, limit=0.1, farther=True, violated=violated, sentence="",
            p_value=p_value,
        )  # fmt: skip

    checks = (check("AD", 0.4, violated=False), check("DI", 0.2, violated=False), check("RD", 1e-9, violated=True))
    section = comparison_section(BiasComparison(outcome=Outcome.VIOLATED, checks=checks, records=400))
    assert [row.name for row in section.rows] == ["RD", "DI", "AD"]
