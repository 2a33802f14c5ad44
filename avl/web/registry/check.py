"""The last page before a booking: everything to check, with the time kept for ten minutes."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.bookings import release_hold, request_held
from avl.commands.waitlist_steps import KEPT_FOR_WAITLIST, KEPT_TO_MOVE
from avl.domain.booking import Status
from avl.domain.errors import ActionNotAllowed, InvalidInput, ResourceClash
from avl.domain.local_time import say_day, say_time
from avl.domain.spoken import say_all
from avl.queries.booking_page import (
    BookingPage,
    booking_page,
    counsel_elsewhere,
    interpreter_warning,
)
from avl.web.guards import actor
from avl.web.registry import bp
from avl.web.registry.sentences import judge_sentence
from avl.web.registry.typed import REASON_LENGTH, within_length
from avl.web.registry.words import INTERPRETER_WORDS

NEEDS_REASON = "Give a reason to book it all the same."


@bp.get("/bookings/<reference>/check")
def check(reference: str) -> ResponseReturnValue:
    """What is about to be booked."""
    page = booking_page(actor(), reference)
    if page.status is not Status.HELD:
        return _not_kept(page)
    if (page.form_key or "").startswith(KEPT_TO_MOVE):
        # It is not booked but moved to, and that is done where it is waited for.
        return redirect(_form_of(page))
    return _render(page)


@bp.post("/bookings/<reference>/check")
def book(reference: str) -> ResponseReturnValue:
    """Book what is kept. Pressing twice books once."""
    reason = request.form.get("warning_reason", "").strip()
    try:
        booking = request_held(
            reference,
            by=actor(),
            version=request.form.get("version", type=int),
            warning_reason=within_length(reason, "warning_reason", "The reason", REASON_LENGTH),
        )
    except InvalidInput as error:
        page = booking_page(actor(), reference)
        # The warnings themselves stand on the page, above the field.
        message = NEEDS_REASON if not reason else error.message
        return _render(page, {error.field or "warning_reason": message}, reason), 422
    except (ActionNotAllowed, ResourceClash) as error:
        page = booking_page(actor(), reference)
        kept = "It waits again." if waited_for(page) is not None else "What you typed is kept."
        flash(f"{error.message} {kept}", "warning")
        return redirect(_form_of(page), 303)
    _say_booked(booking_page(actor(), booking.reference))
    return redirect(url_for(".show", reference=booking.reference), 303)


@bp.post("/bookings/<reference>/give-back")
def give_back(reference: str) -> ResponseReturnValue:
    """Give the kept time back and go on with the form."""
    page = booking_page(actor(), reference)
    release_hold(reference, by=actor())
    if waited_for(page) is not None:
        flash("The time is given back, and goes to the next who waits for it.")
    else:
        flash("The time is given back. What you typed is still here.")
    return redirect(_form_of(page), 303)


def _not_kept(page: BookingPage) -> ResponseReturnValue:
    if page.status in (Status.LAPSED, Status.CANCELLED) and page.form_key:
        again = "Choose one again; what you typed is here."
        if waited_for(page) is not None:
            again = "It is offered to the next who waits for it, if there is one."
        flash(f"This time is no longer kept. {again}", "warning")
        return redirect(_form_of(page), 303)
    return redirect(url_for(".show", reference=page.reference), 303)


def _form_of(page: BookingPage) -> str:
    if (entry_id := waited_for(page)) is not None:
        return url_for("waiting.show", entry_id=entry_id)
    if page.form_key:
        return url_for(".form", key=page.form_key)
    return url_for(".form", person=page.people[0].person_id, matter=page.people[0].matter_id)


def waited_for(page: BookingPage) -> int | None:
    """The waitlist entry a time is kept for, if it is kept for one."""
    key = page.form_key or ""
    number = key.removeprefix(KEPT_FOR_WAITLIST).removeprefix(KEPT_TO_MOVE)
    return int(number) if key != number and number.isdecimal() else None


def _say_booked(page: BookingPage) -> None:
    if page.status is Status.CONFIRMED:
        flash(f"Booked and confirmed: {page.reference}.")
        return
    sites = list(dict.fromkeys(p.site for p in page.people if p.agreed_at is None))
    until = ""
    if page.expires_at is not None:
        at = page.expires_at
        until = f" until {say_time(at, page.zone)} on {say_day(at, page.zone)}"
    has = "has" if len(sites) == 1 else "have"
    flash(f"Booked as {page.reference}. {say_all(sites)} {has}{until} to confirm it.")


def _render(page: BookingPage, errors: dict[str, str] | None = None, reason: str = "") -> str:
    late = interpreter_warning(page, clock.now())
    return render_template(
        "registry/check.html",
        page=page,
        warnings=[*counsel_elsewhere(page), *([late] if late else [])],
        interpreter_words=INTERPRETER_WORDS,
        sentence=judge_sentence(page),
        errors=errors or {},
        reason=reason,
        form_href=_form_of(page),
        is_waited_for=waited_for(page) is not None,
        is_over=page.expires_at is not None and page.expires_at <= clock.now(),
    )
