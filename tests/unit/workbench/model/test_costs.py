"""The costs of a plan are those of the price list and of the page on costs."""

import re
from pathlib import Path

from tests.benchmarks.prices import PRICES
from workbench.cli.model import alarms, model_monitor, monitors

PAGE = (Path(__file__).parents[4] / "docs" / "cost.md").read_text(encoding="utf-8")


def test_an_alarm_costs_what_the_price_list_says():
    assert PRICES["cloudwatch alarms"].dollars == alarms.COST


def test_hourly_monitors_cost_what_the_page_counts():
    kedge = re.search(r"^\| \*\*together\*\* \| \*\*\$([\d.]+)\*\* \| \*\*\$[\d.]+\*\* \| \|$", PAGE, re.MULTILINE)
    other = re.search(r"^\| Model Monitor's processing jobs \| \$([\d.]+) ", PAGE, re.MULTILINE)
    assert (float(kedge[1]), float(other[1])) == (monitors._HOURLY, model_monitor._HOURLY)


def test_a_daily_schedule_costs_a_24th_of_an_hourly_one():
    assert round(model_monitor._HOURLY / 24, 2) == model_monitor._DAILY
    assert monitors._DAILY < monitors._HOURLY


def test_processors_follow_the_size_of_an_instance():
    names = ("ml.m5.large", "ml.t2.medium", "ml.m5.xlarge", "ml.c5.9xlarge", "ml.g5.48xlarge", "ml.unknown", "")
    assert [alarms.processors(name) for name in names] == [2, 2, 4, 36, 192, None, None]
