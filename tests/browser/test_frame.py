"""What every page shares: its frame, its notices, its errors."""

from __future__ import annotations

import pytest
from flask import Blueprint, abort, flash, render_template_string

from avl.web.guards import everybody

pytestmark = pytest.mark.own_app

PAGE = """
{% extends "base.html" %}
{% from "components/day.html" import day_grid %}
{% from "components/state.html" import state %}
{% from "components/empty.html" import empty %}
{% from "components/print.html" import print_button %}
{% set breadcrumbs = [{"text": "Today", "href": "/"}, {"text": "Frame"}] %}
{% block page_title %}Frame{% endblock %}
{% block content %}
  <h1 class="govuk-heading-l">Frame</h1>
  {{ print_button() }}
  <input type="search" aria-label="Search" class="govuk-input">
  {% for name in states %}{{ state(name) }} {% endfor %}
  {{ empty("Nothing is booked.", "Book an AVL", "/") }}
  {{ day_grid("Suites today", 8, 9, columns) }}
{% endblock %}
"""
STATES = [
    "held",
    "requested",
    "confirmed",
    "connected",
    "completed",
    "stood_down",
    "declined",
    "lapsed",
    "cancelled",
    "new",
    "changed",
    "warning",
    "problem",
    "waiting",
    "sent",
    "delivered",
    "failed",
    "doubt",
]
COLUMNS = [
    {
        "name": f"Suite {number}",
        "slots": [
            {"start": 12, "span": 3, "classes": "pre_conference", "title": "Conference"},
            {"start": 15, "span": 6, "classes": "confirmed", "href": "/", "title": "AVL-7K3F9C"},
            {"start": 21, "span": 2, "classes": "turnaround", "title": "Turnaround"},
        ],
    }
    for number in (1, 2)
]


@pytest.fixture
def app(app):
    """The application with two pages more, that show the frame and nothing else."""

    def frame():
        flash("Booking AVL-7K3F9C is confirmed.")
        flash("Suite 3 is out of order.", "warning")
        return render_template_string(PAGE, states=STATES, columns=COLUMNS)

    bp = Blueprint("house", __name__, url_prefix="/house")
    everybody(bp, "Made by a test.")
    bp.add_url_rule("/frame", view_func=frame)
    bp.add_url_rule("/error/<int:code>", "error", abort)
    app.register_blueprint(bp)
    return app


def test_frame_is_accessible_and_quiet(page, assert_accessible):
    page.goto("/house/frame")

    assert page.title() == "Frame – Court AVL scheduler"
    assert_accessible(page)


def test_frame_on_a_phone_has_no_sideways_scrolling(page, assert_accessible):
    page.set_viewport_size({"width": 360, "height": 740})

    page.goto("/house/frame")

    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide == 0
    assert_accessible(page)


def test_day_grid_places_slots_by_their_classes(page):
    page.goto("/house/frame")

    boxes = [slot.bounding_box() for slot in page.locator(".avl-slot").all()[:3]]

    # One cell is 5 minutes and 9 pixels; one pixel keeps neighbours apart.
    assert [round(box["height"] + 1) for box in boxes] == [27, 54, 18]
    assert round(boxes[1]["y"] - boxes[0]["y"]) == 27
    assert round(boxes[2]["y"] - boxes[1]["y"]) == 54


def test_slash_goes_to_the_search_box(page):
    page.goto("/house/frame")

    page.keyboard.press("/")

    assert page.evaluate("document.activeElement.type") == "search"


def test_slash_does_nothing_when_shortcuts_are_off(page):
    page.goto("/house/frame")
    page.evaluate("localStorage.setItem('avl-shortcuts-off', 'yes')")

    page.keyboard.press("/")

    assert page.evaluate("document.activeElement.type") != "search"


@pytest.mark.parametrize("code", [403, 404, 409, 422, 503])
def test_error_page_is_accessible_and_in_plain_words(code, page, assert_accessible):
    answer = page.goto(f"/house/error/{code}")

    assert answer.status == code
    assert page.locator("h1").count() == 1
    assert_accessible(page)


def test_frame_works_without_javascript(plain_page):
    plain_page.goto("/house/frame")

    assert plain_page.get_by_role("alert").count() == 2
    assert plain_page.get_by_role("button", name="Print").count() == 0


def test_accessibility_statement_turns_the_shortcut_off(page, assert_accessible):
    page.goto("/accessibility")

    page.get_by_role("button", name="Turn keyboard shortcuts off").click()

    assert page.get_by_role("button", name="Turn keyboard shortcuts on").is_visible()
    assert_accessible(page)
