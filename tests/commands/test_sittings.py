"""Sittings added, changed and removed: what they break, who may, and who presides twice."""

from __future__ import annotations

from threading import Thread

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.sittings import (
    SittingTerms,
    add_sitting,
    change_sitting,
    foresee_added,
    foresee_removed,
    remove_sitting,
)
from avl.domain.disruption import Cause
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound, ResourceClash
from avl.models import AuditEvent, Disruption, Sitting, db
from tests.scene import Scene, tomorrow

pytestmark = pytest.mark.both_databases


def terms(start: str, end: str, **more: str) -> SittingTerms:
    return SittingTerms(tomorrow(start), tomorrow(end), **more)


def test_hearing_is_booked_inside_a_sitting_only(scene: Scene) -> None:
    add_sitting(scene.courtroom.id, terms("10:00", "13:00"), by=scene.registrar)

    request_booking(scene.request("12:30"), by=scene.registrar)
    with pytest.raises(ResourceClash, match=r"sits 10:00 am to 1:00 pm on Wed 25 Nov 2026"):
        request_booking(scene.request("15:00"), by=scene.registrar)


def test_what_a_sitting_breaks_is_foreseen_and_then_opened_and_mended(scene: Scene) -> None:
    inside = request_booking(scene.request("10:00"), by=scene.registrar)
    outside = request_booking(scene.request("14:00"), by=scene.registrar)
    wanted = terms("10:00", "13:00", list_name="Bail list", officer="Judge Tui")

    preview = foresee_added(scene.courtroom.id, wanted, by=scene.registrar)
    done = add_sitting(scene.courtroom.id, wanted, by=scene.registrar)

    assert [one.reference for one in preview.affected] == [outside.reference]
    assert done.swept.opened == (outside.id,)
    row = db.session.scalars(select(Disruption)).one()
    assert (row.cause, row.sentence) == (Cause.HOURS, preview.affected[0].sentence)

    shorter = change_sitting(done.id, terms("10:15", "15:00"), by=scene.registrar)
    assert (shorter.swept.opened, shorter.swept.mended) == ((inside.id,), (outside.id,))

    assert foresee_removed(done.id, by=scene.registrar, keeps_hours=True).affected == ()
    kept = remove_sitting(done.id, by=scene.registrar, keeps_hours=True)
    assert kept.swept.mended == (inside.id,)
    actions = [event.action for event in db.session.scalars(select(AuditEvent))]
    assert {"add_sitting", "change_sitting", "remove_sitting"} <= set(actions)


def test_day_whose_only_sitting_is_removed_is_one_on_which_the_courtroom_does_not_sit(
    scene: Scene,
) -> None:
    done = add_sitting(scene.courtroom.id, terms("10:00", "13:00"), by=scene.registrar)
    booking = request_booking(scene.request("10:00"), by=scene.registrar)

    preview = foresee_removed(done.id, by=scene.registrar)
    removed = remove_sitting(done.id, by=scene.registrar)

    [one] = preview.affected
    assert one.sentence == "Courtroom 1 at Hutt Valley does not sit on Wed 25 Nov 2026."
    assert removed.swept.opened == (booking.id,)
    with pytest.raises(ResourceClash, match="does not sit on Wed 25 Nov 2026"):
        request_booking(scene.request("14:00", scene.at_arohata()), by=scene.registrar)
    with pytest.raises(ActionNotAllowed, match="Add a sitting instead"):
        change_sitting(done.id, terms("10:00", "13:00"), by=scene.registrar)
    assert foresee_removed(done.id, by=scene.registrar).affected == ()

    again = add_sitting(scene.courtroom.id, terms("09:00", "11:00"), by=scene.registrar)
    assert again.swept.mended == (booking.id,)
    remove_sitting(again.id, by=scene.registrar)
    opened = remove_sitting(again.id, by=scene.registrar)
    assert opened.swept.mended == (booking.id,)
    request_booking(scene.request("14:00", scene.at_arohata()), by=scene.registrar)


