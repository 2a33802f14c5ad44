"""What an officer does with a wait, by API: another deadline, further ahead, read to its end."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields, validate

from avl import clock
from avl.commands.waitlist import LONGEST_REASON, change_wait, note_seen
from avl.domain.waiting import URGENT
from avl.queries.waitlist_pages import wait_seen
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.described import AS_IT_STANDS, ETAG, IF_MATCH, KEY, REPLAYED, conflicts, refuses
from avl.web.api.fields import Instant, Text
from avl.web.api.once import carry_out
from avl.web.api.waitlist import PATH, WaitOut, spelt
from avl.web.guards import actor


class WaitChangeIn(Schema):
    """Another deadline, or another place in the queue; what is left out stays as it is."""

    deadline_at = Instant(load_default=None, allow_none=True)
    priority = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, max=URGENT),
        metadata={"description": "From the hearing type's own to the most urgent."},
    )
    reason = Text(
        LONGEST_REASON,
        shortest=1,
        required=True,
        metadata={"description": "Others wait behind it."},
    )


@bp.route("/waitlist/<int:entry_id>", methods=["PATCH"], parameters=PATH)
@bp.arguments(WaitChangeIn())
@refuses(400, 401, 403, 404, 412, 415, 428, 503)
@conflicts("It waits no longer.")
@bp.doc(parameters=[KEY, IF_MATCH])
@bp.response(200, WaitOut, headers=ETAG | REPLAYED)
def alter_wait(sent: dict[str, Any], entry_id: int) -> Response:
    """Give a wait another deadline, or let it go ahead of others."""
    return carry_out(
        lambda version: change_wait(
            entry_id,
            by=actor(),
            reason=sent["reason"],
            deadline_at=sent["deadline_at"],
            priority=sent["priority"],
            version=version,
        ),
        present=lambda: wait_seen(actor(), entry_id, now=clock.now()).version,
        spelt=spelt,
    )


@bp.route("/waitlist/<int:entry_id>/seen", methods=["POST"], parameters=PATH)
@refuses(400, 401, 403, 404, 415, 503)
@conflicts(AS_IT_STANDS)
@bp.doc(parameters=[KEY])
@bp.response(200, WaitOut, headers=ETAG | REPLAYED)
def read_to_the_end(entry_id: int) -> Response:
    """Note that the registry has read that a wait ended without a booking; its first screen no
    longer shows it."""
    return carry_out(lambda _: note_seen(entry_id, by=actor()), spelt=spelt)
