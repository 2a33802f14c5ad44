"""Counsel's first page."""

from __future__ import annotations

from itertools import groupby

from flask import render_template
from flask.typing import ResponseReturnValue

from avl import clock
from avl.domain.local_time import local_day
from avl.queries.counsel import next_appearances, telephone_of
from avl.web.counsel import bp
from avl.web.guards import actor


@bp.get("")
def home() -> ResponseReturnValue:
    """My next appearances, day by day on each court's own clock."""
    found = next_appearances(actor())
    days = groupby(found, key=lambda one: local_day(one.span.start, one.zone))
    return render_template(
        "counsel/home.html",
        days=[(on, list(own)) for on, own in days],
        count=len(found),
        telephone=telephone_of(actor()),
        now=clock.now(),
    )
