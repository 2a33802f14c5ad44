"""Every read there is, about something that exists, and who may read it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from avl.commands.sittings import SittingTerms, add_sitting
from avl.models import Booking, db
from tests import make
from tests.api.conftest import Caller, asked
from tests.scene import Scene, tomorrow


@dataclass(frozen=True)
class Read:
    """One address that answers with 200, by the name of its view."""

    name: str
    path: str
    who: Caller


def reads(app: Flask) -> set[str]:
    """The names of every read the API knows."""
    return {
        rule.endpoint.removeprefix("api.")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and "GET" in (rule.methods or ())
    }


def something_to_read(scene: Scene, court: Caller, prison: Caller, manager: Caller) -> list[Read]:
    """Make one of everything; each is read by somebody whose work it is."""
    made = court.post("/bookings", asked(scene, "09:00")).json["reference"]
    booking = db.session.query(Booking).filter_by(reference=made).one()
    sitting = add_sitting(
        scene.courtroom.id, SittingTerms(tomorrow("08:30"), tomorrow("12:00")), by=scene.registrar
    ).id
    pair = make.keep_apart(scene.tane, scene.hemi).id
    outage = prison.post(
        "/outages",
        {
            "resource_id": scene.second_suite.id,
            "starts_at": "2026-11-25T08:00:00+13:00",
            "ends_at": "2026-11-25T16:00:00+13:00",
            "reason": "No picture",
        },
    ).json["id"]
    closure = prison.post("/closures", {"site": "RIM", "on": "2026-12-01", "reason": "Training"})
    rules = make.mode_rule().code
    by_court = {
        "list_bookings": "/bookings?from=2026-11-24T11:00:00Z&to=2026-11-26T00:00:00Z",
        "read_booking": f"/bookings/{made}",
        "list_swaps": f"/bookings/{made}/swaps",
        "list_disruptions": "/disruptions",
        "find_counsel": "/counsel?q=a",
        "read_counsel": f"/counsel/{scene.mere.id}",
        "sites": "/sites",
        "resources": "/resources",
        "people": f"/people?prn={scene.tane.prn}",
        "person": f"/people/{scene.tane.prn}",
        "list_types": "/hearing-types",
        "read_type": "/hearing-types/CRB",
        "list_rules": "/mode-rules",
        "read_rule": f"/mode-rules/{rules}",
        "read_day": f"/plans/days/{make.day_plan(booking).id}",
        "read_plan": f"/plans/{make.plan(booking).id}",
        "list_sittings": "/sittings?court=HVDC&on=2026-11-25",
        "read_sitting": f"/sittings/{sitting}",
        "list_waits": "/waitlist",
        "read_wait": f"/waitlist/{make.wait(booking).id}",
    }
    by_prison = {
        "list_outages": "/outages",
        "read_outage": f"/outages/{outage}",
        "list_closures": "/closures",
        "read_closure": f"/closures/{closure.json['id']}",
        "list_keep_aparts": "/keep-aparts",
        "read_keep_apart": f"/keep-aparts/{pair}",
    }
    by_manager = {
        "list_rooms": "/sites/RIM/rooms",
        "read_room": f"/sites/RIM/rooms/{scene.suite.id}",
        "read_hours": "/sites/RIM/hours",
        "list_room_hours": "/sites/RIM/hours/rooms",
        "read_room_hours": f"/sites/RIM/rooms/{scene.suite.id}/hours",
        "read_site_rules": "/sites/RIM/rules",
    }
    by_whom = ((court, by_court), (prison, by_prison), (manager, by_manager))
    return [Read(name, path, who) for who, paths in by_whom for name, path in paths.items()]
