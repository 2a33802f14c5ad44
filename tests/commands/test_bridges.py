"""Bridge ports are held with a booking of three ends, given back with it, and never shared."""

from __future__ import annotations

from datetime import date

import pytest

from avl.commands.bookings import hold_offer, request_booking, request_held
from avl.commands.changes import Move, cancel_booking, move_booking
from avl.commands.swaps import swap_bookings
from avl.domain.clashes import Rule
from avl.domain.errors import ActionNotAllowed, ResourceClash
from avl.domain.wish import Wish, WishSeat
from avl.models import Hold, Person, db
from avl.queries.offers import search
from tests import make
from tests.scene import TOMORROW, overlaps, tomorrow

pytestmark = pytest.mark.both_databases


@pytest.fixture
def ports(scene):
    return {port.id for port in make.bridge(scene.court)}


def together(scene, **more):
    """Tāne at Rimutaka and Aroha at Arohata: three ends."""
    return (scene.seat(**more), scene.at_arohata(**more))


def held(ports):
    query = db.session.query(Hold).filter(Hold.resource_id.in_(ports))
    found = query.order_by(Hold.starts_at, Hold.resource_id)
    return [(hold.starts_at, hold.ends_at) for hold in found]


def other(scene):
    """Hēmi and somebody else at Rimutaka, in another courtroom."""
    person = make.person("Smith", "Bob", held_at=scene.rimutaka)
    third = make.suite(scene.rimutaka, "Suite 3")
    return scene.seat(scene.hemi, scene.second_suite), scene.seat(person, third)


def test_three_ends_hold_a_port_each_and_two_hold_none(scene, ports):
    request_booking(scene.request("13:00"), by=scene.registrar)
    assert held(ports) == []

    request_booking(scene.request("10:00", *together(scene)), by=scene.registrar)

    at = tomorrow
    assert held(ports) == [(at("10:00"), at("10:30"))] * 3


def test_one_counsel_with_two_clients_holds_ports_for_the_conference(scene, ports):
    seats = together(scene, counsel=scene.mere)

    request_booking(scene.request("10:00", *seats, pre=15), by=scene.registrar)

    at = tomorrow
    assert held(ports) == [(at("09:45"), at("10:00"))] * 3 + [(at("10:00"), at("10:30"))] * 3
    assert overlaps() == 0


def test_a_full_bridge_refuses_with_a_sentence_and_offers_go_round_it(scene, ports):
    first = request_booking(scene.request("10:00", *together(scene)), by=scene.registrar)
    seats = other(scene)
    request = scene.request("10:15", *seats, courtroom=scene.second_courtroom)

    with pytest.raises(ResourceClash) as refused:
        request_booking(request, by=scene.registrar)

    (clash,) = refused.value.clashes
    assert clash.rule is Rule.BRIDGE_FULL
    assert clash.sentence == (
        "Only 1 of the 4 bridge ports of Hutt Valley is free 10:15 am to 10:45 am;"
        f" this booking needs 3. Ports are held by {first.reference} 10:00 am to 10:30 am."
    )
    people = [db.session.get_one(Person, seat.person_id) for seat in seats]
    wish = Wish(
        court_id=scene.court.id,
        courtrooms=(scene.second_courtroom.id,),
        hearing_type="CRB",
        minutes=30,
        pre_minutes=0,
        post_minutes=0,
        seats=tuple(WishSeat(person.resource_id) for person in people),
        wanted_start=tomorrow("10:15"),
        first=date.fromisoformat(TOMORROW),
        last=date.fromisoformat(TOMORROW),
        limit=None,
    )
    starts = offered(scene, wish)
    assert tomorrow("09:30") in starts
    assert tomorrow("10:30") in starts
    assert not any(tomorrow("09:30") < one < tomorrow("10:30") for one in starts)


def offered(scene, wish):
    found = search(db.session(), scene.registrar, wish, make.at("10:00"))
    return {offer.placement.hearing.start for offer in found.offers}


def test_ports_move_swap_and_end_with_their_booking(scene, ports):
    first = request_booking(scene.request("10:00", *together(scene)), by=scene.registrar)
    seats = other(scene)
    second = scene.request("11:00", *seats, courtroom=scene.second_courtroom)
    later = request_booking(second, by=scene.registrar)

    swap_bookings(first.reference, later.reference, by=scene.registrar, reason="Judge")
    assert len(held(ports)) == 6
    move = Move(hearing=make.during("11:10", "11:40", on=TOMORROW))
    move_booking(first.reference, move, by=scene.registrar, reason="Late")
    cancel_booking(later.reference, by=scene.registrar, reason="Pleaded")

    at = tomorrow
    assert held(ports) == [(at("11:10"), at("11:40"))] * 3
    assert overlaps() == 0


def test_ports_of_an_offer_whose_ten_minutes_are_over_are_taken(scene, ports, clock):
    late = hold_offer(scene.request("10:00", *together(scene)), by=scene.registrar)
    clock.forward(minutes=11)
    seats = other(scene)
    request = scene.request("10:00", *seats, courtroom=scene.second_courtroom)

    made = request_booking(request, by=scene.registrar)

    assert len(held(ports)) == 3
    assert made.reference != late.reference
    with pytest.raises(ActionNotAllowed, match="no longer kept"):
        request_held(late.reference, by=scene.registrar)


def test_a_court_without_ports_has_no_limit(scene):
    request_booking(scene.request("10:00", *together(scene)), by=scene.registrar)
    seats = other(scene)

    assert request_booking(
        scene.request("10:00", *seats, courtroom=scene.second_courtroom), by=scene.registrar
    )
