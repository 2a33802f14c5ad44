"""The ways out of a clash, as a program follows them: the page's own, in the page's order."""

from __future__ import annotations

from typing import Any

from flask import current_app

from avl import clock
from avl.domain.clash_ways import ClashWay, ClashWayKind, trouble_with, ways_out_of
from avl.domain.errors import ResourceClash
from avl.domain.local_time import to_local
from avl.queries.lookups import matter_ids
from avl.queries.stuck import stuck_at
from avl.web.api.asking import Refused
from avl.web.guards import actor

ROOT = "/api/v1"


def ways_beside(
    clash: ResourceClash, asked: Refused, *, moving: str, has_offers: bool
) -> list[dict[str, Any]]:
    """Every way out of a refused booking or move, in order.

    Args:
        moving: the reference of the booking being moved; "" for a new one.
    """
    placement = asked.placement
    numbers = {seat["matter"] for seat in asked.seats.values() if seat["matter"]}
    matters = matter_ids(numbers, court_id=placement.court_id)
    stuck = stuck_at(
        actor(),
        placement,
        trouble_with(clash.clashes, {seat.suite for seat in placement.seats}),
        zone=asked.zone,
        matters={
            person: matters[seat["matter"]] if seat["matter"] else None
            for person, seat in asked.seats.items()
        },
        has_offers=has_offers,
        moving=moving,
        may_wait=_has_waitlist(),
        now=clock.now(),
        ignoring=asked.ignoring,
    )
    return [_body(way, asked.zone, moving) for way in ways_out_of(stuck)]


def _has_waitlist() -> bool:
    return any(rule.rule == f"{ROOT}/waitlist" for rule in current_app.url_map.iter_rules())


def _body(way: ClashWay, zone: str, moving: str) -> dict[str, Any]:
    path = _path(way, moving)
    return {
        "kind": way.kind.value,
        "title": way.title,
        "sentence": way.sentence,
        "method": "POST" if path else None,
        "href": f"{ROOT}{path}" if path else None,
        "reference": way.reference or None,
        "since": to_local(way.since, zone) if way.since else None,
        "prisons": [
            {
                "site": prison.code,
                "name": prison.name,
                "phone": prison.phone,
                "kilometres": prison.kilometres,
                "suites": list(prison.suites),
            }
            for prison in way.prisons
        ],
    }


def _path(way: ClashWay, moving: str) -> str:
    """Where it is sent; "" for what people have to arrange."""
    match way.kind:
        case ClashWayKind.OFFER:
            return f"/bookings/{moving}/move" if moving else "/bookings"
        case ClashWayKind.SWAP if moving:
            return f"/bookings/{moving}/swap"
        case ClashWayKind.MAKE_ROOM | ClashWayKind.SWAP:
            return "/plans"
        case ClashWayKind.WAIT:
            return "/waitlist"
        case ClashWayKind.ANOTHER_PRISON if way.since:
            return "/offers"
        case ClashWayKind.IN_PERSON:
            return f"/bookings/{moving}/direction" if moving else "/directions"
        case _:
            return ""
