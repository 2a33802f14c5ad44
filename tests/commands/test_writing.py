"""Rows of the session written by a statement here, and not by the session."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from avl.commands.writing import write_changes
from avl.models import Counsel, Site, db
from tests import make
from tests.counting import statements

pytestmark = pytest.mark.both_databases


@pytest.fixture
def counsel(session):
    """As a command reads it."""
    made = make.counsel(mobile="+64211234567")
    session.expunge_all()
    return session.get_one(Counsel, made.id)


def test_only_what_was_changed_is_written(session, counsel):
    counsel.mobile, counsel.mobile_is_bad, counsel.name = "", True, counsel.name

    with statements(db.engine) as seen:
        write_changes(session(), counsel)
        session.commit()
    session.expunge_all()

    (statement,) = seen
    assert {"mobile", "mobile_is_bad"} == {
        column.name for column in Counsel.__table__.columns if f"{column.name}=" in statement
    }
    row = session.execute(select(Counsel.mobile, Counsel.mobile_is_bad)).one()
    assert tuple(row) == ("", True)


def test_session_takes_what_was_written_for_written(session, counsel):
    counsel.mobile_is_bad = True

    write_changes(session(), counsel)

    assert not session.dirty
    assert counsel.mobile_is_bad
    counsel.mobile_is_bad = False
    session.commit()
    session.expunge_all()
    assert not session.get_one(Counsel, counsel.id).mobile_is_bad


def test_what_was_rolled_back_is_read_anew(session, counsel):
    counsel.mobile_is_bad = True
    write_changes(session(), counsel)

    session.rollback()

    assert not counsel.mobile_is_bad


def test_several_rows_take_a_statement_each_and_none_where_nothing_changed(session, counsel):
    one, other = make.court("HVDC"), make.court("PAPDC")
    for court in (one, other):
        session.refresh(court)
    one.phone, other.phone = "04 1", "09 2"

    with statements(db.engine) as seen:
        write_changes(session(), one, counsel, other)

    assert len(seen) == 2
    session.commit()
    phones = session.scalars(select(Site.phone).order_by(Site.code))
    assert phones.all() == ["04 1", "09 2"]
