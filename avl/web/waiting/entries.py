"""The list of what waits, one wish, and what an officer does with it."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.waitlist import change_wait, note_seen, withdraw_wait
from avl.commands.waitlist_moves import take_better_time
from avl.domain.errors import (
    ActionNotAllowed,
    InvalidInput,
    NotAllowed,
    ResourceClash,
    StaleVersion,
)
from avl.domain.local_time import say_clock, say_when, to_local, to_utc
from avl.domain.waiting import URGENT
from avl.queries.booking_page import booking_page
from avl.queries.lists import my_courts
from avl.queries.waitlist_pages import WaitSeen, wait_seen, waitlist
from avl.web.dates import read_date, spell_date
from avl.web.guards import actor
from avl.web.registry.sentences import say_asked
from avl.web.registry.typed import REASON_LENGTH, read_time, within_length
from avl.web.waiting import bp
from avl.web.waiting.ask import END_OF_OFFICE, FIELD_OF


@bp.get("")
def show_all() -> ResponseReturnValue:
    """Everything that waits at my courts, or has ended."""
    courts = my_courts(actor())
    code = request.args.get("court", "")
    court = next((one for one in courts if one.code == code), None)
    is_open = request.args.get("state") != "ended"
    rows = waitlist(actor(), now=clock.now(), court_id=court.id if court else None, is_open=is_open)
    return render_template(
        "waiting/list.html", rows=rows, courts=courts, court=court, is_open=is_open
    )


@bp.get("/<int:entry_id>")
def show(entry_id: int) -> ResponseReturnValue:
    """One wish: what it waits for, its place in the queue, and why nothing fits."""
    return _page(wait_seen(actor(), entry_id, now=clock.now()))


@bp.post("/<int:entry_id>/change")
def change(entry_id: int) -> ResponseReturnValue:
    """Give it another deadline, or let it go ahead of others."""
    seen = wait_seen(actor(), entry_id, now=clock.now())
    names = ("deadline_date", "deadline_time", "urgent", "reason")
    typed = {name: request.form.get(name, "").strip() for name in names}
    try:
        reason = within_length(typed["reason"], "reason", "The reason", REASON_LENGTH)
        change_wait(
            entry_id,
            by=actor(),
            reason=reason,
            deadline_at=_deadline(typed, seen),
            priority=_priority(typed, seen),
            version=request.form.get("version", type=int),
        )
    except InvalidInput as error:
        name = FIELD_OF.get(error.field, error.field)
        return _page(seen, typed, {f"change_{name}": error.message}), 422
    except (StaleVersion, ActionNotAllowed) as error:
        flash(error.message, "warning")
        return redirect(url_for(".show", entry_id=entry_id), 303)
    flash("The wait is changed.")
    return redirect(url_for(".show", entry_id=entry_id), 303)


@bp.post("/<int:entry_id>/take")
def take(entry_id: int) -> ResponseReturnValue:
    """Move the booking to the better time that is kept for it. Pressing twice moves it once."""
    seen = wait_seen(actor(), entry_id, now=clock.now())
    before = booking_page(actor(), seen.moving.reference) if seen.moving else None
    reason = request.form.get("reason", "").strip()
    try:
        reason = within_length(reason, "reason", "The reason", REASON_LENGTH)
        if not reason:
            raise InvalidInput("reason", "Say why the booking is moved.")
        moved = take_better_time(
            entry_id,
            by=actor(),
            reason=reason,
            version=request.form.get("version", type=int),
            warning_reason=reason,
        )
    except InvalidInput as error:
        name = f"take_{error.field}" if error.field == "reason" else "take_reason"
        return _page(seen, {"take": reason}, {name: error.message}), 422
    except (ActionNotAllowed, NotAllowed, ResourceClash, StaleVersion) as error:
        flash(f"Nothing was moved. {error.message}", "warning")
        return redirect(url_for(".show", entry_id=entry_id), 303)
    page = booking_page(actor(), moved.reference)
    flash(
        f"{page.reference} is moved to {say_when(page.hearing, page.zone)}."
        + say_asked(before or page, page)
    )
    return redirect(url_for("registry.show", reference=page.reference), 303)


@bp.post("/<int:entry_id>/withdraw")
def withdraw(entry_id: int) -> ResponseReturnValue:
    """Wait no longer; a time kept for it is given back."""
    seen = wait_seen(actor(), entry_id, now=clock.now())
    reason = request.form.get("reason", "").strip()
    try:
        reason = within_length(reason, "reason", "The reason", REASON_LENGTH)
        withdraw_wait(entry_id, by=actor(), reason=reason)
    except InvalidInput as error:
        return _page(seen, {"withdraw": reason}, {"withdraw_reason": error.message}), 422
    flash("It waits no longer.")
    return redirect(url_for(".show_all"), 303)


@bp.post("/<int:entry_id>/seen")
def seen(entry_id: int) -> ResponseReturnValue:
    """Take a wait that ended without a booking off the first screen."""
    note_seen(entry_id, by=actor())
    return redirect(url_for("registry.home"), 303)


def _deadline(typed: dict[str, str], seen: WaitSeen) -> datetime:
    try:
        on, at = read_date(typed["deadline_date"], seen.zone), read_time(typed["deadline_time"])
    except InvalidInput as error:
        raise InvalidInput(f"deadline_{error.field}", error.message) from None
    if on is None:
        raise InvalidInput("deadline_date", "Enter a date, such as 3 Feb 2027.")
    wall = datetime.combine(on, at or END_OF_OFFICE)
    return to_utc(wall, seen.zone, 0)


def _priority(typed: dict[str, str], seen: WaitSeen) -> int:
    if typed["urgent"]:
        return URGENT
    # What was raised through the API to something in between stays as it is.
    return seen.usual_priority if seen.is_urgent else seen.priority


def _page(
    seen: WaitSeen, typed: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> str:
    wall = to_local(seen.deadline_at, seen.zone)
    usual = {
        "deadline_date": spell_date(wall.date()),
        "deadline_time": say_clock(wall.time()),
        "urgent": "yes" if seen.is_urgent else "",
    }
    return render_template(
        "waiting/show.html",
        seen=seen,
        typed=usual | (typed or {}),
        errors=errors or {},
        now=clock.now(),
    )
