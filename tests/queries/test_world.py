"""The loaded picture: complete, labelled for its reader, and never dearer for more rooms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from avl.domain.access import Actor, Role
from avl.domain.booking import Status
from avl.domain.clashes import Rule, judge
from avl.domain.resources import Placement, Seat
from avl.domain.world import OutOfUse, Permit, World
from avl.models import CustodyStay, Outage, Permission, Resource, ResourceKind, Site, db
from avl.queries.world import load_world
from tests import make
from tests.counting import statements

pytestmark = pytest.mark.both_databases

NOW = make.at("08:00", on="2026-11-20")
DAY = make.during("08:00", "18:00")


def load(
    viewer: Actor, court: Site, prison: Site, *, people: Any = (), counsel: Any = (), **more: Any
) -> World:
    wanted = {
        "viewer": viewer,
        "court_id": court.id,
        "site_ids": {prison.id},
        "rooms": [
            room.id
            for place, kind in ((court, ResourceKind.COURTROOM), (prison, ResourceKind.SUITE))
            for room in make.rooms(place, kind)
        ],
        "people": [person.resource_id for person in people],
        "counsel": [one.resource_id for one in counsel],
        "window": DAY,
        "now": NOW,
    }
    with statements(db.engine) as sent:
        world = load_world(db.session(), **wanted | more)
    assert len(sent) <= 7
    return world


def test_load_world_knows_places_people_and_their_rules(session: Any) -> None:
    court = make.court(short_name="Hutt Valley", turnaround_minutes=0)
    prison = make.prison(short_name="Rimutaka", turnaround_minutes=10, notice_minutes=45)
    person = make.person(held_at=prison)
    lawyer = make.counsel()
    suite, room = (
        make.rooms(prison, ResourceKind.SUITE)[0],
        make.rooms(court, ResourceKind.COURTROOM)[0],
    )
    make.hearing_type("CRB")
    session.add_all(
        [
            Permission(resource_id=suite.id, court_id=court.id),
            Permission(resource_id=suite.id, hearing_type_code="CRB"),
            Outage(resource_id=suite.id, starts_at=make.at("17:00"), reason="no picture"),
        ]
    )
    session.commit()

    world = load(make.actor(Role.REGISTRY, court), court, prison, people=[person], counsel=[lawyer])

    assert {site.name for site in world.sites.values()} == {"Hutt Valley", "Rimutaka"}
    assert world.sites[prison.id].notice == timedelta(minutes=45)
    assert world.resources[suite.id].turnaround == timedelta(minutes=10)
    assert world.resources[room.id].turnaround == timedelta(0)
    assert world.resources[lawyer.resource_id].calendar is None
    assert world.resources[suite.id].permits == (Permit(court.id), Permit(None, None, "CRB"))
    assert world.resources[suite.id].outages == (OutOfUse(make.at("17:00"), None, "no picture"),)
    assert [stay.site_name for stay in world.stays[person.resource_id]] == ["Rimutaka"]
    assert world.resources[suite.id].calendar.why_shut(make.during("17:30", "18:30")) is not None


def test_load_world_joins_the_legs_of_one_booking(session: Any) -> None:
    prison, court = make.prison(turnaround_minutes=5), make.court()
    made = make.booking(at_prison=prison, at_court=court, pre_minutes=15, post_minutes=10)

    world = load(make.actor(Role.REGISTRY, court), court, prison)

    suite = make.rooms(prison, ResourceKind.SUITE)[0]
    room = make.rooms(court, ResourceKind.COURTROOM)[0]
    assert [(one.interval, one.label) for one in world.busy[suite.id]] == [
        (make.during("09:45", "10:45"), made.reference)
    ]
    assert [one.interval for one in world.busy[room.id]] == [make.during("10:00", "10:30")]


def test_load_world_names_only_bookings_the_viewer_may_see(session: Any) -> None:
    prison, ours, theirs = make.prison(), make.court(), make.court()
    person = make.person(held_at=prison)
    make.booking(person, at_prison=prison, at_court=theirs)
    suite = make.rooms(prison, ResourceKind.SUITE)[0]

    hidden = load(make.actor(Role.REGISTRY, ours), ours, prison, people=[person])
    shown = load(make.actor(Role.PRISON_OFFICER, prison), ours, prison, people=[person])

    assert [one.label for one in hidden.busy[suite.id]] == ["another court"]
    assert [one.label for one in hidden.busy[person.resource_id]] == [""]
    assert [one.label.startswith("AVL-") for one in shown.busy[suite.id]] == [True]


def test_load_world_bounds_holds_and_stays_by_the_window(session: Any) -> None:
    prison, other, court = make.prison(), make.prison(), make.court()
    person = make.person(held_at=prison, since=make.at("00:00", on="2026-01-01"))
    stay = session.query(CustodyStay).filter_by(person_id=person.id).one()
    stay.ends_at = DAY.end
    session.add(CustodyStay(person_id=person.id, site_id=other.id, starts_at=DAY.end))
    session.commit()
    before = make.during("07:30", "08:10")
    for hearing in (before, make.during("06:00", "06:30"), make.during("18:00", "18:30")):
        make.booking(person, at_prison=prison, at_court=court, hearing=hearing)

    world = load(make.actor(Role.REGISTRY, court), court, prison, people=[person])

    assert [one.interval for one in world.busy[person.resource_id]] == [before]
    assert [stay.site_id for stay in world.stays[person.resource_id]] == [prison.id]


def test_load_world_forgets_offers_whose_ten_minutes_are_over(session: Any) -> None:
    prison, court = make.prison(), make.court()
    make.booking(
        at_prison=prison, at_court=court, status=Status.HELD, expires_at=NOW - timedelta(seconds=1)
    )
    make.booking(
        at_prison=prison,
        at_court=court,
        status=Status.HELD,
        hearing=make.during("14:00", "14:30"),
        expires_at=NOW + timedelta(seconds=1),
    )

    world = load(make.actor(Role.REGISTRY, court), court, prison)

    room = make.rooms(court, ResourceKind.COURTROOM)[0]
    assert [one.interval for one in world.busy[room.id]] == [make.during("14:00", "14:30")]


def test_load_world_sends_seven_queries_whatever_the_number_of_rooms(session: Any) -> None:
    court = make.court(courtrooms=6)
    prison = make.prison(suites=12)
    person = make.person(held_at=prison)
    make.booking(person, at_prison=prison, at_court=court)
    viewer = make.actor(Role.REGISTRY, court)
    session.expunge_all()

    world = load(viewer, court, prison, people=[person])

    assert len(world.resources) == 19


def test_a_judged_world_says_why_in_one_sentence(session: Any) -> None:
    prison = make.prison(short_name="Rimutaka", turnaround_minutes=5)
    ours, theirs = make.court(), make.court()
    person = make.person(held_at=prison)
    make.booking(at_prison=prison, at_court=theirs)
    suite = make.rooms(prison, ResourceKind.SUITE)[0]
    room: Resource = make.rooms(ours, ResourceKind.COURTROOM)[0]

    world = load(make.actor(Role.REGISTRY, ours), ours, prison, people=[person])
    verdict = judge(
        Placement(
            ours.id,
            room.id,
            "CRB",
            make.during("10:15", "10:45"),
            0,
            0,
            (Seat(person.resource_id, prison.id, suite.id),),
        ),
        world,
    )

    assert [(clash.rule, clash.sentence) for clash in verdict.clashes] == [
        (
            Rule.TAKEN,
            "Suite 1 at Rimutaka is held 10:00 am to 10:35 am by another court.",
        )
    ]
