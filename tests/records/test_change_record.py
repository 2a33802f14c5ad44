"""Changing what is recorded of somebody, on the page: shown first, refused with what was typed."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from avl.commands.interpreters import set_interpreter
from avl.commands.person_records import Recorded, change_record
from avl.domain.access import Role
from avl.domain.interpreters import InterpreterState
from avl.models import Booking, Person, Site, db
from avl.web.frame import unbroken
from tests import make

pytestmark = pytest.mark.usefixtures("clock")


def change(keeper: FlaskClient, person: Person, **typed: str) -> Any:
    usual = {"born_on": "", "interpreter_language": "", "status": "", "version": "1"}
    return keeper.post(f"/records/people/{person.id}/change", data=usual | typed)


def test_language_is_shown_first_and_recorded_on_the_second_word(
    keeper: FlaskClient, person: Person
) -> None:
    hearing = make.during("11:00", "11:40", on="2026-12-01")
    booking = make.booking(person, at_prison=person.stays[0].site, hearing=hearing)

    seen = change(keeper, person, interpreter_language="Samoan")

    assert seen.status_code == 200
    assert "This booking will need an interpreter. The court’s registry is told:" in seen.text
    assert "This change of the record of Hemi POHATU leaves every booking possible." in seen.text
    assert (
        unbroken(f"{booking.reference}, Tue 1 Dec 2026 from 11:00 am: An interpreter") in seen.text
    )
    assert 'name="interpreter_language" value="Samoan"' in seen.text
    assert not db.session.get_one(Booking, booking.id, populate_existing=True).interpreter_language

    done = change(keeper, person, interpreter_language="Samoan", step="save")

    assert done.status_code == 302
    page = keeper.get(f"/records/people/{person.id}").text
    assert "1 booking needs an interpreter: the court’s registry is told." in page
    assert "Needs an interpreter (Samoan)." in page
    booking = db.session.get_one(Booking, booking.id, populate_existing=True)
    assert booking.interpreter_language == "Samoan"


@pytest.mark.both_databases
def test_every_language_that_records_say_finds_its_way_in(session: Any) -> None:
    """Three people for whom somebody interprets, each from a language with a long name."""
    prison = make.prison(suites=3)
    people = [make.person(name, held_at=prison) for name in ("Pohatu", "Ana", "Sione")]
    hearing = make.during("11:00", "11:40", on="2026-12-01")
    booking = make.booking(*people, at_prison=prison, hearing=hearing)
    keeper = make.actor(Role.AVL_COORDINATOR, prison)
    names = [f"Language {letter * 30}" for letter in "abc"]

    for one, language in zip(people, names, strict=True):
        done = change_record(one.id, Recorded(None, language, ""), by=keeper)
        assert list(done.swept.warned) == [booking.id]

    booking = db.session.get_one(Booking, booking.id, populate_existing=True)
    assert booking.interpreter_language == ", ".join(names)
    assert len(booking.interpreter_language) > 80
    registrar = make.actor(Role.REGISTRY, booking.court)
    set_interpreter(booking.reference, InterpreterState.ASKED, by=registrar)


def test_a_language_that_is_too_long_once_it_is_spelt_out_is_refused(
    keeper: FlaskClient, person: Person
) -> None:
    typed = f"{'x' * 33}, maori"
    assert len(typed) == 40

    refused = change(keeper, person, interpreter_language=typed)

    assert refused.status_code == 422
    assert "The language must have 40 characters or fewer: 7 over." in refused.text
    assert typed in refused.text


def test_what_concerns_no_booking_is_recorded_at_once_and_a_birthday_is_never_shown(
    keeper: FlaskClient, person: Person
) -> None:
    assert "None is recorded." in keeper.get(f"/records/people/{person.id}/change").text

    assert change(keeper, person, born_on="3 Feb 1990", status="sentenced").status_code == 302

    page = keeper.get(f"/records/people/{person.id}/change").text
    assert "A date is recorded; it is shown to nobody." in page
    assert "1990" not in page.split("<form")[-1].replace("such as 3 Feb 1990", "")
    assert 'value="sentenced" selected' in page or 'selected value="sentenced"' in page


def test_refusals_stand_beside_their_field_and_keep_what_was_typed(
    keeper: FlaskClient, person: Person
) -> None:
    odd = change(keeper, person, born_on="soon", interpreter_language="Samoan")
    ahead = change(keeper, person, born_on="3 Feb 2090")
    chosen = change(keeper, person, status="free")
    stale = change(keeper, person, interpreter_language="Samoan", version="7")

    assert [one.status_code for one in (odd, ahead, chosen, stale)] == [422, 422, 422, 409]
    assert odd.text.count("Enter a real date, such as 3 Feb 1990.") == 2
    assert 'value="soon"' in odd.text
    assert 'value="Samoan"' in odd.text
    assert ahead.text.count("Enter a real date of birth, such as 3 Feb 1990.") == 2
    assert "Choose a status from the list." in chosen.text
    assert "was changed while you were looking at it" in stale.text
    assert 'value="Samoan"' in stale.text


def test_another_prison_changes_nothing_and_a_registry_no_status(
    client: FlaskClient, person: Person, arohata: Site
) -> None:
    path = f"/records/people/{person.id}"
    stranger = make.sign_in(client, make.user(Role.AVL_COORDINATOR, arohata))
    assert stranger.get(f"{path}/change").status_code == 404
    assert f"{path}/change" not in stranger.get(path).text

    court = make.court("HVDC")
    registry = make.sign_in(client, make.user(Role.REGISTRY, court))
    assert registry.get(f"{path}/change").status_code == 404
    assert f"{path}/change" not in registry.get(path).text

    make.matter(court, person)
    assert f"{path}/change" in registry.get(path).text
    assert 'name="status"' not in registry.get(f"{path}/change").text
    sent = {"born_on": "", "interpreter_language": "Samoan", "version": "1"}
    assert registry.post(f"{path}/change", data=sent).status_code == 302


def test_language_that_is_taken_off_says_so_and_names_who_is_still_asked(
    keeper: FlaskClient, person: Person
) -> None:
    hearing = make.during("11:00", "11:40", on="2026-12-01")
    booking = make.booking(person, at_prison=person.stays[0].site, hearing=hearing)
    change(keeper, person, interpreter_language="Samoan", step="save")

    seen = change(keeper, person, version="2")

    assert "No record names this language any more:" in seen.text
    assert (
        unbroken(f"{booking.reference}, Tue 1 Dec 2026 from 11:00 am: It asks for Samoan")
        in seen.text
    )
    assert change(keeper, person, version="2", step="save").status_code == 302
    page = keeper.get(f"/records/people/{person.id}").text
    assert "1 booking had an interpreter who may not be needed now: look at it." in page
    assert "No booking is affected." not in page
