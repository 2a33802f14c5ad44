"""Offers read from the database are those of the whole picture, and every one can be booked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from avl.domain.access import Actor, Role
from avl.domain.booking import Status
from avl.domain.clashes import judge
from avl.domain.errors import NotFound
from avl.domain.offers import Wish, WishSeat, find_offers
from avl.models import CustodyStay, Outage, ResourceKind, Site, db
from avl.queries.offers import offers_near, search
from avl.queries.world import load_world
from tests import make
from tests.counting import statements

pytestmark = pytest.mark.both_databases

NOW = make.at("08:00", on="2026-11-20")
TUESDAY = date(2026, 11, 24)


class Place:
    """A court with two courtrooms and a prison with three suites, busy for a week."""

    def __init__(self) -> None:
        self.court = make.court(courtrooms=2, short_name="Hutt Valley")
        self.prison = make.prison(suites=3, short_name="Rimutaka")
        self.other = make.prison(suites=1, short_name="Arohata")
        self.person = make.person(held_at=self.prison)
        self.counsel = make.counsel()
        self.rooms = make.rooms(self.court, ResourceKind.COURTROOM)
        self.suites = make.rooms(self.prison, ResourceKind.SUITE)
        self.officer: Actor = make.actor(Role.REGISTRY, self.court)

    def fill(self) -> None:
        elsewhere = make.court(courtrooms=1)
        for day in range(3):
            on = (TUESDAY + timedelta(days=day)).isoformat()
            for number, suite in enumerate(self.suites):
                for hour in range(8 + number, 17, 2 + number):
                    is_ours = hour % 2 and not number
                    make.booking(
                        suites=[suite],
                        room=self.rooms[0] if is_ours else make.courtroom(elsewhere),
                        hearing=make.during(f"{hour:02}:00", f"{hour:02}:40", on=on),
                        pre_minutes=10 * number,
                        by=self.counsel if hour == 12 else None,
                        is_published=False,
                    )

    def wish(self, **more: Any) -> Wish:
        plain = Wish(
            court_id=self.court.id,
            courtrooms=tuple(room.id for room in self.rooms),
            hearing_type="CRB",
            minutes=30,
            pre_minutes=10,
            post_minutes=0,
            seats=(WishSeat(self.person.resource_id, self.counsel.resource_id),),
            wanted_start=make.at("10:00"),
            first=TUESDAY,
            last=TUESDAY + timedelta(days=6),
        )
        return replace(plain, **more)


@pytest.fixture
def place(session: Any) -> Place:
    return Place()


def whole_world(place: Place, wish: Wish) -> Any:
    return load_world(
        db.session(),
        viewer=place.officer,
        court_id=place.court.id,
        site_ids={place.prison.id, place.other.id},
        rooms=[room.id for room in (*place.rooms, *place.suites)]
        + [room.id for room in make.rooms(place.other, ResourceKind.SUITE)],
        people=[place.person.resource_id],
        counsel=[place.counsel.resource_id],
        window=wish.window("Pacific/Auckland"),
        now=NOW,
    )


@pytest.mark.parametrize("limit", [None, 1, 5])
def test_search_finds_what_the_whole_picture_holds(place: Place, limit: int | None) -> None:
    place.fill()
    wish = place.wish(limit=limit)
    world = whole_world(place, wish)

    found = search(db.session(), place.officer, wish, NOW)

    expected = find_offers(wish, world)
    assert found.offers
    assert [(one.placement, one.reasons, one.rank) for one in found.offers] == [
        (one.placement, one.reasons, one.rank) for one in expected.offers
    ]
    for offer in found.offers:
        verdict = judge(offer.placement, world)
        assert verdict.is_possible
        assert [one.sentence for one in verdict.warnings] == [
            one.sentence for one in offer.warnings
        ]


def test_search_sends_at_most_ten_queries(place: Place) -> None:
    place.fill()
    wish = place.wish()
    db.session.expunge_all()

    with statements(db.engine) as sent:
        found = search(db.session(), place.officer, wish, NOW)

    assert len(found.offers) == 6
    assert len(sent) <= 10


def test_search_follows_a_person_who_is_moved(place: Place) -> None:
    leaves = make.at("12:00", on="2026-11-25")
    stay = db.session.query(CustodyStay).filter_by(person_id=place.person.id).one()
    stay.ends_at = leaves
    db.session.add(CustodyStay(person_id=place.person.id, site_id=place.other.id, starts_at=leaves))
    db.session.commit()

    found = search(db.session(), place.officer, place.wish(limit=None), NOW)

    for offer in found.offers:
        is_before = offer.placement.span.end <= leaves
        expected = place.prison.id if is_before else place.other.id
        assert [seat.site_id for seat in offer.placement.seats] == [expected]
    assert {offer.placement.seats[0].site_id for offer in found.offers} == {
        place.prison.id,
        place.other.id,
    }


def test_search_forgets_offers_whose_ten_minutes_are_over(place: Place) -> None:
    for seconds, hour in ((-1, "10:00"), (1, "14:00")):
        make.booking(
            place.person,
            suites=[place.suites[0]],
            room=place.rooms[0],
            status=Status.HELD,
            hearing=make.during(hour, f"{hour[:2]}:30"),
            expires_at=NOW + timedelta(seconds=seconds),
        )

    found = search(db.session(), place.officer, place.wish(limit=None, last=TUESDAY), NOW)

    starts = {offer.placement.hearing.start for offer in found.offers}
    assert make.at("10:00") in starts
    assert make.at("14:00") not in starts


def test_search_knows_of_a_room_what_has_changed_since_the_last_one(place: Place) -> None:
    def suites() -> set[int]:
        offers = search(db.session(), place.officer, place.wish(), NOW).offers
        return {seat.suite for offer in offers for seat in offer.placement.seats}

    first, *others = place.suites
    assert first.id in suites()

    tuesday = make.at("00:00", on=TUESDAY.isoformat())
    db.session.add(Outage(resource_id=first.id, starts_at=tuesday, reason="Broken"))
    others[0].is_active = False
    db.session.commit()

    assert suites() == {others[1].id}


def test_search_proves_that_nothing_fits(place: Place) -> None:
    for day in range(2):
        on = (TUESDAY + timedelta(days=day)).isoformat()
        for room in place.rooms:
            make.booking(
                suites=[make.suite(make.prison())],
                room=room,
                hearing=make.during("08:00", "18:00", on=on),
            )

    wish = place.wish(last=TUESDAY + timedelta(days=1))
    found = search(db.session(), place.officer, wish, NOW)

    assert found.offers == ()
    assert found.proof is not None
    assert found.proof.sentence == (
        "No: every courtroom at Hutt Valley is held or closed on all 2 days to Wed 25 Nov 2026."
    )


def test_search_is_only_for_those_who_book_for_the_court(place: Place) -> None:
    elsewhere: Site = make.court()

    with pytest.raises(NotFound):
        search(db.session(), make.actor(Role.REGISTRY, elsewhere), place.wish(), NOW)


def test_offers_near_a_refused_time_keep_what_they_can(place: Place) -> None:
    taken = make.booking(suites=[place.suites[0]], hearing=make.during("10:00", "10:30"))
    refused = find_offers(place.wish(), whole_world(place, place.wish())).offers[0].placement
    refused = replace(
        refused, seats=(replace(refused.seats[0], suite=place.suites[0].id, counsel=None),)
    )

    found = offers_near(db.session(), place.officer, refused, now=NOW)

    assert [offer.reasons[0] for offer in found.offers][:2] == [
        "Same time in Suite 2",
        "15 minutes earlier the same day in Suite 2",
    ]
    moved = offers_near(db.session(), place.officer, refused, now=NOW, ignoring=taken.id)
    assert moved.offers[0].reasons == ("Same time, same suite",)
