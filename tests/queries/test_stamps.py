"""What is kept of places is never used once it has changed, whoever changed it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, create_engine, insert, select, text
from sqlalchemy.sql import visitors

from avl.config import ROOT
from avl.models import (
    Closure,
    HearingType,
    ModeRule,
    Outage,
    Permission,
    PlaceStamp,
    Resource,
    ResourceKind,
    Site,
    Window,
    db,
)
from avl.queries import kept_country, kept_places
from avl.queries.calendars import calendars_for
from avl.queries.doctor_machine import examine_rules
from avl.queries.stamps import COUNTRY, STAMPED, Kept, stamps_of
from tests import make

DAY = date(2027, 2, 3)


def _migration() -> Any:
    path = ROOT / "migrations" / "versions" / "0005_place_stamps.py"
    spec = importlib.util.spec_from_file_location("place_stamps", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COVERED = frozenset(_migration().PLACES)


@pytest.mark.both_databases
def test_doctor_misses_a_trigger_that_is_gone(session):
    name = "closure_stamps_delete" if db.engine.dialect.name == "sqlite" else "closure_stamps"
    assert not [one for one in examine_rules(session()) if "unnoticed" in one.what]

    place = "" if name.endswith("delete") else " ON closure"
    session.execute(text(f"DROP TRIGGER {name}{place}"))

    assert [name in one.what for one in examine_rules(session()) if "unnoticed" in one.what] == [
        True
    ]


def test_tables_said_to_be_stamped_are_those_that_are():
    assert frozenset(STAMPED) == COVERED


def _rows(site_id: int, room_id: int) -> dict[str, tuple[dict[str, Any], str]]:
    """A row of each covered table, and a column that tells it from others."""
    agency_id = db.session.scalar(select(Site.agency_id).where(Site.id == site_id))
    named = {"name": "New", "short_name": "New", "kind": "court", "area": "x"}
    rule = {"layer": "statute", "mode": "avl", "from_on": date(2020, 1, 1), "sentence": "x"}
    kind = {"name": "New", "jurisdiction": "x", "act_class": "x", "typical_minutes": 30}
    outage = {"resource_id": room_id, "starts_at": make.at("10:00"), "reason": "new"}
    sits = {"starts_at": make.at("10:00"), "ends_at": make.at("11:00"), "list_name": "new"}
    sitting = {"court_id": site_id, "courtroom_id": room_id, **sits}
    hours = {"site_id": site_id, "weekday": 6, "opens_at": time(8), "closes_at": time(9)}
    return {
        "site": ({"code": "NEW", "agency_id": agency_id, **named}, "code"),
        "opening_window": ({**hours, "label": "new"}, "label"),
        "closure": ({"site_id": site_id, "on_date": DAY, "reason": "new"}, "reason"),
        "resource": ({"site_id": site_id, "kind": "suite", "name": "new"}, "name"),
        "permission": ({"resource_id": room_id, "court_id": site_id}, "court_id"),
        "outage": (outage, "reason"),
        "sitting": (sitting, "list_name"),
        "hearing_type": ({"code": "NEW", **kind}, "code"),
        "mode_rule": ({"code": "NEW", **rule}, "code"),
    }


def _all_stamps() -> dict[int, int]:
    db.session.commit()
    return {row.place_id: row.stamp for row in db.session.execute(select(*PlaceStamp.__table__.c))}


@pytest.mark.both_databases
def test_every_change_of_every_covered_table_draws_the_stamp_of_its_place(session):
    """One trigger missing, of any table and event, fails here."""
    site, other = make.court(), make.prison()
    room = make.courtroom(site)
    rows = _rows(site.id, room.id)
    assert rows.keys() == COVERED

    for name, (row, key) in rows.items():
        table: Table = db.metadata.tables[name]
        mine = table.c[key] == row[key]
        steps: list[tuple[str, Any]] = [
            ("insert", insert(table).values(row)),
            ("update", table.update().where(mine).values({key: row[key]})),
            ("delete", table.delete().where(mine)),
        ]
        for event, step in steps:
            before = _all_stamps()
            session.execute(step)
            after = _all_stamps()
            changed = {place for place, stamp in after.items() if before.get(place) != stamp}
            if name == "site":
                assert len(changed) == 1, f"{event} on {name}"
                assert not changed & {COUNTRY, site.id, other.id}
            else:
                place = COUNTRY if name in ("hearing_type", "mode_rule") else site.id
                assert changed == {place}, f"{event} on {name}"


@pytest.mark.both_databases
def test_what_moves_from_one_place_to_another_stamps_both(session):
    one, other = make.prison(), make.prison()
    suite = make.suite(one)
    before = _all_stamps()

    session.execute(
        Resource.__table__.update().where(Resource.id == suite.id).values(site_id=other.id)
    )

    after = _all_stamps()
    assert {place for place in after if after[place] != before.get(place)} == {one.id, other.id}


@pytest.mark.both_databases
def test_person_who_is_added_leaves_every_place_as_it_was(session):
    make.prison()
    before = _all_stamps()

    session.add(Resource(kind=ResourceKind.PERSON, name="Somebody"))

    assert _all_stamps() == before


def test_whatever_is_kept_is_read_from_tables_that_are_covered():
    read = set()
    for ready in (kept_places._PLACES, kept_country._COUNTRY):
        for part in visitors.iterate(ready._statement):
            if isinstance(part, Table):
                read.add(part.name)

    assert read - {PlaceStamp.__tablename__} <= COVERED
    assert {one.__tablename__ for one in (Closure, Outage, Permission, Window)} <= read
    assert {one.__tablename__ for one in (ModeRule, HearingType)} <= read


def _is_shut(site: Site) -> bool:
    calendar = calendars_for(db.session(), [site.id], DAY, DAY)[site.id]
    return not calendar.open_intervals(DAY)


def _close(execute: Callable[..., Any], site_id: int) -> None:
    row = {"site": site_id, "day": DAY.isoformat()}
    execute(
        text(
            "INSERT INTO closure (site_id, kind, on_date, reason, allowed_hearing_types, source)"
            " VALUES (:site, 'closed', :day, 'Flood', '', '')"
        ),
        row,
    )


@pytest.mark.both_databases
def test_change_of_another_process_is_seen_once_it_is_saved(session, engine_url):
    court = make.court()
    assert not _is_shut(court)
    session.rollback()
    # An engine of its own has nothing to do with ours, as another process has not.
    other = create_engine(engine_url.replace("postgresql://", "postgresql+psycopg://"))

    with other.connect() as connection:
        _close(connection.execute, court.id)
        assert not _is_shut(court)
        session.rollback()
        connection.commit()
    other.dispose()

    assert _is_shut(court)


@pytest.mark.both_databases
def test_change_that_is_rolled_back_is_seen_only_until_then(session):
    court = make.court()
    assert not _is_shut(court)

    _close(session.execute, court.id)
    assert _is_shut(court)
    session.rollback()

    assert not _is_shut(court)
    # The next change must not come by the stamp that the one rolled back had.
    session.add(Closure(site_id=court.id, on_date=DAY + timedelta(days=1), reason="Painters"))
    session.commit()
    assert not _is_shut(court)


@pytest.mark.both_databases
def test_change_that_is_not_written_yet_counts(session):
    court = make.court()
    assert not _is_shut(court)

    session.add(Closure(site_id=court.id, on_date=DAY, reason="Flood"))

    assert _is_shut(court)


@pytest.mark.both_databases
def test_days_long_gone_are_read_when_they_are_asked_for(session):
    court = make.court()
    day = date(2024, 2, 7)
    session.add(Closure(site_id=court.id, on_date=day, reason="Flood"))
    session.commit()
    assert not _is_shut(court)

    calendar = calendars_for(session(), [court.id], day, day)[court.id]

    assert calendar.open_intervals(day) == ()
    assert calendar.open_intervals(day + timedelta(days=1))


def test_place_without_a_stamp_is_read_each_time(session):
    court = make.court()
    session.execute(text("DELETE FROM place_stamp"))
    session.commit()
    assert not _is_shut(court)
    _close(session.execute, court.id)
    session.execute(text("DELETE FROM place_stamp"))

    assert _is_shut(court)


def test_shelf_holds_no_more_than_it_may(session):
    kept: Kept[str] = Kept(2)
    for place in (1, 2, 3):
        kept.put(session(), place, 7, f"place {place}")

    assert [kept.get(session(), place, 7) for place in (1, 2, 3)] == [None, "place 2", "place 3"]
    assert kept.get(session(), 3, 8) is None
    assert kept.get(session(), 4, None) is None
    assert stamps_of(session(), []) == {}
