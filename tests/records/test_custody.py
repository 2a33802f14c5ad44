"""Adding people, and recording where they go."""

from datetime import date

import pytest
from sqlalchemy import select

from avl import clock as clocks
from avl.commands.deaths import record_death
from avl.commands.records import (
    Move,
    NewPerson,
    SamePerson,
    add_person,
    record_release,
    record_transfer,
    withdraw_move,
)
from avl.domain.access import Role
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotAllowed, NotFound
from avl.models import AuditEvent, CustodyStay, Person, SiteKind
from avl.queries.people import search_people
from avl.queries.records import person_page
from tests import make

pytestmark = pytest.mark.usefixtures("clock")

NOW = make.at("10:00")
LATER = make.at("09:00", on="2026-12-01")


@pytest.fixture
def coordinator(rimutaka):
    return make.actor(Role.AVL_COORDINATOR, rimutaka)


@pytest.fixture
def officer(session):
    return make.actor(Role.REGISTRY, make.court())


def stays(session, person):
    session.rollback()
    rows = session.scalars(
        select(CustodyStay)
        .where(CustodyStay.person_id == person.id)
        .order_by(CustodyStay.starts_at)
    )
    return [(row.site.code, row.starts_at, row.ends_at) for row in rows]


def new(prn="9001 2345", **more):
    return NewPerson(prn, **({"family_name": " Ngāta-White ", "given_names": "Tama"} | more))


@pytest.mark.both_databases
def test_registry_adds_a_person_who_is_then_found(session, officer, rimutaka):
    person = add_person(
        new("rx900123"), site_id=rimutaka.id, since=NOW, status="RMD/ACC", by=officer
    )

    [found] = search_people(officer, "ngata tama", now=NOW).people
    assert (found.person_id, found.prn, found.name) == (person.id, "RX900123", "Tama NGĀTA-WHITE")
    assert (found.now_at.site_name, found.now_at.status) == ("Rimutaka", "RMD/ACC")
    event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.subject) == ("add_person", f"person {person.id}")
    assert event.changes == {"site": "RIMP", "since": NOW.isoformat()}


def test_person_with_a_known_prn_is_shown_not_made(session, officer, rimutaka):
    there = make.person("Pohatu", "Hemi", prn="90012345")

    with pytest.raises(SamePerson, match="Hemi POHATU already has the PRN 90012345") as refusal:
        add_person(new(), site_id=rimutaka.id, since=NOW, by=officer)

    assert refusal.value.person_id == there.id
    assert session.scalars(select(Person)).all() == [there]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"prn": "12"}, "prn"),
        ({"prn": "12-34-56"}, "prn"),
        ({"prn": "1234567890123"}, "prn"),
        ({"family_name": " "}, "family_name"),
        ({"family_name": "Ā" * 81}, "family_name"),
        ({"born_on": date(2031, 1, 1)}, "born_on"),
        ({"interpreter_language": "x" * 41}, "interpreter_language"),
    ],
)
def test_person_typed_wrong_is_refused_at_the_field(session, officer, rimutaka, typed, field):
    with pytest.raises(InvalidInput) as refusal:
        add_person(new(**typed), site_id=rimutaka.id, since=NOW, by=officer)

    assert refusal.value.field == field
    assert session.scalars(select(Person)).all() == []


def test_nobody_is_held_at_a_court_or_nowhere(session, officer):
    court = make.court()

    for site_id in (court.id, None, 99999):
        with pytest.raises(InvalidInput) as refusal:
            add_person(new(), site_id=site_id, since=NOW, by=officer)
        assert refusal.value.field == "site"


def test_coordinator_adds_people_at_their_own_prison_only(session, coordinator, rimutaka, arohata):
    add_person(new("1111"), site_id=rimutaka.id, since=NOW, by=coordinator)

    with pytest.raises(NotAllowed, match="Arohata"):
        add_person(new("2222"), site_id=arohata.id, since=NOW, by=coordinator)
    guest = make.actor(Role.PRISON_OFFICER, rimutaka)
    with pytest.raises(NotAllowed):
        add_person(new("3333"), site_id=rimutaka.id, since=NOW, by=guest)


@pytest.mark.both_databases
def test_transfer_ends_one_stay_and_starts_the_next_and_names_bookings_left_behind(
    session, coordinator, rimutaka, arohata
):
    person = make.person("Pohatu", "Hemi", held_at=rimutaka)
    before, after = make.during("13:00", "13:30"), make.during("10:00", "10:30", on="2026-12-02")
    make.booking(person, at_prison=rimutaka, hearing=before)
    wrong = make.booking(person, at_prison=rimutaka, hearing=after)
    there = make.during("11:00", "11:30", on="2026-12-02")
    make.booking(person, at_prison=arohata, hearing=there)

    done = record_transfer(person.id, site_id=arohata.id, at=LATER, by=coordinator)

    assert stays(session, person) == [
        ("RIMP", make.LONG_AGO, LATER),
        ("AROH", LATER, None),
    ]
    assert done == Move(
        "Hemi POHATU is recorded at Arohata Prison from Tue 1 Dec 2026, 9:00 am.",
        (wrong.reference,),
        0,
    )


