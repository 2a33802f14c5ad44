"""Another prison: which of them would have room at the time that is refused, and whom to ask.

Nothing is booked from here. Where a person is held is decided by the prisons; once a transfer is
recorded, times at the new prison are offered like all others.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.forms import save_form
from avl.domain.clash_ways import transfers_for
from avl.domain.elsewhere import Elsewhere, say_far
from avl.domain.errors import InvalidInput
from avl.queries.booking_form import FormFacts
from avl.queries.booking_page import booking_and_form
from avl.queries.elsewhere import prisons_with_room
from avl.queries.kept_forms import find_form
from avl.web.guards import actor
from avl.web.registry import bp
from avl.web.registry.move import facts_to_move, movable, typed_to_move
from avl.web.registry.seeking import Read, facts_for, fill_usual, read_form, wish_from
from avl.web.registry.typed import Typed
from avl.web.registry.ways import transfer_lines, whereabouts


@bp.post("/book/form/prisons")
def to_prisons() -> ResponseReturnValue:
    """Keep what the booking form says, and look at other prisons."""
    key = request.form.get("key", "")[:43] or secrets.token_urlsafe(16)
    save_form(key, Typed.from_form(request.form).to_keep(), by=actor())
    return redirect(url_for(".prisons", key=key), 303)


@bp.get("/book/prisons")
def prisons() -> ResponseReturnValue:
    """Prisons with a suite free at the time a new booking cannot have."""
    key = request.args.get("key", "")
    kept = find_form(actor(), key)
    if kept is None:
        flash("Find the person first: a prison is looked for as part of a booking.", "warning")
        return redirect(url_for(".find"))
    typed = Typed.from_kept(kept.typed)
    facts = facts_for(actor(), typed, now=clock.now())
    form = url_for(".form", key=key, _anchor="times")
    return _show(typed, facts, form=form, ignoring=kept.held.id if kept.held else None)


@bp.post("/bookings/<reference>/move/prisons")
def to_prisons_for_move(reference: str) -> ResponseReturnValue:
    """Keep what the form for a move says, and look at other prisons."""
    booking = movable(reference)
    key = request.form.get("key", "")[:43] or secrets.token_urlsafe(16)
    save_form(key, typed_to_move(booking).to_keep(), by=actor())
    return redirect(url_for(".prisons_for_move", reference=booking.reference, key=key), 303)


@bp.get("/bookings/<reference>/move/prisons")
def prisons_for_move(reference: str) -> ResponseReturnValue:
    """Prisons with a suite free at the time a booking cannot be moved to."""
    key = request.args.get("key", "")
    booking, kept = booking_and_form(actor(), reference, key)
    form = url_for(".move", reference=booking.reference, key=key or None, _anchor="times")
    if kept is None:
        return redirect(form)
    return _show(Typed.from_kept(kept), facts_to_move(booking), form=form, ignoring=booking.id)


@bp.post("/book/form/prisons/near")
def prisons_near() -> ResponseReturnValue:
    """The prisons to ask about, in the page of a form that was refused (an htmx fragment)."""
    typed = Typed.from_form(request.form)
    kept = find_form(actor(), request.form.get("key", ""))
    facts = facts_for(actor(), typed, now=clock.now())
    return _show_near(typed, facts, ignoring=kept.held.id if kept and kept.held else None)


@bp.post("/bookings/<reference>/move/prisons/near")
def prisons_near_move(reference: str) -> ResponseReturnValue:
    """The same in the page of a move that was refused (an htmx fragment)."""
    booking = movable(reference)
    return _show_near(typed_to_move(booking), facts_to_move(booking), ignoring=booking.id)


def _show_near(typed: Typed, facts: FormFacts, *, ignoring: int | None) -> ResponseReturnValue:
    """Fill the lines about transfers in; what was typed meanwhile and makes no sense says so
    beside its field."""
    now = clock.now()
    fill_usual(typed, facts)
    read = read_form(typed, facts, now=now)
    if read.errors or not read.is_exact:
        return "", 204
    try:
        found = _look(read, now=now, ignoring=ignoring)
    except InvalidInput:
        return "", 204
    ways = transfers_for([whereabouts(party) for party in read.people], found)
    return render_template("registry/prisons_near.html", lines=transfer_lines(ways))


def _look(read: Read, *, now: datetime, ignoring: int | None) -> tuple[Elsewhere, ...]:
    """Look for prisons with room at the time wanted.

    Raises:
        InvalidInput: the time wanted makes no wish.
    """
    wish = wish_from(read, now=now, ignoring=ignoring)
    names = {party.resource_id: party.name for party in read.people}
    return prisons_with_room(actor(), wish, names=names, now=now)


def _show(
    typed: Typed, facts: FormFacts, *, form: str, ignoring: int | None
) -> ResponseReturnValue:
    now = clock.now()
    read = read_form(typed, facts, now=now)
    if read.errors or not read.is_exact:
        flash("Enter the date and the time you need, then look at other prisons.", "warning")
        return redirect(form)
    try:
        found = _look(read, now=now, ignoring=ignoring)
    except InvalidInput as error:
        flash(error.message, "warning")
        return redirect(form)
    return render_template(
        "registry/prisons.html", found=found, read=read, form=form, say_far=say_far
    )
