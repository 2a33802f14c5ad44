"""Hours, permits, types and rules that an area's files change break bookings like anything."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from avl.commands.accepting import accept_ways
from avl.commands.areas import import_area
from avl.commands.directions import record_direction
from avl.commands.disruptions import accept_way, work_out_ways
from avl.commands.modes import DirectionNote
from avl.domain.access import SYSTEM, Actor, Role
from avl.domain.disruption import Cause, Resolution
from avl.domain.interval import Interval
from avl.domain.modes import Mode
from avl.models import Booking, CustodyStay, Disruption, HearingType, ModeRule, Resource, Site, db
from tests import make
from tests.conftest import Clock

TUESDAY = "2026-12-01"
"""A day on which both suites of the prison are open."""


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Change one thing in one file."""
    content = (folder / name).read_text(encoding="utf-8")
    assert old in content
    (folder / name).write_text(content.replace(old, new, 1), encoding="utf-8")


def booked(
    start: str, *, suite: str = "S1", on: str = "2026-11-26", pre: int = 20, post: int = 10
) -> Booking:
    """A bail hearing, on a Thursday unless another day is said, of somebody at the prison."""
    rooms = {room.code: room for room in db.session.scalars(select(Resource))}
    prison = db.session.scalars(select(Site).where(Site.code == "PRN")).one()
    starts = make.at(start, on=on)
    return make.booking(
        make.person(held_at=prison),
        room=rooms["CR1"],
        suites=[rooms[suite]],
        kind=db.session.get_one(HearingType, "BAIL"),
        hearing=Interval(starts, starts + timedelta(minutes=30)),
        pre_minutes=pre,
        post_minutes=post,
    )


@pytest.mark.both_databases
def test_shorter_hours_open_a_disruption_and_longer_ones_mend_it(
    session: Any, clock: Clock, tiny: Path
) -> None:
    import_area(tiny, by=SYSTEM)
    late, early = booked("16:00"), booked("10:00")
    change(
        tiny,
        "opening_hours.csv",
        "CRT,,open,Mon-Fri,09:00,17:00,",
        "CRT,,open,Mon-Fri,09:00,15:00,",
    )

    import_area(tiny, by=SYSTEM)

    row = db.session.scalars(select(Disruption)).one()
    assert (row.booking_id, row.cause) == (late.id, Cause.HOURS)
    assert row.sentence == "Small Court is open only 9:00 am to 3:00 pm on Thu 26 Nov 2026."
    assert work_out_ways() == 1
    assert row.booking_id != early.id

    change(tiny, "opening_hours.csv", "09:00,15:00,\n", "09:00,17:00,\n")
    import_area(tiny, by=SYSTEM)
    session.expire_all()
    assert db.session.scalars(select(Disruption.resolution)).one() is Resolution.VALID_AGAIN


def test_a_room_switched_off_breaks_what_stands_in_it(
    session: Any, clock: Clock, tiny: Path
) -> None:
    import_area(tiny, by=SYSTEM)
    booking = booked("10:00")
    change(tiny, "resources.csv", "sort_order\n", "sort_order,is_active\n")
    for line in ("Courtroom 1,1", "Suite 2,2"):
        change(tiny, "resources.csv", line, f"{line},yes")
    change(tiny, "resources.csv", "Suite 1,1", "Suite 1,1,no")

    import_area(tiny, by=SYSTEM)

    row = db.session.scalars(select(Disruption)).one()
    assert (row.booking_id, row.sentence) == (
        booking.id,
        "Suite 1 at Prison is no longer in use.",
    )
    work_out_ways()
    session.expire_all()
    assert row.way["seats"][0]["after"] == "Prison, Suite 2"


def rule_at_prison(folder: Path, name: str, value: str) -> None:
    """Set one rule of the prison's own; the court has none."""
    lines = (folder / "sites.csv").read_text(encoding="utf-8").splitlines()
    cells = [line.split(",") for line in lines]
    if name not in cells[0]:
        cells = [[*row, new] for row, new in zip(cells, (name, "", ""), strict=True)]
    cells[2][cells[0].index(name)] = value
    (folder / "sites.csv").write_text(
        "".join(",".join(row) + "\n" for row in cells), encoding="utf-8"
    )


