"""Booking people who must not be near each other, and more than a prison can bring at once.

Tāne appears from 10:00 to 10:30 tomorrow and is fetched a quarter of an hour before.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands.booking_requests import people_and_counsel, placement_from
from avl.commands.bookings import hold_offer, request_booking
from avl.commands.changes import Move, cancel_booking, move_booking
from avl.commands.swaps import swap_bookings
from avl.domain.clashes import Rule
from avl.domain.errors import ResourceClash
from avl.domain.interval import Interval
from avl.models import Booking, CustodyStay, Person, db
from avl.queries.offers import offers_near
from tests import make
from tests.scene import Scene, tomorrow

pytestmark = pytest.mark.both_databases

TURNS_18_ON_THE_DAY = date(2008, 11, 25)
YOUNG = TURNS_18_ON_THE_DAY + timedelta(days=1)


def book_tane(scene: Scene) -> Booking:
    return request_booking(scene.request("10:00"), by=scene.registrar)


def of_hemi(scene: Scene, start: str, **more: Any) -> Any:
    """Hēmi in another suite and courtroom, so that only company is in the way."""
    seat = scene.seat(scene.hemi, scene.second_suite)
    return scene.request(start, seat, courtroom=scene.second_courtroom, **more)


def refused(scene: Scene, start: str, **more: Any) -> ResourceClash:
    with pytest.raises(ResourceClash) as refusal:
        request_booking(of_hemi(scene, start, **more), by=scene.registrar)
    return refusal.value


def set_site(scene: Scene, **rules: Any) -> None:
    for name, value in rules.items():
        setattr(scene.rimutaka, name, value)
    db.session.commit()


def set_status(who: Person, status: str) -> None:
    db.session.scalars(
        select(CustodyStay).where(CustodyStay.person_id == who.id)
    ).one().status = status
    db.session.commit()


# --- Kept apart ---


@pytest.mark.parametrize("start", ["10:00", "11:10", "08:50"])
def test_two_kept_apart_are_refused_within_the_gap(scene, start):
    make.keep_apart(scene.tane, scene.hemi, gap=30)
    first = book_tane(scene)

    refusal = refused(scene, start)

    assert {clash.rule for clash in refusal.clashes} == {Rule.KEPT_APART}
    assert refusal.message == (
        f"{scene.hemi.resource.name} must be kept apart from another person who is at Rimutaka"
        " 9:45 am to 10:30 am."
    )
    assert first.reference not in refusal.message
    assert "Planted" not in refusal.message


@pytest.mark.parametrize("start", ["11:15", "08:45"])
def test_two_kept_apart_may_follow_each_other_after_the_gap(scene, start):
    make.keep_apart(scene.tane, scene.hemi, gap=30)
    book_tane(scene)

    assert request_booking(of_hemi(scene, start), by=scene.registrar)


def test_two_kept_apart_all_day_are_refused_that_day_and_not_the_next(scene):
    make.keep_apart(scene.tane, scene.hemi, gap=0, all_day=True)
    book_tane(scene)

    refusal = refused(scene, "15:00")

    assert refusal.message.endswith(
        "must be kept apart all day from another person who appears from Rimutaka on Wed 25 Nov"
        " 2026."
    )
    later = of_hemi(scene, tomorrow("10:00") + timedelta(days=1))
    assert request_booking(later, by=scene.registrar)


def test_two_kept_apart_cannot_share_a_booking(scene):
    make.keep_apart(scene.tane, scene.hemi)
    both = scene.request("10:00", scene.seat(), scene.seat(scene.hemi, scene.second_suite))

    with pytest.raises(ResourceClash, match="Two people in this booking must be kept apart"):
        request_booking(both, by=scene.registrar)


def test_who_was_cancelled_is_nobodys_company(scene):
    make.keep_apart(scene.tane, scene.hemi)
    first = book_tane(scene)
    cancel_booking(first.reference, by=scene.registrar, reason="Not needed.")

    assert request_booking(of_hemi(scene, "10:00"), by=scene.registrar)


def test_an_offer_whose_time_is_over_is_nobodys_company(scene, clock):
    make.keep_apart(scene.tane, scene.hemi)
    hold_offer(scene.request("10:00"), by=scene.registrar)
    refused(scene, "10:00")
    clock.forward(minutes=11)

    assert request_booking(of_hemi(scene, "10:00"), by=scene.registrar)


def test_moving_is_judged_without_where_the_booking_was(scene):
    make.keep_apart(scene.tane, scene.hemi)
    book_tane(scene)
    second = request_booking(of_hemi(scene, "12:00"), by=scene.registrar)

    def to(start: str) -> Move:
        return Move(hearing=Interval(tomorrow(start), tomorrow(start) + timedelta(minutes=30)))

    with pytest.raises(ResourceClash):
        move_booking(second.reference, to("10:30"), by=scene.registrar, reason="Earlier.")
    moved = move_booking(second.reference, to("12:10"), by=scene.registrar, reason="Later.")
    assert moved.appearances[0].present_from == tomorrow("12:10")


def test_two_kept_apart_may_change_places(scene):
    make.keep_apart(scene.tane, scene.hemi)
    first = book_tane(scene)
    second = request_booking(of_hemi(scene, "12:00"), by=scene.registrar)

    swap_bookings(first.reference, second.reference, by=scene.registrar, reason="Judge asks.")

    assert first.appearances[0].present_from == tomorrow("12:00")
    assert second.appearances[0].present_from == tomorrow("10:00")


# --- The young, and those on remand ---


def test_somebody_young_waits_apart_from_adults(scene):
    scene.hemi.born_on = YOUNG
    db.session.commit()
    book_tane(scene)

    refusal = refused(scene, "10:30")

    assert {clash.rule for clash in refusal.clashes} == {Rule.YOUNG_APART}
    assert "is under 18 and must wait apart from adults, who are at Rimutaka" in refusal.message
    assert request_booking(of_hemi(scene, "10:45"), by=scene.registrar)


def test_an_adult_waits_apart_from_somebody_young_and_hears_no_more(scene):
    scene.tane.born_on = YOUNG
    db.session.commit()
    book_tane(scene)

    assert refused(scene, "10:30").message == (
        "Somebody who must wait apart from others is at Rimutaka 9:45 am to 10:30 am."
    )


def test_whoever_turns_eighteen_that_day_is_an_adult(scene):
    scene.hemi.born_on = TURNS_18_ON_THE_DAY
    db.session.commit()
    book_tane(scene)

    assert request_booking(of_hemi(scene, "10:00"), by=scene.registrar)


def test_a_site_that_keeps_nobody_apart_lets_all_wait_together(scene):
    scene.hemi.born_on = YOUNG
    set_site(scene, separates_youth=False)
    set_status(scene.tane, "Remand")
    set_status(scene.hemi, "Sentenced")
    book_tane(scene)

    assert request_booking(of_hemi(scene, "10:00"), by=scene.registrar)


def test_remand_and_sentenced_wait_apart_where_the_site_says_so(scene):
    set_site(scene, separates_remand=True)
    set_status(scene.tane, "Remand")
    set_status(scene.hemi, "Sentenced")
    book_tane(scene)

    refusal = refused(scene, "10:00")

    assert {clash.rule for clash in refusal.clashes} == {Rule.REMAND_APART}
    assert "serves a sentence and must wait apart from people on remand" in refusal.message
    set_status(scene.hemi, "Remand")
    assert request_booking(of_hemi(scene, "10:00"), by=scene.registrar)


# --- Escorts ---


@pytest.mark.parametrize("start", ["10:00", "10:10", "10:40", "09:15"])
def test_a_prison_brings_no_more_at_once_than_it_can(scene, start):
    set_site(scene, escort_capacity=1)
    book_tane(scene)

    refusal = refused(scene, start)

    assert {clash.rule for clash in refusal.clashes} == {Rule.ESCORTS_BUSY}
    assert "Rimutaka can bring or take back 1 person at once" in refusal.message


@pytest.mark.parametrize("start", ["10:15", "11:00", "09:00"])
def test_a_prison_brings_whoever_moves_at_another_time(scene, start):
    set_site(scene, escort_capacity=1)
    book_tane(scene)

    assert request_booking(of_hemi(scene, start), by=scene.registrar)


def test_a_prison_that_brings_two_at_once_brings_two_of_one_booking(scene):
    set_site(scene, escort_capacity=2)
    both = scene.request("10:00", scene.seat(), scene.seat(scene.hemi, scene.second_suite))

    assert request_booking(both, by=scene.registrar)


# --- Offers ---


def test_every_offer_near_a_refusal_can_be_booked_and_none_is_missed(scene):
    make.keep_apart(scene.tane, scene.hemi, gap=30)
    set_site(scene, escort_capacity=1)
    book_tane(scene)
    asked = of_hemi(scene, "10:00")
    placement, _ = placement_from(asked, people_and_counsel(db.session(), asked))

    found = offers_near(db.session(), scene.registrar, placement, now=tomorrow("07:00"), limit=None)

    starts = {offer.placement.hearing.start for offer in found.offers}
    assert tomorrow("11:15") in starts
    assert tomorrow("08:45") in starts
    assert not any(tomorrow("08:45") < start < tomorrow("11:15") for start in starts)
    assert request_booking(of_hemi(scene, tomorrow("11:15")), by=scene.registrar)
