"""The metrics of bias as functions of counts, with the names, descriptions and formulas of SageMaker Clarify.

Source: the package `smclarify` of `aws/amazon-sagemaker-clarify` (registry, common, pretraining, posttraining). Counts
have the axes (..., facet, label, predicted, group). Facet 1 is the disadvantaged facet d that the settings name, and 0
is the rest a. Label 1 and predicted 1 are positive. Leading axes are repetitions. In Clarify 0 / 0 is 0 and x / 0 is
infinite; equal infinities differ by 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kedge_monitor.batch import Floats

_A: Final = 0
_D: Final = 1


@dataclass(frozen=True, slots=True)
class BiasFormula:
    """A metric of Clarify: its name and description in the files, the formula, and the check that it can be computed.

    `problem` returns why the counts (one table without leading axes) have no value, or None.
    """

    name: str
    description: str
    compute: Callable[[Floats], Floats]
    problem: Callable[[Floats], str | None]


def divide(parts: Floats, wholes: Floats) -> Floats:
    """Return parts / wholes as Clarify does: 0 / 0 is 0, and x / 0 is infinite with the sign of x."""
    parts, wholes = np.broadcast_arrays(np.asarray(parts, np.float64), np.asarray(wholes, np.float64))
    found = np.where(parts == 0, 0.0, np.copysign(np.inf, parts))
    return np.divide(parts, wholes, out=found, where=wholes != 0)


def subtract(left: Floats, right: Floats) -> Floats:
    """Return left - right; equal infinities differ by 0."""
    return np.subtract(left, right, out=np.zeros(np.shape(left)), where=left != right)


def class_imbalance(counts: Floats) -> Floats:
    """Return CI = (n_a - n_d) / (n_a + n_d)."""
    sizes = counts.sum((-3, -2, -1))
    return (sizes[..., _A] - sizes[..., _D]) / sizes.sum(-1)


def label_difference(counts: Floats) -> Floats:
    """Return DPL = q_a - q_d, the difference of the shares of positive labels."""
    shares = _label_shares(counts)[..., 1]
    return shares[..., _A] - shares[..., _D]


def kullback_leibler(counts: Floats) -> Floats:
    """Return KL = sum P_a log(P_a / P_d) over the label values that both facets have; natural logarithm."""
    a, d, both = _aligned(counts)
    return (a * np.log(np.divide(a, d, out=np.ones_like(a), where=both))).sum(-1)


def jensen_shannon(counts: Floats) -> Floats:
    """Return JS = (KL(P_a, P) + KL(P_d, P)) / 2 with P = (P_a + P_d) / 2; natural logarithm."""
    a, d, both = _aligned(counts)
    middle = (a + d) / 2
    parts = [x * np.log(np.divide(x, middle, out=np.ones_like(x), where=both)) for x in (a, d)]
    return 0.5 * (parts[0] + parts[1]).sum(-1)


def euclidean(counts: Floats) -> Floats:
    """Return LP = sqrt(sum (P_a - P_d)^2)."""
    a, d, _ = _aligned(counts)
    return np.sqrt(((a - d) ** 2).sum(-1))


def total_variation(counts: Floats) -> Floats:
    """Return TVD = sum |P_a - P_d| / 2."""
    a, d, _ = _aligned(counts)
    return 0.5 * np.abs(a - d).sum(-1)


def kolmogorov_smirnov(counts: Floats) -> Floats:
    """Return KS = max |P_a - P_d|."""
    a, d, _ = _aligned(counts)
    return np.abs(a - d).max(-1)


def label_disparity(counts: Floats) -> Floats:
    """Return CDDL: the mean over groups, weighted by their size, of the disparity of rejected and accepted labels."""
    return _disparity(counts.sum(-2))


def predicted_disparity(counts: Floats) -> Floats:
    """Return CDDPL: as CDDL, for predicted labels."""
    return _disparity(counts.sum(-3))


def predicted_difference(counts: Floats) -> Floats:
    """Return DPPL = q'_a - q'_d, the difference of the shares of positive predictions."""
    shares = _predicted_shares(counts)
    return shares[..., _A] - shares[..., _D]


def disparate_impact(counts: Floats) -> Floats:
    """Return DI = q'_d / q'_a, the ratio of the shares of positive predictions."""
    shares = _predicted_shares(counts)
    return divide(shares[..., _D], shares[..., _A])


def conditional_acceptance(counts: Floats) -> Floats:
    """Return DCA = c_a - c_d with c = positive labels / positive predictions."""
    cells = counts.sum(-1)
    rates = divide(cells[..., 1, :].sum(-1), cells[..., 1].sum(-1))
    return subtract(rates[..., _A], rates[..., _D])


def conditional_rejection(counts: Floats) -> Floats:
    """Return DCR = r_d - r_a with r = negative labels / negative predictions."""
    cells = counts.sum(-1)
    rates = divide(cells[..., 0, :].sum(-1), cells[..., 0].sum(-1))
    return subtract(rates[..., _D], rates[..., _A])


def recall_difference(counts: Floats) -> Floats:
    """Return RD = recall_a - recall_d."""
    cells = counts.sum(-1)
    rates = divide(cells[..., 1, 1], cells[..., 1, :].sum(-1))
    return subtract(rates[..., _A], rates[..., _D])


def specificity_difference(counts: Floats) -> Floats:
    """Return SD = specificity_d - specificity_a, with specificity = true negatives / negative labels."""
    cells = counts.sum(-1)
    rates = divide(cells[..., 0, 0], cells[..., 0, :].sum(-1))
    return subtract(rates[..., _D], rates[..., _A])


def acceptance_difference(counts: Floats) -> Floats:
    """Return DAR = precision_a - precision_d."""
    cells = counts.sum(-1)
    rates = divide(cells[..., 1, 1], cells[..., 1].sum(-1))
    return subtract(rates[..., _A], rates[..., _D])


def rejection_difference(counts: Floats) -> Floats:
    """Return DRR = r_d - r_a with r = true negatives / negative predictions."""
    cells = counts.sum(-1)
    rates = divide(cells[..., 0, 0], cells[..., 0].sum(-1))
    return subtract(rates[..., _D], rates[..., _A])


def accuracy_difference(counts: Floats) -> Floats:
    """Return AD = accuracy_a - accuracy_d."""
    cells = counts.sum(-1)
    rates = divide(cells[..., 0, 0] + cells[..., 1, 1], cells.sum((-2, -1)))
    return subtract(rates[..., _A], rates[..., _D])


def treatment_equality(counts: Floats) -> Floats:
    """Return TE = t_d - t_a with t = false negatives / false positives."""
    cells = counts.sum(-1)
    rates = divide(cells[..., 1, 0], cells[..., 0, 1])
    return subtract(rates[..., _D], rates[..., _A])


def generalized_entropy(counts: Floats) -> Floats:
    """Return GE = sum ((b / mean b)^2 - 1) / (2 n) with the benefit b = prediction - label + 1 (Speicher et al. 2018, alpha 2)."""
    cells = counts.sum((-4, -1))
    total = cells.sum((-2, -1))
    right, over = cells[..., 0, 0] + cells[..., 1, 1], cells[..., 0, 1]
    mean = (right + 2 * over) / total
    return (divide(right + 4 * over, mean * mean) - total) / (2 * total)


def _label_shares(counts: Floats) -> Floats:
    cells = counts.sum((-2, -1))
    return divide(cells, cells.sum(-1, keepdims=True))


def _predicted_shares(counts: Floats) -> Floats:
    cells = counts.sum((-3, -1))
    return divide(cells[..., 1], cells.sum(-1))


def _aligned(counts: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return the shares of label values in both facets. Clarify leaves out the values that one of the facets does not have."""
    shares = _label_shares(counts)
    a, d = shares[..., _A, :], shares[..., _D, :]
    both = (a > 0) & (d > 0)
    return np.where(both, a, 0.0), np.where(both, d, 0.0), both


