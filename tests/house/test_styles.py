"""Style sheets and templates say the same names: what nobody draws is not styled."""

from __future__ import annotations

import re
from pathlib import Path

from avl.config import ROOT

STYLES = sorted((ROOT / "assets").rglob("*.scss"))
SCRIPTS = sorted((ROOT / "assets").glob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CODE = sorted((ROOT / "avl").rglob("*.py"))


def text_of(paths: list[Path]) -> str:
    return "\n".join(path.read_text() for path in paths)


def test_every_class_of_the_style_sheets_is_drawn_somewhere():
    drawn = text_of(TEMPLATES + SCRIPTS + CODE)
    words = set(re.findall(r"avl-[\w-]*\w", drawn))
    # A modifier may be put together where it is drawn: `avl-state--{{ name }}`.
    stems = set(re.findall(r"(avl-[\w-]+--)(?={[{%]|\$)", drawn))

    styled = set(re.findall(r"\.(avl-[\w-]*\w)(?![\w-]*#)", text_of(STYLES)))

    assert [
        name
        for name in sorted(styled - words)
        if "--" not in name or name.partition("--")[0] + "--" not in stems
    ] == []


def test_every_macro_is_drawn_and_every_import_used():
    everything = text_of(TEMPLATES)
    idle = []
    for path in TEMPLATES:
        text = path.read_text()
        for macro in re.findall(r"{%-?\s*macro (\w+)", text):
            if len(re.findall(rf"\b{macro}\b", everything)) < 2:
                idle.append(f"{path.name}: {macro}")
        for names in re.findall(r"{%-? from .*? import (.*?)(?: with context)? -?%}", text):
            for name in re.findall(r"(\w+)(?:,|$)", names.strip()):
                if len(re.findall(rf"\b{name}\b", text)) < 2:
                    idle.append(f"{path.name}: import {name}")

    assert idle == []


def test_a_cell_that_is_a_line_of_a_card_holds_its_words_in_one_element():
    """Beside its label each piece kept on one line would else be a column of its own, on a phone
    "Tue 24 Nov 2026," beside "10:15 am" beside "to"."""
    cell = re.compile(r'<td[^>]*data-label="[^"]*"[^>]*>((?:(?!</td>).)*)</td>', re.S)
    loose = [
        f"{path.name}: {words.strip()[:60]}"
        for path in TEMPLATES
        for words in cell.findall(path.read_text())
        if "unbroken" in words and not words.lstrip().startswith("<")
    ]

    assert loose == []
