"""Somebody new in custody by API, and the matters a person is on with their counsel of record."""

from __future__ import annotations

from typing import Any

from flask import Response, json
from marshmallow import fields

from avl import clock
from avl.commands.matters import PartySet, SameMatter, add_matter, set_party
from avl.commands.records import NewPerson, add_person
from avl.domain.access import Actor
from avl.domain.contacts import read_matter_number
from avl.domain.errors import InvalidInput, NotFound
from avl.queries.lookups import court_ids, find_matter_id
from avl.queries.people import get_person
from avl.queries.records import find_person_id
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import dumped, person_body
from avl.web.api.custody import site_id_of
from avl.web.api.described import AS_IT_STANDS, ETAG, KEY, REPLAYED, conflicts, refuses
from avl.web.api.fields import Id, Text, WholeMinute
from avl.web.api.lookup_schemas import FoundPerson
from avl.web.api.once import carry_out
from avl.web.api.search import PRN_PATH
from avl.web.guards import actor

NUMBER_PATH = [
    *PRN_PATH,
    {
        "in": "path",
        "name": "number",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 24},
        "description": "The matter number, such as CRI-2026-096-001234.",
    },
]


class PersonIn(Schema):
    """Somebody new in custody, and where they are held."""

    prn = Text(16, shortest=1, required=True)
    family_name = Text(80, shortest=1, required=True)
    given_names = Text(80, load_default="")
    born_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"description": "People under 18 wait apart from adults; it is never told."},
    )
    interpreter_language = Text(40, load_default="")
    site = Text(16, shortest=1, required=True, metadata={"description": "Where they are held."})
    since = WholeMinute(required=True, metadata={"description": "Since when they are there."})
    status = Text(24, load_default="", metadata={"description": "Custody status, where known."})


class PartyIn(Schema):
    """Who acts for a person on a matter, and at which court it is."""

    court = Text(16, shortest=1, required=True, metadata={"description": "The court's code."})
    counsel_id = Id(
        load_default=None, allow_none=True, metadata={"description": "Null: nobody as yet."}
    )
    is_suppressed = fields.Boolean(
        load_default=False,
        metadata={"description": "Of a matter that is new: whether names are suppressed."},
    )
    joins = fields.Boolean(
        load_default=False,
        metadata={"description": "True: the person joins those who are on it already."},
    )


class PartyOut(Schema):
    """A person on a matter; ``other_counsel`` are coming bookings that keep other counsel."""

    prn = fields.String(required=True)
    number = fields.String(required=True)
    counsel_id = fields.Integer(required=True, allow_none=True)
    other_counsel = fields.List(fields.String(), required=True)


@bp.route("/people", methods=["POST"])
@bp.arguments(PersonIn())
@refuses(400, 401, 403, 415, 503)
@conflicts(AS_IT_STANDS)
@bp.doc(parameters=[KEY])
@bp.response(201, FoundPerson, headers=ETAG | REPLAYED)
def new_person(sent: dict[str, Any]) -> Response:
    """Record somebody new in custody and where they are held."""
    named = ("prn", "family_name", "given_names", "born_on", "interpreter_language")
    new = NewPerson(**{name: sent[name] for name in named})

    def spelt(who: Actor, made: Any) -> str:
        seen = get_person(who, made.id, now=clock.now())
        return json.dumps(dumped(FoundPerson, person_body(seen)))

    return carry_out(
        lambda _: add_person(
            new,
            site_id=site_id_of(sent["site"]),
            since=sent["since"],
            status=sent["status"],
            by=actor(),
        ),
        status=201,
        spelt=spelt,
    )


@bp.route("/people/<prn>/matters/<number>", methods=["PUT"], parameters=NUMBER_PATH)
@bp.arguments(PartyIn())
@refuses(400, 401, 403, 404, 415, 503)
@conflicts(AS_IT_STANDS)
@bp.doc(parameters=[KEY])
@bp.response(200, PartyOut, headers=REPLAYED)
def put_on_matter(sent: dict[str, Any], prn: str, number: str) -> Response:
    """Put a person on a matter, or change who acts for them there. Bookings keep the counsel they
    have. The same again changes nothing, so no If-Match is asked for."""

    def act(_: Any) -> PartySet:
        person_id = find_person_id(actor(), prn)
        if person_id is None:
            raise NotFound("There is no such person.")
        return _put(person_id, read_matter_number(number), sent)

    def spelt(_: Actor, done: PartySet) -> str:
        body = {
            "prn": prn,
            "number": done.number,
            "counsel_id": sent["counsel_id"],
            "other_counsel": done.references,
        }
        return json.dumps(dumped(PartyOut, body))

    return carry_out(act, spelt=spelt)


def _put(person_id: int, number: str, sent: dict[str, Any]) -> PartySet:
    court_id, _ = court_ids(actor(), sent["court"])
    seen = get_person(actor(), person_id, now=clock.now())
    on = {one.number: one for one in seen.matters if one.court_id == court_id}
    if number in on:
        matter_id = on[number].matter_id
        return set_party(matter_id, person_id, counsel_id=sent["counsel_id"], by=actor())
    try:
        return add_matter(
            number,
            court_id=court_id,
            person_id=person_id,
            counsel_id=sent["counsel_id"],
            is_suppressed=sent["is_suppressed"],
            join=find_matter_id(number, court_id) if sent["joins"] else None,
            by=actor(),
        )
    except SameMatter as same:
        told = f"{same.message} Send “joins”: true to put this person on it too."
        raise InvalidInput("joins", told) from None
