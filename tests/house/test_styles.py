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
