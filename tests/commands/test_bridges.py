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
from tests import make, scene

pytestmark = pytest.mark.both_databases


@pytest.fixture
def place(session, clock):
    return scene.build()


@pytest.fixture
def ports(place):
    return {port.id for port in make.bridge(place.court)}


def together(place, **more):
    """Tāne at Rimutaka and Aroha at Arohata: three ends."""
    return (place.seat(**more), place.at_arohata(**more))


def held(ports):
    query = db.session.query(Hold).filter(Hold.resource_id.in_(ports))
    found = query.order_by(Hold.starts_at, Hold.resource_id)
    return [(hold.starts_at, hold.ends_at) for hold in found]


def other(place):
    """Hēmi and somebody else at Rimutaka, in another courtroom."""
    person = make.person("Smith", "Bob", held_at=place.rimutaka)
    third = make.suite(place.rimutaka, "Suite 3")
    return place.seat(place.hemi, place.second_suite), place.seat(person, third)


def test_three_ends_hold_a_port_each_and_two_hold_none(place, ports):
    request_booking(place.request("13:00"), by=place.registrar)
    assert held(ports) == []

    request_booking(place.request("10:00", *together(place)), by=place.registrar)

    at = scene.tomorrow
    assert held(ports) == [(at("10:00"), at("10:30"))] * 3


def test_one_counsel_with_two_clients_holds_ports_for_the_conference(place, ports):
    seats = together(place, counsel=place.mere)

    request_booking(place.request("10:00", *seats, pre=15), by=place.registrar)

    at = scene.tomorrow
    assert held(ports) == [(at("09:45"), at("10:00"))] * 3 + [(at("10:00"), at("10:30"))] * 3
    assert scene.overlaps() == 0


def test_a_full_bridge_refuses_with_a_sentence_and_offers_go_round_it(place, ports):
    first = request_booking(place.request("10:00", *together(place)), by=place.registrar)
    seats = other(place)
    request = place.request("10:15", *seats, courtroom=place.second_courtroom)

    with pytest.raises(ResourceClash) as refused:
        request_booking(request, by=place.registrar)

    (clash,) = refused.value.clashes
    assert clash.rule is Rule.BRIDGE_FULL
    assert clash.sentence == (
        "Only 1 of the 4 bridge ports of Hutt Valley is free 10:15 am to 10:45 am;"
        f" this booking needs 3. Ports are held by {first.reference} 10:00 am to 10:30 am."
    )
    people = [db.session.get_one(Person, seat.person_id) for seat in seats]
    wish = Wish(
        court_id=place.court.id,
        courtrooms=(place.second_courtroom.id,),
        hearing_type="CRB",
        minutes=30,
        pre_minutes=0,
        post_minutes=0,
        seats=tuple(WishSeat(person.resource_id) for person in people),
        wanted_start=scene.tomorrow("10:15"),
        first=date.fromisoformat(scene.TOMORROW),
        last=date.fromisoformat(scene.TOMORROW),
        limit=None,
    )
    starts = offered(place, wish)
    assert scene.tomorrow("09:30") in starts
    assert scene.tomorrow("10:30") in starts
    assert not any(scene.tomorrow("09:30") < one < scene.tomorrow("10:30") for one in starts)


def offered(place, wish):
    found = search(db.session(), place.registrar, wish, make.at("10:00"))
    return {offer.placement.hearing.start for offer in found.offers}


def test_ports_move_swap_and_end_with_their_booking(place, ports):
    first = request_booking(place.request("10:00", *together(place)), by=place.registrar)
    seats = other(place)
    second = place.request("11:00", *seats, courtroom=place.second_courtroom)
    later = request_booking(second, by=place.registrar)

    swap_bookings(first.reference, later.reference, by=place.registrar, reason="Judge")
    assert len(held(ports)) == 6
    move = Move(hearing=make.during("11:10", "11:40", on=scene.TOMORROW))
    move_booking(first.reference, move, by=place.registrar, reason="Late")
    cancel_booking(later.reference, by=place.registrar, reason="Pleaded")

    at = scene.tomorrow
    assert held(ports) == [(at("11:10"), at("11:40"))] * 3
    assert scene.overlaps() == 0


def test_ports_of_an_offer_whose_ten_minutes_are_over_are_taken(place, ports, clock):
    late = hold_offer(place.request("10:00", *together(place)), by=place.registrar)
    clock.forward(minutes=11)
    seats = other(place)
    request = place.request("10:00", *seats, courtroom=place.second_courtroom)

    made = request_booking(request, by=place.registrar)

    assert len(held(ports)) == 3
    assert made.reference != late.reference
    with pytest.raises(ActionNotAllowed, match="no longer kept"):
        request_held(late.reference, by=place.registrar)


def test_a_court_without_ports_has_no_limit(place):
    request_booking(place.request("10:00", *together(place)), by=place.registrar)
    seats = other(place)

    assert request_booking(
        place.request("10:00", *seats, courtroom=place.second_courtroom), by=place.registrar
    )
