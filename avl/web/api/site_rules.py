"""A site's own rules by API: what it wants, what a change would break, and the change."""

from __future__ import annotations

from typing import Any

from flask import Response, json
from marshmallow import fields, validate

from avl.commands.cells import spell_cells
from avl.commands.foreseeing import foresee
from avl.commands.outages import PlaceChange
from avl.commands.site_rows import SITE_RULES, change_site_rules
from avl.domain.access import Actor
from avl.domain.seen import mark_of
from avl.queries.places import find_site_by_code
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import dumped
from avl.web.api.described import refuses
from avl.web.api.fields import Text, Whole
from avl.web.api.once import carry_out
from avl.web.api.previews import PreviewOut, preview_answer
from avl.web.api.rows import (
    SITE_PATH,
    VERSION,
    Partly,
    Swept,
    alters,
    cells_from,
    kept_site,
    marked,
    readable_site,
    swept,
    values_of,
)
from avl.web.guards import actor

APPROVALS = ("self_service", "approval")


class SiteRulesIn(Partly):
    """What a site wants, as a row of sites.csv says it; what is left out stays as it is."""

    approval = fields.String(
        validate=validate.OneOf(APPROVALS),
        metadata={"description": "self_service: bookings are confirmed by themselves."},
    )
    approval_hours = Whole(
        1, 720, metadata={"description": "Time to answer; days on which it is shut do not count."}
    )
    notice_minutes = Whole(0, 20160, metadata={"description": "Notice before a link starts."})
    freeze_minutes = Whole(
        0, 20160, metadata={"description": "How long before its start nothing moves for others."}
    )
    turnaround_minutes = Whole(0, 120, metadata={"description": "A room stays empty after use."})
    pickup_minutes = Whole(0, 240, metadata={"description": "To fetch a person, and back."})
    escort_capacity = Whole(
        1,
        99,
        allow_none=True,
        metadata={"description": "People on the move at once; null: any number."},
    )
    separates_youth = fields.Boolean(metadata={"description": "Under 18 apart from adults."})
    separates_remand = fields.Boolean(metadata={"description": "Remand apart from sentenced."})
    interpreter_days = Whole(0, 30, metadata={"description": "Working days of notice."})
    reo_days = Whole(0, 30, metadata={"description": "The same, for te reo Māori."})
    interpreter_confirm_days = Whole(
        0, 30, metadata={"description": "Working days before, when one must be confirmed."}
    )
    phone = Text(24)
    source = Text(200)
    assumed = Text(400, metadata={"description": "What nobody has confirmed."})


class SiteRulesOut(Schema):
    """What a site wants."""

    site = fields.String(required=True)
    version = fields.String(required=True, metadata=VERSION)
    approval = fields.String(required=True, validate=validate.OneOf(APPROVALS))
    approval_hours = fields.Integer(required=True)
    notice_minutes = fields.Integer(required=True)
    freeze_minutes = fields.Integer(required=True)
    turnaround_minutes = fields.Integer(required=True)
    pickup_minutes = fields.Integer(required=True)
    escort_capacity = fields.Integer(required=True, allow_none=True)
    separates_youth = fields.Boolean(required=True)
    separates_remand = fields.Boolean(required=True)
    interpreter_days = fields.Integer(required=True)
    reo_days = fields.Integer(required=True)
    interpreter_confirm_days = fields.Integer(required=True)
    phone = fields.String(required=True)
    source = fields.String(required=True)
    assumed = fields.String(required=True)


class SiteRulesDoneOut(Swept, SiteRulesOut):
    """What a site wants now, and what the change did to bookings."""


@bp.route("/sites/<site_code>/rules", parameters=[SITE_PATH])
@refuses(401, 404, 503)
@bp.response(200, SiteRulesOut)
def read_site_rules(site_code: str) -> Response:
    """Read what a site wants; the ETag is what a change must send as If-Match."""
    return marked(SiteRulesOut, _body(readable_site(site_code)))


@bp.route("/sites/<site_code>/rules", methods=["PATCH"], parameters=[SITE_PATH])
@bp.arguments(SiteRulesIn())
@alters(SiteRulesDoneOut)
def change_rules(sent: dict[str, Any], site_code: str) -> Response:
    """Change what a site wants; every booking this breaks is a disruption at once."""
    cells = _cells(site_code, sent)

    def spelt(_: Actor, done: PlaceChange) -> str:
        body = _body(find_site_by_code(site_code)) | swept(done)
        return json.dumps(dumped(SiteRulesDoneOut, body))

    return carry_out(
        lambda mark: change_site_rules(site_code, cells, mark=mark or _mark(site_code), by=actor()),
        present=lambda: _mark(site_code),
        spelt=spelt,
    )


@bp.route("/sites/<site_code>/rules/preview", methods=["POST"], parameters=[SITE_PATH])
@bp.arguments(SiteRulesIn())
@refuses(400, 401, 403, 404, 415, 503)
@bp.response(200, PreviewOut)
def preview_rules(sent: dict[str, Any], site_code: str) -> Response:
    """Say what a change of a site's rules would break; nothing is changed, so no key is needed."""
    cells = _cells(site_code, sent)
    what = f"This change of the rules of {find_site_by_code(site_code).short_name}"
    return preview_answer(foresee(change_site_rules, site_code, cells, what=what, by=actor()))


def _cells(site_code: str, sent: dict[str, Any]) -> dict[str, str]:
    return spell_cells(SITE_RULES, kept_site(site_code)) | cells_from(sent)


def _mark(site_code: str) -> str:
    return mark_of(spell_cells(SITE_RULES, find_site_by_code(site_code)))


def _body(site: Any) -> dict[str, Any]:
    return {"site": site.code} | values_of(SITE_RULES, site)