def say_of(booking: Booking, how: str) -> None:
    """Let the person in a booking be young, on remand, or serve a sentence."""
    appearance = booking.appearances[0]
    if how == "young":
        appearance.is_young, appearance.person.born_on = True, date(2010, 1, 1)
    elif how:
        appearance.is_sentenced = how == "sentenced"
        stays = select(CustodyStay).where(CustodyStay.person_id == appearance.person_id)
        db.session.scalars(stays).one().status = how
    db.session.commit()


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("rule", "was", "now", "contrast", "sentence"),
    [
        ("escort_capacity", "2", "1", "", "bring or take back 1 person at once"),
        ("separates_youth", "no", "yes", "young", "must wait apart"),
        ("pickup_minutes", "0", "15", "young", "must wait apart"),
        ("separates_remand", "no", "yes", "sentenced", "must wait apart"),
    ],
)
def test_a_prisons_own_rule_breaks_what_stood_without_it_and_lets_it_stand_again(
    session: Any,
    clock: Clock,
    tiny: Path,
    rule: str,
    was: str,
    now: str,
    contrast: str,
    sentence: str,
) -> None:
    rule_at_prison(tiny, rule, was)
    import_area(tiny, by=SYSTEM)
    first, second = (
        booked("10:00", on=TUESDAY, pre=0, post=0),
        booked("10:35", suite="S2", on=TUESDAY, pre=0, post=0),
    )
    say_of(first, contrast)
    say_of(second, "remand")
    alone = booked("14:00", on=TUESDAY)
    rule_at_prison(tiny, rule, now)

    import_area(tiny, by=SYSTEM)

    rows = db.session.scalars(select(Disruption).order_by(Disruption.booking_id)).all()
    assert [row.booking_id for row in rows] == [first.id, second.id]
    assert alone.id not in [row.booking_id for row in rows]
    for row in rows:
        assert row.cause is Cause.RULE
        assert sentence in row.sentence
    assert work_out_ways() == 2

    rule_at_prison(tiny, rule, was)
    import_area(tiny, by=SYSTEM)
    session.expire_all()
    assert {row.resolution for row in rows} == {Resolution.VALID_AGAIN}


JUDGES = DirectionNote(
    role="judicial_officer",
    officer_name="Judge Moana",
    reason="The complainant is heard by AVL.",
    directed_on=date(2026, 11, 23),
)


def registry_at(booking: Booking) -> Actor:
    """Somebody who keeps the list of the booking's court."""
    return make.actor(Role.REGISTRY, db.session.get_one(Site, booking.court_id))


def kept_row(booking: Booking) -> Disruption | None:
    """A booking's open disruption."""
    db.session.expire_all()
    wanted = select(Disruption).where(
        Disruption.booking_id == booking.id, Disruption.resolved_at.is_(None)
    )
    return db.session.scalars(wanted).one_or_none()


IN_PERSON = "LOCAL-2,protocol,BAIL,CRT,,in_person,no,2026-12-01,,bail is in person here.\n"


@pytest.mark.both_databases
def test_a_rule_for_in_person_breaks_what_it_covers_until_a_direction_keeps_the_avl(
    session: Any, clock: Clock, tiny: Path
) -> None:
    import_area(tiny, by=SYSTEM)
    before, after = booked("10:00"), booked("10:00", on=TUESDAY)
    rules = tiny / "mode_rules.csv"
    rules.write_text(rules.read_text(encoding="utf-8") + IN_PERSON, encoding="utf-8")

    done = import_area(tiny, by=SYSTEM)

    assert "It affects 1 booking." in str(done)
    row = kept_row(after)
    assert row is not None
    assert kept_row(before) is None
    assert row.cause is Cause.MODE
    assert row.site_id == after.court_id
    assert row.sentence == (
        "Bail hearing on Tue 1 Dec 2026: how somebody appears has changed."
        " In person, by the court's protocol: bail is in person here."
    )
    work_out_ways()
    row = kept_row(after)
    assert row is not None
    assert row.way["kind"] == "in_person"

    record_direction(after.reference, Mode.AVL, JUDGES, by=registry_at(after))
    assert kept_row(after) is None
    assert db.session.scalars(select(Disruption.resolution)).one() is Resolution.VALID_AGAIN


def test_a_rule_taken_back_lets_the_booking_stand(session: Any, clock: Clock, tiny: Path) -> None:
    import_area(tiny, by=SYSTEM)
    booking = booked("10:00")
    change(tiny, "mode_rules.csv", ",avl,no,", ",mandatory_in_person,no,")
    import_area(tiny, by=SYSTEM)
    assert kept_row(booking) is not None

    import_area(tiny, by=SYSTEM)
    assert kept_row(booking) is not None

    change(tiny, "mode_rules.csv", ",mandatory_in_person,no,", ",avl,no,")
    done = import_area(tiny, by=SYSTEM)
    assert kept_row(booking) is None
    assert "It affects 0 bookings; 1 booking is possible again." in str(done)


