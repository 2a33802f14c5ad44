"""Interpreters: the list of those to ask for or confirm, and one booking's own page."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.interpreters import LONGEST_NOTE, set_interpreter
from avl.domain.booking import Action
from avl.domain.errors import ActionNotAllowed, InvalidInput, StaleVersion
from avl.domain.interpreters import InterpreterState
from avl.domain.local_time import local_day
from avl.domain.spoken import say_all
from avl.queries.booking_page import BookingPage, booking_page
from avl.queries.interpreters import interpreters_to_settle
from avl.queries.lists import my_courts
from avl.web.dates import DEFAULT_ZONE
from avl.web.guards import actor
from avl.web.registry import bp
from avl.web.registry.words import INTERPRETER_WORDS


@bp.get("/interpreters")
def interpreters() -> ResponseReturnValue:
    """Every interpreter still to be asked for or confirmed, the soonest due first."""
    now = clock.now()
    courts = my_courts(actor())
    zone = courts[0].zone if courts else DEFAULT_ZONE
    return render_template(
        "registry/interpreters.html",
        rows=interpreters_to_settle(actor(), now=now),
        today=local_day(now, zone),
        words=INTERPRETER_WORDS,
        several_courts=len(courts) > 1,
        at=say_all(court.short_name for court in courts),
    )


@bp.get("/bookings/<reference>/interpreter")
def ask_interpreter(reference: str) -> ResponseReturnValue:
    """What is to be interpreted, and how far that has got."""
    page = _amendable(reference)
    typed = {
        "language": page.interpreter_language,
        "state": page.interpreter_state.value,
        "note": page.interpreter_note,
    }
    return _render(page, typed)


@bp.post("/bookings/<reference>/interpreter")
def interpreter(reference: str) -> ResponseReturnValue:
    """Write it down; from the list (``next``) the officer goes back to the list."""
    page = _amendable(reference)
    typed = {name: request.form.get(name, "").strip() for name in ("language", "state", "note")}
    try:
        booking = set_interpreter(
            page.reference,
            _state(typed["state"]),
            by=actor(),
            language=typed["language"] if "language" in request.form else None,
            note=typed["note"] if "note" in request.form else None,
            version=request.form.get("version", type=int),
        )
    except InvalidInput as error:
        return _render(page, typed, {error.field: error.message}), 422
    except StaleVersion as error:
        page = booking_page(actor(), reference)
        return _render(page, typed, {"state": error.message}), 409
    words = INTERPRETER_WORDS[booking.interpreter_state]
    flash(f"{booking.reference}: {words[0].lower()}{words[1:]}.")
    if request.form.get("next") == "list":
        return redirect(url_for(".interpreters"), 303)
    return redirect(url_for(".show", reference=booking.reference), 303)


def _amendable(reference: str) -> BookingPage:
    page = booking_page(actor(), reference)
    if Action.AMEND not in page.may_do:
        raise ActionNotAllowed(f"Booking {page.reference} can no longer be amended.")
    return page


def _state(typed: str) -> InterpreterState:
    try:
        return InterpreterState(typed)
    except ValueError:
        raise InvalidInput("state", "Choose how far it has got.") from None


def _render(page: BookingPage, typed: dict[str, str], errors: dict[str, str] | None = None) -> str:
    return render_template(
        "registry/interpreter.html",
        page=page,
        typed=typed,
        errors=errors or {},
        words=INTERPRETER_WORDS,
        longest=LONGEST_NOTE,
    )
