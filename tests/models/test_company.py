"""What the database refuses about who is near whom, on both engines, whoever writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from avl.domain.booking import Status
from avl.models import Appearance, KeepApart, Site, db
from tests import make

pytestmark = pytest.mark.both_databases


@pytest.fixture
def prison(session: Any) -> Site:
    """A prison that brings people a quarter of an hour before."""
    return make.prison(suites=2)


def appearance(prison: Site) -> Appearance:
    """Somebody of a booking that keeps no place."""
    who = make.person(held_at=prison)
    made = make.booking(who, status=Status.CANCELLED, at_prison=prison, is_published=False)
    return made.appearances[0]


def present(one: Appearance, start: str, end: str, **more: Any) -> None:
    """Write who is where, past every rule above the database."""
    values: dict[str, Any] = {
        "present_from": make.at(start),
        "present_to": make.at(end),
        "present_on": datetime.fromisoformat(make.TODAY).date(),
    } | more
    db.session.execute(update(Appearance).where(Appearance.id == one.id).values(**values))
    db.session.commit()


def assert_refused(rule: str, one: Appearance, start: str, end: str, **more: Any) -> None:
    with pytest.raises(IntegrityError) as refusal:
        present(one, start, end, **more)
    assert rule in str(refusal.value.orig)
    if (diag := getattr(refusal.value.orig, "diag", None)) is not None:
        assert diag.constraint_name == rule
    db.session.rollback()


def test_two_kept_apart_keep_their_gap(prison):
    one, other = appearance(prison), appearance(prison)
    pair = make.keep_apart(one.person, other.person, gap=30)
    present(one, "10:00", "10:30")

    assert_refused("appearance_kept_apart", other, "10:00", "10:30")
    assert_refused("appearance_kept_apart", other, "11:10", "11:30")
    assert_refused("appearance_kept_apart", other, "08:30", "09:20")
    present(other, "11:15", "11:30")
    present(other, "08:30", "09:15")
    db.session.execute(
        update(KeepApart).where(KeepApart.id == pair.id).values(ended_at=make.at("08:00"))
    )
    present(other, "10:00", "10:30")


def test_two_kept_apart_all_day_are_not_there_that_day(prison):
    one, other = appearance(prison), appearance(prison)
    make.keep_apart(one.person, other.person, gap=0, all_day=True)
    present(one, "09:00", "09:30")

    assert_refused("appearance_kept_apart", other, "16:00", "16:30")


def test_two_kept_apart_may_be_at_two_prisons(prison):
    elsewhere = make.prison()
    one, other = appearance(prison), appearance(elsewhere)
    make.keep_apart(one.person, other.person, all_day=True)
    present(one, "10:00", "10:30")

    present(other, "10:00", "10:30")


def test_the_young_and_adults_are_not_there_together(prison):
    one, other = appearance(prison), appearance(prison)
    present(one, "10:00", "10:30", is_young=True)

    assert_refused("appearance_young_apart", other, "10:40", "11:00")
    present(other, "10:45", "11:00")
    present(other, "10:00", "10:30", is_young=True)


def test_remand_and_sentenced_are_not_there_together_where_the_site_says_so(prison):
    prison.separates_remand = True
    db.session.commit()
    one, other = appearance(prison), appearance(prison)
    present(one, "10:00", "10:30", is_sentenced=True)

    assert_refused("appearance_remand_apart", other, "10:40", "11:00", is_sentenced=False)
    present(other, "10:00", "10:30", is_sentenced=None)
    present(other, "10:45", "11:00", is_sentenced=False)


def test_no_more_are_on_the_move_than_the_prison_can_bring(prison):
    prison.escort_capacity = 2
    db.session.commit()
    first, second, third = (appearance(prison) for _ in range(3))
    present(first, "10:00", "10:30")
    present(second, "10:00", "10:45")

    assert_refused("appearance_escorts_busy", third, "10:00", "10:10")
    assert_refused("appearance_escorts_busy", third, "09:30", "09:50")
    # Two are brought at 9:45; one is taken back from 10:30 and one from 10:45.
    present(third, "10:15", "10:30")
    assert_refused("appearance_escorts_busy", third, "09:30", "09:55")
    assert db.session.scalars(select(Appearance.present_to).where(Appearance.id == third.id)).one()


def test_the_guards_stand_after_every_migration(session):
    from sqlalchemy import text

    if db.engine.dialect.name == "sqlite":
        found = db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        rules = ("kept_apart", "young_apart", "remand_apart", "escorts_busy")
        events = ("insert", "update")
        wanted = {f"appearance_{rule}_{event}" for rule in rules for event in events}
    else:
        found = db.session.scalars(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"))
        wanted = {"appearance_company"}
    assert wanted <= set(found)