def _disparity(cells: Floats) -> Floats:
    """Return the conditional demographic disparity of cells with the axes (..., facet, outcome, group)."""
    shares = divide(cells[..., _D, :, :], cells.sum(-3))
    sizes = cells.sum((-3, -2))
    return divide((sizes * (shares[..., 0, :] - shares[..., 1, :])).sum(-1), sizes.sum(-1))


def _both_facets(counts: Floats) -> str | None:
    sizes = counts.sum((-3, -2, -1))
    if not sizes[_D]:
        return "Facet set is empty"
    return None if sizes[_A] else "Negated Facet set is empty"


def _common_label(counts: Floats) -> str | None:
    if bool(_aligned(counts)[2].any()):
        return None
    return "No instance of common facet found, dataset may be too small"


def _both_outcomes(axis: int) -> Callable[[Floats], str | None]:
    def problem(counts: Floats) -> str | None:
        outcomes = counts.sum(tuple({-4, -3, -2, -1} - {axis}))
        if not outcomes[1]:
            return "No positive labels in set"
        return None if outcomes[0] else "No negative labels in set"

    return problem


def _some_benefit(counts: Floats) -> str | None:
    cells = counts.sum((-4, -1))
    if cells.sum() - cells[1, 0]:
        return None
    return "All predicted labels are false negatives. At least one prediction must be another one."


