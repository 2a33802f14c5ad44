"""One booking as the prison sees it, and what the prison does with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.agreement import (
    complete_booking,
    confirm_booking,
    connect_booking,
    decline_booking,
    stand_down_booking,
)
from avl.domain.access import Role
from avl.domain.booking import Action, allowed_actions, too_early
from avl.domain.errors import ActionNotAllowed, DomainError, InvalidInput, StaleVersion
from avl.domain.local_time import local_day
from avl.queries.days import BookingSeen, get_booking_seen
from avl.queries.worklist import WorkRow, disruption_of
from avl.web.guards import actor
from avl.web.prison import bp


@bp.get("/bookings/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """Everything the prison may know of a booking, and what it can do."""
    return _page(reference)


@bp.post("/bookings/<reference>/confirm")
def confirm(reference: str) -> ResponseReturnValue:
    """Agree to host."""
    return _do(reference, confirm_booking, f"{reference} is confirmed for your site.")


@bp.post("/bookings/<reference>/decline")
def decline(reference: str) -> ResponseReturnValue:
    """Refuse to host, with the reason the court will read."""
    done = f"{reference} is declined. The court has been told why."
    return _do(reference, decline_booking, done, with_reason="decline_reason")


@bp.post("/bookings/<reference>/connect")
def connect(reference: str) -> ResponseReturnValue:
    """Note that the link is up."""
    return _do(reference, connect_booking, f"{reference} is connected.")


@bp.post("/bookings/<reference>/complete")
def complete(reference: str) -> ResponseReturnValue:
    """Note that the hearing is over."""
    return _do(reference, complete_booking, f"{reference} is completed. The suite is free again.")


@bp.post("/bookings/<reference>/stand-down")
def stand_down(reference: str) -> ResponseReturnValue:
    """Put the matter back in the day's list."""
    done = f"{reference} is stood down. Keep the person near until the court says when."
    return _do(reference, stand_down_booking, done, with_reason="stand_down_reason")


def _do(
    reference: str,
    act: Callable[..., Any],
    done: str,
    *,
    with_reason: str = "",
) -> ResponseReturnValue:
    """Act, then say what was done; when it cannot be done, say why and keep what was typed."""
    get_booking_seen(actor(), reference)  # What is not at my site does not exist for me.
    version = request.form.get("version", "")
    more: dict[str, Any] = {"version": int(version)} if version.isdecimal() else {}
    if with_reason:
        more["reason"] = request.form.get(with_reason, "")
    try:
        act(reference, by=actor(), **more)
    except InvalidInput as error:
        return _page(reference, error=error, at=with_reason), 422
    except (ActionNotAllowed, StaleVersion) as error:
        return _page(reference, error=error, at=with_reason), 409
    flash(done)
    if (back := request.form.get("back")) in ("home", "requests"):
        return redirect(url_for(f".{back}"))
    return redirect(url_for(".show", reference=reference))


def _early(seen: BookingSeen) -> str:
    zone = seen.sites[seen.first.site_id].zone
    return too_early(seen.reference, seen.first.span.start, zone, clock.now())


def _disruption(seen: BookingSeen) -> WorkRow | None:
    """Why the worklist has it, for whoever works through the worklist."""
    if seen.first.trouble is None or not actor().holds(Role.AVL_COORDINATOR):
        return None
    return disruption_of(actor(), seen.booking_id, now=clock.now())


def _page(reference: str, *, error: DomainError | None = None, at: str = "") -> str:
    seen = get_booking_seen(actor(), reference)
    site = seen.sites[seen.first.site_id]
    possible = allowed_actions(seen.status)
    early = _early(seen)
    waits = any(seat.needs_answer for seat in seen.seats)
    return render_template(
        "prison/booking.html",
        seen=seen,
        site=site,
        disruption=_disruption(seen),
        on=local_day(seen.first.span.start, site.zone),
        can_confirm=seen.may_answer and waits and Action.CONFIRM in possible,
        can_decline=seen.may_answer and Action.DECLINE in possible,
        run_on=early if Action.CONNECT in possible else "",
        can_connect=not early and Action.CONNECT in possible,
        can_complete=Action.COMPLETE in possible,
        can_stand_down=not early and Action.STAND_DOWN in possible,
        now=clock.now(),
        error=error,
        error_at=at,
        form=request.form,
    )
