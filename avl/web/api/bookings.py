"""Bookings by API: list, read, book, move, confirm, decline, cancel, interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Response, current_app, request

from avl import clock
from avl.commands.agreement import confirm_booking, decline_booking
from avl.commands.bookings import request_booking
from avl.commands.changes import cancel_booking, move_booking
from avl.commands.interpreters import set_interpreter
from avl.domain.errors import DomainError, InvalidInput, ResourceClash
from avl.domain.interpreters import InterpreterState
from avl.domain.interval import Interval
from avl.queries.lookups import get_shown, page_of_bookings
from avl.web.api import bp
from avl.web.api.asking import (
    Refused,
    booking_request,
    move_from,
    refused_move,
    refused_request,
)
from avl.web.api.bodies import as_json, booking_body, clash_bodies, dumped, search_body
from avl.web.api.described import ETAG, KEY, PATH, REPLAYED, changes, refuses
from avl.web.api.once import carry_out, reference_in_path
from avl.web.api.schemas import (
    BookingIn,
    BookingOut,
    BookingsOut,
    BookingsQuery,
    ClashOut,
    ClashProblem,
    InterpreterIn,
    MoveIn,
    OfferOut,
    ReasonIn,
    WayOut,
)
from avl.web.api.ways import ways_beside
from avl.web.errors import PROBLEM, problem
from avl.web.guards import actor

LONGEST_LIST = timedelta(days=31)


@bp.route("/bookings")
@bp.arguments(BookingsQuery, location="query", unknown=None)
@refuses(400, 401, 503)
@bp.response(200, BookingsOut)
def list_bookings(query: dict[str, Any]) -> Response:
    """List bookings with any moment between two times, at most 31 days apart."""
    if not timedelta(0) < query["end"] - query["start"] <= LONGEST_LIST:
        raise InvalidInput("to", "Ask for at most 31 days, and end after the start.")
    found = page_of_bookings(
        actor(),
        Interval(query["start"], query["end"]),
        site_code=query["site"],
        page=query["page"],
        page_size=query["page_size"],
    )
    body = {
        "bookings": [booking_body(one) for one in found.bookings],
        "page": query["page"],
        "page_size": query["page_size"],
        "total": found.total,
    }
    return as_json(dumped(BookingsOut, body))


@bp.route("/bookings/<reference>", parameters=PATH)
@refuses(401, 404, 503)
@bp.response(200, BookingOut)
def read_booking(reference: str) -> Response:
    """Read one booking; its ETag is what a change must send as If-Match."""
    found = get_shown(actor(), reference_in_path(reference))
    response = as_json(dumped(BookingOut, booking_body(found)))
    response.set_etag(str(found.version))
    return response


# Schemas of bodies are given ready made: a class would be made anew for each request.
@bp.route("/bookings", methods=["POST"])
@bp.arguments(BookingIn())
@refuses(400, 401, 403, 415, 503)
@bp.alt_response(
    409,
    schema=ClashProblem,
    content_type=PROBLEM,
    description="It clashes; offers say what fits, and ways what else can be done.",
)
@bp.doc(parameters=[KEY])
@bp.response(201, BookingOut, headers=ETAG | REPLAYED)
def book(sent: dict[str, Any]) -> Response:
    """Book a hearing: everything it needs is held, or nothing."""

    def act(_: int | None) -> object:
        asked = booking_request(actor(), sent)
        try:
            return request_booking(asked, by=actor())
        except ResourceClash as clash:
            raise _WithOffers(clash, refused_request(sent, asked)) from clash

    return carry_out(act, status=201)


@bp.route("/bookings/<reference>/move", methods=["POST"], parameters=PATH)
@bp.arguments(MoveIn())
@changes()
def move(sent: dict[str, Any], reference: str) -> Response:
    """Give a booking another time or place, all or nothing."""
    reference = reference_in_path(reference)

    def act(version: int | None) -> object:
        change = move_from(actor(), reference, sent)
        try:
            return move_booking(
                reference,
                change,
                by=actor(),
                reason=sent["reason"],
                version=version,
                warning_reason=sent["warning_reason"],
            )
        except ResourceClash as clash:
            asked = refused_move(actor(), reference, change)
            raise _WithOffers(clash, asked, reference) from clash

    return carry_out(act, changing=reference)


@bp.route("/bookings/<reference>/confirm", methods=["POST"], parameters=PATH)
@changes()
def confirm(reference: str) -> Response:
    """Agree to host the people at the caller's sites."""
    reference = reference_in_path(reference)
    return carry_out(
        lambda version: confirm_booking(reference, by=actor(), version=version), changing=reference
    )


