"""The waitlist by API: ask to wait, see who waits and why, withdraw."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from flask import Response, json
from marshmallow import fields, validate

from avl import clock
from avl.commands.bookings import request_held
from avl.commands.waitlist import ask_to_wait, withdraw_wait
from avl.commands.waitlist_moves import take_better_time
from avl.domain.access import Actor
from avl.domain.booking import REFERENCE_ALPHABET
from avl.domain.errors import ActionNotAllowed, InvalidInput
from avl.domain.local_time import to_local
from avl.domain.waiting import URGENT, WaitState
from avl.queries.lookups import court_ids
from avl.queries.waiting import WaitRequest
from avl.queries.waitlist_pages import Kept, WaitSeen, wait_seen, waitlist
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.described import ETAG, REPLAYED, acts, refuses
from avl.web.api.fields import Instant, Text
from avl.web.api.once import carry_out
from avl.web.api.plan_schemas import PlanIn
from avl.web.api.plans import room_request
from avl.web.api.schemas import BookingOut, Problem, one_of
from avl.web.errors import PROBLEM
from avl.web.guards import actor

PATH = [
    {
        "in": "path",
        "name": "entry_id",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    }
]
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"


class WaitIn(PlanIn):
    """What is waited for, and which dates and times will do."""

    class Meta:
        exclude = ("near_minutes", "taking")

    first = fields.Date(required=True, metadata={"description": "First date that will do."})
    last = fields.Date(required=True, metadata={"description": "Last date that will do."})
    earliest = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(CLOCK),
        metadata={"description": "On the court's wall: no hearing starts before it."},
    )
    latest = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(CLOCK),
        metadata={"description": "On the court's wall: the hearing is over by then."},
    )
    deadline_at = Instant(required=True, metadata={"description": "When to stop waiting."})
    priority = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, max=URGENT),
        metadata={"description": "Higher than the hearing type's own, with a reason."},
    )
    reason = Text(300, load_default="")


class WaitQuery(Schema):
    """Which waits."""

    court = Text(16, load_default="", metadata={"description": "Code of one court."})
    state = fields.String(load_default="open", validate=validate.OneOf(["open", "ended"]))


class WithdrawQuery(Schema):
    """Why it waits no longer."""

    reason = Text(300, shortest=1, required=True)


class BookIn(Schema):
    """Why to book in spite of a warning, where there is one, or why a booking is moved."""

    reason = Text(
        300, load_default="", metadata={"description": "For a booking that moves; required then."}
    )
    warning_reason = Text(300, load_default="")


class KeptOut(Schema):
    """The time kept for a wait, until it is booked by POST /waitlist/{entry_id}/book."""

    reference = fields.String(
        required=True, validate=validate.Regexp(rf"^AVL-[{REFERENCE_ALPHABET}]{{6}}$")
    )
    starts_at = Instant(required=True)
    minutes = fields.Integer(required=True)
    expires_at = Instant(required=True, allow_none=True)


class WaitOut(Schema):
    """One wait; ``why`` says why nothing fits at present, ``reason`` why it was raised or ended."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    state = fields.String(required=True, validate=one_of(WaitState))
    court = fields.String(required=True)
    hearing_type = fields.String(required=True)
    prns = fields.List(fields.String(), required=True)
    minutes = fields.Integer(required=True)
    first = fields.Date(required=True)
    last = fields.Date(required=True)
    earliest = fields.String(required=True, allow_none=True)
    latest = fields.String(required=True, allow_none=True)
    priority = fields.Integer(required=True)
    place = fields.Integer(required=True, allow_none=True)
    waiting = fields.Integer(required=True)
    asked_at = Instant(required=True)
    deadline_at = Instant(required=True)
    why = fields.String(required=True)
    reason = fields.String(required=True)
    kept = fields.Nested(KeptOut, required=True, allow_none=True)
    moving = fields.Nested(
        KeptOut,
        required=True,
        allow_none=True,
        metadata={"description": "The booking that waits for a better time, and its own."},
    )


class WaitlistOut(Schema):
    """The waitlist of the caller's courts, in the order in which it is served."""

    entries = fields.List(fields.Nested(WaitOut), required=True)


@bp.route("/waitlist", methods=["POST"])
@bp.arguments(WaitIn())
@acts(201, WaitOut, headers=ETAG | REPLAYED)
def wait(sent: dict[str, Any]) -> Response:
    """Let a booking that fits nowhere wait for a time, or one that stands for a better one.

    The same wish twice waits once. What stands keeps its time until it is moved.
    """
    request = WaitRequest(
        room_request({**sent, "near_minutes": 60, "taking": []}, needs_reason=False),
        sent["first"],
        sent["last"],
        _clock(sent["earliest"]),
        _clock(sent["latest"]),
    )
    return carry_out(
        lambda _: ask_to_wait(
            request,
            deadline_at=sent["deadline_at"],
            priority=sent["priority"],
            reason=sent["reason"],
            by=actor(),
        ),
        status=201,
        spelt=spelt,
    )


