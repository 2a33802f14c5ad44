"""Statements handed straight to the driver say what SQLAlchemy would have said and heard."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, event, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from avl.models import Agency, AuditEvent, FeedEvent, Outage, Resource, ResourceKind, db
from avl.queries.gathering import among
from avl.queries.ready import Adding, Ready, in_one_go
from tests import make

ROOMS = (
    select(
        Resource.id,
        Resource.name,
        Resource.kind,
        Resource.is_active,
        Outage.starts_at,
        Outage.ends_at,
    )
    .outerjoin(Outage, Outage.resource_id == Resource.id)
    .where(among(Resource.id, "ids"), Resource.kind == ResourceKind.SUITE)
    .order_by(Resource.id)
)
AGENCIES = Ready(select(Agency.code).order_by(Agency.code))
ADD = Adding(Agency, returning=("code", "id"))


@pytest.mark.both_databases
def test_rows_are_those_of_the_session(session):
    prison = make.prison()
    one, other = make.suite(prison), make.suite(prison)
    session.add(Outage(resource_id=one.id, starts_at=make.at("10:00"), reason="Broken"))
    session.commit()
    asked = {"ids": [one.id, other.id, make.courtroom(make.court()).id]}

    found = Ready(ROOMS).rows(session(), asked)

    assert [tuple(row) for row in found] == [tuple(row) for row in session.execute(ROOMS, asked)]
    assert (found[0].kind, found[0].starts_at) == (ResourceKind.SUITE, make.at("10:00"))


@pytest.mark.both_databases
def test_statement_sees_what_the_session_has_not_written_yet(session):
    session.add(Agency(code="NEW", name="New"))

    assert [row.code for row in AGENCIES.rows(session(), {})] == ["NEW"]


@pytest.mark.both_databases
def test_more_rows_than_fit_one_statement_are_all_added(session):
    wanted = {f"A{number:03}" for number in range(120)}

    added = ADD.rows(
        session(), [{"code": code, "name": "Māori “Land” \\ Court"} for code in wanted]
    )
    session.commit()

    ids = dict(session.execute(select(Agency.code, Agency.id)).all())
    assert {row[0]: row[1] for row in added} == ids
    assert ids.keys() == wanted
    assert set(session.scalars(select(Agency.name))) == {"Māori “Land” \\ Court"}


@pytest.mark.both_databases
def test_every_kind_of_value_comes_back_as_it_went_in(session):
    at = datetime(2026, 11, 24, 1, 2, 3, 456789, tzinfo=UTC)
    changes = {"people": [None, [1, 2]], "why": 'é "quoted"\n'}
    audit = {"at": at, "user_id": None, "user_name": "", "action": "x", "booking_id": None}
    told = {"subject": "", "reason": "", "changes": changes}
    Adding(AuditEvent).rows(session(), [{**audit, **told}, {**audit, **told, "subject": "second"}])
    booking = make.booking()
    shown = {"scope_kind": "court", "scope_id": 9999, "booking_id": booking.id, "sequence": 1}
    times = {"starts_at": at, "ends_at": at, "updated_at": at}
    body = bytes(range(256))
    Adding(FeedEvent).rows(session(), [{**shown, **times, "is_gone": True, "body": body}])
    session.commit()

    kept = session.scalars(select(AuditEvent).where(AuditEvent.action == "x")).all()
    assert [(one.at, one.user_id, one.changes) for one in kept] == [(at, None, changes)] * 2
    event_kept = session.scalars(select(FeedEvent).where(FeedEvent.scope_id == 9999)).one()
    assert (event_kept.body, event_kept.is_gone, event_kept.starts_at) == (body, True, at)


@pytest.mark.both_databases
def test_refusal_of_the_database_is_the_error_sqlalchemy_raises(session):
    make.agency("COR")

    with pytest.raises(IntegrityError) as refusal:
        ADD.rows(session(), [{"code": "COR", "name": "again"}])

    assert "again" not in str(refusal.value)
    assert not refusal.value.connection_invalidated


@pytest.mark.both_databases
def test_refusal_in_one_go_is_raised_at_the_latest_at_the_end(session):
    make.agency("COR")

    def add_both() -> None:
        with in_one_go(session()):
            Adding(Agency).rows(session(), [{"code": "COR", "name": "again"}])
            Adding(Agency).rows(session(), [{"code": "MOJ", "name": "never"}])

    with pytest.raises(IntegrityError):
        add_both()
    session.rollback()

    assert [row.code for row in AGENCIES.rows(session(), {})] == ["COR"]


@pytest.mark.both_databases
def test_what_is_written_in_one_go_can_be_read_inside_and_stays(session):
    with in_one_go(session()):
        Adding(Agency).rows(session(), [{"code": "COR", "name": "Corrections"}])
        assert [row.code for row in AGENCIES.rows(session(), {})] == ["COR"]
        assert ADD.rows(session(), [{"code": "MOJ", "name": "Justice"}])[0][0] == "MOJ"
    session.commit()

    assert [row.code for row in AGENCIES.rows(session(), {})] == ["COR", "MOJ"]


@pytest.mark.both_databases
def test_whoever_listens_hears_the_statement_and_may_change_it(session):
    make.agency("COR")
    heard = []

    def change(_: Any, __: Any, statement: str, values: Any, *rest: Any) -> tuple[str, Any]:
        heard.append(statement)
        return statement.replace("SELECT agency.code", "SELECT 'changed'"), values

    event.listen(db.engine, "before_cursor_execute", change, retval=True)
    try:
        found = AGENCIES.rows(session(), {})
    finally:
        event.remove(db.engine, "before_cursor_execute", change)

    assert [row.code for row in found] == ["changed"]
    assert [one for one in heard if "agency" in one] == [heard[-1]]


@pytest.mark.both_databases
def test_statement_whose_text_would_change_is_refused(session):
    changing = select(Agency.id).where(Agency.code.in_(bindparam("codes", expanding=True)))

    with pytest.raises(TypeError):
        Ready(changing).rows(session(), {"codes": ["COR"]})


@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
def test_connection_that_was_cut_is_given_up(session):
    """SQLite has no connection to lose, so this is PostgreSQL's alone."""
    pid = session.scalar(text("SELECT pg_backend_pid()"))
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    with pytest.raises(DBAPIError) as broken:
        AGENCIES.rows(session(), {})
    session.rollback()

    assert broken.value.connection_invalidated
    assert AGENCIES.rows(session(), {}) == []
