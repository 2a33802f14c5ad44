"""What a transfer, a release or a death would break is shown before it is recorded."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from avl.domain.access import Role
from avl.models import CustodyStay, Disruption, Person, Site
from avl.queries.moves_ahead import preview_move
from tests import make

pytestmark = pytest.mark.usefixtures("clock")

LATER = "2026-12-01"


@pytest.fixture
def person(session: Any, rimutaka: Site) -> Person:
    return make.person("Pohatu", "Hemi", held_at=rimutaka)


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

    seen = preview_move(keeper, person.id, what="The transfer of", at=at, site_id=arohata.id)
    hidden = preview_move(stranger, person.id, what="The release of", at=at)
    none = preview_move(
        keeper, person.id, what="The release of", at=make.at("10:00", on="2027-01-05")
    )

    assert seen.sentence == "The transfer of Hemi POHATU affects 2 bookings."
    assert [one.reference for one in seen.affected] == after
    assert [one.reference for one in hidden.affected] == ["", ""]
    assert none.sentence == "The release of Hemi POHATU affects no booking."
    assert recorded(session) == (1, 0)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("transfer", "The transfer of Hemi POHATU affects 1 booking."),
        ("release", "The release of Hemi POHATU affects 1 booking."),
        ("death", "The death of Hemi POHATU affects 1 booking."),
    ],
)
def test_the_page_shows_it_first_and_records_on_the_second_word(
    client: FlaskClient,
    session: Any,
    person: Person,
    rimutaka: Site,
    arohata: Site,
    what: str,
    sentence: str,
) -> None:
    on = "2026-11-24" if what == "death" else LATER
    reference = booked(person, "11:00", on="2026-12-02")
    keeper = make.sign_in(client, make.user(Role.AVL_COORDINATOR, rimutaka))
    sent = {"site": str(arohata.id), "date": on, "time": "09:00", "status": "", "version": "1"}

    asked = keeper.post(f"/records/people/{person.id}/{what}", data=sent)

    assert asked.status_code == 200
    assert sentence in asked.text
    assert reference in asked.text
    assert 'name="version" value="1"' in asked.text
    assert recorded(session) == (1, 0)

    done = keeper.post(f"/records/people/{person.id}/{what}", data={**sent, "step": "save"})

    assert done.status_code == 302
    assert recorded(session) == (2 if what == "transfer" else 1, 1)
