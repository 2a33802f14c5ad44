"""Record a direction about a booking: how the people in it are to appear."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.directions import record_direction
from avl.commands.modes import DirectionNote
from avl.domain.booking import Action
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotAllowed
from avl.domain.local_time import local_day
from avl.domain.modes import Mode
from avl.queries.booking_page import BookingPage, booking_page
from avl.web.dates import Meant, read_date
from avl.web.guards import actor
from avl.web.registry import bp
from avl.web.registry.mode import CRITERIA
from avl.web.registry.typed import NOTES_LENGTH, within_length
from avl.web.registry.ways import say_why

FIELDS = ("mode", "role", "officer_name", "directed_on", "reason", "consent", "consent_how")


@bp.get("/bookings/<reference>/direction")
def ask_direction(reference: str) -> ResponseReturnValue:
    """Who directed what, and why?"""
    page = _open(reference)
    filled = {"directed_on": local_day(clock.now(), page.zone).isoformat()}
    if request.args.get("mode") == Mode.IN_PERSON:
        # Led here from a time that cannot be had: the reason is known already.
        filled |= {
            "mode": Mode.IN_PERSON.value,
            "reason": say_why({request.args.get("why", "")}),
        }
    return _render(page, filled)


@bp.post("/bookings/<reference>/direction")
def direct(reference: str) -> ResponseReturnValue:
    """Record it."""
    page = _open(reference)
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    try:
        record_direction(page.reference, _mode(typed), read_note(typed, page.zone), by=actor())
    except InvalidInput as error:
        return _render(page, typed, {error.field: error.message}), 422
    except NotAllowed as error:
        return _render(page, typed, {"role": error.message}), 422
    if typed["mode"] == Mode.IN_PERSON:
        flash(
            f"The direction is recorded: in person. {page.reference} is still booked by AVL;"
            " cancel it, and have the person brought to court.",
            "warning",
        )
    else:
        flash("The direction is recorded: AVL.")
    return redirect(url_for(".show", reference=page.reference), 303)


def _open(reference: str) -> BookingPage:
    page = booking_page(actor(), reference)
    if Action.AMEND not in page.may_do:
        raise ActionNotAllowed(f"Booking {page.reference} is over: no direction can change it.")
    return page


def _mode(typed: dict[str, str]) -> Mode:
    try:
        return Mode(typed["mode"])
    except ValueError:
        raise InvalidInput("mode", "Choose AVL or in person.") from None


def read_note(typed: dict[str, str], zone: str) -> DirectionNote:
    """A direction as it was typed.

    Args:
        zone: of the court, by whose calendar it is dated.

    Raises:
        InvalidInput: a part of it cannot be used.
    """
    if typed["role"] not in ("judicial_officer", "registrar"):
        raise InvalidInput("role", "Choose who directed it.")
    try:
        directed_on = read_date(typed["directed_on"], zone, Meant.PAST)
        directed_on = directed_on or local_day(clock.now(), zone)
    except InvalidInput as error:
        raise InvalidInput("directed_on", error.message) from None
    return DirectionNote(
        role=typed["role"],
        officer_name=within_length(typed["officer_name"], "officer_name", "The name", 120),
        reason=within_length(typed["reason"], "reason", "The reason", NOTES_LENGTH),
        directed_on=directed_on,
        criteria=",".join(request.form.getlist("criteria"))[:200],
        consent_given={"yes": True, "no": False}.get(typed["consent"]),
        consent_how=within_length(typed["consent_how"], "consent_how", "This", 200),
    )


def _render(page: BookingPage, typed: dict[str, str], errors: dict[str, str] | None = None) -> str:
    return render_template(
        "registry/direction.html",
        page=page,
        typed={name: typed.get(name, "") for name in FIELDS},
        weighed=request.form.getlist("criteria"),
        errors=errors or {},
        criteria=CRITERIA,
    )
