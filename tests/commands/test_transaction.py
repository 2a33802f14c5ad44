"""One command, one transaction: retried, explained, never nested, never half done."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from avl.commands.bookings import request_booking
from avl.commands.transaction import also_in_transaction, command, explain
from avl.domain.errors import InvalidInput, JustTaken, Unavailable
from avl.models import Agency, Booking, Hold, db
from tests.counting import statements
from tests.scene import held


class Told(Exception):
    """A database error as a driver reports it."""

    def __init__(self, text: str = "", **known: Any) -> None:
        super().__init__(text)
        for name, value in known.items():
            setattr(self, name, value)


def test_command_commits_what_it_did(session):
    @command
    def add(session: Any) -> None:
        session.add(Agency(code="A", name="A"))

    add()
    db.session.rollback()

    assert db.session.scalars(select(Agency.code)).all() == ["A"]


def test_command_sees_what_others_did_since_the_last_one(app, session):
    @command
    def name_of(session: Any) -> str:
        return str(session.scalars(select(Agency)).one().name)

    session.add(Agency(code="A", name="before"))
    session.commit()
    known = session.scalars(select(Agency)).one()
    session.commit()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE agency SET name = 'after'"))

    assert (name_of(), known.name) == ("after", "after")


def test_command_that_raises_leaves_nothing(session):
    @command
    def add(session: Any) -> None:
        session.add(Agency(code="A", name="A"))
        session.flush()
        raise ValueError

    with pytest.raises(ValueError):
        add()

    assert db.session.scalars(select(Agency.code)).all() == []


def test_command_inside_a_command_is_refused(session):
    @command
    def inner(session: Any) -> None: ...

    @command
    def outer(session: Any) -> None:
        inner()

    with pytest.raises(RuntimeError, match="do not nest"):
        outer()


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_command_that_lost_a_deadlock_runs_again(session, sqlstate):
    runs = []

    @command
    def add(session: Any) -> str:
        runs.append(len(runs))
        if len(runs) < 3:
            raise OperationalError("x", {}, Told(sqlstate=sqlstate))
        return "done"

    assert (add(), runs) == ("done", [0, 1, 2])


def test_command_that_always_loses_says_that_nothing_was_changed(session):
    @command
    def add(session: Any) -> None:
        raise OperationalError("x", {}, Told(sqlstate="40P01"))

    with pytest.raises(Unavailable, match="Nothing was changed"):
        add()


def test_command_without_a_connection_says_so(session):
    @command
    def add(session: Any) -> None:
        raise PoolTimeout

    with pytest.raises(Unavailable):
        add()


def test_command_that_drew_a_reference_twice_draws_again(scene, monkeypatch):
    drawn = iter([7, 7, 8])
    monkeypatch.setattr("avl.commands.placing.randbits", lambda bits: next(drawn))

    first = request_booking(scene.request("10:00"), by=scene.registrar)
    second = request_booking(scene.request("11:00"), by=scene.registrar)

    assert first.reference != second.reference


@pytest.mark.both_databases
def test_command_beaten_by_the_constraint_says_just_taken(scene):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    before = held()

    @command
    def write_round_the_rules(session: Any) -> None:
        session.add(
            Hold(
                booking_id=booking.id,
                leg_id=booking.legs[0].id,
                resource_id=scene.suite.id,
                starts_at=booking.starts_at,
                ends_at=booking.ends_at,
                is_exclusive=True,
            )
        )

    with pytest.raises(JustTaken):
        write_round_the_rules()

    assert held() == before


@pytest.mark.both_databases
def test_command_beaten_by_a_check_names_the_field(scene):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)

    @command
    def turn_round(session: Any) -> None:
        found = session.get_one(Booking, booking.id)
        found.starts_at, found.ends_at = found.ends_at, found.starts_at

    with pytest.raises(InvalidInput) as refusal:
        turn_round()

    assert refusal.value.field == "time"


def test_command_beaten_by_what_nobody_foresaw_raises_it(session):
    with pytest.raises(IntegrityError):
        command(lambda session: session.execute(text("INSERT INTO agency (id) VALUES (1)")))()


def test_also_in_transaction_stands_or_falls_with_the_command(scene):
    def fail(session: Any, booking: Booking) -> None:
        raise ValueError(booking.reference)

    with pytest.raises(ValueError, match="AVL-"), also_in_transaction(fail):
        request_booking(scene.request(), by=scene.registrar)
    kept: list[str] = []
    with also_in_transaction(lambda session, booking: kept.append(booking.reference)):
        booking = request_booking(scene.request(), by=scene.registrar)

    assert kept == [booking.reference]
    assert len(db.session.scalars(select(Booking)).all()) == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Told("database is locked", sqlite_errorname="SQLITE_BUSY"), Unavailable),
        (Told("database or disk is full", sqlite_errorname="SQLITE_FULL"), Unavailable),
        (Told("connection refused", sqlstate=None), Unavailable),
        (Told("the database system is starting up", sqlstate="57P03"), Unavailable),
        (Told("no such table", sqlite_errorname="SQLITE_ERROR"), OperationalError),
        (Told("syntax", sqlstate="42601"), OperationalError),
    ],
)
def test_explain_tells_a_database_that_is_away_from_one_that_is_wrong(error, kind):
    assert isinstance(explain(OperationalError("x", {}, error)), kind)


@pytest.mark.both_databases
def test_booking_takes_few_statements(scene):
    request = scene.request("10:00", scene.at_arohata(scene.mere), pre=15)

    with statements(db.engine) as seen:
        request_booking(request, by=scene.registrar)

    assert len(seen) <= 25
