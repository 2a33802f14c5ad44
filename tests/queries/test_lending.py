"""Kept objects given to a session as if it had read them."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import make_transient_to_detached

from avl.models import Resource, ResourceKind, Site, db
from avl.queries.lending import lend
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
        session.add(lent)
        named = lent.name

    assert (named, seen, lent in session, lent is kept) == (kept.name, [], True, False)
    assert lent.phone == "04 123 4567"
    assert not session.dirty


def test_lend_leaves_it_to_whoever_refers_to_the_copy_to_take_it_in(session, kept):
    lent = lend(session, kept)
    assert lent not in session

    session.add(Resource(site=lent, kind=ResourceKind.SUITE, name="Suite 1"))

    assert lent in session


def test_lend_gives_the_one_the_session_has(session, kept):
    first = session.get_one(Site, kept.id)

    assert lend(session, kept) is first
    assert lend(session, kept) is first


def test_lend_leaves_what_is_kept_to_nobody(session, kept):
    lend(session, kept).name = "Another name"

    assert (kept.name != "Another name", kept in session) == (True, False)