def test_receiving_coordinator_learns_how_many_bookings_others_have_but_not_which(
    session, rimutaka, arohata
):
    person = make.person(held_at=rimutaka)
    make.booking(person, at_prison=rimutaka, hearing=make.during("10:00", "10:30", on="2026-12-02"))
    receiving = make.actor(Role.AVL_COORDINATOR, arohata)

    done = record_transfer(person.id, site_id=arohata.id, at=LATER, by=receiving)

    assert (done.references, done.hidden) == ((), 1)


def test_person_who_was_released_comes_back(session, coordinator, rimutaka):
    person = make.person(held_at=rimutaka)

    record_release(person.id, at=NOW, by=coordinator)
    record_transfer(person.id, site_id=rimutaka.id, at=LATER, by=coordinator)

    assert stays(session, person) == [("RIMP", make.LONG_AGO, NOW), ("RIMP", LATER, None)]


def test_planned_release_outlives_a_transfer_before_it(session, coordinator, rimutaka, arohata):
    person = make.person(held_at=rimutaka)
    record_release(person.id, at=LATER, by=coordinator)

    record_transfer(person.id, site_id=arohata.id, at=NOW, by=coordinator)

    assert stays(session, person)[1] == ("AROH", NOW, LATER)


def test_release_names_bookings_after_it(session, coordinator, rimutaka):
    person = make.person(held_at=rimutaka)
    booking = make.booking(person, at_prison=rimutaka, hearing=make.during("14:00", "14:30"))

    done = record_release(person.id, at=make.at("12:00"), by=coordinator)

    assert done.references == (booking.reference,)
    assert done.sentence.endswith("is recorded as released on Tue 24 Nov 2026, 12:00 pm.")


@pytest.mark.parametrize(
    ("to", "at", "field"),
    [
        ("RIMP", NOW, "site"),
        ("AROH", make.at("09:00", on="2019-01-01"), "date"),
        ("AROH", make.at("09:00", on="2028-12-01"), "date"),
    ],
    ids=["already there", "before they came", "in two years"],
)
def test_transfer_that_cannot_be_is_refused_and_nothing_changes(
    session, coordinator, rimutaka, arohata, to, at, field
):
    person = make.person(held_at=rimutaka)
    ids = {"RIMP": rimutaka.id, "AROH": arohata.id}

    with pytest.raises(InvalidInput) as refusal:
        record_transfer(person.id, site_id=ids[to], at=at, by=coordinator)

    assert refusal.value.field == field
    assert stays(session, person) == [("RIMP", make.LONG_AGO, None)]


def test_transfer_before_a_planned_one_asks_to_withdraw_that_first(
    session, coordinator, rimutaka, arohata
):
    person = make.person(held_at=rimutaka)
    third = make.prison(short_name="Third")
    record_transfer(person.id, site_id=arohata.id, at=LATER, by=coordinator)

    with pytest.raises(
        InvalidInput, match=r"Arohata Prison from Tue 1 Dec 2026, 9:00 am\..*withdraw"
    ):
        record_transfer(person.id, site_id=third.id, at=NOW, by=coordinator)

    done = withdraw_move(person.id, by=coordinator)
    assert done.sentence.endswith("stays at Rimutaka Prison.")
    assert stays(session, person) == [("RIMP", make.LONG_AGO, None)]
    with pytest.raises(ActionNotAllowed):
        withdraw_move(person.id, by=coordinator)


def test_planned_release_is_withdrawn(session, coordinator, rimutaka):
    person = make.person(held_at=rimutaka)
    record_release(person.id, at=LATER, by=coordinator)

    withdraw_move(person.id, by=coordinator)

    assert stays(session, person) == [("RIMP", make.LONG_AGO, None)]


def test_release_recorded_by_mistake_is_taken_back(session, coordinator, rimutaka, clock):
    person = make.person(held_at=rimutaka)
    record_release(person.id, at=clocks.now(), by=coordinator)
    clock.forward(hours=1)

    assert person_page(coordinator, person.id, now=clocks.now()).may_withdraw
    done = withdraw_move(person.id, by=coordinator)

    assert done.sentence.startswith("The release is withdrawn: ")
    assert stays(session, person) == [("RIMP", make.LONG_AGO, None)]


def test_a_death_is_no_release_to_be_withdrawn(session, coordinator, rimutaka):
    person = make.person(held_at=rimutaka)
    record_death(person.id, at=clocks.now(), by=coordinator)

    assert not person_page(coordinator, person.id, now=clocks.now()).may_withdraw
    with pytest.raises(ActionNotAllowed):
        withdraw_move(person.id, by=coordinator)


def test_planned_arrival_is_withdrawn(session, coordinator, officer, rimutaka):
    person = add_person(new(), site_id=rimutaka.id, since=LATER, by=officer)

    done = withdraw_move(person.id, by=coordinator)

    assert done.sentence.endswith("is not expected in custody.")
    assert stays(session, person) == []


@pytest.mark.parametrize("role", [Role.REGISTRY, Role.PRISON_OFFICER, Role.AVL_COORDINATOR])
def test_only_the_coordinator_of_either_place_moves_people(session, rimutaka, arohata, role):
    person = make.person(held_at=rimutaka)
    stranger = make.actor(role, make.site(kind=SiteKind.PRISON))

    with pytest.raises(NotAllowed):
        record_transfer(person.id, site_id=arohata.id, at=NOW, by=stranger)
    with pytest.raises(NotAllowed):
        record_release(person.id, at=NOW, by=stranger)
    with pytest.raises(NotFound):
        record_release(99999, at=NOW, by=stranger)
