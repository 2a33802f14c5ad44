"""Whatever is written, the database refuses exactly the overlaps that hours on paper show.

Three rules of one shape: exclusive holds of a resource, stays of a person in custody, and sittings
in a courtroom. The oracle knows half hours and nothing else.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from avl.domain.booking import LegKind, Status
from avl.models import CustodyStay, Hold, ResourceKind, Sitting, db
from tests import make

pytestmark = pytest.mark.both_databases

MIDNIGHT = make.at("00:00")
ROUNDS, WRITES = 6, 50
FOR_EVER = 10_000


@dataclass(frozen=True)
class Row:
    """What is kept, and from which to which half hour; not all rows keep others away."""

    of: int
    start: int
    end: int | None
    is_exclusive: bool = True

    def half_hours(self) -> range:
        return range(self.start, FOR_EVER if self.end is None else self.end)

    def meets(self, other: Row) -> bool:
        mine, theirs = self.half_hours(), other.half_hours()
        return (
            self.of == other.of
            and self.is_exclusive
            and other.is_exclusive
            and max(mine.start, theirs.start) < min(mine.stop, theirs.stop)
        )


@dataclass(frozen=True)
class Table:
    """A table with such a rule.

    Attributes:
        owner: the column of what is kept.
        usual: what a row needs besides.
        longest: half hours that a row may last, where there is a limit, and what refuses more.
        is_endless: whether a row may have no end.
        may_share: whether there are rows that keep nobody away.
    """

    model: Any
    rule: str
    owner: str
    owners: list[int]
    usual: dict[str, Any]
    longest: tuple[int, str] | None = None
    is_endless: bool = False
    may_share: bool = False

    def refusals(self, new: Row, others: list[Row]) -> set[str]:
        found = {self.rule} if any(new.meets(one) for one in others) else set()
        if self.longest and len(new.half_hours()) > self.longest[0]:
            found.add(self.longest[1])
        return found

    def columns(self, row: Row) -> dict[str, Any]:
        end = None if row.end is None else instant(row.end)
        found = {self.owner: row.of, "starts_at": instant(row.start), "ends_at": end}
        return found | ({"is_exclusive": row.is_exclusive} if self.may_share else {})


def instant(half_hour: int) -> Any:
    return MIDNIGHT + timedelta(minutes=30 * half_hour)


def holds() -> Table:
    booking = make.booking(status=Status.CANCELLED, is_published=False)
    usual = {"booking_id": booking.id, "leg_id": make.leg_of(booking, LegKind.HEARING).id}
    one = booking.appearances[0]
    return Table(
        Hold,
        "hold_never_overlaps",
        "resource_id",
        [one.suite_id, one.courtroom_id],
        usual,
        longest=(48, "hold_within_a_day"),
        may_share=True,
    )


def stays() -> Table:
    people = [make.person().id for _ in range(2)]
    usual = {"site_id": make.prison().id}
    rule = "custody_stay_never_overlaps"
    return Table(CustodyStay, rule, "person_id", people, usual, is_endless=True)


def sittings() -> Table:
    court = make.court(courtrooms=2)
    rooms = [room.id for room in make.rooms(court, ResourceKind.COURTROOM)]
    return Table(
        Sitting,
        "sitting_never_overlaps",
        "courtroom_id",
        rooms,
        {"court_id": court.id, "list_name": "List"},
        longest=(50, "sitting_within_a_day"),
    )


@pytest.mark.parametrize("table_of", [holds, stays, sittings])
def test_the_database_refuses_the_overlaps_that_counting_half_hours_finds(
    session: Any, table_of: Callable[[], Table]
):
    table = table_of()
    refused = kept = 0
    for seed in range(ROUNDS):
        draw = random.Random(seed)
        db.session.query(table.model).delete()
        db.session.commit()
        rows: dict[int, Row] = {}
        for _ in range(WRITES):
            id_, new, statement = some_write(draw, table, rows)
            others = [row for key, row in rows.items() if key != id_]
            wrong = table.refusals(new, others)
            said, made = outcome(statement)

            assert bool(said) is bool(wrong), (seed, new, wrong, said, rows)
            assert not said or any(rule in said for rule in wrong), (new, wrong, said)
            if said is None:
                rows[id_ or made] = new
            refused, kept = refused + bool(wrong), kept + (not wrong)
    assert min(refused, kept) > 8 * ROUNDS, (refused, kept)


def some_write(
    draw: random.Random, table: Table, rows: dict[int, Row]
) -> tuple[int | None, Row, Any]:
    """A new row, or one column of an old one, or all of them."""
    new = some_row(draw, table)
    how = draw.choice(("new", "new", "new", "start", "end", "owner", "share", "all"))
    if how == "new" or not rows or (how == "share" and not table.may_share):
        return None, new, insert(table.model).values(**table.usual, **table.columns(new))
    id_ = draw.choice(sorted(rows))
    was = rows[id_]
    if how == "start":
        end = was.end if was.end is not None else was.start + 20
        new = replace(was, start=end - draw.choice((1, 2, 5, 30)))
    elif how == "end":
        new = replace(was, end=was.start + draw.choice((1, 2, 5, 30)))
    elif how == "owner":
        new = replace(was, of=new.of)
    elif how == "share":
        new = replace(was, is_exclusive=not was.is_exclusive)
    before, values = table.columns(was), table.columns(new)
    if how != "all":
        values = {name: value for name, value in values.items() if value != before[name]}
    values = values or {table.owner: was.of}
    return id_, new, update(table.model).where(table.model.id == id_).values(**values)


def some_row(draw: random.Random, table: Table) -> Row:
    """Mostly short; now and then as long as may be, one more, or without an end."""
    start = draw.randrange(60)
    lengths: list[int | None] = [1, 2, 3, 4, 6, 8, 24]
    if table.longest:
        lengths += [table.longest[0], table.longest[0] + 1]
    if table.is_endless:
        lengths += [90, None]
    length = draw.choice(lengths)
    # Too long a row that keeps nobody away is refused by PostgreSQL alone, and harms nobody.
    shared = table.may_share and (length or 0) <= 48 and draw.random() < 0.2
    end = None if length is None else start + length
    return Row(draw.choice(table.owners), start, end, not shared)


def outcome(statement: Any) -> tuple[str | None, int]:
    """What refuses the statement, and else the row's id."""
    try:
        with db.session.begin_nested():
            done = db.session.execute(statement, execution_options={"synchronize_session": False})
            made = getattr(done, "inserted_primary_key", None) if done.context.isinsert else None
    except IntegrityError as refusal:
        return str(refusal.orig), 0
    return None, made[0] if made else 0
