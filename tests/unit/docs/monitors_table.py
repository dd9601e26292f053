"""The tables of keys in docs/monitors.md, made from the types and from the explanations of their keys.

    python -m tests.unit.docs.monitors_table

writes them between the two marks in that page; a test fails while page and code differ.
"""

from kedge.monitors.spec import MonitorsDocument
from tests.unit.docs.event_table import between
from tests.unit.docs.pages import ROOT
from tests.unit.docs.policy_table import BEGIN, END, tables
from workbench.cli.monitor.keys import MONITOR_KEYS

PAGE = ROOT / "docs" / "monitors.md"
HEADINGS = {
    "MonitorsDocument": "The document",
    "DefaultsSpec": "`defaults`, and each of `monitors`",
    "MonitorSpec": "`monitors`",
    "TargetSpec": "`target`",
    "PromiseSpec": "`promise`",
    "GroundTruthSpec": "`ground_truth`",
    "ModelQualitySpec": "`model_quality`",
    "BiasSpec": "`bias`",
    "FacetSpec": "`facets`",
    "AttributionSpec": "`attribution`",
    "SparkSpec": "`spark`",
}


def page_with(page: str) -> str:
    """Return the page with these tables. Keys that a monitor shares with `defaults` stand in one table only."""
    shared = MONITOR_KEYS["DefaultsSpec"]
    whole = tables(MonitorsDocument, HEADINGS, MONITOR_KEYS)
    before, heading, own = whole.partition("### `monitors`\n")
    own, rest_heading, rest = own.partition("\n\n### `target`")
    kept = "\n".join(line for line in own.splitlines() if not line.startswith(tuple(f"| `{key}`" for key in shared)))
    return between(BEGIN, END, before + heading + kept + rest_heading + rest, page)


if __name__ == "__main__":
    PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
