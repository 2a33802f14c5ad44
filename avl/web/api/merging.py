"""Two records of one person made one by API."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response, json
from marshmallow import fields, validate

from avl.commands.merging import foresee_merge, look_at_merge, merge_people
from avl.commands.records import Move
from avl.domain.access import Actor
from avl.domain.errors import InvalidInput, NotFound
from avl.queries.records import find_person_id, person_version
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.described import ETAG, IF_MATCH, KEY, REPLAYED, refuses
from avl.web.api.fields import BIGGEST_ID, Text
from avl.web.api.once import carry_out
from avl.web.api.previews import PreviewOut, preview_body
from avl.web.api.schemas import Problem
from avl.web.errors import PROBLEM
from avl.web.guards import actor

PATH = [
    {
        "in": "path",
        "name": "prn",
        "required": True,
        "description": "Of the record that is kept.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 16},
    }
]


IF_MATCH_PERSON = {
    **IF_MATCH,
    "description": "The ETag of the record that is kept, as GET /people/{prn} gave it.",
}


class MergeIn(Schema):
    """Whose record becomes part of the one that is kept."""

    other_prn = Text(16, shortest=1, required=True)
    other_version = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1, max=BIGGEST_ID),
        metadata={"description": "Of the other record, as it was read; left out for any."},
    )
    is_one_person = fields.Boolean(
        load_default=False,
        metadata={"description": "Confirms it in spite of the ``doubts`` of the preview."},
    )


class MergedOut(Schema):
    """What merging did; ``wrong_place`` are coming bookings at the wrong place now, as far as the
    caller may see them, ``wrong_place_of_others`` how many more there are."""

    prn = fields.String(required=True)
    version = fields.Integer(required=True)
    merged_prn = fields.String(required=True)
    wrong_place = fields.List(fields.String(), required=True)
    wrong_place_of_others = fields.Integer(required=True)


class MergePreviewOut(Schema):
    """What merging would move and break; it can be done only while nothing is among the
    ``obstacles``, and where something is among the ``doubts``, only with ``is_one_person``."""

    prn = fields.String(required=True)
    version = fields.Integer(required=True)
    merged_prn = fields.String(required=True)
    other_version = fields.Integer(required=True)
    obstacles = fields.List(fields.String(), required=True)
    doubts = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "What makes it unlikely that they are one person's records."},
    )
    bookings = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Of the other record, as far as the caller may see them."},
    )
    bookings_of_others = fields.Integer(required=True)
    matters = fields.Integer(required=True)
    keep_aparts = fields.Integer(required=True)
    breaks = fields.Nested(
        PreviewOut,
        required=True,
        allow_none=True,
        metadata={"description": "Null while there are obstacles."},
    )


@bp.route("/people/<prn>/merge/preview", methods=["POST"], parameters=PATH)
@bp.arguments(MergeIn())
@refuses(400, 401, 403, 404, 415, 503)
@bp.response(200, MergePreviewOut, headers=ETAG)
def preview_merge(sent: dict[str, Any], prn: str) -> Response:
    """Say what merging two records would move and break, and what stands in its way; nothing is
    changed, so no key is needed. Send the same body to POST /people/{prn}/merge to merge them."""
    kept_id, other_id = _both(sent, prn)
    seen = look_at_merge(kept_id, other_id, by=actor())
    breaks = None
    if not seen.obstacles:
        breaks = foresee_merge(kept_id, other_id, by=actor(), is_one_person=True)
    answer = as_json(
        dumped(
            MergePreviewOut,
            {
                "prn": prn,
                "version": seen.kept.version,
                "other_version": seen.other.version,
                "merged_prn": sent["other_prn"],
                "obstacles": seen.obstacles,
                "doubts": seen.doubts,
                "bookings": seen.references,
                "bookings_of_others": seen.bookings - len(seen.references),
                "matters": seen.matters,
                "keep_aparts": seen.apart,
                "breaks": breaks and preview_body(breaks, names_hidden=False),
            },
        )
    )
    answer.set_etag(str(seen.kept.version))
    return answer


@bp.route("/people/<prn>/merge", methods=["POST"], parameters=PATH)
@bp.arguments(MergeIn())
@refuses(400, 401, 403, 404, 412, 415, 428, 503)
@bp.alt_response(
    409,
    schema=Problem,
    content_type=PROBLEM,
    description="They cannot be one person as they stand; the detail says why.",
)
@bp.doc(parameters=[KEY, IF_MATCH_PERSON])
@bp.response(200, MergedOut, headers=ETAG | REPLAYED)
def merge(sent: dict[str, Any], prn: str) -> Response:
    """Make two records of one person one; both PRNs find the person afterwards.

    For the AVL coordinator of the place where the person is. It cannot be taken back.
    """

    def act(version: int | None) -> Move:
        kept_id, other_id = _both(sent, prn)
        return merge_people(
            kept_id,
            other_id,
            by=actor(),
            version=version,
            other_version=sent["other_version"],
            is_one_person=sent["is_one_person"],
        )

    def spelt(who: Actor, done: Move) -> str:
        body = {
            "prn": prn,
            "version": person_version(who, prn),
            "merged_prn": sent["other_prn"],
            "wrong_place": done.references,
            "wrong_place_of_others": done.hidden,
        }
        return json.dumps(dumped(MergedOut, body))

    return carry_out(act, present=partial(person_version, actor(), prn), spelt=spelt)


def _both(sent: dict[str, Any], prn: str) -> tuple[int, int]:
    """Ids of the person that is kept and of the other.

    Raises:
        NotFound: nobody has the PRN in the address.
        InvalidInput: nobody has the other one, or both are one record already.
    """
    kept_id = find_person_id(actor(), prn)
    if kept_id is None:
        raise NotFound("There is no such person.")
    other_id = find_person_id(actor(), sent["other_prn"])
    if other_id is None:
        raise InvalidInput("other_prn", f"There is no person with PRN {sent['other_prn']}.")
    if other_id == kept_id:
        raise InvalidInput("other_prn", "These are one record already.")
    return kept_id, other_id
