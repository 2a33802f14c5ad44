"""Rules about AVL or in person by API: the list, one more, one ended or withdrawn.

A rule that has begun is never rewritten, so there is no change of one: it ends, and another begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, json
from marshmallow import fields, validate

from avl import clock
from avl.commands.area_columns import CONSENTS, COURT_SUBKINDS, MODES, TRIGGERS
from avl.commands.foreseeing import foresee
from avl.commands.mode_rules import LAW_ZONE, add_mode_rule, end_mode_rule, withdraw_mode_rule
from avl.commands.outages import PlaceChange
from avl.domain.access import Actor
from avl.domain.local_time import local_day
from avl.queries.hearing_types import find_type
from avl.queries.mode_rules import RuleShown, all_rules, find_rule, rule_made, rules_among
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.described import conflicts, refuses
from avl.web.api.fields import Text
from avl.web.api.once import carry_out
from avl.web.api.previews import PreviewOut, preview_answer
from avl.web.api.rows import (
    VERSION,
    Swept,
    adds,
    alters,
    cells_from,
    marked,
    swept,
)
from avl.web.guards import actor

LAYERS = ("statute", "protocol")
PATH = [
    {
        "in": "path",
        "name": "rule_code",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 60},
    }
]


class ModeRulesQuery(Schema):
    """Which rules."""

    ended = fields.Boolean(
        load_default=False, metadata={"description": "Whether those that have ended are listed."}
    )
    hearing_type = Text(
        24,
        load_default="",
        metadata={"description": "Only those that bear on this type: its own, its class's, all's."},
    )
    layer = fields.String(validate=validate.OneOf(LAYERS))


class ModeRuleIn(Schema):
    """A dated rule, as a row of mode_rules.csv says it. What is left out, it is not limited to."""

    layer = fields.String(
        required=True,
        validate=validate.OneOf(LAYERS),
        metadata={"description": "A protocol may ask for more presence than the Act, never less."},
    )
    hearing_type = Text(24, load_default=None, allow_none=True)
    act_class = Text(32, load_default="")
    court = Text(16, load_default=None, allow_none=True, metadata={"description": "A code."})
    court_subkind = fields.String(
        load_default="",
        validate=validate.OneOf(["", *COURT_SUBKINDS]),
        metadata={"description": "District Court or High Court."},
    )
    in_custody = fields.Boolean(
        load_default=None, allow_none=True, metadata={"description": "Null: either."}
    )
    trigger = fields.String(load_default="", validate=validate.OneOf(TRIGGERS))
    mode = fields.String(required=True, validate=validate.OneOf(MODES))
    override_role = Text(60, load_default="", metadata={"description": "Who may direct otherwise."})
    consent = fields.String(load_default="no", validate=validate.OneOf(CONSENTS))
    from_on = fields.Date(required=True)
    to_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"description": "The first date on which it no longer stands; null: for ever."},
    )
    sentence = Text(
        300,
        shortest=1,
        required=True,
        metadata={"description": "What it says, as the end of a sentence: it begins small."},
    )
    source = Text(
        200, shortest=1, required=True, metadata={"description": "Where this is written."}
    )
    assumed = Text(400, load_default="")


class EndRuleIn(Schema):
    """Until when a rule stands."""

    to_on = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "The first date on which it no longer stands; null: for ever."},
    )


class ModeRuleOut(Schema):
    """A rule as it stands."""

    code = fields.String(required=True)
    version = fields.String(required=True, metadata=VERSION)
    layer = fields.String(required=True, validate=validate.OneOf(LAYERS))
    hearing_type = fields.String(required=True, allow_none=True)
    act_class = fields.String(required=True)
    court = fields.String(required=True, allow_none=True)
    court_subkind = fields.String(required=True)
    in_custody = fields.Boolean(required=True, allow_none=True)
    trigger = fields.String(required=True, validate=validate.OneOf(TRIGGERS))
    mode = fields.String(required=True, validate=validate.OneOf(MODES))
    override_role = fields.String(required=True)
    consent = fields.String(required=True, validate=validate.OneOf(CONSENTS))
    from_on = fields.Date(required=True)
    to_on = fields.Date(required=True, allow_none=True)
    sentence = fields.String(required=True)
    source = fields.String(required=True)
    assumed = fields.String(required=True)


class ModeRuleDoneOut(Swept, ModeRuleOut):
    """A rule as it stands now, and what the change did to bookings."""


class WithdrawnOut(Swept):
    """A rule that is no more, and what that did to bookings."""

    code = fields.String(required=True)


class ModeRulesOut(Schema):
    """Rules, statute before protocol, the latest first."""

    mode_rules = fields.List(fields.Nested(ModeRuleOut), required=True)


@bp.route("/mode-rules")
@bp.arguments(ModeRulesQuery, location="query", unknown=None)
@refuses(400, 401, 404, 503)
@bp.response(200, ModeRulesOut)
def list_rules(query: dict[str, Any]) -> Response:
    """List the rules that say who appears by AVL and who in person, now and from dates to come."""
    today = local_day(clock.now(), LAW_ZONE)
    found = [one for one in all_rules() if query["ended"] or not one.has_ended(today)]
    kind = find_type(query["hearing_type"]) if query["hearing_type"] else None
    rows = [_body(one) for one in rules_among(found, kind=kind, layer=query.get("layer", ""))]
    return as_json(dumped(ModeRulesOut, {"mode_rules": rows}))


@bp.route("/mode-rules", methods=["POST"])
@bp.arguments(ModeRuleIn())
@adds(ModeRuleDoneOut)
def add_rule(sent: dict[str, Any]) -> Response:
    """Add a dated rule; every booking that may no longer be by AVL is a disruption at once."""
    cells = cells_from(sent)
    return carry_out(
        lambda _: add_mode_rule(cells, by=actor()),
        status=201,
        spelt=_spelt(lambda done: rule_made(done.id)),
    )


@bp.route("/mode-rules/preview", methods=["POST"])
@bp.arguments(ModeRuleIn())
@refuses(400, 401, 403, 415, 503)
@bp.response(200, PreviewOut)
def preview_rule(sent: dict[str, Any]) -> Response:
    """Say what a rule would break; nothing is changed, so no key is needed."""
    return preview_answer(foresee(add_mode_rule, cells_from(sent), what="This rule", by=actor()))


@bp.route("/mode-rules/<rule_code>", parameters=PATH)
@refuses(401, 404, 503)
@bp.response(200, ModeRuleOut)
def read_rule(rule_code: str) -> Response:
    """Read one rule; its ETag is what a change must send as If-Match."""
    return marked(ModeRuleOut, _body(find_rule(rule_code)))


@bp.route("/mode-rules/<rule_code>/end", methods=["POST"], parameters=PATH)
@bp.arguments(EndRuleIn())
@alters(ModeRuleDoneOut, "It has ended already.")
def end_rule(sent: dict[str, Any], rule_code: str) -> Response:
    """Let a rule stand until a date, or for ever."""
    return carry_out(
        lambda mark: end_mode_rule(rule_code, sent["to_on"], mark=mark, by=actor()),
        present=lambda: find_rule(rule_code).mark,
        spelt=_spelt(lambda _: find_rule(rule_code)),
    )


@bp.route("/mode-rules/<rule_code>/end/preview", methods=["POST"], parameters=PATH)
@bp.arguments(EndRuleIn())
@refuses(400, 401, 403, 404, 415, 503)
@conflicts("It has ended already.")
@bp.response(200, PreviewOut)
def preview_end(sent: dict[str, Any], rule_code: str) -> Response:
    """Say what ending a rule would break; nothing is changed, so no key is needed."""
    return preview_answer(
        foresee(end_mode_rule, rule_code, sent["to_on"], what="Ending this rule", by=actor())
    )


@bp.route("/mode-rules/<rule_code>/withdraw", methods=["POST"], parameters=PATH)
@alters(WithdrawnOut, "It has begun, so it stays on record. End it instead.")
def withdraw_rule(rule_code: str) -> Response:
    """Take a rule back that has not begun."""

    def spelt(_: Actor, done: PlaceChange) -> str:
        return json.dumps(dumped(WithdrawnOut, {"code": rule_code} | swept(done)))

    return carry_out(
        lambda mark: withdraw_mode_rule(rule_code, mark=mark, by=actor()),
        present=lambda: find_rule(rule_code).mark,
        spelt=spelt,
    )


@bp.route("/mode-rules/<rule_code>/withdraw/preview", methods=["POST"], parameters=PATH)
@refuses(400, 401, 403, 404, 415, 503)
@conflicts("It has begun, so it stays on record. End it instead.")
@bp.response(200, PreviewOut)
def preview_withdrawing(rule_code: str) -> Response:
    """Say what withdrawing a rule would break; nothing is changed, so no key is needed."""
    what = "Withdrawing this rule"
    return preview_answer(foresee(withdraw_mode_rule, rule_code, what=what, by=actor()))


def _spelt(rule: Callable[[PlaceChange], RuleShown]) -> Callable[[Actor, PlaceChange], str]:
    def spell(_: Actor, done: PlaceChange) -> str:
        return json.dumps(dumped(ModeRuleDoneOut, _body(rule(done)) | swept(done)))

    return spell


def _body(rule: RuleShown) -> dict[str, Any]:
    names = ModeRuleOut._declared_fields.keys() - {"version", "hearing_type", "court"}
    return {name: getattr(rule, name) for name in names} | {
        "version": rule.mark,
        "hearing_type": rule.kind_code,
        "court": rule.court_code,
    }
