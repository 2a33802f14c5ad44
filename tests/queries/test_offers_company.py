"""Offers where it matters who else is at the prison: read day by day, and right all the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import cycle
from typing import Any

import pytest
from sqlalchemy import select

from avl.domain.clashes import Rule
from avl.domain.offers import WishSeat, find_offers
from avl.models import Appearance, db
from avl.queries.offers import search
from tests import make
from tests.counting import statements
from tests.queries.test_offers import NOW, TUESDAY, Place, whole_world

pytestmark = pytest.mark.both_databases


@pytest.fixture
def place(session: Any) -> Place:
    made = Place()
    made.fill()
    return made


def full_escorts(place: Place) -> None:
    place.prison.escort_capacity, place.prison.pickup_minutes = 1, 15


def remand_apart(place: Place) -> None:
    place.prison.separates_remand = True
    place.person.stays[0].status = "remand"
    for one, status in zip(there(place), cycle([True, False, None]), strict=False):
        one.is_sentenced = status


def young_apart_from_one_of_them(place: Place) -> None:
    place.prison.separates_youth = True
    there(place)[3].is_young = True


def young_apart_from_all_but_one(place: Place) -> None:
    young_apart_from_one_of_them(place)
    place.person.born_on = date(2026 - 17, 11, 25)


def kept_apart(place: Place) -> None:
    full_escorts(place)
    near = there(place)[2]
    make.keep_apart(place.person, near.person, gap=45)
    make.keep_apart(place.person, there(place)[-1].person, all_day=True)


def there(place: Place) -> list[Appearance]:
    return list(
        db.session.scalars(
            select(Appearance)
            .where(Appearance.site_id == place.prison.id)
            .order_by(Appearance.present_from, Appearance.id)
        )
    )


@pytest.mark.parametrize(
    "rule",
    [
        full_escorts,
        remand_apart,
        young_apart_from_one_of_them,
        young_apart_from_all_but_one,
        kept_apart,
    ],
)
def test_search_keeps_company_as_the_whole_picture_does(
    place: Place, rule: Callable[[Place], None]
) -> None:
    every, few = place.wish(limit=None), place.wish(limit=4)
    anybody = search(db.session(), place.officer, every, NOW)
    rule(place)
    db.session.commit()

    found, best = (search(db.session(), place.officer, wish, NOW) for wish in (every, few))

    world = whole_world(place, every)
    assert found.offers
    for wish, ours in ((every, found), (few, best)):
        assert [(one.placement, one.rank) for one in ours.offers] == [
            (one.placement, one.rank) for one in find_offers(wish, world).offers
        ]
    assert len(found.offers) < len(anybody.offers)


def test_search_says_so_of_somebody_kept_apart_who_is_held_nowhere(place: Place) -> None:
    make.keep_apart(place.person, there(place)[2].person)
    db.session.delete(place.person.stays[0])
    db.session.commit()
    db.session.expire_all()
    wish = place.wish(limit=None)

    found = search(db.session(), place.officer, wish, NOW)

    assert found.offers == ()
    assert find_offers(wish, whole_world(place, wish)).offers == ()


def test_search_does_not_count_the_people_of_the_booking_that_moves(place: Place) -> None:
    full_escorts(place)
    make.booking(
        place.person,
        suites=[place.suites[0]],
        room=place.rooms[1],
        hearing=make.during("07:00", "07:30", on="2026-11-27"),
    )
    moved = make.booking(
        place.person,
        suites=[place.suites[0]],
        room=place.rooms[1],
        hearing=make.during("11:00", "11:30", on="2026-11-27"),
    )
    friday = TUESDAY + timedelta(days=3)
    wish = place.wish(first=friday, last=friday, limit=None, ignoring=moved.id)

    starts = {
        offer.placement.hearing.start
        for offer in search(db.session(), place.officer, wish, NOW).offers
    }

    assert make.at("11:00", on="2026-11-27") in starts
    assert make.at("07:30", on="2026-11-27") not in starts


def test_search_asks_who_is_there_only_once_a_suite_is_free(place: Place) -> None:
    full_escorts(place)
    db.session.commit()
    wish = place.wish(minutes=12 * 60, limit=None)

    with statements(db.engine) as sent:
        found = search(db.session(), place.officer, wish, NOW)

    assert found.offers == ()
    assert not [statement for statement in sent if "FROM appearance" in statement]


def test_search_says_that_two_of_its_own_people_are_kept_apart(place: Place) -> None:
    other = make.person(held_at=place.prison)
    make.keep_apart(place.person, other)
    seats = (WishSeat(place.person.resource_id), WishSeat(other.resource_id))

    found = search(db.session(), place.officer, place.wish(seats=seats), NOW)

    assert found.proof is not None
    assert found.proof.last_rule is Rule.KEPT_APART
    assert found.proof.sentence == (
        "No: two people who must be kept apart would both be at Rimutaka"
        " on all 7 days to Mon 30 Nov 2026."
    )
