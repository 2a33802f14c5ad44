"""The prison's board: a day by suite, and giving somebody another suite at the same time."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.suites import change_suite
from avl.domain.access import AppearanceSubject, Do, may
from avl.domain.booking import Action, allowed_actions
from avl.domain.errors import DomainError, InvalidInput, ResourceClash, StaleVersion
from avl.domain.local_time import local_day, say_time, to_local
from avl.queries.board import SuitesTried, at_prison, try_suites, try_suites_of
from avl.queries.days import Days, days_at, get_booking_seen, get_site
from avl.queries.seats import SeatSeen
from avl.web.errors import status_of
from avl.web.guards import actor
from avl.web.prison import bp
from avl.web.prison.day import day_asked
from avl.web.row_board import Booked, part_of, row_board

REASON_LENGTH = 300


@bp.get("/<code>/board")
def board(code: str) -> ResponseReturnValue:
    """One day by suite, today unless the address says which."""
    now = clock.now()
    site = get_site(actor(), code)
    on = day_asked(request.args.get("date", ""), site.zone)
    days = days_at(actor(), code, on)
    part = part_of(days.suites, request.args.get("part", type=int))
    may_change = _may_change(days.site.id)
    booked = [_booked(one, days, may_change) for one in days.standing]
    return render_template(
        "prison/board.html",
        site=days.site,
        days=days,
        on=on,
        today=local_day(now, days.site.zone),
        previous=on - timedelta(days=1),
        following=on + timedelta(days=1),
        part=part,
        may_change=may_change,
        links={(one.reference, one.row_id): one.href for one in booked},
        board=row_board(on, days.calendar, part.rows, booked),
    )


def _may_change(site_id: int) -> bool:
    subject = AppearanceSubject(clock.now(), 0, frozenset({site_id}), frozenset())
    return may(actor(), Do.CHANGE_SUITE, subject)


def _booked(seat: SeatSeen, days: Days, may_change: bool) -> Booked:
    zone = days.site.zone
    times = f"{say_time(seat.hearing.start, zone)} to {say_time(seat.hearing.end, zone)}"
    movable = (
        may_change and Action.MOVE in allowed_actions(seat.status) and seat.span.start > clock.now()
    )
    href = url_for(".suite", reference=seat.reference, site=days.site.code, now=seat.suite_id)
    return Booked(
        reference=seat.reference,
        row_id=seat.suite_id,
        status=str(seat.status),
        hearing=seat.hearing,
        before=seat.conference,
        after=seat.conference_after,
        title=seat.surname,
        at=f"{to_local(seat.hearing.start, zone):%H:%M}",
        words=f"{times}, {seat.person}, {seat.court}: {seat.kind}",
        href=href if movable else "",
        show=url_for(".show", reference=seat.reference),
    )


@bp.post("/<code>/board/try")
def board_try(code: str) -> ResponseReturnValue:
    """Say whether another suite is free for somebody; nothing is changed."""
    site = get_site(actor(), code)
    reference = request.form.get("reference", "")
    now_in, row = request.form.get("from", type=int), request.form.get("row", type=int)
    try:
        tried = try_suites(actor(), site, reference, now_in, now=clock.now())
    except DomainError as error:
        why = error.message
        return render_template("components/board_refused.html", why=why), status_of(error)
    it = next((suite for suite in tried.suites if suite.id == row), None)
    if it is None:
        why = "There is no such suite here."
        return render_template("components/board_refused.html", why=why), 422
    start = tried.hearing.start
    return render_template(
        "components/board_tried.html",
        reference=reference,
        is_possible=not it.why_not,
        is_unmoved=it.is_now,
        where=f"{it.name} at {say_time(start, site.zone)}",
        why=" ".join(it.why_not),
        warnings=[],
        suites=[],
        offers=[
            {"start": start.isoformat(), "row": suite.id, "words": suite.name}
            for suite in tried.suites
            if not suite.why_not and not suite.is_now and suite.id != it.id
        ][:6],
        href=url_for(
            ".suite",
            reference=reference,
            site=site.code,
            now=tried.suite_now.id,
            to=it.id,
        ),
        button="Check and change suite",
    )


@bp.get("/bookings/<reference>/suite")
def suite(reference: str) -> ResponseReturnValue:
    """Which suite instead? Every suite with whether it is free then."""
    return _suite_page(reference)


@bp.post("/bookings/<reference>/suite")
def change(reference: str) -> ResponseReturnValue:
    """Change it, with the reason."""
    seen = get_booking_seen(actor(), reference)
    reason = request.form.get("reason", "").strip()
    to = request.form.get("to", type=int)
    try:
        if to is None:
            raise InvalidInput("to", "Choose a suite.")
        if len(reason) > REASON_LENGTH:
            raise InvalidInput(
                "reason", f"The reason must have {REASON_LENGTH} characters or fewer."
            )
        change_suite(
            seen.reference,
            request.form.get("appearance", 0, type=int),
            to,
            by=actor(),
            reason=reason,
            version=request.form.get("version", type=int),
        )
    except InvalidInput as error:
        return _suite_page(reference, error), 422
    except ResourceClash as error:
        # Of its clashes only those with this prison's own suites are this prison's to read.
        own = [clash.sentence for clash in error.clashes if clash.resource_id == to]
        why = " ".join(own) or "This suite cannot be had just now. Choose another."
        return _suite_page(reference, InvalidInput("to", why)), 409
    except StaleVersion as error:
        return _suite_page(reference, InvalidInput("to", error.message)), 409
    flash(f"{seen.reference} has another suite. The court and counsel see no change of time.")
    return redirect(url_for(".show", reference=seen.reference), 303)


def _suite_page(reference: str, error: InvalidInput | None = None) -> str:
    at = at_prison(actor(), reference, request.values.get("site", ""))
    tried: SuitesTried | None = None
    why = ""
    try:
        now_in = request.values.get("now", type=int)
        tried = try_suites_of(actor(), at, now_in, now=clock.now())
    except DomainError as refusal:
        why = refusal.message
    return render_template(
        "prison/suite.html",
        reference=at.booking.reference,
        site=at.site,
        on=local_day(at.booking.starts_at, at.site.zone),
        tried=tried,
        why=why,
        to=request.values.get("to", type=int),
        reason=request.values.get("reason", ""),
        error=error,
    )