def test_removing_one_of_two_sittings_breaks_what_lay_in_it(scene: Scene) -> None:
    add_sitting(scene.courtroom.id, terms("09:00", "12:00"), by=scene.registrar)
    later = add_sitting(scene.courtroom.id, terms("12:00", "16:00"), by=scene.registrar)
    booking = request_booking(scene.request("14:00"), by=scene.registrar)

    assert remove_sitting(later.id, by=scene.registrar).swept.opened == (booking.id,)


def test_sittings_of_one_courtroom_never_overlap(scene: Scene) -> None:
    add_sitting(scene.courtroom.id, terms("10:00", "13:00"), by=scene.registrar)

    with pytest.raises(InvalidInput, match="already sits 10:00 am to 1:00 pm"):
        add_sitting(scene.courtroom.id, terms("12:55", "14:00"), by=scene.registrar)
    add_sitting(scene.courtroom.id, terms("13:00", "14:00"), by=scene.registrar)
    add_sitting(scene.second_courtroom.id, terms("10:00", "13:00"), by=scene.registrar)


def test_database_refuses_what_no_command_looked_at(scene: Scene) -> None:
    done = add_sitting(scene.courtroom.id, terms("10:00", "13:00"), by=scene.registrar)
    known = db.session.get_one(Sitting, done.id)
    for start, end in (("12:00", "14:00"), ("09:00", "10:05"), ("11:00", "12:00")):
        db.session.add(
            Sitting(
                court_id=known.court_id,
                courtroom_id=known.courtroom_id,
                starts_at=tomorrow(start),
                ends_at=tomorrow(end),
            )
        )
        with pytest.raises(Exception, match="sitting_never_overlaps"):
            db.session.commit()
        db.session.rollback()


def test_of_many_who_add_at_once_one_has_the_courtroom(app, scene: Scene) -> None:
    room, who, outcomes = scene.courtroom.id, scene.registrar, []
    times = [terms(f"10:{minutes:02}", "11:00") for minutes in range(0, 30, 5)]
    db.session.remove()

    def add(wanted: SittingTerms) -> None:
        with app.app_context():
            try:
                add_sitting(room, wanted, by=who)
                outcomes.append("added")
            except InvalidInput:
                outcomes.append("refused")

    threads = [Thread(target=add, args=(one,)) for one in times]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["added", *["refused"] * 5]
    assert len(db.session.scalars(select(Sitting)).all()) == 1


def test_officer_who_presides_twice_wants_a_reason(scene: Scene) -> None:
    first = terms("10:00", "13:00", officer="Judge Tui")
    add_sitting(scene.courtroom.id, first, by=scene.registrar)

    again = terms("12:00", "14:00", officer="judge tui")
    with pytest.raises(InvalidInput, match="Judge Tui sits in ") as refusal:
        add_sitting(scene.second_courtroom.id, again, by=scene.registrar)
    assert refusal.value.field == "warning_reason"

    reason = terms("12:00", "14:00", officer="judge tui", warning_reason="By AVL from one room")
    add_sitting(scene.second_courtroom.id, reason, by=scene.registrar)
    officers = {row.officer_id for row in db.session.scalars(select(Sitting))}
    assert len(officers) == 1


def test_another_courts_sittings_do_not_exist(scene: Scene) -> None:
    done = add_sitting(scene.courtroom.id, terms("10:00", "13:00"), by=scene.registrar)

    for who in (scene.other_registrar, scene.coordinator):
        with pytest.raises(NotFound):
            add_sitting(scene.courtroom.id, terms("14:00", "15:00"), by=who)
        with pytest.raises(NotFound):
            remove_sitting(done.id, by=who)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [("13:00", "10:00", "to_time"), ("19:00", "20:00", "from_time")],
)
def test_times_that_make_no_sitting_are_refused(
    scene: Scene, start: str, end: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add_sitting(scene.courtroom.id, terms(start, end), by=scene.registrar)

    assert refusal.value.field == field
