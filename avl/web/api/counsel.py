"""Counsel's records by API: found, added, changed. Texts that have not left yet follow a change."""

from __future__ import annotations

from typing import Any

from flask import Response, json
from marshmallow import fields, validate

from avl.commands.counsel_records import (
    LANGUAGES,
    NAME_LENGTH,
    CounselTyped,
    add_counsel,
    change_counsel,
)
from avl.domain.access import Actor
from avl.domain.contacts import EMAIL_LENGTH
from avl.domain.errors import NotFound
from avl.queries.counsel_records import MOST_COUNSEL, CounselSeen, counsel_list, get_counsel
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.described import refuses
from avl.web.api.fields import BIGGEST_ID, Text
from avl.web.api.once import carry_out
from avl.web.api.rows import VERSION, Partly, adds, alters, marked
from avl.web.guards import actor

PATH = [
    {
        "in": "path",
        "name": "counsel_id",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": BIGGEST_ID},
    }
]


class CounselQuery(Schema):
    """Whom to look for."""

    q = Text(
        120,
        load_default="",
        metadata={"description": "Words of a name or firm, or figures of a mobile; empty: all."},
    )


class CounselIn(Schema):
    """Counsel who is to be added."""

    name = Text(NAME_LENGTH, shortest=1, required=True)
    firm = Text(NAME_LENGTH, load_default="")
    mobile = Text(40, load_default="", metadata={"description": "It must really be a mobile."})
    email = Text(EMAIL_LENGTH, load_default="")
    language = fields.String(
        load_default="en",
        validate=validate.OneOf(LANGUAGES),
        metadata={"description": "Of texts: English or te reo Māori."},
    )


class CounselChangeIn(Partly, CounselIn):
    """What is to be changed; what is left out stays as it is."""


class CounselRecordOut(Schema):
    """Counsel's record."""

    id = fields.Integer(required=True)
    version = fields.String(required=True, metadata=VERSION)
    name = fields.String(required=True)
    firm = fields.String(required=True)
    mobile = fields.String(required=True)
    mobile_is_bad = fields.Boolean(
        required=True, metadata={"description": "No text has reached it; ask for another."}
    )
    email = fields.String(required=True)
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))


class CounselChangedOut(CounselRecordOut):
    """Counsel's record now; ``texts`` counts the waiting texts that follow the change."""

    texts = fields.Integer(required=True)


class CounselFoundOut(Schema):
    """Counsel by name; ``has_more``: there are more than are listed."""

    counsel = fields.List(fields.Nested(CounselRecordOut), required=True)
    has_more = fields.Boolean(required=True)


@bp.route("/counsel")
@bp.arguments(CounselQuery, location="query", unknown=None)
@refuses(400, 401, 404, 503)
@bp.response(200, CounselFoundOut)
def find_counsel(query: dict[str, Any]) -> Response:
    """Find counsel; macrons do not matter. The ``id`` is a booking's ``counsel_id``."""
    found = counsel_list(actor(), query["q"])
    rows = [_body(one) for one in found[:MOST_COUNSEL]]
    body = {"counsel": rows, "has_more": len(found) > MOST_COUNSEL}
    return as_json(dumped(CounselFoundOut, body))


@bp.route("/counsel", methods=["POST"])
@bp.arguments(CounselIn())
@adds(CounselRecordOut)
def new_counsel(sent: dict[str, Any]) -> Response:
    """Add counsel."""

    def spelt(who: Actor, made: Any) -> str:
        return json.dumps(dumped(CounselRecordOut, _body(get_counsel(who, made.id))))

    return carry_out(
        lambda _: add_counsel(CounselTyped(**sent), by=actor()), status=201, spelt=spelt
    )


@bp.route("/counsel/<int:counsel_id>", parameters=PATH)
@refuses(401, 404, 503)
@bp.response(200, CounselRecordOut)
def read_counsel(counsel_id: int) -> Response:
    """Read one record; its ETag is what a change must send as If-Match."""
    return marked(CounselRecordOut, _body(_seen(counsel_id)))


@bp.route("/counsel/<int:counsel_id>", methods=["PATCH"], parameters=PATH)
@bp.arguments(CounselChangeIn())
@alters(CounselChangedOut)
def edit_counsel(sent: dict[str, Any], counsel_id: int) -> Response:
    """Change counsel's record; texts that have not left yet go to the new number."""

    def act(mark: str | None) -> object:
        seen = _seen(counsel_id)
        typed = CounselTyped(**({name: getattr(seen, name) for name in TYPED} | sent))
        return change_counsel(counsel_id, typed, by=actor(), mark=mark or seen.mark)

    def spelt(who: Actor, done: Any) -> str:
        body = _body(get_counsel(who, counsel_id)) | {"texts": done.texts}
        return json.dumps(dumped(CounselChangedOut, body))

    return carry_out(act, present=lambda: _seen(counsel_id).mark, spelt=spelt)


TYPED = tuple(CounselTyped.__dataclass_fields__)


def _seen(counsel_id: int) -> CounselSeen:
    if counsel_id > BIGGEST_ID:
        raise NotFound("There is no such counsel.")
    return get_counsel(actor(), counsel_id)


def _body(seen: CounselSeen) -> dict[str, Any]:
    return {
        "id": seen.id,
        "version": seen.mark,
        "mobile_is_bad": seen.mobile_is_bad,
    } | {name: getattr(seen, name) for name in TYPED}
