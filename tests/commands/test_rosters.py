"""A roster of sittings from a spreadsheet: all or nothing, and the second time nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.roster_lines import RosterRefused
from avl.commands.rosters import foresee_roster, import_roster
from avl.commands.sittings import SittingTerms, add_sitting
from avl.domain.access import SYSTEM, Role
from avl.domain.errors import NotFound, ResourceClash
from avl.models import AuditEvent, Sitting, db
from tests import make
from tests.scene import Scene, tomorrow

HEAD = "date,courtroom,from,to,list,judicial officer,reason"


def roster(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *rows)).encode()


def recorded() -> list[tuple[int, str, bool]]:
    rows = db.session.scalars(select(Sitting).order_by(Sitting.courtroom_id, Sitting.starts_at))
    return [(row.id, row.list_name, row.is_idle) for row in rows]


def faults(content: bytes, scene: Scene) -> list[tuple[int, str]]:
    before = recorded()
    with pytest.raises(RosterRefused) as refused:
        import_roster(scene.court.id, content, by=scene.registrar)
    with pytest.raises(RosterRefused):
        foresee_roster(scene.court.id, content, by=scene.registrar)
    assert recorded() == before
    return [(one.line, one.column) for one in refused.value.problems]


@pytest.mark.both_databases
def test_roster_is_foreseen_taken_in_and_a_second_time_changes_nothing(scene: Scene) -> None:
    inside = request_booking(scene.request("10:00"), by=scene.registrar)
    late = request_booking(scene.request("15:00"), by=scene.registrar)
    room = scene.second_courtroom
    shut = request_booking(
        scene.request("12:00", scene.at_arohata(), courtroom=room), by=scene.registrar
    )
    content = roster(
        "25/11/2026,Courtroom 1,9:00,1 pm,Bail list,Judge Tui,",
        "2026-11-25,courtroom 1,14:00,14:30,,Judge Ōkiwi,",
        "25 Nov 2026,Courtroom 2,,,,,",
        "26 Nov 2026,Courtroom 1,10:00,12:00,,judge tui,",
    )

    counts, preview = foresee_roster(scene.court.id, content, by=scene.registrar)
    assert recorded() == []
    done = import_roster(scene.court.id, content, by=scene.registrar)

    assert str(counts) == str(done) == "4 added, 0 unchanged."
    assert preview.sentence == "This roster of Hutt Valley affects 2 bookings."
    assert set(done.swept.opened) == {late.id, shut.id}
    request_booking(scene.request("12:30"), by=scene.registrar)
    with pytest.raises(ResourceClash, match="does not sit on Wed 25 Nov 2026"):
        request_booking(scene.request("16:00", courtroom=room), by=scene.registrar)
    kept = recorded()
    again = import_roster(scene.court.id, content, by=scene.registrar)
    assert str(again) == "Nothing has changed (4 unchanged)."
    assert again.swept.opened == ()
    assert recorded() == kept
    events = [one for one in db.session.scalars(select(AuditEvent)) if "roster" in one.action]
    assert [one.changes for one in events] == [{"added": 4, "changed": 0, "removed": 0}]
    assert inside.id not in done.swept.opened


@pytest.mark.both_databases
def test_day_that_is_named_becomes_what_its_rows_say_and_no_other(scene: Scene) -> None:
    for start, end in (("09:00", "10:00"), ("10:00", "12:00"), ("13:00", "14:00")):
        terms = SittingTerms(tomorrow(start), tomorrow(end))
        add_sitting(scene.courtroom.id, terms, by=scene.registrar)
    other = SittingTerms(tomorrow("09:00"), tomorrow("10:00"), "Callover")
    stays = add_sitting(scene.second_courtroom.id, other, by=scene.registrar).id
    ids = [row[0] for row in recorded()]
    content = roster(
        "2026-11-25;Courtroom 1;9:00;11:00;Long list",
        "2026-11-25;Courtroom 1;11:00;13:00;",
        "2026-11-25;Courtroom 1;13:00;14:00;",
        head="Date;Courtroom;From;To;List",
    )

    done = import_roster(scene.court.id, content, by=scene.registrar)

    assert str(done) == "1 added, 1 changed, 1 removed, 1 unchanged."
    found = recorded()
    assert found[0] == (ids[0], "Long list", False)
    assert found[2] == (ids[2], "", False)
    assert found[3] == (stays, "Callover", False)
    idle = import_roster(
        scene.court.id,
        roster("2026-11-25\tCourtroom 1\t\t", head="date\tcourtroom\tfrom\tto"),
        by=scene.registrar,
    )
    assert str(idle) == "1 added, 3 removed, 0 unchanged."


def test_every_fault_is_named_with_its_row_and_column(scene: Scene) -> None:
    content = roster(
        "2026-11-31,Courtroom 1,9:00,10:00,,,",
        "2026-11-25,Courtroom 9,9:00,10:00,,,",
        "2026-11-25,Courtroom 1,9:00,25:00,,,",
        "2026-11-25,Courtroom 1,9:00,,,,",
        "2026-11-25,Courtroom 1,12:00,11:00,,,",
        "2026-11-25,Courtroom 1,9:00,10:00,,,",
        "2026-11-25,Courtroom 1,9:30,10:30,,,",
        "2026-11-25,Courtroom 2,20:00,21:00,,,",
        "2026-11-26,Courtroom 2,,,,,,more",
    )

    assert faults(content, scene) == [
        (2, "date"),
        (3, "courtroom"),
        (4, "to"),
        (5, "to"),
        (6, "to"),
        (8, "from"),
        (9, "from"),
        (10, ""),
    ]
    assert faults(roster("2026-11-25,Courtroom 1", head="date,room"), scene) == [
        (1, "room"),
        (1, "courtroom"),
    ]
    assert faults(roster(), scene) == [(0, "")]
    assert faults(b"\xff\xfe", scene) == [(0, "")]


def test_what_is_over_cannot_be_changed(scene: Scene, clock) -> None:
    terms = SittingTerms(tomorrow("09:00"), tomorrow("10:00"))
    add_sitting(scene.courtroom.id, terms, by=scene.registrar)
    same = roster("2026-11-25,Courtroom 1,9:00,10:00,,,", "2026-11-25,Courtroom 1,15:00,16:00,,,")
    clock.forward(hours=26)

    assert faults(roster("2026-11-25,Courtroom 1,8:00,9:00,,,"), scene) == [
        (2, "date"),
        (2, "date"),
    ]
    assert faults(roster("2026-11-25,Courtroom 1,9:00,9:30,,,"), scene) == [(2, "date")]
    assert str(import_roster(scene.court.id, same, by=scene.registrar)) == "1 added, 1 unchanged."


def test_who_presides_twice_wants_a_reason(scene: Scene) -> None:
    terms = SittingTerms(tomorrow("09:00"), tomorrow("12:00"), officer="Judge Tui")
    add_sitting(scene.second_courtroom.id, terms, by=scene.registrar)

    assert faults(roster("2026-11-25,Courtroom 1,10:00,11:00,,judge tui,"), scene) == [
        (2, "judicial officer")
    ]
    twice = [f"2026-11-26,Courtroom {room},10:00,11:00,,Judge Moa," for room in (1, 2)]
    assert faults(roster(*twice), scene) == [(2, "judicial officer"), (3, "judicial officer")]
    moved = roster(
        "2026-11-25,Courtroom 1,10:00,11:00,,judge tui,", "2026-11-25,Courtroom 2,12:00,13:00,,,"
    )
    assert str(import_roster(scene.court.id, moved, by=scene.registrar)).startswith("2 added")
    reason = roster("2026-11-25,Courtroom 2,10:00,11:00,,Judge Tui,By AVL from one room")
    import_roster(scene.court.id, reason, by=scene.registrar)
    assert len({row.officer_id for row in db.session.scalars(select(Sitting))}) == 1


def test_another_courts_roster_is_not_there(scene: Scene) -> None:
    content = roster("2026-11-25,Courtroom 1,9:00,10:00,,,")
    for who in (scene.other_registrar, scene.coordinator, make.actor(Role.COUNSEL)):
        for take in (import_roster, foresee_roster):
            with pytest.raises(NotFound):
                take(scene.court.id, content, by=who)
    with pytest.raises(NotFound):
        import_roster(scene.rimutaka.id, content, by=SYSTEM)


def test_command_previews_imports_and_names_faults(app, scene: Scene, tmp_path) -> None:
    file = tmp_path / "roster.csv"
    file.write_bytes(roster("2026-11-25,Courtroom 1,9:00,10:00,,,"))
    run = app.test_cli_runner().invoke

    foreseen = run(args=["avl", "import-roster", "HVDC", str(file), "--preview"]).output
    assert foreseen.startswith("Nothing is changed yet. 1 added, 0 unchanged.")
    done = run(args=["avl", "import-roster", "HVDC", str(file)])
    assert "Bookings that need a way out: 0." in done.output
    file.write_bytes(roster("2026-11-25,Courtroom 7,9:00,10:00,,,"))
    refused = run(args=["avl", "import-roster", "HVDC", str(file)])
    assert refused.exit_code == 1
    assert (
        "roster.csv line 2, column courtroom: Hutt Valley has no such courtroom" in refused.output
    )
