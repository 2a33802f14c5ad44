"""What a transfer, a release or a death would break is shown before it is recorded."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from avl.commands.deaths import record_death
from avl.commands.foreseeing import foresee
from avl.commands.records import record_release, record_transfer
from avl.domain.access import Role
from avl.domain.errors import NotAllowed, StaleVersion
from avl.models import CustodyStay, Disruption, Person, Site
from tests import make

pytestmark = pytest.mark.usefixtures("clock")

LATER = "2026-12-01"
SAME_TIME = "The same time at the place where the person is then."


def booked(person: Person, at: str, on: str = LATER) -> str:
    there = person.stays[0].site
    hearing = make.during(at, f"{at[:2]}:40", on=on)
    return str(make.booking(person, at_prison=there, hearing=hearing).reference)


def recorded(session: Any) -> tuple[int, int]:
    session.rollback()
    return (
        len(session.scalars(select(CustodyStay)).all()),
        len(session.scalars(select(Disruption)).all()),
    )


@pytest.mark.both_databases
def test_a_move_breaks_what_comes_after_it_and_nothing_before(
    session: Any, person: Person, rimutaka: Site, arohata: Site
) -> None:
    booked(person, "09:00")
    after = [booked(person, "11:00"), booked(person, "13:00", on="2026-12-03")]
    keeper = make.actor(Role.AVL_COORDINATOR, rimutaka)
    stranger = make.actor(Role.AVL_COORDINATOR, arohata)
    at = make.at("10:00", on=LATER)

    there = {"site_id": arohata.id, "at": at, "what": "It"}
    seen = foresee(record_transfer, person.id, **there, by=keeper)
    hidden = foresee(record_transfer, person.id, **there, by=stranger)
    later = make.at("10:00", on="2027-01-05")
    none = foresee(record_release, person.id, at=later, by=keeper, what="The release")

    assert seen.sentence == "It affects 2 bookings."
    assert [one.reference for one in seen.affected] == after
    assert {one.why for one in seen.ways.values()} == {SAME_TIME}
    assert [one.reference for one in hidden.affected] == ["", ""]
    assert hidden.ways == {}
    assert none.sentence == "The release affects no booking."
    assert recorded(session) == (1, 0)


@pytest.mark.both_databases
def test_looking_ahead_refuses_what_recording_it_refuses(
    session: Any, person: Person, rimutaka: Site, arohata: Site
) -> None:
    booked(person, "11:00")
    keeper = make.actor(Role.AVL_COORDINATOR, rimutaka)
    stranger = make.actor(Role.AVL_COORDINATOR, arohata)
    at, passed = make.at("10:00", on=LATER), make.at("09:00")

    with pytest.raises(NotAllowed):
        foresee(record_release, person.id, at=at, by=stranger, what="It")
    with pytest.raises(StaleVersion):
        foresee(record_death, person.id, at=passed, by=keeper, version=7, what="It")
    assert recorded(session) == (1, 0)


@pytest.mark.parametrize(
    ("what", "on", "sentence"),
    [
        ("death", LATER, "Enter a time that has passed."),
        ("release", "2028-12-01", "This is more than a year away. Check the date."),
        ("transfer", "2028-12-01", "This is more than a year away. Check the date."),
    ],
)
def test_the_page_refuses_a_date_that_cannot_be_saved_before_it_shows_anything(
    client: FlaskClient,
    session: Any,
    person: Person,
    rimutaka: Site,
    arohata: Site,
    what: str,
    on: str,
    sentence: str,
) -> None:
    booked(person, "11:00", on="2026-12-02")
    keeper = make.sign_in(client, make.user(Role.AVL_COORDINATOR, rimutaka))
    sent = {"site": str(arohata.id), "date": on, "time": "09:00", "status": "", "version": "1"}

    answer = keeper.post(f"/records/people/{person.id}/{what}", data=sent)

    assert answer.status_code == 422
    assert answer.text.count(sentence) == 2  # beside the field and at the top
    assert f'value="{on}"' in answer.text
    assert "affects" not in answer.text.split("<main")[1].split("<form")[0]
    assert recorded(session) == (1, 0)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("transfer", "The same time at the place where the person is then."),
        ("release", "The person is no longer in custody by then."),
        ("death", "The person is no longer in custody by then."),
    ],
)
def test_the_page_shows_it_first_and_records_on_the_second_word(
    client: FlaskClient,
    session: Any,
    person: Person,
    rimutaka: Site,
    arohata: Site,
    what: str,
    why: str,
) -> None:
    on = "2026-11-24" if what == "death" else LATER
    reference = booked(person, "11:00", on="2026-12-02")
    keeper = make.sign_in(client, make.user(Role.AVL_COORDINATOR, rimutaka))
    sent = {"site": str(arohata.id), "date": on, "time": "09:00", "status": "", "version": "1"}

    asked = keeper.post(f"/records/people/{person.id}/{what}", data=sent)

    assert asked.status_code == 200
    assert f"The {what} of Hemi POHATU affects 1 booking." in asked.text
    assert why in asked.text
    assert reference in asked.text
    assert 'name="version" value="1"' in asked.text
    assert recorded(session) == (1, 0)

    done = keeper.post(f"/records/people/{person.id}/{what}", data={**sent, "step": "save"})

    assert done.status_code == 302
    assert recorded(session) == (2 if what == "transfer" else 1, 1)


def test_what_differs_by_the_day_alone_is_said_once(
    client: FlaskClient, session: Any, person: Person, rimutaka: Site
) -> None:
    booked(person, "11:00")
    booked(person, "13:00", on="2026-12-03")
    keeper = make.sign_in(client, make.user(Role.AVL_COORDINATOR, rimutaka))
    sent = {"date": "2026-11-30", "time": "09:00", "version": "1"}

    seen = keeper.post(f"/records/people/{person.id}/release", data=sent).text

    card = seen.split('aria-labelledby="effect"')[1].split("<form")[0]
    assert card.count("The person in custody is not recorded at") == 1
    assert "then.</p>" in card
