"""What people changed on pages since an area's last import is not set back in silence."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from avl.commands.area_columns import HEARING_TYPES
from avl.commands.areas import WouldOverwrite, import_area
from avl.commands.cells import spell_cells
from avl.commands.hearing_types import change_hearing_type
from avl.commands.hours import NewWeek, set_hours
from avl.commands.mode_rules import end_mode_rule, withdraw_mode_rule
from avl.commands.site_rows import ROOM, SITE_RULES, change_room, change_site_rules
from avl.domain.access import SYSTEM, Role
from avl.domain.hours import Hours
from avl.models import HearingType, Resource, Site, db
from tests import make

pytestmark = pytest.mark.usefixtures("clock", "session")


def site(code: str) -> Site:
    return db.session.scalars(select(Site).where(Site.code == code)).one()


def change(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def set_notice(minutes: str) -> None:
    cells = spell_cells(SITE_RULES, site("PRN")) | {"notice_minutes": minutes}
    change_site_rules("PRN", cells, by=make.actor(Role.MANAGER, site("PRN")))


def refused(folder: Path) -> list[str]:
    """What an import would set back, without when."""
    with pytest.raises(WouldOverwrite) as refusal:
        import_area(folder, by=SYSTEM)
    return [str(row).rpartition(", changed by")[0] for row in refusal.value.rows]


@pytest.mark.both_databases
def test_what_a_page_changed_is_named_and_stands_until_it_may_be_overwritten(
    app: Flask, tiny: Path
) -> None:
    import_area(tiny, by=SYSTEM)
    set_notice("45")

    def said(*options: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["avl", "import-area", str(tiny), *options])
        return result.exit_code, result.output

    row = "sites.csv, PRN: notice_minutes, changed by manager actor on Tue 24 Nov 2026, 10:00 am"
    code, looked = said("--preview")
    assert (code, f"It would set back {row}." in looked) == (0, True)
    code, answer = said()
    assert (code, f"- {row}" in answer, "give --overwrite" in answer) == (3, True, True)
    assert site("PRN").notice_minutes == 45

    code, _ = said("--overwrite")
    db.session.expire_all()
    assert (code, site("PRN").notice_minutes) == (0, 30)
    assert import_area(tiny, by=SYSTEM).is_unchanged


def test_hours_rooms_types_and_rules_are_each_named(tiny: Path) -> None:
    import_area(tiny, by=SYSTEM)
    by = make.actor(Role.ADMINISTRATOR)
    room = db.session.scalars(select(Resource).where(Resource.code == "S1")).one()
    manager = make.actor(Role.MANAGER, site("PRN"))
    change_room("PRN", room.id, spell_cells(ROOM, room) | {"name": "Suite A"}, by=manager)
    kind = db.session.get(HearingType, "BAIL")
    change_hearing_type("BAIL", spell_cells(HEARING_TYPES, kind) | {"priority": "90"}, by=by)
    end_mode_rule("LOCAL-1", date(2027, 3, 1), by=by)
    week = NewWeek(date(2026, 12, 1), (Hours("open", 0, time(8), time(15)),))
    set_hours("PRN", week, room_id=room.id, by=manager)

    assert refused(tiny) == [
        "hearing_types.csv, BAIL: priority",
        "resources.csv, PRN S1: name",
        "opening_hours.csv, PRN S1",
        "mode_rules.csv, LOCAL-1: to_on",
    ]
    assert db.session.scalars(select(Resource.name).where(Resource.code == "S1")).one() == "Suite A"
    assert import_area(tiny, by=SYSTEM, overwrite=True).changed == 3


def test_a_rule_that_was_withdrawn_does_not_come_back_in_silence(tiny: Path) -> None:
    change(tiny, "mode_rules.csv", "2026-01-01", "2027-01-01")
    import_area(tiny, by=SYSTEM)
    withdraw_mode_rule("LOCAL-1", by=make.actor(Role.ADMINISTRATOR))

    assert refused(tiny) == ["mode_rules.csv, LOCAL-1"]


def test_what_nobody_touched_is_the_files_to_change(tiny: Path) -> None:
    import_area(tiny, by=SYSTEM)
    set_notice("45")
    change(tiny, "sites.csv", "24,5,15,30,", "24,5,20,45,")

    done = import_area(tiny, by=SYSTEM)

    assert (done.changed, done.overwritten) == (1, [])
    assert (site("PRN").pickup_minutes, site("PRN").notice_minutes) == (20, 45)
