"""A site's rooms and bridge ports by API: the list, one more, renamed or switched off."""

from __future__ import annotations

from typing import Any

from flask import Response, json
from marshmallow import fields, validate

from avl.commands.area_columns import RESOURCE_KINDS
from avl.commands.cells import spell_cells
from avl.commands.foreseeing import foresee
from avl.commands.outages import PlaceChange
from avl.commands.site_rows import ROOM, add_room, change_room
from avl.domain.access import Actor
from avl.domain.errors import NotFound
from avl.domain.seen import mark_of
from avl.queries.places import all_rooms, find_site_by_code, room_at
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.described import refuses
from avl.web.api.fields import BIGGEST_ID, Text, Whole
from avl.web.api.once import carry_out
from avl.web.api.previews import PreviewOut, preview_answer
from avl.web.api.rows import (
    SITE_PATH,
    VERSION,
    Partly,
    Swept,
    adds,
    alters,
    cells_from,
    kept_site,
    marked,
    swept,
    values_of,
)
from avl.web.guards import actor

KINDS = [kind.value for kind in RESOURCE_KINDS]
ROOM_PATH = [
    SITE_PATH,
    {
        "in": "path",
        "name": "room_id",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": BIGGEST_ID},
    },
]


class RoomTermsIn(Schema):
    """What is said of a room, as a row of resources.csv says it."""

    name = Text(80, shortest=1, required=True, metadata={"description": "As on lists: Suite 3."})
    sort_order = Whole(
        0, 9999, load_default=0, metadata={"description": "Place in lists, the lowest first."}
    )
    is_active = fields.Boolean(
        load_default=True,
        metadata={"description": "False: switched off for good. For a time: POST /outages."},
    )
    source = Text(200, load_default="")
    assumed = Text(400, load_default="", metadata={"description": "What nobody has confirmed."})


class RoomIn(RoomTermsIn):
    """A room or bridge port that is to be added."""

    code = Text(
        24,
        shortest=1,
        required=True,
        metadata={"description": "Capitals and digits, such as S3. It cannot be changed later."},
    )
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))


class RoomChangeIn(Partly, RoomTermsIn):
    """What is to be changed; what is left out stays as it is."""


class RoomOut(Schema):
    """A room or bridge port of a site."""

    id = fields.Integer(required=True)
    version = fields.String(required=True, metadata=VERSION)
    site = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    name = fields.String(required=True)
    sort_order = fields.Integer(required=True)
    is_active = fields.Boolean(required=True)
    source = fields.String(required=True)
    assumed = fields.String(required=True)


class RoomDoneOut(Swept, RoomOut):
    """A room as it is now, and what the change did to bookings."""


class RoomsOut(Schema):
    """Every room of a site, those in use first."""

    rooms = fields.List(fields.Nested(RoomOut), required=True)


@bp.route("/sites/<site_code>/rooms", parameters=[SITE_PATH])
@refuses(401, 404, 503)
@bp.response(200, RoomsOut)
def list_rooms(site_code: str) -> Response:
    """List every room and bridge port of a site of the caller's, also those switched off."""
    site = kept_site(site_code)
    rows = [_body(site.code, room) for room in all_rooms(site.id)]
    return as_json(dumped(RoomsOut, {"rooms": rows}))


@bp.route("/sites/<site_code>/rooms", methods=["POST"], parameters=[SITE_PATH])
@bp.arguments(RoomIn())
@adds(RoomDoneOut)
def new_room(sent: dict[str, Any], site_code: str) -> Response:
    """Add a room or bridge port; whoever waits for one may find it."""
    code = kept_site(site_code).code
    return carry_out(
        lambda _: add_room(code, cells_from(sent), by=actor()),
        status=201,
        spelt=_spelt(code),
    )


@bp.route("/sites/<site_code>/rooms/<int:room_id>", parameters=ROOM_PATH)
@refuses(401, 404, 503)
@bp.response(200, RoomOut)
def read_room(site_code: str, room_id: int) -> Response:
    """Read one room; its ETag is what a change must send as If-Match."""
    site, room = _room(site_code, room_id)
    return marked(RoomOut, _body(site.code, room))


@bp.route("/sites/<site_code>/rooms/<int:room_id>", methods=["PATCH"], parameters=ROOM_PATH)
@bp.arguments(RoomChangeIn())
@alters(RoomDoneOut)
def alter_room(sent: dict[str, Any], site_code: str, room_id: int) -> Response:
    """Rename a room, or switch it off for good; every booking this breaks is a disruption."""
    site, room = _room(site_code, room_id)
    cells = spell_cells(ROOM, room) | cells_from(sent)

    def mark() -> str:
        return mark_of(spell_cells(ROOM, room_at(site.id, room_id)))

    return carry_out(
        lambda read: change_room(site.code, room_id, cells, mark=read or mark(), by=actor()),
        present=mark,
        spelt=_spelt(site.code),
    )


@bp.route("/sites/<site_code>/rooms/<int:room_id>/preview", methods=["POST"], parameters=ROOM_PATH)
@bp.arguments(RoomChangeIn())
@refuses(400, 401, 403, 404, 415, 503)
@bp.response(200, PreviewOut)
def preview_room(sent: dict[str, Any], site_code: str, room_id: int) -> Response:
    """Say what a change of a room would break; nothing is changed, so no key is needed."""
    site, room = _room(site_code, room_id)
    cells, what = spell_cells(ROOM, room) | cells_from(sent), f"Changing {room.name}"
    return preview_answer(foresee(change_room, site.code, room_id, cells, what=what, by=actor()))


def _room(site_code: str, room_id: int) -> tuple[Any, Any]:
    if room_id > BIGGEST_ID:
        raise NotFound("There is no such room.")
    site = kept_site(site_code)
    return site, room_at(site.id, room_id)


def _spelt(site_code: str) -> Any:
    def spell(_: Actor, done: PlaceChange) -> str:
        room = room_at(find_site_by_code(site_code).id, done.id)
        return json.dumps(dumped(RoomDoneOut, _body(site_code, room) | swept(done)))

    return spell


def _body(site_code: str, room: Any) -> dict[str, Any]:
    return {"id": room.id, "site": site_code} | values_of(ROOM, room)
