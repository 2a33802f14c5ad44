"""Two records of one person become one, or the reason why they cannot."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.disruptions import work_out_ways
from avl.commands.merging import foresee_merge, look_at_merge, merge_people
from avl.commands.records import record_transfer
from avl.domain.access import SYSTEM, Role
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotAllowed, NotFound
from avl.models import (
    Appearance,
    Booking,
    CustodyStay,
    Disruption,
    Hold,
    KeepApart,
    MatterParty,
    Person,
    db,
)
from avl.queries.lookups import person_ids
from avl.queries.people import search_people
from tests import make
from tests import scene as scenes
from tests.scene import Scene


def apart(first: Person, second: Person, **more: Any) -> None:
    low, high = sorted((first.id, second.id))
    db.session.add(KeepApart(first_id=low, second_id=high, made_at=make.LONG_AGO, **more))
    db.session.commit()


@pytest.mark.both_databases
def test_everything_of_the_one_becomes_the_others(scene: Scene, twin: Person) -> None:
    mine = request_booking(scene.request("10:00"), by=scene.registrar)
    theirs = request_booking(
        scene.request("14:00", scene.seat(twin, scene.second_suite)), by=scene.registrar
    )
    shared = make.matter(scene.court, scene.tane, twin, by=scene.mere)
    own = make.matter(scene.court, twin)

    done = merge_people(scene.tane.id, twin.id, by=scene.coordinator)

    assert "TWIN0001 leads there now" in done.sentence
    db.session.expire_all()
    seats = db.session.scalars(select(Appearance)).all()
    assert {one.person_id for one in seats} == {scene.tane.id}
    assert {one.booking_id for one in seats} == {mine.id, theirs.id}
    held = set(db.session.scalars(select(Hold.resource_id)))
    assert twin.resource_id not in held
    parties = db.session.scalars(select(MatterParty)).all()
    assert sorted((one.matter_id, one.person_id) for one in parties) == [
        (shared.id, scene.tane.id),
        (own.id, scene.tane.id),
    ]
    stays = db.session.scalars(
        select(CustodyStay).where(CustodyStay.person_id.in_((scene.tane.id, twin.id)))
    ).all()
    assert [(one.person_id, one.starts_at) for one in stays] == [(scene.tane.id, make.LONG_AGO)]
    assert db.session.scalars(select(Disruption)).all() == []
    assert db.session.get_one(Booking, theirs.id).version > theirs.version - 1
    assert scenes.overlaps() == 0


def test_both_prns_find_the_person(scene: Scene, twin: Person) -> None:
    merge_people(scene.tane.id, twin.id, by=scene.coordinator)

    found = search_people(scene.registrar, "TWIN0001", now=make.at("10:00")).people
    assert [one.person_id for one in found] == [scene.tane.id]
    by_name = search_people(scene.registrar, "rawiri", now=make.at("10:00")).people
    assert [one.person_id for one in by_name] == [scene.tane.id]
    assert person_ids(["TWIN0001"])["TWIN0001"].id == scene.tane.id
    with pytest.raises(NotFound):
        merge_people(scene.hemi.id, twin.id, by=scene.coordinator)


def test_keep_aparts_come_together_by_the_stricter_rule(scene: Scene, twin: Person) -> None:
    apart(scene.tane, scene.hemi, gap_minutes=30)
    apart(twin, scene.hemi, gap_minutes=60, other_site_too=True)
    apart(twin, scene.aroha)

    merge_people(scene.tane.id, twin.id, by=scene.coordinator)

    pairs = db.session.scalars(select(KeepApart)).all()
    assert {
        (frozenset((one.first_id, one.second_id)), one.gap_minutes, one.other_site_too)
        for one in pairs
    } == {
        (frozenset((scene.tane.id, scene.hemi.id)), 60, True),
        (frozenset((scene.tane.id, scene.aroha.id)), 30, False),
    }


@pytest.fixture
def beside(scene: Scene, twin: Person) -> Booking:
    """Tāne may not be near Hēmi; his other record is booked right beside him."""
    request_booking(scene.request("10:00", scene.seat(scene.hemi)), by=scene.registrar)
    apart(scene.tane, scene.hemi)
    return request_booking(
        scene.request(
            "10:00", scene.seat(twin, scene.second_suite), courtroom=scene.second_courtroom
        ),
        by=scene.registrar,
    )


@pytest.mark.both_databases
def test_what_becomes_invalid_is_foreseen_and_goes_on_the_worklist(
    scene: Scene, twin: Person, beside: Booking
) -> None:
    seen = foresee_merge(scene.tane.id, twin.id, by=scene.coordinator)
    assert db.session.get_one(Person, twin.id).merged_into_id is None

    done = merge_people(scene.tane.id, twin.id, by=scene.coordinator)

    opened = {row.booking_id: row.sentence for row in db.session.scalars(select(Disruption))}
    assert beside.id in opened
    assert opened == {one.booking_id: one.sentence for one in seen.affected}
    work_out_ways(booking_ids=done.swept.opened)
    ways = {row.booking_id: row.way["why"] for row in db.session.scalars(select(Disruption))}
    assert ways == {key: way.why for key, way in seen.ways.items()}


def test_what_cannot_both_be_true_is_refused_and_changes_nothing(
    scene: Scene, twin: Person
) -> None:
    with pytest.raises(ActionNotAllowed, match="at once"):
        merge_people(scene.tane.id, scene.aroha.id, by=scene.coordinator)

    first = request_booking(scene.request("10:00"), by=scene.registrar)
    second = request_booking(
        scene.request(
            "10:15", scene.seat(twin, scene.second_suite), courtroom=scene.second_courtroom
        ),
        by=scene.registrar,
    )
    with pytest.raises(ActionNotAllowed, match="at the same time") as refusal:
        merge_people(scene.tane.id, twin.id, by=SYSTEM)
    assert first.reference in refusal.value.message
    assert second.reference in refusal.value.message
    assert db.session.get_one(Person, twin.id).merged_into_id is None


def test_a_transfer_that_was_not_recorded_puts_two_places_right(scene: Scene, twin: Person) -> None:
    record_transfer(twin.id, site_id=scene.arohata.id, at=make.at("08:00"), by=SYSTEM)
    with pytest.raises(ActionNotAllowed, match="as by a transfer that was not recorded"):
        merge_people(scene.tane.id, twin.id, by=SYSTEM)

    record_transfer(scene.tane.id, site_id=scene.arohata.id, at=make.at("08:00"), by=SYSTEM)

    assert merge_people(scene.tane.id, twin.id, by=SYSTEM).sentence.startswith("They are one now")


def test_people_kept_apart_are_two(scene: Scene, twin: Person) -> None:
    apart(scene.tane, twin)

    with pytest.raises(ActionNotAllowed, match=r"two people\. If they are one, end that first"):
        merge_people(scene.tane.id, twin.id, by=scene.coordinator)


def test_only_who_keeps_their_stays_may(scene: Scene, twin: Person) -> None:
    for other in (scene.registrar, scene.women_coordinator):
        with pytest.raises(NotAllowed):
            merge_people(scene.tane.id, twin.id, by=other)


DIFFERENT = "The names are quite different: Tāne RĀWIRI and Hēmi PARATA."


@pytest.mark.both_databases
def test_names_quite_different_are_merged_once_somebody_says_that_they_are_one(
    scene: Scene,
) -> None:
    both = scene.tane.id, scene.hemi.id

    for act in (merge_people, foresee_merge):
        with pytest.raises(InvalidInput) as refusal:
            act(*both, by=scene.coordinator)
        assert refusal.value.field == "is_one_person"
        assert refusal.value.message.startswith(DIFFERENT)

    assert merge_people(*both, by=scene.coordinator, is_one_person=True)


def test_dates_of_birth_tell_nobody_that_two_records_are_two_people(scene: Scene) -> None:
    scene.tane.born_on = date(1990, 3, 1)
    db.session.commit()
    other = make.person("Rawiri", "Tane", held_at=scene.rimutaka, born_on=date(2001, 4, 2))

    assert look_at_merge(scene.tane.id, other.id, by=scene.coordinator).doubts == ()
    assert merge_people(scene.tane.id, other.id, by=scene.coordinator)


def test_the_page_warns_of_other_names_and_wants_to_be_told(
    client: FlaskClient, scene: Scene
) -> None:
    browser = make.sign_in(client, make.user(Role.AVL_COORDINATOR, scene.rimutaka))
    here = f"/records/people/{scene.tane.id}/merge"
    sent = {"prn": scene.hemi.prn, "keep": scene.hemi.prn}
    seen = browser.get(f"{here}?prn={scene.hemi.prn}").text
    assert DIFFERENT in seen
    assert "They are one person, who goes by both names" in seen

    refused = browser.post(here, data=sent)

    assert refused.status_code == 422
    assert refused.text.count("Confirm that they are one person") == 2  # at the top and beside it
    assert 'href="#is_one_person"' in refused.text
    assert 'id="is_one_person"' in refused.text
    kept = refused.text.split(f'value="{scene.hemi.prn}"')
    assert any("checked" in part.split(">")[0] for part in kept[1:])
    done = browser.post(here, data=sent | {"is_one_person": "yes"}, follow_redirects=True)
    assert "They are one now" in done.text


def test_the_page_shows_both_and_merges(client: FlaskClient, scene: Scene, twin: Person) -> None:
    browser = make.sign_in(client, make.user(Role.AVL_COORDINATOR, scene.rimutaka))
    here = f"/records/people/{scene.tane.id}"
    assert "This person is recorded twice" in browser.get(here).text
    assert "There is nobody else with this PRN" in browser.get(f"{here}/merge?prn=NOPE").text
    seen = browser.get(f"{here}/merge?prn=twin0001").text
    assert "Which name and PRN are kept?" in seen
    torn = browser.get(f"{here}/merge?prn={scene.aroha.prn}").text
    assert "They cannot become one yet" in torn
    assert "Put one of them right first, as by a transfer that was not recorded." in torn
    for one in (scene.tane, scene.aroha):
        assert f'href="/records/people/{one.id}">{one.given_names}' in torn.split('id="both"')[1]
    refused = browser.post(f"{here}/merge", data={"prn": scene.aroha.prn})
    assert (refused.status_code, "at once" in refused.text) == (409, True)

    done = browser.post(
        f"{here}/merge", data={"prn": "TWIN0001", "keep": "TWIN0001"}, follow_redirects=True
    )

    assert "They are one now" in done.text
    assert "Tane RAWIRI" in browser.get(here).text


def test_the_page_shows_what_merging_breaks_and_merges_on_the_second_word(
    client: FlaskClient, scene: Scene, twin: Person, beside: Booking
) -> None:
    browser = make.sign_in(client, make.user(Role.AVL_COORDINATOR, scene.rimutaka))
    path = f"/records/people/{scene.tane.id}/merge"
    sent = {"prn": "TWIN0001", "keep": "TWIN0001"}

    shown = browser.post(path, data=sent)

    assert shown.status_code == 200
    assert "Making these two records one affects 2 bookings." in shown.text
    assert beside.reference in shown.text
    assert "The name and PRN of TWIN0001 are kept." in shown.text
    assert re.search(r'value="TWIN0001" checked', shown.text)
    assert db.session.get_one(Person, scene.tane.id).merged_into_id is None
    done = browser.post(path, data=sent | {"step": "save"}, follow_redirects=True)
    assert "They are one now" in done.text
    assert "2 bookings need a way out: see the worklist." in done.text
    broken = db.session.scalars(select(Disruption)).all()
    assert len(broken) == 2
    assert all(one.way for one in broken), "their ways out are looked for at once"