@bp.route("/bookings/<reference>/decline", methods=["POST"], parameters=PATH)
@bp.arguments(ReasonIn())
@changes()
def decline(sent: dict[str, Any], reference: str) -> Response:
    """Refuse to host; the booking ends."""
    reference = reference_in_path(reference)
    return carry_out(
        lambda version: decline_booking(
            reference, by=actor(), reason=sent["reason"], version=version
        ),
        changing=reference,
    )


@bp.route("/bookings/<reference>/cancel", methods=["POST"], parameters=PATH)
@bp.arguments(ReasonIn())
@changes()
def cancel(sent: dict[str, Any], reference: str) -> Response:
    """Cancel a booking and give back what it holds."""
    reference = reference_in_path(reference)
    return carry_out(
        lambda version: cancel_booking(
            reference, by=actor(), reason=sent["reason"], version=version
        ),
        changing=reference,
    )


@bp.route("/bookings/<reference>/interpreter", methods=["POST"], parameters=PATH)
@bp.arguments(InterpreterIn())
@changes()
def interpreter(sent: dict[str, Any], reference: str) -> Response:
    """Write down what is to be interpreted, and whether somebody was asked or is confirmed."""
    reference = reference_in_path(reference)
    return carry_out(
        lambda version: set_interpreter(
            reference,
            InterpreterState(sent["state"]),
            by=actor(),
            language=sent["language"],
            note=sent["note"],
            version=version,
        ),
        changing=reference,
    )


class _WithOffers(DomainError):
    """A clash, and the placement that offers beside it are to come near.

    Attributes:
        moving: the reference of the booking being moved; "" for a new one.
    """

    def __init__(self, clash: ResourceClash, asked: Refused | None, moving: str = "") -> None:
        super().__init__(clash.message)
        self.clash = clash
        self.asked = asked
        self.moving = moving


@bp.errorhandler(_WithOffers)
def _clash_with_offers(refused: _WithOffers) -> Response:
    """Answer a clash with its reasons and with what can be had instead."""
    # The search is loaded here, because most calls never need it.
    from avl.queries.offers import offers_near

    asked = refused.asked
    if asked is None:
        return _clash_problem(refused.clash)
    session = current_app.extensions["sqlalchemy"].session
    try:
        found = offers_near(
            session, actor(), asked.placement, now=clock.now(), ignoring=asked.ignoring
        )
    except DomainError:
        # What was asked for makes no sense anywhere (somebody twice); the clash says why.
        return _clash_problem(refused.clash, asked.zone)
    moving, sent = refused.moving, request.get_json()
    offers = search_body(found, asked.zone, asked.seats, moving=moving, sent=sent)["offers"]
    ways = ways_beside(refused.clash, asked, moving=refused.moving, has_offers=bool(offers))
    return _clash_problem(refused.clash, asked.zone, offers, ways)


@bp.errorhandler(ResourceClash)
def _clash(clash: ResourceClash) -> Response:
    """Answer a clash with its reasons."""
    return _clash_problem(clash)


def _clash_problem(
    clash: ResourceClash,
    zone: str = "UTC",
    offers: Sequence[Any] = (),
    ways: Sequence[Any] = (),
) -> Response:
    return problem(
        409,
        clash.message,
        clashes=dumped(ClashOut, clash_bodies(clash.clashes, zone), many=True),
        offers=dumped(OfferOut, offers, many=True),
        ways=dumped(WayOut, ways, many=True),
    )
