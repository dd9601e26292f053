"""evidently: the preset of data drift with its defaults."""

import warnings

from evidently import Report
from evidently.presets import DataDriftPreset
from timed import run_peer


def _keep(reference):
    return lambda current: Report([DataDriftPreset()]).run(current, reference).dict()


warnings.simplefilter("ignore")
run_peer(("evidently", "pandas", "numpy", "scipy", "pyarrow", "orjson"), _keep)
