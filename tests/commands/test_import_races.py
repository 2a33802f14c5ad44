"""People are imported while their records change: the file is compared with what stands by then."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avl.commands import people_import, record_steps
from avl.commands.bookings import request_booking
from avl.commands.merging import merge_people
from avl.commands.people_import import PeopleImport, PeopleRefused, import_people
from avl.commands.person_records import Recorded, change_record
from avl.domain.access import SYSTEM
from avl.models import Booking, Person, db
from tests import make
from tests.commands.elsewhere import Elsewhere
from tests.scene import Scene
from tests.storm.crowd import at_once, patiently

FAR_OFF = make.at("10:00", on="2027-03-10")
NEW = "90012345"


def folder(at: Path, **files: str) -> Path:
    """A folder of people; the first line of each file is there already."""
    heads = {
        "people": "prn,family_name,given_names,born_on,interpreter_language",
        "stays": "prn,site,from,to,status",
    }
    at.mkdir()
    for name, lines in files.items():
        (at / f"{name}.csv").write_text(f"{heads[name]}\n{lines}\n", encoding="utf-8")
    return at


@pytest.fixture
def meanwhile(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets somebody else do something when an import has first read whom its file names."""

    def arrange(act: Any) -> None:
        read = record_steps.people_named

        def read_and_linger(*args: Any) -> Any:
            found = read(*args)
            if elsewhere.thread is None:
                elsewhere.begin(act)
            return found

        for module in (record_steps, people_import):
            if hasattr(module, "people_named"):
                monkeypatch.setattr(module, "people_named", read_and_linger)

    return arrange


# On SQLite an import has the only lock there is before it reads anything.
@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
def test_language_recorded_meanwhile_is_the_one_that_a_file_corrects(
    scene: Scene, elsewhere: Elsewhere, meanwhile: Any, tmp_path: Path
) -> None:
    booking = request_booking(scene.request(FAR_OFF), by=scene.registrar)
    samoan = Recorded(interpreter_language="Samoan")
    meanwhile(partial(change_record, scene.tane.id, samoan, by=scene.coordinator))
    line = f"{scene.tane.prn},Rāwiri,Tāne,,Tongan"

    import_people(folder(tmp_path / "file", people=line), by=SYSTEM)

    elsewhere.end()
    # Nobody was asked for Samoan yet, and nobody speaks it after all.
    assert db.session.get_one(Booking, booking.id).interpreter_language == "Tongan"


@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
def test_a_change_meanwhile_is_counted_besides_the_file(
    scene: Scene, elsewhere: Elsewhere, meanwhile: Any, tmp_path: Path
) -> None:
    before = scene.tane.version
    samoan = Recorded(interpreter_language="Samoan")
    meanwhile(partial(change_record, scene.tane.id, samoan, by=scene.coordinator))
    line = f"{scene.tane.prn},Rāwiri,Tāne Mahuta,,Samoan"

    import_people(folder(tmp_path / "file", people=line), by=SYSTEM)

    elsewhere.end()
    # Whoever looked at the record between the two must be told that it was changed since.
    assert db.session.get_one(Person, scene.tane.id).version == before + 2


@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
def test_a_file_that_names_a_record_merged_meanwhile_is_about_the_one_that_was_kept(
    scene: Scene, elsewhere: Elsewhere, meanwhile: Any, tmp_path: Path
) -> None:
    twin = make.person("Rawiri", "Tane", held_at=scene.rimutaka)
    meanwhile(partial(merge_people, scene.tane.id, twin.id, by=scene.coordinator))
    line = f"{twin.prn},Rāwiri,Tāne Mahuta,,"
    both = [scene.tane.id, twin.id]

    import_people(folder(tmp_path / "file", people=line), by=SYSTEM)

    assert not isinstance(elsewhere.end(), Exception), elsewhere.answer
    names = [db.session.get_one(Person, key).given_names for key in both]
    assert names == ["Tāne Mahuta", "Tane"]


@pytest.mark.both_databases
def test_two_files_at_once_with_one_new_person_record_them_once(
    app: Flask, scene: Scene, tmp_path: Path
) -> None:
    person, stay = f"{NEW},Pohatu,Hemi,,", f"{NEW},RIM,2026-11-01 10:00,,"
    files = [folder(tmp_path / f"{n}", people=person, stays=stay) for n in range(4)]

    outcomes = at_once(app, [patiently(partial(import_people, one, by=SYSTEM)) for one in files])

    assert [type(one) for one in outcomes] == [PeopleImport] * 4, outcomes
    assert sorted(one.added for one in outcomes) == [0, 0, 0, 2]
    db.session.rollback()
    new = db.session.scalars(select(Person).where(Person.prn == NEW)).one()
    assert len(new.stays) == 1


@pytest.mark.both_databases
def test_of_two_files_that_disagree_the_second_is_told_where(
    app: Flask, scene: Scene, tmp_path: Path
) -> None:
    make.person("Pohatu", "Hemi", prn=NEW)
    files = [
        folder(tmp_path / site, stays=f"{NEW},{site},2026-11-{day} 10:00,,")
        for site, day in (("RIM", "01"), ("ARO", "02"))
    ]

    outcomes = at_once(app, [patiently(partial(import_people, one, by=SYSTEM)) for one in files])

    assert sorted(type(one).__name__ for one in outcomes) == ["PeopleImport", "PeopleRefused"]
    refusal = next(one for one in outcomes if isinstance(one, PeopleRefused))
    assert [problem.line for problem in refusal.problems] == [2]
