"""The Jinja macros draw what the installed GOV.UK Frontend says they must.

When the npm package and the Python macros drift apart, this says which component, before a person
meets a form without its error message.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask, flash, render_template_string
from jinja2 import Environment, PackageLoader, PrefixLoader

from avl.config import ROOT
from avl.web.frame import unbroken

COMPONENTS = ROOT / "node_modules" / "govuk-frontend" / "dist" / "govuk" / "components"


class Tokens(HTMLParser):
    """HTML as browsers see it: order of attributes and white space between words do not count."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, Any]] = []
        self._text: list[str] = []
        self.feed(html)
        self.close()
        self._end_text()

    def _end_text(self) -> None:
        if words := " ".join("".join(self._text).split()):
            self.found.append(("text", words))
        self._text.clear()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._end_text()
        # An attribute without a value and one with an empty value are the same attribute.
        values = sorted((name, " ".join((value or "").split())) for name, value in attrs)
        self.found.append((tag, values))

    def handle_endtag(self, tag: str) -> None:
        self._end_text()
        self.found.append(("/" + tag, None))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        self._text.append(data)


def fixtures() -> list[tuple[str, dict[str, Any]]]:
    return [
        (path.parent.name, fixture)
        for path in sorted(COMPONENTS.glob("*/fixtures.json"))
        for fixture in json.loads(path.read_text())["fixtures"]
    ]


@pytest.fixture(scope="module")
def environment() -> Environment:
    macros = PackageLoader("govuk_frontend_jinja")
    return Environment(loader=PrefixLoader({"govuk_frontend_jinja": macros}), autoescape=True)


def test_every_fixture_of_the_installed_package_is_drawn_as_told(environment):
    wrong = [
        f"{component}: {fixture['name']}"
        for component, fixture in fixtures()
        if Tokens(draw(environment, component, fixture["options"])).found
        != Tokens(fixture["html"]).found
    ]

    assert wrong == []


def test_the_fixtures_are_there_to_be_compared():
    assert len(fixtures()) == 657


def draw(environment: Environment, component: str, options: dict[str, Any]) -> str:
    macro = "govuk" + component.replace("-", " ").title().replace(" ", "")
    return environment.from_string(
        f"{{% from 'govuk_frontend_jinja/components/{component}/macro.html' import {macro} %}}"
        f"{{{{ {macro}(options) }}}}"
    ).render(options=options)


def test_a_fieldset_is_no_form_group() -> None:
    """A fieldset takes away the margin and the mark of an error that the group would give it."""
    for path in (ROOT / "templates").rglob("*.html"):
        for tag in re.findall(r"<fieldset[^>]*>", path.read_text()):
            assert "govuk-form-group" not in tag, path


def test_a_heading_keeps_its_references_on_one_line() -> None:
    """On a phone a reference in a heading would break at its hyphen."""
    for path in (ROOT / "templates").rglob("*.html"):
        for heading in re.findall(r"<h[1-6].*?</h[1-6]>", path.read_text(), re.S):
            assert not re.search(r"{{ [\w.]*(reference|moving|other) }}", heading), path
    assert unbroken("Swap AVL-7K3F9C & all") == (
        'Swap <span class="avl-nowrap">AVL-7K3F9C</span> &amp; all'
    )


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Booked as AVL-7K3F9C.", 'Booked as <span class="avl-nowrap">AVL-7K3F9C</span>.'),
        ("to 10:15 am.", 'to <span class="avl-nowrap">10:15 am</span>.'),
        ("Courtroom 12, <b>", '<span class="avl-nowrap">Courtroom 12</span>, &lt;b&gt;'),
        ("10 am, a suite", "10 am, a suite"),
    ],
)
def test_what_is_read_as_one_stays_on_one_line(text: str, drawn: str) -> None:
    assert unbroken(text) == drawn


def test_what_was_done_keeps_its_reference_on_one_line(app: Flask) -> None:
    with app.test_request_context():
        flash("Booked & confirmed: AVL-7K3F9C.")
        page = render_template_string(
            '{% from "components/flash.html" import flash_messages with context %}'
            "{{ flash_messages() }}"
        )

    assert 'Booked &amp; confirmed: <span class="avl-nowrap">AVL-7K3F9C</span>.' in page
