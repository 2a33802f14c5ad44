"""From bookings, offers and clashes to the JSON that describes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from flask import Response, json
from marshmallow import Schema

from avl.domain.clashes import Clash
from avl.domain.local_time import to_local
from avl.domain.offers import Offer, Search
from avl.domain.resources import Placement
from avl.queries.people import PersonSeen, StaySeen
from avl.queries.redact import AppearanceShown, BookingShown
from avl.web.api.offered import Seats, booking_offered, move_offered


def dumped(schema: type[Schema], body: object, *, many: bool = False) -> Any:
    """A body as its schema spells it."""
    return _made(schema, many).dump(body)


def as_json(body: object) -> Response:
    """An answer with this body."""
    return Response(json.dumps(body), content_type="application/json")


@lru_cache
def _made(schema: type[Schema], many: bool) -> Schema:
    # Making a schema copies every field in it, which takes longer than spelling a booking.
    return schema(many=many)


def booking_body(booking: BookingShown) -> dict[str, Any]:
    """A booking as `shown` let it through, in the times of its court."""
    zone = booking.zone
    return {
        "reference": booking.reference,
        "status": booking.status.value,
        "version": booking.version,
        "court": {"code": booking.court_code, "name": booking.court, "zone": zone},
        "courtroom": {
            "id": booking.courtroom_id,
            "code": booking.courtroom_code,
            "name": booking.courtroom,
        },
        "hearing_type": {"code": booking.hearing_type, "name": booking.hearing_type_words},
        "starts_at": _spell(booking.span.start, zone),
        "ends_at": _spell(booking.span.end, zone),
        "legs": [
            {
                "kind": kind.value,
                "starts_at": _spell(leg.start, zone),
                "ends_at": _spell(leg.end, zone),
            }
            for kind, leg in booking.legs.items()
        ],
        "appearances": [_appearance(one) for one in booking.appearances],
        "is_fixed": booking.is_fixed,
        "staff_notes": booking.staff_notes,
        "prison_notes": booking.prison_notes,
        "interpreter": booking.interpreter_state
        and {
            "language": booking.interpreter_language,
            "state": booking.interpreter_state.value,
            "note": booking.interpreter_note,
        },
        "warning_reason": booking.warning_reason,
        "mode_reason": booking.mode_reason,
        "end_reason": booking.end_reason,
        "expires_at": _spell(booking.expires_at, zone),
        "created_at": _spell(booking.created_at, zone),
        "updated_at": _spell(booking.updated_at, zone),
    }


def _spell(at: datetime | None, zone: str) -> datetime | None:
    """An instant in the offset of the place it belongs to."""
    return None if at is None else to_local(at, zone)


def _appearance(one: AppearanceShown) -> dict[str, Any]:
    instruction = None
    if one.instruction_suite_id is not None:
        instruction = {
            "id": one.instruction_suite_id,
            "code": one.instruction_suite_code,
            "name": one.instruction_suite,
        }
    person, counsel = one.person, one.counsel
    return {
        "id": one.id,
        "site": {"code": one.site_code, "name": one.site, "zone": one.zone},
        "suite": {"id": one.suite_id, "code": one.suite_code, "name": one.suite},
        "instruction_suite": instruction,
        "person": person
        and {
            "prn": person.prn,
            "family_name": person.family_name,
            "given_names": person.given_names,
        },
        "matter": one.matter,
        "is_suppressed": one.is_suppressed,
        "counsel": counsel and {"id": counsel.id, "name": counsel.name, "firm": counsel.firm},
        "agreed_at": _spell(one.agreed_at, one.zone),
    }


def clash_bodies(clashes: Iterable[Clash], zone: str) -> list[dict[str, Any]]:
    """Each reason why a booking cannot stand (or, as a warning, should not)."""
    return [
        {
            "rule": clash.rule.value,
            "sentence": clash.sentence,
            "resource_id": clash.resource_id,
            "starts_at": _spell(clash.interval.start, zone) if clash.interval else None,
            "ends_at": _spell(clash.interval.end, zone) if clash.interval else None,
        }
        for clash in clashes
    ]


def search_body(
    search: Search,
    zone: str,
    seats: Seats,
    *,
    moving: str = "",
    sent: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a search found.

    Args:
        seats: what is to be sent for each person (by resource id) besides the rooms.
        moving: the reference of the booking that was to be moved, as ``sent``; "" for a new one.
    """
    proof = search.proof
    return {
        "offers": [
            _offer(offer, zone)
            | (
                {
                    "href": f"/api/v1/bookings/{moving}/move",
                    "booking": None,
                    "move": move_offered(offer.placement, zone, seats, sent or {}),
                }
                if moving
                else {
                    "href": "/api/v1/bookings",
                    "booking": booking_offered(offer.placement, zone, seats),
                    "move": None,
                }
            )
            for offer in search.offers
        ],
        "proof": proof
        and {
            "sentence": proof.sentence,
            "last_rule": proof.last_rule.value,
            "last_day": proof.last_day,
        },
    }


def _offer(offer: Offer, zone: str) -> dict[str, Any]:
    return {
        "starts_at": _spell(offer.placement.span.start, zone),
        "ends_at": _spell(offer.placement.span.end, zone),
        "reasons": list(offer.reasons),
        "warnings": clash_bodies(offer.warnings, zone),
        "method": "POST",
    }


def person_body(person: PersonSeen) -> dict[str, Any]:
    """A person as the registry finds them."""
    return {
        "prn": person.prn,
        "version": person.version,
        "name": person.name,
        "interpreter_language": person.interpreter_language,
        "now_at": _stay(person.now_at),
        "next_at": _stay(person.next_at),
        "matters": [
            {
                "number": matter.number,
                "court": matter.court_name,
                "court_code": matter.court_code,
                "counsel_id": matter.counsel_id,
                "counsel": matter.counsel_name,
            }
            for matter in person.matters
        ],
    }


def _stay(stay: StaySeen | None) -> dict[str, Any] | None:
    if stay is None:
        return None
    return {
        "site": stay.site_name,
        "site_code": stay.site_code,
        "starts_at": _spell(stay.starts_at, stay.zone),
        "ends_at": _spell(stay.ends_at, stay.zone),
    }


def placed_body(placement: Placement, zone: str) -> dict[str, Any]:
    """Where a booking is, or would be."""
    return {
        "starts_at": to_local(placement.hearing.start, zone),
        "minutes": placement.hearing.length // timedelta(minutes=1),
        "pre_minutes": placement.pre_minutes,
        "post_minutes": placement.post_minutes,
        "courtroom_id": placement.courtroom,
        "suite_ids": [seat.suite for seat in placement.seats],
    }
