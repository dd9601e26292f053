"""A finding says what it is about, and takes no more room than it is given."""

import pytest

from kedge.domain.finding import Check, Finding


def test_numbers_that_came_as_numbers_go_before_those_in_the_sentence():
    finding = Finding(check="custom", said="distance: 0.3 exceeds threshold: 0.1", measured=7.0, allowed=9.0)
    assert (finding.observed, finding.limit) == (7.0, 9.0)


@pytest.mark.parametrize(
    ("finding", "subject"),
    [
        (Finding(check=Check.DRIFT, feature="age"), "age"),
        (Finding(check=Check.BELOW, metric="gini"), "gini"),
        (Finding(check=Check.BIAS_DRIFT, facet="Age", facet_value="40", metric="CI"), "Age=40 CI"),
        (Finding(check=Check.BIAS_DRIFT, facet="Age", metric="CI"), "Age CI"),
        (Finding(check=Check.ATTRIBUTION_DRIFT, label="label0", metric="shap"), "label0 shap"),
        (Finding(check="freshness"), "freshness"),
        (Finding(check="freshness", feature="", facet="", label="", metric=""), "freshness"),
    ],
)
def test_a_finding_names_what_it_is_about(finding: Finding, subject: str):
    assert finding.subject == subject


def test_a_finding_is_shortened_in_every_text_and_keeps_its_numbers():
    long = "x" * 1000
    finding = Finding(
        check=long, said=long, feature=long, metric=long, facet=long, facet_value=long, label=10**900, measured=0.4
    )
    short = finding.shortened(100)
    texts = (short.check, short.said, short.feature, short.metric, short.facet, short.facet_value, short.label)
    assert {len(str(text)) for text in texts} == {100}
    assert short.measured == 0.4


def test_a_finding_that_is_short_enough_stays_as_it_is():
    finding = Finding(check=Check.BIAS_DRIFT, facet="Age", facet_value=40, label=True, said="x" * 100)
    assert finding.shortened(100) == finding
