"""The page on which people make calendar feeds of what is theirs, and withdraw them."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from avl.commands.feeds import make_feed, withdraw_feed
from avl.domain.errors import InvalidInput
from avl.domain.local_time import say_day, say_time
from avl.queries.feeds import my_feeds, scopes_of
from avl.web.feeds import bp
from avl.web.guards import actor

_NEW = "new_feed"
HOME = "Pacific/Auckland"
"""Whoever makes a feed may have sites in both zones; this page speaks by the country's clock."""


@bp.get("/mine")
def show_feeds() -> ResponseReturnValue:
    """My calendar feeds; a new one's address is shown here once."""
    return _page(new_address=session.pop(_NEW, None))


@bp.post("/mine")
def add_feed() -> ResponseReturnValue:
    """Make a feed of one of my calendars."""
    kind, _, scope_id = request.form.get("calendar", "").partition("-")
    label = request.form.get("label", "")
    try:
        if not scope_id.isdecimal():
            raise InvalidInput("calendar", "Choose which calendar the feed is of.")
        _, token = make_feed(kind, int(scope_id), label, by=actor())
    except InvalidInput as error:
        return _page(error=error), 422
    base = current_app.extensions["avl_settings"].public_base_url.rstrip("/")
    session[_NEW] = base + url_for(".read_feed", token=token)
    return redirect(url_for(".show_feeds"))


@bp.post("/mine/<int:feed_id>/withdraw")
def end_feed(feed_id: int) -> ResponseReturnValue:
    """Withdraw one of my feeds."""
    feed = withdraw_feed(feed_id, by=actor())
    flash(f"The feed “{feed.label}” is withdrawn. Its address no longer gives any bookings.")
    return redirect(url_for(".show_feeds"))


def _page(*, new_address: str | None = None, error: InvalidInput | None = None) -> str:
    scopes = scopes_of(actor())
    return render_template(
        "feeds/mine.html",
        scopes=scopes,
        names={scope.key: scope.name for scope in scopes},
        feeds=my_feeds(actor()),
        new_address=new_address,
        error=error,
        form=request.form,
        items=[
            {
                "value": scope.key,
                "text": scope.name,
                "selected": scope.key == request.form.get("calendar"),
            }
            for scope in scopes
        ],
        say_date=lambda at: say_day(at, HOME),
        say_moment=lambda at: f"{say_day(at, HOME)}, {say_time(at, HOME)}",
    )
