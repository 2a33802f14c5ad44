"""Swap: two bookings of a court change times."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.swaps import swap_bookings
from avl.domain.booking import Action, normal_reference
from avl.domain.errors import (
    ActionNotAllowed,
    DomainError,
    InvalidInput,
    NotFound,
    ResourceClash,
    StaleVersion,
)
from avl.queries.booking_page import BookingPage, booking_page
from avl.queries.swaps import SwapSeen, swap_choices, swap_seen
from avl.web.guards import actor
from avl.web.plans import bp
from avl.web.plans.room import say_when_where
from avl.web.registry.typed import REASON_LENGTH, within_length
from avl.web.searching import search_text

AS_THEY_ARE = "Their rooms stay as they are."


@bp.get("/swap/<reference>")
def swap(reference: str) -> ResponseReturnValue:
    """Choose the other booking, or see what both would come to."""
    page = _movable(reference)
    typed = search_text("with")
    if not typed:
        return _choose(page)
    try:
        return _both(page, _seen(page, typed))
    except (InvalidInput, NotFound, ActionNotAllowed) as error:
        return _choose(page, typed, error.message), 422


@bp.post("/swap/<reference>")
def swap_now(reference: str) -> ResponseReturnValue:
    """Let both change times, with a reason."""
    page = _movable(reference)
    typed = request.form.get("with", "").strip()
    reason = request.form.get("reason", "").strip()
    try:
        other = normal_reference(typed)
        if not reason:
            raise InvalidInput("reason", "Say why the bookings change times.")
        seen = _seen(page, other)
        swap_bookings(
            page.reference,
            other,
            by=actor(),
            reason=within_length(reason, "reason", "The reason", REASON_LENGTH),
            version=request.form.get("version", type=int),
            second_version=request.form.get("second_version", type=int),
            mark=request.form.get("mark", seen.swap.mark),
        )
    except (InvalidInput, NotFound) as error:
        if getattr(error, "field", "") != "reason":
            return _choose(page, typed, error.message), 422
        return _both(page, _seen(page, typed), error, reason), 422
    except (ResourceClash, StaleVersion, ActionNotAllowed) as error:
        return _as_it_stands(_movable(reference), typed, error, reason), 409
    rooms = [words for party in seen.parties for words in party.said] or [AS_THEY_ARE]
    flash(" ".join((f"{page.reference} and {other} have changed times.", *rooms)))
    return redirect(url_for("registry.show", reference=page.reference), 303)


def _movable(reference: str) -> BookingPage:
    page = booking_page(actor(), reference)
    if Action.MOVE not in page.may_do:
        status = page.status.replace("_", " ")
        raise ActionNotAllowed(f"Booking {page.reference} is {status}, so it cannot be moved.")
    return page


def _seen(page: BookingPage, typed: str) -> SwapSeen:
    return swap_seen(actor(), page.reference, normal_reference(typed), now=clock.now())


def _as_it_stands(page: BookingPage, typed: str, error: DomainError, reason: str) -> str:
    """Both again with why they did not change times, or the list where the other is over."""
    try:
        return _both(page, _seen(page, typed), error, reason)
    except ActionNotAllowed:
        return _choose(page, typed, error.message)


def _choose(page: BookingPage, typed: str = "", error: str = "") -> str:
    return render_template(
        "plans/swap_choose.html",
        page=page,
        choices=swap_choices(actor(), page.reference, now=clock.now()),
        typed=typed,
        error=error,
    )


def _both(
    page: BookingPage, seen: SwapSeen, error: DomainError | None = None, reason: str = ""
) -> str:
    return render_template(
        "plans/swap.html",
        page=page,
        seen=seen,
        other=seen.parties[1].side.name,
        error=error.message if error else "",
        reason=reason,
        say_when_where=say_when_where,
    )
