"""Who must be kept apart from whom by API: the list, one more, and one less."""

from __future__ import annotations

from typing import Any

from flask import Response, json
from marshmallow import fields, validate

from avl.commands.keeping_apart import (
    LONGEST_GAP_MINUTES,
    LONGEST_REASON,
    PairChange,
    end_keep_apart,
    foresee_keep_apart,
    keep_apart,
)
from avl.domain.access import Actor
from avl.domain.errors import InvalidInput, NotFound
from avl.domain.local_time import to_local
from avl.queries.pairs import PairListed, pair_as_told, pair_in_force, pairs_in_force
from avl.queries.records import find_person_id
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.described import acts, conflicts, refuses
from avl.web.api.fields import BIGGEST_ID, Instant, Text
from avl.web.api.once import carry_out
from avl.web.api.previews import PreviewOut, preview_answer
from avl.web.frame import OFFICE_ZONE
from avl.web.guards import actor

PATH = [
    {
        "in": "path",
        "name": "pair_id",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": BIGGEST_ID},
    }
]


class KeepApartIn(Schema):
    """Two people, and how far apart."""

    prn = Text(16, shortest=1, required=True)
    other_prn = Text(16, shortest=1, required=True)
    minutes = fields.Integer(
        strict=True,
        load_default=30,
        validate=validate.Range(min=0, max=LONGEST_GAP_MINUTES),
        metadata={"description": "Between one leaving and the other being fetched."},
    )
    all_day = fields.Boolean(
        load_default=False, metadata={"description": "Never from one site on one day."}
    )
    reason = Text(LONGEST_REASON, shortest=1, required=True)


class EndIn(Schema):
    """Why they need not be kept apart any more."""

    reason = Text(LONGEST_REASON, shortest=1, required=True)


class KeepApartOut(Schema):
    """Two people who must be kept apart."""

    id = fields.Integer(required=True)
    prns = fields.List(fields.String(), required=True)
    minutes = fields.Integer(required=True)
    all_day = fields.Boolean(required=True)
    reason = fields.String(required=True)
    made_at = Instant(required=True)


class KeepApartDoneOut(KeepApartOut):
    """What a change did to bookings: how many need a way out, how many are possible again."""

    broken = fields.Integer(required=True)
    mended = fields.Integer(required=True)


class KeepApartsOut(Schema):
    """Pairs in force in the caller's scope, the newest first."""

    keep_aparts = fields.List(fields.Nested(KeepApartOut), required=True)


@bp.route("/keep-aparts")
@refuses(401, 503)
@bp.response(200, KeepApartsOut)
def list_keep_aparts() -> Response:
    """List who must be kept apart from whom; empty for those who may not know."""
    rows = [_body(pair) for pair in pairs_in_force(actor())]
    return as_json(dumped(KeepApartsOut, {"keep_aparts": rows}))


@bp.route("/keep-aparts", methods=["POST"])
@bp.arguments(KeepApartIn())
@acts(201, KeepApartDoneOut, conflict="They are kept apart already.")
def keep_two_apart(sent: dict[str, Any]) -> Response:
    """Keep two people apart; every booking this breaks is a disruption at once."""
    read = _read(sent)
    return carry_out(lambda _: keep_apart(**read), status=201, spelt=_spelt)


@bp.route("/keep-aparts/preview", methods=["POST"])
@bp.arguments(KeepApartIn())
@refuses(400, 401, 403, 415, 503)
@conflicts("They are kept apart already.")
@bp.response(200, PreviewOut)
def preview_keeping_apart(sent: dict[str, Any]) -> Response:
    """Say what keeping two people apart would break, each booking with its way out; nothing is
    changed, so no key is needed. Send the same body to POST /keep-aparts to keep them apart."""
    return preview_answer(foresee_keep_apart(**_read(sent)), names_hidden=False)


@bp.route("/keep-aparts/<int:pair_id>", parameters=PATH)
@refuses(401, 404, 503)
@bp.response(200, KeepApartOut)
def read_keep_apart(pair_id: int) -> Response:
    """Read one pair in force."""
    return as_json(dumped(KeepApartOut, _body(pair_in_force(actor(), _known(pair_id)))))


@bp.route("/keep-aparts/<int:pair_id>/end", methods=["POST"], parameters=PATH)
@bp.arguments(EndIn())
@acts(200, KeepApartDoneOut, conflict="It has ended already.")
def end_pair(sent: dict[str, Any], pair_id: int) -> Response:
    """Let two people be near each other again."""
    known = _known(pair_id)
    return carry_out(
        lambda _: end_keep_apart(known, reason=sent["reason"], by=actor()), spelt=_spelt
    )


def _known(pair_id: int) -> int:
    if pair_id > BIGGEST_ID:
        raise NotFound("There is no such pair.")
    return pair_id


def _read(sent: dict[str, Any]) -> dict[str, Any]:
    """A pair as commands take it.

    Raises:
        InvalidInput: nobody has one of the PRNs.
    """
    how = {name: sent[name] for name in ("minutes", "all_day", "reason")}
    people = {"person_id": _person(sent, "prn"), "other_id": _person(sent, "other_prn")}
    return {**people, **how, "by": actor()}


def _person(sent: dict[str, Any], field: str) -> int:
    found = find_person_id(actor(), sent[field])
    if found is None:
        raise InvalidInput(field, f"There is no person with PRN {sent[field]}.")
    return found


def _spelt(_: Actor, done: PairChange) -> str:
    counts = {"broken": len(done.swept.opened), "mended": len(done.swept.mended)}
    return json.dumps(dumped(KeepApartDoneOut, _body(pair_as_told(done.id)) | counts))


def _body(pair: PairListed) -> dict[str, Any]:
    return {
        "id": pair.id,
        "prns": [one.prn for one in pair.people],
        "minutes": pair.minutes,
        "all_day": pair.all_day,
        "reason": pair.reason,
        "made_at": to_local(pair.made_at, OFFICE_ZONE),
    }
