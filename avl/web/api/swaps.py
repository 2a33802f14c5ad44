"""Two bookings change times by API: whom to swap with, what it would come to, and the swap."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from marshmallow import fields, validate

from avl import clock
from avl.commands.swaps import SwapStale, swap_bookings
from avl.domain.errors import DomainError
from avl.domain.swaps import Swap
from avl.queries.swaps import SwapParty, SwapSeen, swap_choices, swap_seen
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped, placed_body
from avl.web.api.described import AS_IT_STANDS, ETAG, PATH, changes, conflicts, refuses
from avl.web.api.fields import Text
from avl.web.api.once import carry_out, reference_in_path
from avl.web.api.plan_schemas import PlacedOut
from avl.web.api.schemas import REFERENCE, ClashProblem
from avl.web.errors import PROBLEM, problem
from avl.web.guards import actor


class SwapWithIn(Schema):
    """The booking to change times with."""

    other = Text(
        10,
        required=True,
        data_key="with",
        metadata={"pattern": REFERENCE, "description": "The other booking's reference."},
    )


class SwapIn(SwapWithIn):
    """The booking to change times with, and why."""

    with_version = fields.Integer(
        strict=True,
        validate=validate.Range(min=1, max=2**31 - 1),
        metadata={"description": "The other booking's version as you read it: 412 if it changed."},
    )
    mark = Text(
        16,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Of the swap as you saw it: 409 with what it comes to now, if that is"
            " something else. Left out: whatever it comes to."
        },
    )
    reason = Text(300, shortest=1, required=True)


class SwapSideOut(Schema):
    """One of the two: where it is, where it would go, and who would be told.

    ``rooms`` are its rooms that change, ``refusals`` what stands against it, in a sentence each.
    """

    reference = fields.String(required=True, validate=validate.Regexp(REFERENCE))
    version = fields.Integer(required=True)
    prns = fields.List(fields.String(), required=True)
    before = fields.Nested(PlacedOut, required=True)
    after = fields.Nested(PlacedOut, required=True)
    rooms = fields.List(fields.String(), required=True)
    refusals = fields.List(fields.String(), required=True)
    warnings = fields.List(fields.String(), required=True)
    told = fields.List(fields.String(), required=True)


class SwapOut(Schema):
    """What two bookings would come to at each other's times, the one in the address first.

    Nothing is changed, and nothing is kept. Send the ``mark`` to swap them as shown.
    """

    is_possible = fields.Boolean(required=True)
    mark = fields.String(required=True)
    sides = fields.List(fields.Nested(SwapSideOut), required=True, validate=validate.Length(2, 2))


class SwapsOut(Schema):
    """Bookings of the same court and day, at other times, that the caller may move.

    Those it can change times with come first, each part in the order of time.
    """

    swaps = fields.List(fields.Nested(SwapOut), required=True)


class SwapProblem(ClashProblem):
    """Why two bookings do not change times; ``swap`` is what they come to now, where that is
    another thing than what the ``mark`` was of."""

    swap = fields.Nested(SwapOut)


@bp.route("/bookings/<reference>/swaps", parameters=PATH)
@refuses(401, 404, 503)
@conflicts(AS_IT_STANDS)
@bp.response(200, SwapsOut)
def list_swaps(reference: str) -> Response:
    """List what a booking may change times with, and what each swap would come to.

    One on another day is asked about by its reference: POST /bookings/{reference}/swap/preview.
    """
    found = swap_choices(actor(), reference_in_path(reference), now=clock.now())
    swaps = [_body(one.swap, one.parties, one.zone) for one in found]
    return as_json(dumped(SwapsOut, {"swaps": swaps}))


@bp.route("/bookings/<reference>/swap/preview", methods=["POST"], parameters=PATH)
@bp.arguments(SwapWithIn())
@refuses(400, 401, 404, 415, 503)
@conflicts(AS_IT_STANDS)
@bp.response(200, SwapOut, headers=ETAG)
def preview_swap(sent: dict[str, Any], reference: str) -> Response:
    """Say what a swap would come to: each room that changes, and who is told; nothing is changed,
    so no key is needed. The ETag and the `mark` are what POST /bookings/{reference}/swap asks for.
    """
    seen = _seen(reference, sent["other"])
    answer = as_json(dumped(SwapOut, _body(seen.swap, seen.parties, seen.zone)))
    answer.set_etag(str(seen.parties[0].version))
    return answer


@bp.route("/bookings/<reference>/swap", methods=["POST"], parameters=PATH)
@bp.arguments(SwapIn())
@bp.alt_response(
    409,
    schema=SwapProblem,
    content_type=PROBLEM,
    description="They cannot change times, or come to something else than what was seen.",
)
@changes()
def swap(sent: dict[str, Any], reference: str) -> Response:
    """Let two bookings change times. If-Match is about the one in the address; `with_version`
    says as much about the other, and `mark` about the rooms that change."""
    reference, other = reference_in_path(reference), reference_in_path(sent["other"])
    return carry_out(
        lambda version: swap_bookings(
            reference,
            other,
            by=actor(),
            reason=sent["reason"],
            version=version,
            second_version=sent.get("with_version"),
            mark=sent["mark"],
        ),
        changing=reference,
    )


@bp.errorhandler(SwapStale)
def _stale(_: SwapStale) -> Response:
    """Answer with what the two come to now."""
    try:
        seen = _seen((request.view_args or {})["reference"], request.get_json()["with"])
    except DomainError as error:
        # One of them has been moved or ended since: there is nothing to swap any more.
        return problem(409, error.message)
    rooms = [words for party in seen.parties for words in party.said]
    what = " ".join((*seen.swap.refusals, *rooms)) or "Their rooms stay as they are."
    said = f"Nothing was changed, because the swap comes to something else by now. {what}"
    return problem(409, said, swap=dumped(SwapOut, _body(seen.swap, seen.parties, seen.zone)))


def _seen(reference: str, other: str) -> SwapSeen:
    return swap_seen(
        actor(), reference_in_path(reference), reference_in_path(other), now=clock.now()
    )


def _body(swap: Swap, parties: tuple[SwapParty, SwapParty], zone: str) -> dict[str, Any]:
    return {
        "is_possible": swap.is_possible,
        "mark": swap.mark,
        "sides": [_side(party, zone) for party in parties],
    }


def _side(party: SwapParty, zone: str) -> dict[str, Any]:
    side = party.side
    return {
        "reference": side.name,
        "version": party.version,
        "prns": party.prns,
        "before": placed_body(side.before, zone),
        "after": placed_body(side.after, zone),
        "rooms": party.rooms,
        "refusals": side.refusals,
        "warnings": [warning.sentence for warning in side.warnings],
        "told": party.told,
    }
