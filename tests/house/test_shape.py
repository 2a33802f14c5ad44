"""Sizes, templates and locks: what a review would otherwise have to say again and again."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from avl.config import ROOT, SETTINGS

CODE = sorted((ROOT / "avl").rglob("*.py"))
BESIDE_IT = sorted(
    path
    for top in ("tests", "benchmarks", "deploy", "migrations")
    for path in (ROOT / top).rglob("*.py")
)
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_too_long_to_read_at_once():
    assert [name(path) for path in CODE + BESIDE_IT if len(lines(path)) > LONGEST_FILE] == []


def test_no_function_is_too_long_to_hold_in_mind():
    long = [
        f"{name(path)}: {node.name}"
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and length(node) > LONGEST_FUNCTION
    ]

    assert long == []


def test_every_module_says_what_it_is_for():
    silent = [
        name(path)
        for path in CODE
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_only_the_clock_asks_the_time():
    asks = re.compile(r"\b(datetime\.(now|utcnow)|date\.today|time\.time)\(")

    assert [name(p) for p in CODE if p.name != "clock.py" and asks.search(p.read_text())] == []


def test_only_one_function_says_several_things_together():
    joins = re.compile(r"""join\(["'] and ["']\)|["'] and ["']\.join\(""")

    assert [name(p) for p in CODE + TEMPLATES if joins.search(p.read_text())] == []


def test_only_the_clock_is_asked_not_copied():
    # `default=clock.now` or `from avl.clock import now` would keep the real clock for ever.
    copied = re.compile(r"from avl\.clock import|default=clock\.now")

    assert [name(path) for path in CODE if copied.search(path.read_text())] == []


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("text that is not escaped", r"\|\s*safe\b|autoescape\s+false|Markup\("),
        ("an inline style, which the content security policy refuses", r"<[^>{]*\sstyle\s*="),
        ("an inline handler, which the content security policy refuses", r"<[^>{]*\son[a-z]+\s*="),
        ("a style element without a nonce", r"<style(?![^>]*nonce)"),
        ("a script without a nonce", r"<script(?![^>]*nonce)"),
        ("somebody else's server", r"(src|href)=[\"']https?://"),
    ],
)
def test_no_template_holds(what: str, pattern: str):
    found = re.compile(pattern)

    assert [name(path) for path in TEMPLATES if found.search(path.read_text())] == []


def test_every_page_says_which_page_it_is():
    pages = [path for path in TEMPLATES if '{% extends "base.html" %}' in path.read_text()]

    untitled = [name(path) for path in pages if "block page_title" not in path.read_text()]

    assert untitled == []


def test_locks_name_no_registry():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    resolved = [path for path, package in lock["packages"].items() if "resolved" in package]
    hosts = [
        line
        for path in (ROOT / "requirements").glob("*.txt")
        for line in lines(path)
        if "://" in line and not line.lstrip().startswith("#")
    ]

    assert (resolved, hosts) == ([], [])


def test_every_locked_requirement_has_its_hash():
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        pinned = re.findall(r"^[a-z0-9].*==", text, re.MULTILINE | re.IGNORECASE)
        hashed = re.findall(r"== ?\S+ ?(?:;.*)?\\\n\s+--hash=sha256:", text)

        assert len(hashed) == len(pinned), path.name


def test_readme_lists_every_setting_as_the_code_has_it():
    readme = (ROOT / "README.md").read_text()
    table = re.search(r"<!-- settings -->\n(.*?)<!-- /settings -->", readme, re.DOTALL)
    assert table, "README.md marks its settings table with <!-- settings --> … <!-- /settings -->"

    rows = [
        tuple(cell.strip() for cell in line.strip("| ").split(" | "))
        for line in table[1].splitlines()
        if line.startswith("| `")
    ]

    expected = [(f"`{env}`", meaning) for env, _, _, meaning in SETTINGS]
    assert [(row[0], row[-1]) for row in rows] == expected


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def length(node: ast.FunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
