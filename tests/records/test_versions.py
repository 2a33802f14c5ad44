"""Two people at one record: whoever comes second sees what has changed, and loses nothing typed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from avl.commands.deaths import correct_death, record_death
from avl.commands.merging import merge_people
from avl.commands.people_import import import_people
from avl.commands.records import record_release, record_transfer, withdraw_move
from avl.domain.access import SYSTEM, Role
from avl.domain.errors import StaleVersion
from avl.models import CustodyStay, Person, db
from tests import make
from tests.api.conftest import Caller, caller
from tests.scene import Scene, tomorrow

SAID = "The record of Tāne RĀWIRI was changed while you were looking at it."
VERSION = re.compile(r'name="version"[^>]*value="(\d+)"')


@pytest.fixture
def browser(client: FlaskClient, scene: Scene) -> FlaskClient:
    return make.sign_in(client, make.user(Role.AVL_COORDINATOR, scene.rimutaka))


def version_of(person: Person) -> int:
    db.session.rollback()
    return db.session.scalars(select(Person.version).where(Person.id == person.id)).one()


def planned(scene: Scene) -> None:
    """Somebody else records that Tāne goes to Arohata tomorrow night."""
    there, at = scene.arohata.id, tomorrow("20:00")
    record_transfer(scene.tane.id, site_id=there, at=at, by=scene.coordinator)


@pytest.mark.both_databases
def test_each_change_counts_and_an_old_version_is_refused(scene: Scene, twin: Person) -> None:
    tane, by = scene.tane, scene.coordinator
    moves: list[Any] = [
        lambda v: record_transfer(
            tane.id, site_id=scene.arohata.id, at=tomorrow("20:00"), by=by, version=v
        ),
        lambda v: withdraw_move(tane.id, by=by, version=v),
        lambda v: record_release(tane.id, at=tomorrow("20:00"), by=by, version=v),
        lambda v: withdraw_move(tane.id, by=by, version=v),
        lambda v: record_death(tane.id, at=make.at("09:00"), by=by, version=v),
        lambda v: correct_death(tane.id, by=by, version=v),
        lambda v: merge_people(tane.id, twin.id, by=by, version=v, other_version=1),
    ]
    for number, move in enumerate(moves, 1):
        assert version_of(tane) == number
        with pytest.raises(StaleVersion, match=SAID):
            move(number + 1)
        move(number)
    assert (version_of(tane), version_of(twin)) == (len(moves) + 1, 2)


def test_merging_looks_at_the_version_of_both(scene: Scene, twin: Person) -> None:
    record_release(twin.id, at=tomorrow("20:00"), by=scene.coordinator)

    with pytest.raises(StaleVersion, match="The record of Tane RAWIRI was changed"):
        merge_people(scene.tane.id, twin.id, by=scene.coordinator, version=1, other_version=1)

    assert db.session.get_one(Person, twin.id).merged_into_id is None


def test_a_file_counts_as_a_change_only_where_it_says_something_new(
    scene: Scene, tmp_path: Any
) -> None:
    head = "prn,family_name,given_names,born_on,interpreter_language"
    (tmp_path / "people.csv").write_text(f"{head}\n{scene.tane.prn},Rāwiri,Tāne,,Samoan\n")

    import_people(tmp_path, by=SYSTEM)
    import_people(tmp_path, by=SYSTEM)

    assert version_of(scene.tane) == 2


@pytest.mark.parametrize("what", ["transfer", "release", "death"])
def test_the_second_of_two_tabs_sees_the_change_and_keeps_what_was_typed(
    browser: FlaskClient, scene: Scene, what: str
) -> None:
    path = f"/records/people/{scene.tane.id}/{what}"
    seen = VERSION.search(browser.get(path).text)
    assert seen is not None
    planned(scene)
    typed = {
        "version": seen[1],
        "date": "24 Nov 2026",
        "time": "9:47",
        "site": str(scene.arohata.id),
        "status": "",
    }

    answer = browser.post(path, data=typed)

    assert answer.status_code == 409
    assert answer.text.count(SAID) == 1
    assert 'value="9:47"' in answer.text
    assert "then at Arohata from Wed 25 Nov 2026" in answer.text
    # The page shows the record as it is now, so what it sends next is about that.
    assert VERSION.search(answer.text)[1] == "2"  # type: ignore[index]
    assert db.session.query(CustodyStay).filter_by(person_id=scene.tane.id).count() == 2


def test_withdrawing_and_correcting_an_old_picture_say_so(
    browser: FlaskClient, scene: Scene
) -> None:
    planned(scene)
    path = f"/records/people/{scene.tane.id}"

    again = browser.post(f"{path}/withdraw", data={"version": "1"})
    assert again.location == f"{path}/withdraw"
    assert SAID in browser.get(again.location).text
    record_death(scene.tane.id, at=make.at("09:00"), by=scene.coordinator)
    assert (
        SAID
        in browser.post(f"{path}/death/correct", data={"version": "2"}, follow_redirects=True).text
    )
    assert version_of(scene.tane) == 3


def test_merging_an_old_picture_shows_both_as_they_are_and_keeps_the_choice(
    browser: FlaskClient, scene: Scene, twin: Person
) -> None:
    path = f"/records/people/{scene.tane.id}/merge"
    page = browser.get(f"{path}?prn=TWIN0001").text
    hidden = dict(re.findall(r'name="(version-\d+)" value="(\d+)"', page))
    assert hidden == {f"version-{scene.tane.id}": "1", f"version-{twin.id}": "1"}
    record_release(twin.id, at=tomorrow("20:00"), by=scene.coordinator)

    answer = browser.post(path, data=hidden | {"prn": "TWIN0001", "keep": "TWIN0001"})

    assert answer.status_code == 409
    assert "The record of Tane RAWIRI was changed while you were looking at it." in answer.text
    assert f'name="version-{twin.id}" value="2"' in answer.text
    assert re.search(r'value="TWIN0001" checked', answer.text)


@pytest.mark.both_databases
def test_a_program_says_which_version_it_merges(app: Any, scene: Scene, twin: Person) -> None:
    prison: Caller = caller(app, Role.AVL_COORDINATOR, scene.rimutaka)
    path, body = f"/people/{scene.tane.prn}/merge", {"other_prn": "TWIN0001", "other_version": 1}
    read = prison.get(f"/people/{scene.tane.prn}")
    assert (read.headers["ETag"][:3], read.json["version"]) == ('"1.', 1)
    assert prison.get("/people/NOBODY1").status_code == 404
    assert prison.post(path, body).status_code == 428
    assert prison.post(path, body, If_Match='"7"').status_code == 412
    assert prison.post(path, body | {"other_version": 7}, If_Match='"1"').status_code == 412

    foreseen = prison.post(f"{path}/preview", body)
    assert (foreseen.headers["ETag"], foreseen.json["other_version"]) == ('"1"', 1)
    done = prison.post(path, body, If_Match=foreseen.headers["ETag"], Idempotency_Key="once")

    assert (done.status_code, done.headers["ETag"], done.json["version"]) == (200, '"2"', 2)
    again = prison.post(path, body, If_Match='"1"', Idempotency_Key="once")
    assert again.json == done.json
