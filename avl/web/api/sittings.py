"""A court's sittings by API: those of a day, one of them, one more, one changed or removed."""

from __future__ import annotations

from typing import Any

from flask import Response, json
from marshmallow import fields

from avl.commands.outages import PlaceChange
from avl.commands.sittings import (
    LONGEST_LIST,
    LONGEST_OFFICER,
    LONGEST_REASON,
    SittingTerms,
    add_sitting,
    change_sitting,
    foresee_added,
    foresee_changed,
    foresee_removed,
    remove_sitting,
)
from avl.domain.access import Actor, Do
from avl.domain.errors import NotFound
from avl.domain.local_time import to_local
from avl.queries.lookups import court_ids
from avl.queries.sittings import SittingSeen, court_sittings, sitting_of
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.described import conflicts, refuses
from avl.web.api.fields import BIGGEST_ID, Id, Instant, Text, WholeMinute
from avl.web.api.once import carry_out
from avl.web.api.previews import PreviewOut, preview_answer
from avl.web.api.rows import VERSION, Partly, Swept, adds, alters, marked, swept
from avl.web.guards import actor

IS_OVER = "The sitting is over, or there is none that day."
PATH = [
    {
        "in": "path",
        "name": "sitting_id",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": BIGGEST_ID},
    }
]


class SittingsQuery(Schema):
    """Whose sittings, and of which day."""

    court = Text(16, shortest=1, required=True, metadata={"description": "The court's code."})
    on = fields.Date(required=True, metadata={"description": "A date on the court's wall."})


class SittingTermsIn(Schema):
    """When a courtroom sits, for which list, and who presides."""

    starts_at = WholeMinute(required=True)
    ends_at = WholeMinute(required=True, metadata={"description": "On the same day."})
    list_name = Text(LONGEST_LIST, load_default="")
    officer = Text(
        LONGEST_OFFICER, load_default="", metadata={"description": "Who presides, by name."}
    )
    warning_reason = Text(
        LONGEST_REASON,
        load_default="",
        metadata={"description": "Why they preside although they sit somewhere else then."},
    )


class SittingIn(SittingTermsIn):
    """A sitting that is to be added."""

    courtroom_id = Id(required=True)


class SittingChangeIn(Partly, SittingTermsIn):
    """What is to be changed; what is left out stays as it is. A sitting stays on its day."""


class RemoveSittingIn(Schema):
    """What becomes of the day when its only sitting is removed."""

    keeps_hours = fields.Boolean(
        load_default=False,
        metadata={"description": "It has opening hours again; else it does not sit that day."},
    )


class SittingOut(Schema):
    """A courtroom's sitting; hearings of that day are inside one."""

    id = fields.Integer(required=True, metadata={"description": "For POST /plans/days."})
    version = fields.String(required=True, metadata=VERSION)
    is_idle = fields.Boolean(
        required=True, metadata={"description": "True: the courtroom does not sit that day."}
    )
    courtroom_id = fields.Integer(required=True)
    courtroom = fields.String(required=True)
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    list_name = fields.String(required=True)
    officer = fields.String(
        required=True, metadata={"description": "Who presides; empty while nobody is named."}
    )


class SittingDoneOut(Swept, SittingOut):
    """A sitting as it is now, and what the change did to bookings."""


class SittingRemovedOut(Swept):
    """A sitting that is no more, and what that did to bookings."""

    id = fields.Integer(required=True)


class SittingsOut(Schema):
    """The sittings of one day, by courtroom and time."""

    sittings = fields.List(fields.Nested(SittingOut), required=True)


@bp.route("/sittings")
@bp.arguments(SittingsQuery, location="query", unknown=None)
@refuses(400, 401, 503)
@bp.response(200, SittingsOut)
def list_sittings(query: dict[str, Any]) -> Response:
    """List a court's sittings of a day, for whoever keeps them. A courtroom without one keeps its
    opening hours, or has been said not to sit."""
    court_id, zone = court_ids(actor(), query["court"], Do.KEEP_SITTINGS)
    rows = [_body(one) for one in court_sittings(court_id, query["on"], zone)]
    return as_json(dumped(SittingsOut, {"sittings": rows}))


@bp.route("/sittings", methods=["POST"])
@bp.arguments(SittingIn())
@adds(SittingDoneOut)
def new_sitting(sent: dict[str, Any]) -> Response:
    """Add a sitting; every booking this breaks in that courtroom is a disruption at once."""
    return carry_out(
        lambda _: add_sitting(sent["courtroom_id"], _terms(sent), by=actor()),
        status=201,
        spelt=_spelt,
    )


