"""Hearing types by API: which there are, one more, and one changed or retired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, json
from marshmallow import fields, validate

from avl.commands.area_columns import CONSENTS, HEARING_TYPES
from avl.commands.cells import spell_cells
from avl.commands.foreseeing import foresee
from avl.commands.hearing_types import add_hearing_type, change_hearing_type
from avl.commands.outages import PlaceChange
from avl.domain.access import Actor
from avl.domain.seen import mark_of
from avl.queries.hearing_types import all_types, find_type
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.described import refuses
from avl.web.api.fields import Text, Whole
from avl.web.api.once import carry_out
from avl.web.api.previews import PreviewOut, preview_answer
from avl.web.api.rows import (
    VERSION,
    Partly,
    Swept,
    adds,
    alters,
    cells_from,
    marked,
    swept,
    values_of,
)
from avl.web.guards import actor

ACCESS = ("open", "closed", "private")
PATH = [
    {
        "in": "path",
        "name": "type_code",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 24},
    }
]


class HearingTypeTermsIn(Schema):
    """What a hearing type is like, as a row of hearing_types.csv says it."""

    name = Text(120, shortest=1, required=True)
    jurisdiction = Text(
        24, shortest=1, required=True, metadata={"description": "Such as criminal or youth."}
    )
    act_class = Text(
        32,
        shortest=1,
        required=True,
        metadata={"description": "Its class in the Act; decides which mode rules are about it."},
    )
    act_section = Text(24, load_default="")
    consent = fields.String(load_default="no", validate=validate.OneOf(CONSENTS))
    decided_by = Text(60, load_default="")
    typical_minutes = Whole(0, 600, required=True)
    pre_minutes = Whole(0, 120, load_default=0)
    post_minutes = Whole(0, 120, load_default=0)
    access = fields.String(
        load_default="open",
        validate=validate.OneOf(ACCESS),
        metadata={"description": "Who may know of it; private: not a court hearing."},
    )
    priority = Whole(
        0, 100, load_default=50, metadata={"description": "More is weightier when bookings move."}
    )
    is_bookable = fields.Boolean(
        load_default=True, metadata={"description": "False: retired. Bookings made keep it."}
    )
    interpreter_days = Whole(
        0,
        30,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Working days ahead an interpreter is asked for; null: as its"
            " court says."
        },
    )
    source = Text(200, load_default="")
    assumed = Text(400, load_default="", metadata={"description": "What nobody has confirmed."})
    notes = Text(600, load_default="")


class HearingTypeIn(HearingTypeTermsIn):
    """A hearing type that is to be added."""

    code = Text(
        24,
        shortest=1,
        required=True,
        metadata={"description": "Capitals and digits, such as BAIL. It cannot be changed later."},
    )


class HearingTypeChangeIn(Partly, HearingTypeTermsIn):
    """What is to be changed; what is left out stays as it is."""


class KindOut(Schema):
    """A hearing type as it stands."""

    code = fields.String(required=True)
    version = fields.String(required=True, metadata=VERSION)
    name = fields.String(required=True)
    jurisdiction = fields.String(required=True)
    act_class = fields.String(required=True)
    act_section = fields.String(required=True)
    consent = fields.String(required=True, validate=validate.OneOf(CONSENTS))
    decided_by = fields.String(required=True)
    typical_minutes = fields.Integer(required=True)
    pre_minutes = fields.Integer(required=True)
    post_minutes = fields.Integer(required=True)
    access = fields.String(required=True, validate=validate.OneOf(ACCESS))
    priority = fields.Integer(required=True)
    is_bookable = fields.Boolean(required=True)
    interpreter_days = fields.Integer(required=True, allow_none=True)
    source = fields.String(required=True)
    assumed = fields.String(required=True)
    notes = fields.String(required=True)


class KindDoneOut(Swept, KindOut):
    """A hearing type as it stands now, and what the change did to bookings."""


class KindsOut(Schema):
    """Every hearing type, those that may be booked first, by name."""

    hearing_types = fields.List(fields.Nested(KindOut), required=True)


@bp.route("/hearing-types")
@refuses(401, 503)
@bp.response(200, KindsOut)
def list_types() -> Response:
    """List the hearing types; POST /bookings takes the code of one that may be booked."""
    rows = [values_of(HEARING_TYPES, one) for one in all_types()]
    return as_json(dumped(KindsOut, {"hearing_types": rows}))


@bp.route("/hearing-types", methods=["POST"])
@bp.arguments(HearingTypeIn())
@adds(KindDoneOut)
def add_type(sent: dict[str, Any]) -> Response:
    """Add a hearing type."""
    cells = cells_from(sent)
    return carry_out(
        lambda _: add_hearing_type(cells, by=actor()),
        status=201,
        spelt=_spelt(lambda: cells["code"].strip()),
    )


@bp.route("/hearing-types/<type_code>", parameters=PATH)
@refuses(401, 404, 503)
@bp.response(200, KindOut)
def read_type(type_code: str) -> Response:
    """Read one hearing type; its ETag is what a change must send as If-Match."""
    return marked(KindOut, values_of(HEARING_TYPES, find_type(type_code)))


@bp.route("/hearing-types/<type_code>", methods=["PATCH"], parameters=PATH)
@bp.arguments(HearingTypeChangeIn())
@alters(KindDoneOut)
def change_type(sent: dict[str, Any], type_code: str) -> Response:
    """Change or retire a hearing type; every booking this breaks is a disruption at once."""
    code, cells = _with(type_code, sent)
    return carry_out(
        lambda mark: change_hearing_type(code, cells, mark=mark or _mark(code), by=actor()),
        present=lambda: _mark(code),
        spelt=_spelt(lambda: code),
    )


@bp.route("/hearing-types/<type_code>/preview", methods=["POST"], parameters=PATH)
@bp.arguments(HearingTypeChangeIn())
@refuses(400, 401, 403, 404, 415, 503)
@bp.response(200, PreviewOut)
def preview_type(sent: dict[str, Any], type_code: str) -> Response:
    """Say what a change of a hearing type would break; nothing is changed, so no key is needed."""
    code, cells = _with(type_code, sent)
    what = f"Changing “{find_type(code).name}”"
    return preview_answer(foresee(change_hearing_type, code, cells, what=what, by=actor()))


def _with(type_code: str, sent: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The type's code and its columns, with those that were sent in their place."""
    kind = find_type(type_code)
    return kind.code, spell_cells(HEARING_TYPES, kind) | cells_from(sent)


def _mark(code: str) -> str:
    return mark_of(spell_cells(HEARING_TYPES, find_type(code)))


def _spelt(code: Callable[[], str]) -> Callable[[Actor, PlaceChange], str]:
    def spell(_: Actor, done: PlaceChange) -> str:
        body = values_of(HEARING_TYPES, find_type(code())) | swept(done)
        return json.dumps(dumped(KindDoneOut, body))

    return spell
