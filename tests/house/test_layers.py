"""Who may import whom: the contracts of pyproject.toml, and the purity of the rules."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from importlinter import api

from avl.config import ROOT

DOMAIN = sorted((ROOT / "avl" / "domain").rglob("*.py"))


def test_imports_keep_the_contracts(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT))

    is_kept = api.use_cases.lint_imports(config_filename="pyproject.toml", cache_dir=None)

    assert is_kept, capsys.readouterr().out


@pytest.mark.parametrize("path", DOMAIN, ids=lambda path: path.name)
def test_domain_module_imports_only_the_standard_library_and_itself(path: Path):
    allowed = sys.stdlib_module_names | {"avl.domain"}

    strangers = [
        name
        for name in imported(path)
        if name.split(".")[0] not in allowed and not f"{name}.".startswith("avl.domain.")
    ]

    assert strangers == []


@pytest.mark.parametrize("path", DOMAIN, ids=lambda path: path.name)
def test_domain_module_never_asks_the_time(path: Path):
    asks = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "utcnow", "today", "time_ns", "monotonic")
        and ast.unparse(node.value) in ("datetime", "date", "datetime.datetime", "time")
    ]

    assert asks == []


def imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: write imports in full"
            names.append(node.module or "")
    return names