@bp.route("/sittings/preview", methods=["POST"])
@bp.arguments(SittingIn())
@refuses(400, 401, 403, 404, 415, 503)
@bp.response(200, PreviewOut)
def preview_adding(sent: dict[str, Any]) -> Response:
    """Say what a sitting would break; nothing is changed, so no key is needed."""
    return preview_answer(foresee_added(sent["courtroom_id"], _terms(sent), by=actor()))


@bp.route("/sittings/<int:sitting_id>", parameters=PATH)
@refuses(401, 404, 503)
@bp.response(200, SittingOut)
def read_sitting(sitting_id: int) -> Response:
    """Read one sitting; its ETag is what a change must send as If-Match."""
    return marked(SittingOut, _body(_seen(sitting_id)))


@bp.route("/sittings/<int:sitting_id>", methods=["PATCH"], parameters=PATH)
@bp.arguments(SittingChangeIn())
@alters(SittingDoneOut, IS_OVER)
def alter_sitting(sent: dict[str, Any], sitting_id: int) -> Response:
    """Change a sitting's hours on its day, its list or who presides."""

    def act(mark: str | None) -> PlaceChange:
        seen = _seen(sitting_id)
        terms = _terms(_now(seen) | sent)
        return change_sitting(sitting_id, terms, by=actor(), mark=mark or seen.mark)

    return carry_out(act, present=lambda: _seen(sitting_id).mark, spelt=_spelt)


@bp.route("/sittings/<int:sitting_id>/preview", methods=["POST"], parameters=PATH)
@bp.arguments(SittingChangeIn())
@refuses(400, 401, 403, 404, 415, 503)
@conflicts(IS_OVER)
@bp.response(200, PreviewOut)
def preview_changing(sent: dict[str, Any], sitting_id: int) -> Response:
    """Say what the change of a sitting would break; nothing is changed, so no key is needed."""
    terms = _terms(_now(_seen(sitting_id)) | sent)
    return preview_answer(foresee_changed(sitting_id, terms, by=actor()))


@bp.route("/sittings/<int:sitting_id>/remove", methods=["POST"], parameters=PATH)
@bp.arguments(RemoveSittingIn())
@alters(SittingRemovedOut, IS_OVER)
def take_off(sent: dict[str, Any], sitting_id: int) -> Response:
    """Take a sitting off the list; bookings inside it that lie in no other are disruptions."""

    def spelt(_: Actor, done: PlaceChange) -> str:
        return json.dumps(dumped(SittingRemovedOut, {"id": sitting_id} | swept(done)))

    return carry_out(
        lambda mark: remove_sitting(
            sitting_id, by=actor(), keeps_hours=sent["keeps_hours"], mark=mark
        ),
        present=lambda: _seen(sitting_id).mark,
        spelt=spelt,
    )


@bp.route("/sittings/<int:sitting_id>/remove/preview", methods=["POST"], parameters=PATH)
@bp.arguments(RemoveSittingIn())
@refuses(400, 401, 403, 404, 415, 503)
@conflicts(IS_OVER)
@bp.response(200, PreviewOut)
def preview_removing(sent: dict[str, Any], sitting_id: int) -> Response:
    """Say what removing a sitting would break; nothing is changed, so no key is needed."""
    _seen(sitting_id)
    keeps_hours = sent["keeps_hours"]
    return preview_answer(foresee_removed(sitting_id, by=actor(), keeps_hours=keeps_hours))


def _seen(sitting_id: int) -> SittingSeen:
    if sitting_id > BIGGEST_ID:
        raise NotFound("There is no such sitting.")
    return sitting_of(actor(), sitting_id)


def _now(seen: SittingSeen) -> dict[str, Any]:
    """What is said of a sitting that is not to change; a reason is given anew or not at all."""
    return {
        "starts_at": seen.starts_at,
        "ends_at": seen.ends_at,
        "list_name": seen.list_name,
        "officer": seen.officer,
        "warning_reason": "",
    }


def _terms(said: dict[str, Any]) -> SittingTerms:
    return SittingTerms(
        said["starts_at"],
        said["ends_at"],
        " ".join(said["list_name"].split()),
        " ".join(said["officer"].split()),
        said["warning_reason"].strip(),
    )


def _spelt(who: Actor, done: PlaceChange) -> str:
    return json.dumps(dumped(SittingDoneOut, _body(sitting_of(who, done.id)) | swept(done)))


def _body(one: SittingSeen) -> dict[str, Any]:
    return {
        "id": one.id,
        "version": one.mark,
        "is_idle": one.is_idle,
        "courtroom_id": one.courtroom_id,
        "courtroom": one.courtroom,
        "starts_at": to_local(one.starts_at, one.zone),
        "ends_at": to_local(one.ends_at, one.zone),
        "list_name": one.list_name,
        "officer": one.officer,
    }
