"""Keeping two people apart: what it breaks is shown, swept and mended; few may know of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.disruptions import work_out_ways
from avl.commands.keeping_apart import end_keep_apart, foresee_keep_apart, keep_apart
from avl.commands.records import record_transfer
from avl.domain.access import Role
from avl.domain.disruption import Cause, Resolution
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotAllowed, NotFound
from avl.models import AuditEvent, Disruption, KeepApart, User, db
from avl.queries.keeping_apart import pairs_of
from avl.queries.pairs import pairs_in_force
from tests import make
from tests.counting import statements
from tests.scene import Scene


def book_both(scene: Scene, second: str = "10:00") -> tuple[Any, Any]:
    seat = scene.seat(scene.hemi, scene.second_suite)
    room = scene.second_courtroom
    return (
        request_booking(scene.request("10:00"), by=scene.registrar),
        request_booking(scene.request(second, seat, courtroom=room), by=scene.registrar),
    )


def open_disruptions() -> list[Disruption]:
    db.session.rollback()
    wanted = select(Disruption).where(Disruption.resolved_at.is_(None)).order_by(Disruption.id)
    return list(db.session.scalars(wanted))


@pytest.mark.both_databases
def test_keeping_two_apart_opens_a_disruption_for_every_booking_it_breaks(scene):
    book_both(scene)
    terms = {"minutes": 30, "all_day": False, "reason": "Gang", "by": scene.registrar}
    preview = foresee_keep_apart(scene.tane.id, scene.hemi.id, **terms)
    assert open_disruptions() == []

    done = keep_apart(scene.hemi.id, scene.tane.id, **terms)

    assert preview.sentence == "Keeping Tāne Rāwiri and Hēmi Parata apart affects 2 bookings."
    found = open_disruptions()
    assert len(done.swept.opened) == len(found) == 2
    assert {row.cause for row in found} == {Cause.KEEP_APART}
    assert {row.sentence for row in found} == {one.sentence for one in preview.affected}
    assert "must be kept apart from another person who is at Rimutaka" in found[0].sentence
    assert not any(word in found[0].sentence for word in ("Hēmi", "Tāne", "Gang"))
    # The ways that were shown keep the two apart, as those on the worklist do.
    work_out_ways(booking_ids=done.swept.opened)
    ways = {row.booking_id: row.way["why"] for row in open_disruptions()}
    assert ways == {key: way.why for key, way in preview.ways.items()}


@pytest.mark.both_databases
def test_ending_it_mends_what_it_broke(scene):
    book_both(scene)
    done = keep_apart(scene.tane.id, scene.hemi.id, reason="Gang", by=scene.registrar)

    ended = end_keep_apart(done.id, reason="Reconciled", by=scene.registrar)

    assert len(ended.swept.mended) == 2
    assert not open_disruptions()
    rows = db.session.scalars(select(Disruption.resolution)).all()
    assert set(rows) == {Resolution.VALID_AGAIN}
    actions = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert "keep_apart" in actions
    assert "end_keep_apart" in actions
    with pytest.raises(ActionNotAllowed):
        end_keep_apart(done.id, reason="Again", by=scene.registrar)
    assert (
        keep_apart(scene.tane.id, scene.hemi.id, reason="Again", by=scene.registrar).id == done.id
    )


def test_bookings_far_enough_apart_are_left_alone(scene):
    book_both(scene, "12:00")

    done = keep_apart(scene.tane.id, scene.hemi.id, minutes=30, reason="Gang", by=scene.registrar)

    assert done.swept.opened == ()


def test_all_day_breaks_two_of_one_day(scene):
    book_both(scene, "15:00")

    done = keep_apart(
        scene.tane.id, scene.hemi.id, minutes=0, all_day=True, reason="Parties", by=scene.registrar
    )

    assert len(done.swept.opened) == 2


def test_who_may_keep_apart(scene):
    pair = (scene.tane.id, scene.hemi.id)
    elsewhere = make.actor(Role.AVL_COORDINATOR, make.prison())
    officer = make.actor(Role.PRISON_OFFICER, scene.rimutaka)

    assert pairs_of(scene.coordinator, scene.tane.id) == []
    for stranger in (elsewhere, officer):
        assert pairs_of(stranger, scene.tane.id) is None
        with pytest.raises(NotAllowed):
            keep_apart(*pair, reason="Gang", by=stranger)
    done = keep_apart(*pair, reason="Gang", by=scene.coordinator)
    for stranger in (elsewhere, officer):
        with pytest.raises(NotFound):
            end_keep_apart(done.id, reason="Gone", by=stranger)
    [seen] = pairs_of(scene.registrar, scene.hemi.id) or []
    assert (seen.other_id, seen.reason) == (scene.tane.id, "Gang")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"other_id": 0}, "prn"), ({"reason": " "}, "reason"), ({"minutes": 601}, "minutes")],
)
def test_what_makes_no_sense_is_refused(scene, change, field):
    values = {"other_id": scene.hemi.id, "reason": "Gang", "minutes": 30} | change
    other = values.pop("other_id") or scene.tane.id

    with pytest.raises(InvalidInput) as refusal:
        keep_apart(scene.tane.id, other, by=scene.registrar, **values)

    assert refusal.value.field == field


def test_the_same_two_twice_is_refused(scene):
    keep_apart(scene.tane.id, scene.hemi.id, reason="Gang", by=scene.registrar)

    with pytest.raises(ActionNotAllowed):
        keep_apart(scene.hemi.id, scene.tane.id, reason="Gang", by=scene.registrar)


# --- The page ---


@pytest.fixture
def officer(scene: Scene) -> User:
    who = make.user()
    make.grant(who, Role.REGISTRY, scene.court)
    return who


def test_the_page_previews_saves_and_ends(client, scene, officer):
    book_both(scene)
    make.sign_in(client, officer)
    address = f"/records/people/{scene.tane.id}/apart"
    typed = {"prn": scene.hemi.prn, "minutes": "30", "reason": "Rival gangs"}

    shown = client.post(address, data=typed | {"step": "preview"}).text
    assert "Keeping Tāne Rāwiri and Hēmi Parata apart affects 2 bookings." in shown
    assert db.session.scalars(select(KeepApart)).all() == []
    saved = client.post(address, data=typed | {"step": "save"}, follow_redirects=True).text
    assert "2 bookings need a way out" in saved
    assert "Rival gangs" in saved
    pair = db.session.scalars(select(KeepApart)).one()
    ended = client.post(
        f"{address}/end", data={"pair": pair.id, "end_reason": "Done"}, follow_redirects=True
    ).text
    assert "2 bookings are possible again" in ended


def test_the_page_keeps_what_was_typed(client, scene, officer):
    make.sign_in(client, officer)
    address = f"/records/people/{scene.tane.id}/apart"

    answer = client.post(address, data={"prn": "nobody", "minutes": "30", "reason": "Rival gangs"})

    assert answer.status_code == 422
    assert "There is no person with PRN nobody." in answer.text
    assert "Rival gangs" in answer.text


def test_the_page_is_for_those_who_may_know(client, scene):
    make.keep_apart(scene.tane, scene.hemi)
    who = make.user()
    make.grant(who, Role.AVL_COORDINATOR, make.prison())
    make.sign_in(client, who)

    assert client.get(f"/records/people/{scene.tane.id}/apart").status_code == 404
    assert "/apart" not in client.get(f"/records/people/{scene.tane.id}").text


def test_a_transfer_with_a_sentence_reaches_the_bookings(scene):
    first, _ = book_both(scene)
    assert first.appearances[0].is_sentenced is None

    record_transfer(
        scene.tane.id,
        site_id=scene.arohata.id,
        at=make.at("11:00"),
        status="Sentenced",
        by=scene.coordinator,
    )

    db.session.rollback()
    db.session.refresh(first.appearances[0])
    assert first.appearances[0].is_sentenced is True


# --- The list ---


@pytest.mark.both_databases
def test_the_list_shows_pairs_to_those_who_may_know(client, scene, officer):
    make.keep_apart(scene.tane, scene.hemi)
    ended = make.keep_apart(scene.tane, make.person("Ended", "Mere"))
    ended.ended_at = make.LONG_AGO
    db.session.commit()
    coordinator, stranger = make.user(), make.user()
    make.grant(coordinator, Role.AVL_COORDINATOR, scene.rimutaka)
    make.grant(stranger, Role.AVL_COORDINATOR, make.prison())
    for who in (officer, coordinator):
        make.sign_in(client, who)
        with statements(db.engine) as seen:
            page = client.get("/records/apart").text
        assert "Hēmi Parata" in page
        assert "Mere Ended" not in page
        assert f"/records/people/{scene.tane.id}/apart" in page
        assert len(seen) <= 5
    make.sign_in(client, stranger)
    assert "Hēmi Parata" not in client.get("/records/apart").text


@pytest.mark.both_databases
def test_the_list_follows_people_to_where_they_come(scene):
    make.keep_apart(scene.tane, scene.hemi)
    elsewhere = make.actor(Role.AVL_COORDINATOR, scene.arohata)
    assert pairs_in_force(elsewhere) == []

    record_transfer(
        scene.tane.id, site_id=scene.arohata.id, at=make.at("11:00"), by=scene.coordinator
    )

    assert [pair.people[1].prn for pair in pairs_in_force(elsewhere)] == [scene.hemi.prn]
