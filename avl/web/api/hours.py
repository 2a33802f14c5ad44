"""When a site and its rooms are open, by API: the weeks on record, and a new one from a date on."""

from __future__ import annotations

from datetime import time
from typing import Any

from flask import Response, json
from marshmallow import fields, validate

from avl import clock
from avl.commands.foreseeing import foresee
from avl.commands.hours import LONGEST_SOURCE, NewWeek, set_hours
from avl.commands.outages import PlaceChange
from avl.domain.access import Actor
from avl.domain.errors import NotFound
from avl.domain.hours import BREAK, DAY_NAMES, LONGEST_LABEL, OPEN, Hours, Week
from avl.domain.local_time import END_OF_DAY, say_date
from avl.queries.hours import HoursKept, SiteHours, site_hours
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.described import refuses
from avl.web.api.fields import BIGGEST_ID, Text
from avl.web.api.once import carry_out
from avl.web.api.previews import PreviewOut, preview_answer
from avl.web.api.rooms import ROOM_PATH
from avl.web.api.rows import (
    SITE_PATH,
    VERSION,
    Swept,
    alters,
    kept_site,
    marked,
    readable_site,
    swept,
)
from avl.web.guards import actor

OPENS = r"^([01]\d|2[0-3]):[0-5]\d$"
CLOSES = r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"
MOST_LINES = 80


def _clock(pattern: str, says: str) -> fields.String:
    return fields.String(
        required=True, validate=validate.Regexp(pattern), metadata={"description": says}
    )


class HoursLine(Schema):
    """Hours that some weekdays share, by the site's clock."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf([OPEN, BREAK]),
        metadata={"description": "break: lunch, lock-up or a meal, when nothing is booked."},
    )
    weekdays = fields.List(
        fields.String(validate=validate.OneOf(DAY_NAMES)),
        required=True,
        validate=validate.Length(min=1, max=7),
    )
    opens_at = _clock(OPENS, "When it opens, or when a break begins.")
    closes_at = _clock(CLOSES, "Later than opens_at; 24:00 is the end of the day.")
    label = Text(LONGEST_LABEL, load_default="", metadata={"description": "What a break is for."})


class HoursIn(Schema):
    """The week that is to stand from a date on, until the next change that is on record."""

    from_on = fields.Date(required=True, metadata={"description": "Today, or a later date."})
    hours = fields.List(
        fields.Nested(HoursLine),
        required=True,
        validate=validate.Length(max=MOST_LINES),
        metadata={"description": "Empty: a site is closed, a room keeps its site's hours."},
    )
    source = Text(
        LONGEST_SOURCE, load_default="", metadata={"description": "Who says so, or where."}
    )


class WeekOut(Schema):
    """The hours that stand between two dates."""

    from_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "Null: since ever."}
    )
    to_on = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "The first date on which they stand no longer; null: for ever."},
    )
    hours = fields.List(fields.Nested(HoursLine), required=True)
    assumed = fields.String(required=True)


class HoursOut(Schema):
    """The weeks of a site, or of one of its rooms: what stands today, then what is to come."""

    site = fields.String(required=True)
    room_id = fields.Integer(required=True, allow_none=True)
    name = fields.String(required=True)
    zone = fields.String(required=True)
    version = fields.String(required=True, metadata=VERSION)
    weeks = fields.List(fields.Nested(WeekOut), required=True)


class HoursDoneOut(Swept, HoursOut):
    """The weeks as they are now, and what the change did to bookings."""


class RoomHoursOut(Schema):
    """The rooms that have hours of their own; the others keep their site's."""

    rooms = fields.List(fields.Nested(HoursOut), required=True)


@bp.route("/sites/<site_code>/hours", parameters=[SITE_PATH])
@refuses(401, 404, 503)
@bp.response(200, HoursOut)
def read_hours(site_code: str) -> Response:
    """Read a site's own weeks; the ETag is what a change must send as If-Match."""
    return marked(HoursOut, _body(_read(site_code), None))


@bp.route("/sites/<site_code>/hours", methods=["PUT"], parameters=[SITE_PATH])
@bp.arguments(HoursIn())
@alters(HoursDoneOut)
def put_hours(sent: dict[str, Any], site_code: str) -> Response:
    """Let a week stand from a date on; every booking this breaks is a disruption at once."""
    return _put(sent, site_code, None)


@bp.route("/sites/<site_code>/hours/preview", methods=["POST"], parameters=[SITE_PATH])
@bp.arguments(HoursIn())
@refuses(400, 401, 403, 404, 415, 503)
@bp.response(200, PreviewOut)
def preview_hours(sent: dict[str, Any], site_code: str) -> Response:
    """Say what a new week would break; nothing is changed, so no key is needed."""
    return _preview(sent, site_code, None)


