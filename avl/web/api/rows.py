"""Rows that administrators and managers keep, by API: typed values beside the columns of a file.

A row has no version of its own. What stands for one is its mark, a digest of its columns: it is
the ``version`` in the body, the ETag of an answer, and what If-Match must name.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response
from marshmallow import fields, missing

from avl.commands.cells import spell_cell, spell_cells
from avl.commands.csv_columns import FileKind
from avl.commands.outages import PlaceChange
from avl.domain.access import (
    COURT_ROLES,
    PRISON_ROLES,
    WATCHING_ROLES,
)
from avl.domain.errors import NotFound
from avl.domain.seen import mark_of
from avl.queries.places import find_site_by_code, site_run_by
from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.bodies import as_json, dumped
from avl.web.api.described import (
    AS_IT_STANDS,
    IF_MATCH,
    KEY,
    REPLAYED,
    View,
    acts,
    conflicts,
    refuses,
)
from avl.web.guards import actor

IF_MATCH_MARK = {
    **IF_MATCH,
    "schema": {"type": "string", "pattern": r'^(\*|"[0-9a-f]{16}(\.[0-9a-f]{12})?")$'},
    "description": "The ETag of what is changed, as it was read.",
}
MARK = {"ETag": {"schema": {"type": "string"}, "description": "The ``version`` in the body."}}
VERSION = {"description": "Another whenever anything in it has changed; the ETag says it too."}
SITE_PATH = {
    "in": "path",
    "name": "site_code",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 16},
    "description": "The code of a court, prison or other place.",
}


class Partly(Schema):
    """A body in which whatever is left out stays as it is."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        for field in self.fields.values():
            field.required, field.load_default = False, missing


class Swept(Schema):
    """What a change did to bookings: how many need a way out, how many are possible again."""

    broken = fields.Integer(required=True)
    mended = fields.Integer(required=True)


def adds(made: type[Schema]) -> Callable[[View], View]:
    """Document what adding a row shares, besides the body that was sent."""
    return acts(201, made, headers=MARK | REPLAYED)


def alters(changed: type[Schema], conflict: str = "") -> Callable[[View], View]:
    """Document what changing a row shares: the key, the mark, their refusals.

    Args:
        conflict: when the change is refused with 409, where it can be.
    """

    def decorate(view: View) -> View:
        view = refuses(400, 401, 403, 404, 412, 415, 428, 503)(view)
        view = conflicts(conflict or AS_IT_STANDS)(view)
        view = bp.response(200, changed, headers=MARK | REPLAYED)(view)
        documented: View = bp.doc(parameters=[KEY, IF_MATCH_MARK])(view)
        return documented

    return decorate


def cells_from(sent: Mapping[str, Any]) -> dict[str, str]:
    """What was sent, spelt as it would stand in a file."""
    return {name: spell_cell(value) for name, value in sent.items()}


def values_of(kind: FileKind, row: object) -> dict[str, Any]:
    """A row's columns as JSON has them, and its mark as ``version``."""
    values = {one.name: getattr(row, one.name) for one in kind.columns}
    plain = {
        name: value.value if isinstance(value, enum.Enum) else value
        for name, value in values.items()
    }
    return plain | {"version": mark_of(spell_cells(kind, row))}


def swept(done: PlaceChange) -> dict[str, int]:
    """What `Swept` says of a change."""
    return {"broken": len(done.swept.opened), "mended": len(done.swept.mended)}


def marked(schema: type[Schema], body: Mapping[str, Any]) -> Response:
    """Answer with a row, its mark as the ETag."""
    answer = as_json(dumped(schema, body))
    answer.set_etag(body["version"])
    return answer


def readable_site(code: str) -> Any:
    """The site of this code, for whoever may read how a place is run: not counsel.

    Raises:
        NotFound: there is none, or it is not this caller's to know.
    """
    if not actor().holds(*COURT_ROLES, *PRISON_ROLES, *WATCHING_ROLES):
        raise NotFound(f"There is no site {code}.")
    return find_site_by_code(code)


def kept_site(code: str) -> Any:
    """The site of this code that the caller looks after.

    Raises:
        NotFound: there is none, or somebody else does.
    """
    return site_run_by(actor(), code)
