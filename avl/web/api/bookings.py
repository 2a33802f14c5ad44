"""Bookings by API: list, read, book, move, confirm, decline, cancel, swap, interpreter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from flask import Response, current_app, json, request

from avl import clock
from avl.commands.agreement import confirm_booking, decline_booking
from avl.commands.bookings import request_booking
from avl.commands.changes import cancel_booking, move_booking, swap_bookings
from avl.commands.interpreters import set_interpreter
from avl.domain.errors import DomainError, InvalidInput, ResourceClash, StaleVersion
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
from avl.web.api.bodies import booking_body, clash_bodies, dumped, search_body
from avl.web.api.once import carry_out, reference_in_path
from avl.web.api.schemas import (
    REFERENCE,
    BookingIn,
    BookingOut,
    BookingsOut,
    BookingsQuery,
    ClashOut,
    ClashProblem,
    InterpreterIn,
    MoveIn,
    OfferOut,
    Problem,
    ReasonIn,
    SwapIn,
    WayOut,
)
from avl.web.api.ways import ways_beside
from avl.web.errors import PROBLEM, problem
from avl.web.guards import actor

LONGEST_LIST = timedelta(days=31)

KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
    "description": "New for each request; the same again gets the same answer and no second"
    " change. With another request it is refused with 422. Good for a week.",
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string", "pattern": r'^(\*|"[0-9]{1,9}")$'},
    "description": "The ETag of the booking as it was read.",
}
PATH = [
    {
        "in": "path",
        "name": "reference",
        "required": True,
        "schema": {"type": "string", "pattern": REFERENCE},
    }
]
ETAG = {"ETag": {"schema": {"type": "string"}, "description": "The booking's version."}}
REPLAYED = {
    "Idempotent-Replayed": {
        "schema": {"type": "string", "enum": ["true"]},
        "description": "Sent when this answer was given before.",
    }
}

_REFUSALS = {
    400: "The request could not be read, or its Idempotency-Key is missing.",
    401: "No valid bearer token.",
    403: "The caller may see it but not do this to it.",
    404: "There is no such thing in the caller's scope.",
    412: "It was changed since it was read.",
    415: "The body is no JSON.",
    428: "If-Match is missing.",
    503: "The database is busy or away; nothing was changed.",
}

_TOLD_WITH = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "Bearer."}},
    503: {
        "Retry-After": {
            "schema": {"type": "string", "pattern": "^[0-9]+$"},
            "description": "Seconds after which to try again.",
        }
    },
}
"""The headers that a refusal comes with."""

View = Callable[..., Response]


def refuses(*statuses: int) -> Callable[[View], View]:
    """Document refusals as the problem details they are."""

    def decorate(view: View) -> View:
        for status in statuses:
            view = bp.alt_response(
                status,
                schema=Problem,
                content_type=PROBLEM,
                description=_REFUSALS[status],
                headers=_TOLD_WITH.get(status),
            )(view)
        return view

    return decorate


def changes(*statuses: int) -> Callable[[View], View]:
    """Document what every change shares: the key, the version, its refusals."""

    def decorate(view: View) -> View:
        view = refuses(400, 401, 403, 404, 412, 415, 428, 503, *statuses)(view)
        view = bp.alt_response(
            409,
            schema=ClashProblem,
            content_type=PROBLEM,
            description="It clashes, or the booking's state does not permit it.",
        )(view)
        view = bp.response(200, BookingOut, headers=ETAG | REPLAYED)(view)
        documented: View = bp.doc(parameters=[KEY, IF_MATCH])(view)
        return documented

    return decorate


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
@refuses(401, 404, 412, 503)
@bp.response(200, BookingOut, headers=ETAG)
def read_booking(reference: str) -> Response:
    """Read one booking; its ETag is what a change must send as If-Match."""
    found = get_shown(actor(), reference_in_path(reference))
    version = str(found.version)
    if request.if_match and not request.if_match.contains(version):
        # Werkzeug would answer with 412 and the whole booking, which is no refusal to a program.
        raise StaleVersion(f"Booking {found.reference} was changed since you read it.")
    response = as_json(dumped(BookingOut, booking_body(found)))
    response.set_etag(version)
    response.make_conditional(request)
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


@bp.route("/bookings/<reference>/swap", methods=["POST"], parameters=PATH)
@bp.arguments(SwapIn())
@changes()
def swap(sent: dict[str, Any], reference: str) -> Response:
    """Let two bookings change times. If-Match is about the one in the address; `with_version`
    says as much about the other."""
    reference, other = reference_in_path(reference), reference_in_path(sent["other"])
    return carry_out(
        lambda version: swap_bookings(
            reference,
            other,
            by=actor(),
            reason=sent["reason"],
            version=version,
            second_version=sent.get("with_version"),
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
    offers = search_body(found, asked.zone, asked.seats)["offers"]
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


def as_json(body: object) -> Response:
    return Response(json.dumps(body), content_type="application/json")