@bp.route("/waitlist")
@bp.arguments(WaitQuery, location="query", unknown=None)
@refuses(400, 401, 503)
@bp.response(200, WaitlistOut)
def list_waits(query: dict[str, Any]) -> Response:
    """List what waits at the caller's courts, or what has ended."""
    court_id = court_ids(actor(), query["court"])[0] if query["court"] else None
    rows = waitlist(actor(), now=clock.now(), court_id=court_id, is_open=query["state"] == "open")
    return as_json(dumped(WaitlistOut, {"entries": [_body(row) for row in rows]}))


@bp.route("/waitlist/<int:entry_id>", parameters=PATH)
@refuses(401, 404, 503)
@bp.response(200, WaitOut)
def read_wait(entry_id: int) -> Response:
    """Read one wait: its place in the queue, why nothing fits, and what is kept for it."""
    return _answer(wait_seen(actor(), entry_id, now=clock.now()))


@bp.route("/waitlist/<int:entry_id>/book", methods=["POST"], parameters=PATH)
@bp.arguments(BookIn())
@acts(201, BookingOut, conflict="No time is kept for it any more.", headers=ETAG | REPLAYED)
def book_kept(sent: dict[str, Any], entry_id: int) -> Response:
    """Book the time that is kept for a wait; a booking that waits for a better one moves there."""
    seen = wait_seen(actor(), entry_id, now=clock.now())
    if seen.moving is not None:
        if not sent["reason"].strip():
            raise InvalidInput("reason", "Say why the booking is moved.")
        return carry_out(
            lambda _: take_better_time(
                entry_id,
                by=actor(),
                reason=sent["reason"],
                warning_reason=sent["warning_reason"],
            ),
            status=201,
        )
    if seen.kept is None:
        raise ActionNotAllowed("No time is kept for this wait.")
    reference, reason = seen.kept.reference, sent["warning_reason"]
    return carry_out(
        lambda _: request_held(reference, by=actor(), warning_reason=reason), status=201
    )


@bp.route("/waitlist/<int:entry_id>", methods=["DELETE"], parameters=PATH)
@bp.arguments(WithdrawQuery, location="query", unknown=None)
@refuses(400, 401, 403, 404, 503)
@bp.alt_response(
    409, schema=Problem, content_type=PROBLEM, description="It is booked already, or has lapsed."
)
@bp.response(200, WaitOut, headers=ETAG)
def wait_no_longer(query: dict[str, Any], entry_id: int) -> Response:
    """Wait no longer; a time kept for it is given back. Doing so twice changes nothing."""
    withdraw_wait(entry_id, by=actor(), reason=query["reason"])
    return _answer(wait_seen(actor(), entry_id, now=clock.now()))


def _clock(typed: str | None) -> time | None:
    return time.fromisoformat(typed) if typed else None


def spelt(who: Actor, entry: Any) -> str:
    """A wait as its reader may know it, when a command has changed it."""
    return json.dumps(dumped(WaitOut, _body(wait_seen(who, entry.id, now=clock.now()))))


def _answer(seen: WaitSeen) -> Response:
    response = as_json(dumped(WaitOut, _body(seen)))
    response.set_etag(str(seen.version))
    return response


def _body(seen: WaitSeen) -> dict[str, Any]:
    request = seen.request
    return {
        "id": seen.id,
        "version": seen.version,
        "state": seen.state.value,
        "court": seen.court_code,
        "hearing_type": seen.hearing_type_code,
        "prns": [prn for _, prn in seen.people],
        "minutes": request.room.minutes,
        "first": request.first,
        "last": request.last,
        "earliest": f"{request.earliest:%H:%M}" if request.earliest else None,
        "latest": f"{request.latest:%H:%M}" if request.latest else None,
        "priority": seen.priority,
        "place": seen.place or None,
        "waiting": seen.waiting,
        "asked_at": to_local(seen.asked_at, seen.zone),
        "deadline_at": to_local(seen.deadline_at, seen.zone),
        "why": seen.why,
        "reason": seen.reason,
        "kept": _kept_body(seen.kept, seen.zone),
        "moving": _kept_body(seen.moving, seen.zone),
    }


def _kept_body(kept: Kept | None, zone: str) -> dict[str, Any] | None:
    if kept is None:
        return None
    return {
        "reference": kept.reference,
        "starts_at": to_local(kept.hearing.start, zone),
        "minutes": kept.hearing.length // timedelta(minutes=1),
        "expires_at": kept.expires_at and to_local(kept.expires_at, zone),
    }
