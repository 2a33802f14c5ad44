"""A booking's own page, and what is done to it: cancel, amend, print."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.changes import amend_booking, cancel_booking
from avl.domain.booking import Action, Status
from avl.domain.errors import ActionNotAllowed, DomainError, InvalidInput, StaleVersion
from avl.queries.booking_form import counsel_named
from avl.queries.booking_history import history_lines, messages_about
from avl.queries.booking_page import (
    BookingPage,
    booking_page,
    neighbours_of,
)
from avl.queries.worklist import disruption_of
from avl.web.guards import actor
from avl.web.registry import bp
from avl.web.registry.sentences import effects_of_cancelling, judge_sentence
from avl.web.registry.typed import REASON_LENGTH, within_length
from avl.web.registry.words import (
    INTERPRETER_WORDS,
    SMS_KIND_WORDS,
    SMS_WORDS,
    STATUS_MEANS,
)

ENDED = (Status.CANCELLED, Status.DECLINED, Status.LAPSED)


@bp.get("/bookings/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """Everything about a booking."""
    page = booking_page(actor(), reference)
    if page.status is Status.HELD:
        return redirect(url_for(".check", reference=page.reference))
    before, after = neighbours_of(actor(), page)
    return render_template(
        "registry/booking.html",
        page=page,
        history=history_lines(actor(), page),
        messages=messages_about(actor(), page),
        before=before,
        after=after,
        disruption=disruption_of(actor(), page.id, now=clock.now()),
        interpreter_words=INTERPRETER_WORDS,
        sentence="" if page.status in ENDED else judge_sentence(page),
        is_ended=page.status in ENDED,
        now=clock.now(),
        status_means=STATUS_MEANS,
        sms_words=SMS_WORDS,
        sms_kinds=SMS_KIND_WORDS,
        Action=Action,
    )


@bp.get("/bookings/<reference>/print")
def print_one(reference: str) -> ResponseReturnValue:
    """One booking on one sheet of paper."""
    page = booking_page(actor(), reference)
    return render_template(
        "registry/print.html",
        page=page,
        sentence="" if page.status in ENDED else judge_sentence(page),
        interpreter_words=INTERPRETER_WORDS,
        status_means=STATUS_MEANS,
    )


@bp.get("/bookings/<reference>/cancel")
def ask_cancel(reference: str) -> ResponseReturnValue:
    """Say what cancelling does to whom, and ask."""
    page = booking_page(actor(), reference)
    if Action.CANCEL not in page.may_do:
        raise ActionNotAllowed(f"Booking {page.reference} can no longer be cancelled.")
    return _cancel_page(page)


@bp.post("/bookings/<reference>/cancel")
def cancel(reference: str) -> ResponseReturnValue:
    """Cancel, with a reason."""
    page = booking_page(actor(), reference)
    reason = request.form.get("reason", "").strip()
    try:
        if not reason:
            raise InvalidInput("reason", "Say why the booking is cancelled.")
        cancel_booking(
            page.reference,
            by=actor(),
            reason=within_length(reason, "reason", "The reason", REASON_LENGTH),
            version=request.form.get("version", type=int),
        )
    except (InvalidInput, StaleVersion) as error:
        return _cancel_page(booking_page(actor(), reference), error, reason), _status(error)
    flash(f"Booking {page.reference} is cancelled.")
    return redirect(url_for(".show", reference=page.reference), 303)


@bp.get("/bookings/<reference>/amend")
def ask_amend(reference: str) -> ResponseReturnValue:
    """Change notes or counsel."""
    page = booking_page(actor(), reference)
    if Action.AMEND not in page.may_do:
        raise ActionNotAllowed(f"Booking {page.reference} can no longer be amended.")
    return _amend_page(page, _amendable(page))


@bp.post("/bookings/<reference>/amend")
def amend(reference: str) -> ResponseReturnValue:
    """Keep changed notes or counsel."""
    page = booking_page(actor(), reference)
    typed = {name: request.form.get(name, "").strip() for name in _amendable(page)}
    typed["warning_reason"] = request.form.get("warning_reason", "").strip()
    errors: dict[str, str] = {}
    counsel = _counsel_typed(page, typed, errors)
    for name, words in (
        ("staff_notes", "Notes for staff"),
        ("prison_notes", "Notes for the prison"),
    ):
        try:
            within_length(typed[name], name, words)
        except InvalidInput as error:
            errors[name] = error.message
    if errors:
        return _amend_page(page, typed, errors), 422
    try:
        amend_booking(
            page.reference,
            by=actor(),
            version=request.form.get("version", type=int),
            staff_notes=typed["staff_notes"],
            prison_notes=typed["prison_notes"],
            counsel=counsel,
            is_fixed=typed["is_fixed"] == "yes",
            warning_reason=typed["warning_reason"],
        )
    except (InvalidInput, StaleVersion) as error:
        name = getattr(error, "field", "") or "staff_notes"
        page = booking_page(actor(), reference)
        return _amend_page(page, typed, {name: error.message}), _status(error)
    flash(f"Booking {page.reference} is amended.")
    return redirect(url_for(".show", reference=page.reference), 303)


def _status(error: DomainError) -> int:
    return 422 if isinstance(error, InvalidInput) else 409


def _amendable(page: BookingPage) -> dict[str, str]:
    return {
        "staff_notes": page.staff_notes,
        "prison_notes": page.prison_notes,
        "is_fixed": "yes" if page.is_fixed else "",
        **{f"counsel-{person.appearance_id}": person.counsel for person in page.people},
    }


def _counsel_typed(
    page: BookingPage, typed: dict[str, str], errors: dict[str, str]
) -> dict[int, int | None]:
    """Counsel by appearance id, for those whose name was changed."""
    found: dict[int, int | None] = {}
    for person in page.people:
        name = f"counsel-{person.appearance_id}"
        if typed[name] == person.counsel:
            continue
        try:
            named = counsel_named(typed[name])
            found[person.appearance_id] = named.id if named else None
        except InvalidInput as error:
            errors[name] = error.message
    return found


def _cancel_page(page: BookingPage, error: DomainError | None = None, reason: str = "") -> str:
    return render_template(
        "registry/cancel.html",
        page=page,
        effects=effects_of_cancelling(page, messages_about(actor(), page)),
        error=error.message if error else "",
        reason=reason,
    )


def _amend_page(
    page: BookingPage, typed: dict[str, str], errors: dict[str, str] | None = None
) -> str:
    return render_template("registry/amend.html", page=page, typed=typed, errors=errors or {})