@bp.route("/sites/<site_code>/hours/rooms", parameters=[SITE_PATH])
@refuses(401, 404, 503)
@bp.response(200, RoomHoursOut)
def list_room_hours(site_code: str) -> Response:
    """List the rooms of a site that have hours of their own."""
    found = _read(site_code)
    rows = [_body(found, one.room_id) for one in found.rooms if one.has_own]
    return as_json(dumped(RoomHoursOut, {"rooms": rows}))


@bp.route("/sites/<site_code>/rooms/<int:room_id>/hours", parameters=ROOM_PATH)
@refuses(401, 404, 503)
@bp.response(200, HoursOut)
def read_room_hours(site_code: str, room_id: int) -> Response:
    """Read a room's own weeks; where they hold no hours, it keeps its site's."""
    return marked(HoursOut, _body(_read(site_code), room_id))


@bp.route("/sites/<site_code>/rooms/<int:room_id>/hours", methods=["PUT"], parameters=ROOM_PATH)
@bp.arguments(HoursIn())
@alters(HoursDoneOut)
def put_room_hours(sent: dict[str, Any], site_code: str, room_id: int) -> Response:
    """Let a week of a room stand from a date on."""
    return _put(sent, site_code, room_id)


@bp.route(
    "/sites/<site_code>/rooms/<int:room_id>/hours/preview", methods=["POST"], parameters=ROOM_PATH
)
@bp.arguments(HoursIn())
@refuses(400, 401, 403, 404, 415, 503)
@bp.response(200, PreviewOut)
def preview_room_hours(sent: dict[str, Any], site_code: str, room_id: int) -> Response:
    """Say what a new week of a room would break; nothing is changed, so no key is needed."""
    return _preview(sent, site_code, room_id)


def _put(sent: dict[str, Any], site_code: str, room_id: int | None) -> Response:
    _kept(site_code, room_id)

    def act(mark: str | None) -> PlaceChange:
        return set_hours(site_code, _week(sent, mark), room_id=room_id, by=actor())

    def spelt(_: Actor, done: PlaceChange) -> str:
        return json.dumps(dumped(HoursDoneOut, _body(_read(site_code), room_id) | swept(done)))

    return carry_out(act, present=lambda: _kept(site_code, room_id).mark, spelt=spelt)


def _preview(sent: dict[str, Any], site_code: str, room_id: int | None) -> Response:
    kept, week = _kept(site_code, room_id), _week(sent, None)
    what = f"This week of {kept.name}, from {say_date(week.from_on)},"
    more: dict[str, Any] = {"room_id": room_id, "by": actor()}
    return preview_answer(foresee(set_hours, site_code, week, what=what, **more))


def _read(site_code: str) -> SiteHours:
    return site_hours(readable_site(site_code).code, now=clock.now())


def _kept(site_code: str, room_id: int | None) -> HoursKept:
    kept_site(site_code)
    return _of(site_hours(site_code, now=clock.now()), room_id)


def _of(found: SiteHours, room_id: int | None) -> HoursKept:
    if room_id is not None and room_id > BIGGEST_ID:
        raise NotFound("There is no such room.")
    return found.of(room_id)


def _week(sent: dict[str, Any], mark: str | None) -> NewWeek:
    hours = [
        Hours(
            line["kind"],
            DAY_NAMES.index(day),
            time.fromisoformat(line["opens_at"]),
            _end(line["closes_at"]),
            line["label"],
        )
        for line in sent["hours"]
        for day in dict.fromkeys(line["weekdays"])
    ]
    return NewWeek(sent["from_on"], tuple(hours), sent["source"], mark)


def _end(typed: str) -> time:
    return END_OF_DAY if typed == "24:00" else time.fromisoformat(typed)


def _body(found: SiteHours, room_id: int | None) -> dict[str, Any]:
    kept = _of(found, room_id)
    return {
        "site": found.site.code,
        "room_id": room_id,
        "name": kept.name,
        "zone": found.site.zone,
        "version": kept.mark,
        "weeks": [_week_body(week) for week in kept.weeks],
    }


def _week_body(week: Week) -> dict[str, Any]:
    lines = [
        {
            "kind": line.kind,
            "weekdays": [DAY_NAMES[day] for day in line.days],
            "opens_at": f"{line.opens_at:%H:%M}",
            "closes_at": "24:00" if line.closes_at == END_OF_DAY else f"{line.closes_at:%H:%M}",
            "label": line.label,
        }
        for kind in (OPEN, BREAK)
        for line in week.lines(kind)
    ]
    return {
        "from_on": week.from_on,
        "to_on": week.to_on,
        "hours": lines,
        "assumed": week.assumed,
    }
