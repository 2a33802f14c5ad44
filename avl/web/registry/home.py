"""The first screen, and finding the person."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.domain.booking import normal_reference
from avl.domain.errors import InvalidInput, NotFound
from avl.domain.local_time import day_interval, local_day
from avl.queries.booking_form import find_counsel
from avl.queries.booking_page import booking_page
from avl.queries.interpreters import interpreters_to_settle
from avl.queries.lists import desk_of, my_courts
from avl.queries.people import Found, search_people
from avl.queries.waitlist_pages import desk_of_waitlist
from avl.queries.worklist import count_open
from avl.web.dates import DEFAULT_ZONE
from avl.web.guards import actor
from avl.web.registry import bp
from avl.web.registry.words import SMS_WORDS
from avl.web.searching import search_text


@bp.get("")
def home() -> ResponseReturnValue:
    """What needs me now?"""
    now = clock.now()
    courts = my_courts(actor())
    zone = courts[0].zone if courts else DEFAULT_ZONE
    today = day_interval(local_day(now, zone), zone)
    return render_template(
        "registry/home.html",
        courts=courts,
        desk=desk_of(actor(), today, now=now),
        disrupted=count_open(actor()),
        waits=desk_of_waitlist(actor()),
        interpreters=interpreters_to_settle(actor(), now=now, due_by=local_day(now, zone)),
        now=now,
        zone=zone,
        sms_words=SMS_WORDS,
    )


@bp.get("/requests")
def unanswered() -> ResponseReturnValue:
    """Every request that a prison has still to answer."""
    now = clock.now()
    courts = my_courts(actor())
    zone = courts[0].zone if courts else DEFAULT_ZONE
    today = day_interval(local_day(now, zone), zone)
    rows = desk_of(actor(), today, now=now).waiting
    return render_template(
        "registry/unanswered.html", rows=rows, now=now, several_courts=len(courts) > 1
    )


@bp.get("/book")
def find() -> ResponseReturnValue:
    """Find the person or the matter."""
    typed = search_text()
    if reference := _reference_in(typed):
        return redirect(url_for(".show", reference=reference))
    found = search_people(actor(), typed, now=clock.now()) if typed else Found((), has_more=False)
    return render_template("registry/find.html", q=typed, found=found)


@bp.get("/counsel")
def counsel_names() -> ResponseReturnValue:
    """Names for the counsel field while it is typed (an htmx fragment)."""
    field = next((name for name in request.args if name.startswith("counsel")), "counsel")
    typed = search_text(field)
    return render_template("registry/counsel_names.html", names=find_counsel(typed))


def _reference_in(typed: str) -> str | None:
    """A booking reference typed into the search box leads to its booking, if it is mine."""
    try:
        reference = normal_reference(typed)
        booking_page(actor(), reference)
    except (InvalidInput, NotFound):
        return None
    return reference
