"""What looking things up takes and gives: sites, rooms, people."""

from __future__ import annotations

from marshmallow import fields, validate

from avl.web.api.base import Schema
from avl.web.api.fields import Instant, Text


class SiteOut(Schema):
    """A court, prison or other place."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    zone = fields.String(required=True)
    area = fields.String(required=True)
    approval = fields.String(required=True)


class SitesOut(Schema):
    """Every active site."""

    sites = fields.List(fields.Nested(SiteOut), required=True)


class ResourceOut(Schema):
    """A courtroom or suite."""

    id = fields.Integer(required=True)
    code = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    site = fields.String(required=True)


class ResourcesOut(Schema):
    """Courtrooms and suites, by site."""

    resources = fields.List(fields.Nested(ResourceOut), required=True)


class StayOut(Schema):
    """Where a person is held, and until when (null: until further notice)."""

    site = fields.String(required=True)
    site_code = fields.String(required=True)
    starts_at = Instant(required=True)
    ends_at = Instant(required=True, allow_none=True)


class MatterOut(Schema):
    """A file at one of the caller's courts, and counsel of record."""

    number = fields.String(required=True)
    court = fields.String(required=True)
    court_code = fields.String(required=True)
    counsel_id = fields.Integer(required=True, allow_none=True)
    counsel = fields.String(required=True)


class FoundPerson(Schema):
    """A person in custody: where they are, and what they have at the caller's courts."""

    prn = fields.String(required=True)
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    interpreter_language = fields.String(required=True)
    now_at = fields.Nested(StayOut, required=True, allow_none=True)
    next_at = fields.Nested(StayOut, required=True, allow_none=True)
    matters = fields.List(fields.Nested(MatterOut), required=True)


class PeopleOut(Schema):
    """Nobody, or the one person with this PRN."""

    people = fields.List(fields.Nested(FoundPerson), required=True)


KINDS = ["", "courtroom", "suite", "instruction_suite", "bridge_port"]


class ResourcesQuery(Schema):
    """Which rooms to list."""

    site = Text(16, load_default="")
    kind = fields.String(load_default="", validate=validate.OneOf(KINDS))


class PeopleQuery(Schema):
    """Whom to look for."""

    prn = Text(16, shortest=1, required=True)
