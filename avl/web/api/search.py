"""Looking things up by API: offers, sites, rooms, people."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app

from avl import clock
from avl.domain.errors import NotFound
from avl.queries.lookups import active_sites, people_by_prn, rooms
from avl.web.api import bp
from avl.web.api.asking import wish_from
from avl.web.api.bodies import as_json, dumped, person_body, search_body
from avl.web.api.described import refuses
from avl.web.api.lookup_schemas import (
    FoundPerson,
    PeopleOut,
    PeopleQuery,
    ResourcesOut,
    ResourcesQuery,
    SitesOut,
)
from avl.web.api.schemas import SearchIn, SearchOut
from avl.web.guards import actor

PRN_PATH = [
    {
        "in": "path",
        "name": "prn",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 16},
    }
]


@bp.route("/offers", methods=["POST"])
@bp.arguments(SearchIn())
@refuses(400, 401, 415, 503)
@bp.response(200, SearchOut)
def offers(sent: dict[str, Any]) -> Response:
    """Search for times, best first; nothing is held or changed, so no key is needed."""
    from avl.queries.offers import search

    now = clock.now()
    asked = wish_from(actor(), sent, now)
    session = current_app.extensions["sqlalchemy"].session
    found = search(session, actor(), asked.wish, now)
    return as_json(dumped(SearchOut, search_body(found, asked.zone, asked.seats)))


@bp.route("/sites")
@refuses(401, 503)
@bp.response(200, SitesOut)
def sites() -> Response:
    """List every active court, prison and other site."""
    found = [
        {
            "code": site.code,
            "name": site.name,
            "kind": site.kind.value,
            "zone": site.zone,
            "area": site.area,
            "approval": site.approval.value,
        }
        for site in active_sites()
    ]
    return as_json(dumped(SitesOut, {"sites": found}))


@bp.route("/resources")
@bp.arguments(ResourcesQuery, location="query", unknown=None)
@refuses(400, 401, 503)
@bp.response(200, ResourcesOut)
def resources(query: dict[str, Any]) -> Response:
    """List courtrooms, suites, instruction suites and bridge ports."""
    found = [
        {
            "id": room.id,
            "code": room.code,
            "name": room.name,
            "kind": room.kind.value,
            "site": site_code,
        }
        for room, site_code in rooms(query["site"], query["kind"])
    ]
    return as_json(dumped(ResourcesOut, {"resources": found}))


@bp.route("/people")
@bp.arguments(PeopleQuery, location="query", unknown=None)
@refuses(400, 401, 403, 503)
@bp.response(200, PeopleOut)
def people(query: dict[str, Any]) -> Response:
    """Find the person in custody with this PRN."""
    found = [person_body(one) for one in people_by_prn(actor(), query["prn"], now=clock.now())]
    return as_json(dumped(PeopleOut, {"people": found}))


@bp.route("/people/<prn>", parameters=PRN_PATH)
@refuses(401, 403, 404, 503)
@bp.response(200, FoundPerson)
def person(prn: str) -> Response:
    """Read the record of one person; its ETag is what a change must send as If-Match."""
    found = people_by_prn(actor(), prn, now=clock.now())
    if not found:
        raise NotFound("There is no such person.")
    answer = as_json(dumped(FoundPerson, person_body(found[0])))
    answer.set_etag(str(found[0].version))
    return answer
