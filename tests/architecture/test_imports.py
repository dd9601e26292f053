"""Imports run inward, and the test of this rule finds a violation."""

from pathlib import Path

import pytest

from tests.architecture.arrows import forbidden_arrows, forbidden_arrows_of_monitor, imports

ROOT = Path(__file__).parents[2]


def plant(root: Path, file: str, source: str) -> list[str]:
    """Return the forbidden imports of a tree with one file, as text."""
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return [str(arrow) for arrow in forbidden_arrows(root / "layer", root / "functions")]


def test_every_import_of_the_monitor_runs_inward_and_none_is_of_kedge_or_of_aws():
    assert [str(arrow) for arrow in forbidden_arrows_of_monitor(ROOT / "layers" / "monitor")] == []


def test_an_import_of_kedge_in_the_monitor_is_found(tmp_path: Path):
    module = tmp_path / "kedge_monitor" / "profile" / "column.py"
    module.parent.mkdir(parents=True)
    module.write_text("from kedge.domain.run import Verdict\nimport boto3\nfrom kedge_monitor.compare import verdict\n")
    assert [arrow.line for arrow in forbidden_arrows_of_monitor(tmp_path)] == [1, 2, 3]


def test_every_import_in_the_layer_and_the_functions_runs_inward():
    assert [str(arrow) for arrow in forbidden_arrows(ROOT / "layers" / "kedge", ROOT / "functions")] == []


def test_the_package_itself_imports_nothing():
    init = (ROOT / "layers" / "kedge" / "kedge" / "__init__.py").read_text(encoding="utf-8")
    assert list(imports(init, "kedge", package=True)) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        pytest.param("layer/kedge/domain/run.py", "import boto3", id="the domain knows no AWS"),
        pytest.param("layer/kedge/domain/run.py", "from kedge.adapters import table", id="the domain knows no adapter"),
        pytest.param(
            "layer/kedge/decide/pipeline.py", "from ..adapters.table import Table", id="a relative import is seen"
        ),
        pytest.param("layer/kedge/decide/pipeline.py", "from .. import adapters", id="a bare relative import is seen"),
        pytest.param(
            "layer/kedge/policy/__init__.py", "from ..adapters import x", id="a package's own relative import is seen"
        ),
        pytest.param(
            "layer/kedge/decide/pipeline.py", "from kedge import adapters", id="a part imported by its package is seen"
        ),
        pytest.param(
            "layer/kedge/decide/pipeline.py",
            "import kedge.adapters.dynamodb.table as t",
            id="an import with another name is seen",
        ),
        pytest.param(
            "layer/kedge/decide/pipeline.py",
            "def f():\n    import kedge.adapters",
            id="an import in a function is seen",
        ),
        pytest.param(
            "layer/kedge/decide/pipeline.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from kedge.adapters import x",
            id="an import for types is seen",
        ),
        pytest.param(
            "layer/kedge/decide/pipeline.py",
            "import importlib\nimportlib.import_module('kedge.adapters')",
            id="an import by name is seen",
        ),
        pytest.param("layer/kedge/decide/pipeline.py", "import time", id="the policy has no clock"),
        pytest.param("layer/kedge/decide/pipeline.py", "import random", id="the policy leaves nothing to chance"),
        pytest.param("layer/kedge/domain/run.py", "import logging", id="the domain does not log"),
        pytest.param("layer/kedge/reports/read.py", "from kedge.decide import pipeline", id="a report decides nothing"),
        pytest.param("layer/kedge/intake.py", "from kedge.adapters import sagemaker", id="a use case knows no adapter"),
        pytest.param(
            "layer/kedge/adapters/dynamodb/table.py",
            "from kedge.lambdas import app",
            id="an adapter does not start the app",
        ),
        pytest.param("layer/kedge/utils.py", "import json", id="a new part needs a row in the table"),
        pytest.param("layer/kedge/lambdas.py", "import workbench.main", id="what is deployed knows no workbench"),
        pytest.param(
            "functions/intake/handler.py",
            "from kedge.services.intake import Intake",
            id="a handler knows only lambdas",
        ),
        pytest.param("functions/intake/handler.py", "import boto3", id="a handler knows no AWS"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, file: str, source: str):
    assert len(plant(tmp_path, file, source)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        (
            "layer/kedge/domain/run.py",
            "from datetime import datetime\nfrom msgspec import Struct\nfrom .target import Target",
        ),
        ("layer/kedge/decide/pipeline.py", "from ..domain.run import Run\nfrom kedge.domain import finding"),
        (
            "layer/kedge/adapters/dynamodb/table.py",
            "import boto3\nfrom kedge.ports.storage import Ledger\nfrom kedge.domain.errors import Transient",
        ),
        (
            "layer/kedge/lambdas.py",
            "import boto3\nfrom kedge.adapters import table\nfrom kedge.services.intake import Intake",
        ),
        ("functions/intake/handler.py", "from aws_lambda_powertools import Logger\nfrom kedge.lambdas import app"),
    ],
)
def test_what_the_design_draws_is_allowed(tmp_path: Path, file: str, source: str):
    assert plant(tmp_path, file, source) == []