@pytest.mark.both_databases
def test_a_longer_usual_length_moves_what_had_the_old_one_and_leaves_what_was_shorter_on_purpose(
    session: Any, clock: Clock, tiny: Path
) -> None:
    import_area(tiny, by=SYSTEM)
    usual = booked("10:00", on=TUESDAY, pre=20, post=10)
    short = booked("14:00", on=TUESDAY, pre=0, post=10)
    change(tiny, "hearing_types.csv", "no,20,20,10,", "no,40,25,10,")

    import_area(tiny, by=SYSTEM)

    row, other = kept_row(usual), kept_row(short)
    assert row is not None
    assert other is not None
    assert row.cause is Cause.LENGTH
    assert row.sentence == (
        "The conference before has 20 minutes; the usual for “Bail hearing” is now 25."
        " The hearing has 30 minutes; the usual for “Bail hearing” is now 40."
    )
    assert other.sentence == "The hearing has 30 minutes; the usual for “Bail hearing” is now 40."

    work_out_ways()
    row, other = kept_row(usual), kept_row(short)
    assert row is not None
    assert other is not None
    assert row.way["conferences"] == [25, 10]
    assert other.way["conferences"] == [0, 10]
    accept_way(row.id, by=registry_at(usual))
    assert kept_row(usual) is None
    legs = {leg.kind: Interval(leg.starts_at, leg.ends_at).minutes for leg in usual.legs}
    assert legs == {"pre_conference": 25, "hearing": 40, "post_conference": 10}


@pytest.mark.both_databases
def test_a_preview_says_how_many_bookings_it_affects_and_changes_nothing(
    app: Flask, session: Any, clock: Clock, tiny: Path
) -> None:
    import_area(tiny, by=SYSTEM)
    booking = booked("10:00")
    change(tiny, "mode_rules.csv", ",avl,no,", ",in_person,no,")

    said = app.test_cli_runner().invoke(args=["avl", "import-area", str(tiny), "--preview"])

    assert said.exit_code == 0
    assert said.output.startswith("Nothing is changed yet. tiny: 0 rows added, 1 changed")
    assert "It affects 1 booking." in said.output
    assert kept_row(booking) is None
    assert db.session.scalars(select(ModeRule.mode)).one() == "avl"

    assert "It affects 1 booking." in str(import_area(tiny, by=SYSTEM))
    assert kept_row(booking) is not None


@pytest.mark.both_databases
def test_the_ways_out_of_shorter_hours_keep_to_the_prisons_rules(
    session: Any, clock: Clock, tiny: Path
) -> None:
    rule_at_prison(tiny, "escort_capacity", "1")
    rule_at_prison(tiny, "separates_remand", "yes")
    import_area(tiny, by=SYSTEM)
    late = [booked(start, on=TUESDAY, pre=20, post=0) for start in ("13:30", "14:50", "16:10")]
    for booking, status in zip(late, ("sentenced", "remand", "sentenced"), strict=True):
        say_of(booking, status)
    change(
        tiny,
        "opening_hours.csv",
        "CRT,,open,Mon-Fri,09:00,17:00,",
        "CRT,,open,Mon-Fri,09:00,13:00,",
    )

    import_area(tiny, by=SYSTEM)
    for _ in late:  # each that is accepted may take what the next one wanted
        work_out_ways()
        rows = session.scalars(select(Disruption.id).where(Disruption.resolved_at.is_(None)))
        accept_ways(dict.fromkeys(rows.all()), by=registry_at(late[0]))

    session.expire_all()
    assert set(session.scalars(select(Disruption.resolution))) == {Resolution.MOVED}
    there = [booking.appearances[0] for booking in late]
    lead = timedelta(minutes=15)
    moving = [
        Interval(at, at + lead)
        for one in there
        for at in (_moment(one.present_from) - lead, _moment(one.present_to))
    ]
    assert not any(one.overlaps(other) for one, other in combinations(moving, 2))
    for one, other in combinations(there, 2):
        mine, theirs = (
            Interval(_moment(near.present_from) - lead, _moment(near.present_to))
            for near in (one, other)
        )
        assert one.is_sentenced == other.is_sentenced or not mine.overlaps(theirs)


def _moment(at: datetime | None) -> datetime:
    assert at is not None
    return at


def test_hours_with_dates_break_what_lies_between_them(
    session: Any, clock: Clock, tiny: Path
) -> None:
    import_area(tiny, by=SYSTEM)
    before, between, after = (booked("16:00", on=f"2026-11-{day}") for day in (25, 26, 27))
    change(tiny, "opening_hours.csv", "closes_at,label\n", "closes_at,label,from_on,to_on\n")
    old = "CRT,,open,Mon-Fri,09:00,17:00,\n"
    short = old.replace("17:00,", "15:00,,2026-11-26,2026-11-27")
    earlier = old.replace("17:00,", "17:00,,,2026-11-26")
    later = old.replace("17:00,", "17:00,,2026-11-27,")
    change(tiny, "opening_hours.csv", old, earlier + short + later)

    import_area(tiny, by=SYSTEM)

    assert db.session.scalars(select(Disruption.booking_id)).all() == [between.id]
    assert before.id != after.id
