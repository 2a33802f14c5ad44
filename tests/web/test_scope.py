"""`may(SEE)` about a row and `visible_bookings` as SQL say the same, whoever asks."""

from __future__ import annotations

from typing import Any

import pytest

from avl.domain.access import SYSTEM, Actor, Do, Grant, Role, SiteSubject, may
from avl.domain.booking import Status
from avl.domain.interval import Interval
from avl.models import Access, Booking, Resource, ResourceKind, Site, db
from avl.queries.accounts import actor_of
from avl.queries.redact import SHOWN_PARTS, shown
from avl.queries.scope import visible_bookings
from tests import make
from tests.counting import statements

pytestmark = pytest.mark.both_databases


def actors(*bookings: Booking) -> list[Actor]:
    """Everybody who could have something to do with these bookings, and some who have not."""
    found = [SYSTEM, actor_of(make.user())]
    elsewhere = make.court()
    for role in Role:
        found.append(actor_of(make.user(role)))
        found.append(actor_of(make.user(role, elsewhere)))
        found.append(actor_of(make.user(role, at_agency=make.agency("MOJ"))))
        found.append(actor_of(make.user(role, at_agency=make.agency("COR"))))
        for booking in bookings:
            one = booking.appearances[0]
            found.append(actor_of(make.user(role, booking.court)))
            found.append(actor_of(make.user(role, one.site)))
            found.append(actor_of(make.user(role, counsel_id=one.counsel_id)))
    return found


def test_scope_and_may_agree_for_everybody(session: Any) -> None:
    bookings = [
        make.booking(by=make.counsel(), status=Status.CONFIRMED),
        make.booking(by=make.counsel(), status=Status.HELD, is_published=False),
        make.booking(by=make.counsel(), status=Status.CANCELLED),
    ]
    # An offer given back before it was requested ends as cancelled, yet nobody else knew of it.
    given_back = make.booking(by=make.counsel(), status=Status.CANCELLED)
    given_back.requested_at = None
    db.session.commit()
    bookings.append(given_back)

    disagreements = []
    for actor in actors(*bookings):
        seen = set(db.session.scalars(visible_bookings(actor).with_only_columns(Booking.id)))
        allowed = {booking.id for booking in bookings if may(actor, Do.SEE, booking)}
        if seen != allowed:
            disagreements.append((actor, seen, allowed))

    assert disagreements == []


def test_scope_survives_a_join_with_appearances(session: Any) -> None:
    prison, other = make.prison(), make.prison()
    people = [make.person(held_at=prison), make.person(held_at=other)]
    both = make.booking(*people, suites=[*suites_of(prison), *suites_of(other)])
    actor = actor_of(make.user(Role.AVL_COORDINATOR, prison))

    joined = db.session.scalars(
        visible_bookings(actor).join(Booking.appearances).with_only_columns(Booking.id)
    ).all()

    assert joined == [both.id, both.id]


def suites_of(prison: Site) -> list[Resource]:
    """A prison's suites."""
    return make.rooms(prison, ResourceKind.SUITE)


def co_defendants() -> tuple[Booking, Any, Any]:
    """Two people in two prisons, each with counsel, on a suppressed matter in closed court."""
    here, there = make.prison(), make.prison()
    mine, theirs = make.counsel("Mere Parata"), make.counsel("John Smith")
    first, second = (
        make.person("Rāwiri", held_at=here),
        make.person("Kereama", held_at=there),
    )
    court = make.court()
    booking = make.booking(
        first,
        second,
        at_court=court,
        suites=[suites_of(here)[0], suites_of(there)[0]],
        kind=make.hearing_type("CLS", "Closed hearing of fact", access=Access.CLOSED),
        staff_notes="for the court",
        prison_notes="for the prison",
    )
    matter = make.matter(court, first, second, is_suppressed=True)
    for appearance, counsel in zip(booking.appearances, (mine, theirs), strict=True):
        appearance.counsel_id, appearance.matter_id = counsel.id, matter.id
    db.session.commit()
    db.session.expire_all()
    return booking, (here, mine), (there, theirs)


def names_seen(actor: Actor, booking: Booking) -> list[str | None]:
    return [one.person and one.person.family_name for one in shown(actor, booking).appearances]


def test_shown_gives_each_side_its_own_people_only(session: Any) -> None:
    booking, (here, _), (there, theirs) = co_defendants()

    assert names_seen(actor_of(make.user(Role.REGISTRY, booking.court)), booking) == [
        "Rāwiri",
        "Kereama",
    ]
    assert names_seen(actor_of(make.user(Role.PRISON_OFFICER, here)), booking) == ["Rāwiri", None]
    assert names_seen(actor_of(make.user(Role.COUNSEL, counsel_id=theirs.id)), booking) == [
        None,
        "Kereama",
    ]
    assert names_seen(actor_of(make.user(Role.MANAGER, there)), booking) == [None, None]


def test_shown_keeps_notes_and_closed_hearings_to_those_concerned(session: Any) -> None:
    booking, (here, mine), _ = co_defendants()

    def seen(actor: Actor) -> tuple[str | None, str | None, str]:
        found = shown(actor, booking)
        return found.staff_notes, found.prison_notes, found.hearing_type_words

    assert seen(actor_of(make.user(Role.REGISTRY, booking.court))) == (
        "for the court",
        "for the prison",
        "Closed hearing of fact",
    )
    assert seen(actor_of(make.user(Role.AVL_COORDINATOR, here))) == (
        None,
        "for the prison",
        "Closed hearing of fact",
    )
    assert seen(actor_of(make.user(Role.COUNSEL, counsel_id=mine.id))) == (
        None,
        None,
        "Closed hearing of fact",
    )
    assert seen(actor_of(make.user(Role.MANAGER, here))) == (None, None, "Closed hearing")


def test_an_agencys_grant_reaches_its_sites_and_no_others(session: Any) -> None:
    prison, court = make.prison(), make.court()
    actor = actor_of(make.user(Role.AVL_COORDINATOR, at_agency=make.agency("COR")))

    assert may(actor, Do.SEE_CALENDAR, SiteSubject(prison.id))
    assert not may(actor, Do.SEE_CALENDAR, SiteSubject(court.id))


def test_an_administrator_reads_no_booking(session: Any) -> None:
    booking = make.booking()
    actor = actor_of(make.user(Role.ADMINISTRATOR))

    assert may(actor, Do.ADMINISTER)
    assert not may(actor, Do.SEE, booking)
    assert actor.grants == (Grant(Role.ADMINISTRATOR),)


def test_shown_costs_three_queries_for_any_number_of_bookings(session: Any) -> None:
    court = make.court()
    actor = actor_of(make.user(Role.REGISTRY, court))
    counts = []
    for number in (1, 3):
        for hour in range(number):
            make.booking(
                at_court=court,
                status=Status.CANCELLED,
                hearing=Interval(make.at(f"1{hour}:00"), make.at(f"1{hour}:30")),
            )
        db.session.expunge_all()
        with statements(db.engine) as seen:
            rows = db.session.scalars(visible_bookings(actor).options(*SHOWN_PARTS)).unique()
            assert [shown(actor, row) for row in rows]
        counts.append(len(seen))

    assert counts == [3, 3]
