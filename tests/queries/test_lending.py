"""Kept objects given to a session as if it had read them."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.util import IdentitySet

from avl.commands.writing import fresh
from avl.models import Booking, Resource, ResourceKind, Site, db
from avl.queries.lending import lend, take_in
from tests import make
from tests.counting import statements


@pytest.fixture
def kept(session):
    """What a process keeps of a court: its names, and not its telephone number."""
    court = make.court("HVDC", phone="04 123 4567")
    site = Site(id=court.id, code=court.code, name=court.name)
    make_transient_to_detached(site)
    session.expunge_all()
    return site


def test_lend_gives_a_copy_that_reads_what_was_not_kept(session, kept):
    with statements(db.engine) as seen:
        lent = lend(session, kept)
        named = lent.name

    assert (named, seen, lent in session, lent is kept) == (kept.name, [], True, False)
    assert lent.phone == "04 123 4567"
    assert not session.dirty


def test_lend_gives_a_copy_that_new_rows_may_refer_to(session, kept):
    lent = lend(session, kept)
    suite = Resource(site=lent, kind=ResourceKind.SUITE, name="Suite 1")
    session.add(suite)
    session.flush()

    assert suite.site_id == kept.id


def test_a_copy_goes_when_nobody_needs_it_and_the_next_is_lent_anew(session, kept):
    """The session keeps no object alive, and must not keep its name either."""
    lend(session, kept)
    assert not list(session.identity_map)

    assert lend(session, kept) in session


def test_a_row_taken_in_is_as_if_read(session, kept):
    session.rollback()
    booking = make.booking(status="confirmed")
    alike = fresh(Booking, **{c.key: getattr(booking, c.key) for c in Booking.__table__.columns})
    alike.version = booking.version
    session.expunge_all()

    take_in(session, alike)

    assert (session.get(Booking, alike.id) is alike, session.dirty) == (True, IdentitySet())
    alike.version += 1
    session.commit()
    session.expire_all()
    assert alike.version == booking.version + 1


def test_lend_gives_the_one_the_session_has(session, kept):
    first = session.get_one(Site, kept.id)

    assert lend(session, kept) is first
    assert lend(session, kept) is first


def test_lend_leaves_what_is_kept_to_nobody(session, kept):
    lend(session, kept).name = "Another name"

    assert (kept.name != "Another name", kept in session) == (True, False)