PRE_TRAINING: Final = (
    BiasFormula("CDDL", "Conditional Demographic Disparity in Labels (CDDL)", label_disparity, _both_outcomes(-3)),
    BiasFormula("CI", "Class Imbalance (CI)", class_imbalance, _both_facets),
    BiasFormula("DPL", "Difference in Positive Proportions in Labels (DPL)", label_difference, _both_facets),
    BiasFormula("JS", "Jensen-Shannon Divergence (JS)", jensen_shannon, _common_label),
    BiasFormula("KL", "Kullback-Liebler Divergence (KL)", kullback_leibler, _common_label),
    BiasFormula("KS", "Kolmogorov-Smirnov Distance (KS)", kolmogorov_smirnov, _common_label),
    BiasFormula("LP", "L-p Norm (LP)", euclidean, _common_label),
    BiasFormula("TVD", "Total Variation Distance (TVD)", total_variation, _common_label),
)
POST_TRAINING: Final = (
    BiasFormula("AD", "Accuracy Difference (AD)", accuracy_difference, _both_facets),
    BiasFormula(
        "CDDPL",
        "Conditional Demographic Disparity in Predicted Labels (CDDPL)",
        predicted_disparity,
        _both_outcomes(-2),
    ),
    BiasFormula("DAR", "Difference in Acceptance Rates (DAR)", acceptance_difference, _both_facets),
    BiasFormula("DCA", "Difference in Conditional Acceptance (DCA)", conditional_acceptance, _both_facets),
    BiasFormula("DCR", "Difference in Conditional Rejection (DCR)", conditional_rejection, _both_facets),
    BiasFormula("DI", "Disparate Impact (DI)", disparate_impact, _both_facets),
    BiasFormula(
        "DPPL", "Difference in Positive Proportions in Predicted Labels (DPPL)", predicted_difference, _both_facets
    ),
    BiasFormula("DRR", "Difference in Rejection Rates (DRR)", rejection_difference, _both_facets),
    BiasFormula("GE", "Generalized Entropy (GE)", generalized_entropy, _some_benefit),
    BiasFormula("RD", "Recall Difference (RD)", recall_difference, _both_facets),
    BiasFormula("SD", "Specificity Difference (SD)", specificity_difference, _both_facets),
    BiasFormula("TE", "Treatment Equality (TE)", treatment_equality, _both_facets),
)
CONDITIONAL: Final = ("CDDL", "CDDPL")
"""The metrics that need a group variable."""
