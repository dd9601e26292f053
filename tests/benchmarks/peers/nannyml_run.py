"""nannyml: KS of the number columns and chi-squared of the others, fitted before."""

import warnings

import nannyml
from timed import run_peer

_CATEGORIES = ("plan", "month", "state", "shop", "sku")


def _fit(reference):
    names = list(reference.columns)
    fitted = nannyml.UnivariateDriftCalculator(
        column_names=names,
        treat_as_categorical=list(_CATEGORIES),
        continuous_methods=["kolmogorov_smirnov"],
        categorical_methods=["chi2"],
        chunk_number=1,
    ).fit(reference)
    return fitted.calculate


warnings.simplefilter("ignore")
run_peer(("nannyml", "statsmodels", "pandas", "numpy", "scipy", "pyarrow", "orjson"), _fit)
