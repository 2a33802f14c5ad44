"""The court's board: a day by courtroom, on which a booking is moved by hand or by key."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.domain.errors import DomainError, InvalidInput
from avl.domain.local_time import local_day, say_day, say_time, to_local
from avl.domain.offers import Offer
from avl.domain.reasons import say_warnings
from avl.queries.board import BookingSeen, Tried, court_day, try_at
from avl.queries.lists import my_courts
from avl.web.dates import Meant, read_date
from avl.web.errors import status_of
from avl.web.guards import actor
from avl.web.registry import bp
from avl.web.registry.typed import YEARS
from avl.web.row_board import Booked, part_of, row_board


@bp.get("/board")
def board() -> ResponseReturnValue:
    """One day at a court by courtroom, today unless the address says which."""
    courts = my_courts(actor())
    asked = request.args.get("court", type=int)
    court = next((one for one in courts if one.id == asked), courts[0] if courts else None)
    if court is None:
        return render_template("registry/board.html", court=None)
    now = clock.now()
    today = local_day(now, court.zone)
    problem = ""
    try:
        on = read_date(request.args.get("date", ""), court.zone, Meant.SHOWN) or today
        if not 2000 <= on.year < 2100:
            raise InvalidInput("date", "Enter a real date, such as 3 Feb 2027.")
    except InvalidInput as error:
        on, problem = today, error.message
    day = court_day(actor(), court, on, now=now)
    part = part_of(day.rooms, request.args.get("part", type=int))
    return render_template(
        "registry/board.html",
        court=court,
        courts=courts,
        day=day,
        room_names={room.id: room.name for room in day.rooms},
        on=on,
        today=today,
        previous=on - timedelta(days=1),
        following=on + timedelta(days=1),
        problem=problem,
        part=part,
        board=row_board(
            on, day.calendar, part.rows, [_booked(one, court.zone) for one in day.bookings]
        ),
    )


def _booked(one: BookingSeen, zone: str) -> Booked:
    times = f"{say_time(one.hearing.start, zone)} to {say_time(one.hearing.end, zone)}"
    return Booked(
        reference=one.reference,
        row_id=one.room_id,
        status=str(one.status),
        hearing=one.hearing,
        before=one.before,
        after=one.after,
        title=one.surnames,
        at=f"{to_local(one.hearing.start, zone):%H:%M}",
        words=f"{times}, {one.who}, {one.kind}, {one.place}",
        href=url_for(".move", reference=one.reference) if one.may_move else "",
        show=url_for(".show", reference=one.reference),
    )


@bp.post("/board/try")
def board_try() -> ResponseReturnValue:
    """Say what a booking would come to elsewhere on the board; nothing is changed."""
    try:
        start = datetime.fromisoformat(request.form.get("start", ""))
        room_id = int(request.form.get("row", ""))
        if start.tzinfo is None or start.year not in YEARS or start.second or start.microsecond:
            raise ValueError
    except ValueError:
        return render_template("components/board_refused.html", why="Try it again."), 422
    try:
        tried = try_at(
            actor(),
            request.form.get("reference", ""),
            start=start,
            room_id=room_id,
            now=clock.now(),
        )
    except DomainError as error:
        why = error.message
        return render_template("components/board_refused.html", why=why), status_of(error)
    return _answer(tried, room_id)


def _answer(tried: Tried, room_id: int) -> str:
    zone = tried.zone
    # Where it stands already is no way out.
    here = tried.now.hearing if tried.now.courtroom == room_id else None
    offers = [
        {
            "start": offer.placement.hearing.start.isoformat(),
            "row": room_id,
            "words": f"{say_time(offer.placement.hearing.start, zone)}, {tried.room}",
        }
        for offer in sorted(tried.found.offers, key=lambda one: one.placement.hearing.start)
        if offer.placement.hearing.start != tried.start and offer.placement.hearing != here
    ]
    it = next(
        (one for one in tried.found.offers if one.placement.hearing.start == tried.start), None
    )
    at = to_local(tried.start, zone)
    return render_template(
        "components/board_tried.html",
        reference=tried.booking.reference,
        is_possible=it is not None,
        is_unmoved=tried.start == tried.now.hearing.start and room_id == tried.now.courtroom,
        where=f"{say_time(tried.start, zone)} on {say_day(tried.start, zone)}, {tried.room}",
        why=tried.found.refusal,
        warnings=list(say_warnings(it.warnings, zone)) if it else [],
        suites=[name for key, name in tried.found.names.items() if it and key in _suites(it)]
        if it and _suites(it) != {seat.suite for seat in tried.now.seats}
        else [],
        offers=offers,
        href=url_for(
            ".move",
            reference=tried.booking.reference,
            date=at.date().isoformat(),
            time=f"{at:%H:%M}",
            where=f"room-{room_id}",
        ),
        button="Check and move",
    )


def _suites(offer: Offer) -> set[int]:
    return {seat.suite for seat in offer.placement.seats}
