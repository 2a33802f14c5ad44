"""What the database itself refuses, on both engines, whoever writes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from avl.domain.booking import LegKind, Status
from avl.models import Booking, CustodyStay, Hold, Leg, db
from tests import make
from tests.scene import overlaps

pytestmark = pytest.mark.both_databases


@pytest.fixture
def booking(session: Any) -> Booking:
    """A booking from 10:00 to 10:30 with nothing held."""
    return make.booking(status=Status.CANCELLED, is_published=False)


def hold(booking: Booking, start: str, end: str, **more: Any) -> Hold:
    found = Hold(
        **{
            "booking_id": booking.id,
            "leg_id": make.leg_of(booking, LegKind.HEARING).id,
            "resource_id": booking.appearances[0].suite_id,
            "starts_at": make.at(start),
            "ends_at": make.at(end),
            "is_exclusive": True,
        }
        | more
    )
    db.session.add(found)
    db.session.commit()
    return found


def assert_refused(rule: str, write: Any) -> None:
    def write_and_commit() -> None:
        write()
        db.session.commit()

    with pytest.raises(IntegrityError, match=rule):
        write_and_commit()
    db.session.rollback()


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("10:00", "10:30"),
        ("10:29", "10:31"),
        ("09:00", "10:01"),
        ("10:10", "10:20"),
        ("09:00", "11:00"),
    ],
)
def test_hold_that_overlaps_is_refused(booking, start, end):
    hold(booking, "10:00", "10:30")

    assert_refused("hold_never_overlaps", lambda: hold(booking, start, end))


def test_hold_that_overlaps_by_the_smallest_moment_is_refused(booking):
    hold(booking, "10:00", "10:30")
    almost = make.at("10:30") - timedelta(microseconds=1)

    assert_refused("hold_never_overlaps", lambda: hold(booking, "10:30", "11:00", starts_at=almost))


@pytest.mark.parametrize(("start", "end"), [("09:30", "10:00"), ("10:30", "11:00")])
def test_hold_that_only_touches_is_kept(booking, start, end):
    hold(booking, "10:00", "10:30")
    hold(booking, start, end)

    assert overlaps() == 0


def test_hold_of_another_resource_is_kept(booking):
    hold(booking, "10:00", "10:30")
    hold(booking, "10:00", "10:30", resource_id=booking.appearances[0].courtroom_id)


def test_hold_that_is_advisory_may_overlap(booking):
    hold(booking, "10:00", "10:30")
    hold(booking, "10:00", "10:30", is_exclusive=False)

    assert overlaps() == 0


def test_hold_moved_onto_another_is_refused(booking):
    hold(booking, "10:00", "10:30")
    later = hold(booking, "11:00", "11:30")

    assert_refused(
        "hold_never_overlaps",
        lambda: db.session.execute(
            update(Hold).where(Hold.id == later.id).values(starts_at=make.at("10:15"))
        ),
    )


def test_hold_made_exclusive_over_another_is_refused(booking):
    hold(booking, "10:00", "10:30")
    advisory = hold(booking, "10:15", "10:45", is_exclusive=False)

    assert_refused(
        "hold_never_overlaps",
        lambda: db.session.execute(
            update(Hold).where(Hold.id == advisory.id).values(is_exclusive=True)
        ),
    )


def test_hold_given_to_another_resource_is_refused_where_that_is_held(booking):
    hold(booking, "10:00", "10:30")
    other = hold(booking, "10:00", "10:30", resource_id=booking.appearances[0].courtroom_id)

    assert_refused(
        "hold_never_overlaps",
        lambda: db.session.execute(
            update(Hold)
            .where(Hold.id == other.id)
            .values(resource_id=booking.appearances[0].suite_id)
        ),
    )


def test_hold_may_be_moved_over_its_own_old_time(booking):
    kept = hold(booking, "10:00", "10:30")

    db.session.execute(
        update(Hold)
        .where(Hold.id == kept.id)
        .values(starts_at=make.at("10:15"), ends_at=make.at("10:45"))
    )
    db.session.commit()

    assert overlaps() == 0


def test_holds_written_in_one_statement_are_refused_together(booking):
    row = {
        "booking_id": booking.id,
        "leg_id": booking.legs[0].id,
        "resource_id": booking.appearances[0].suite_id,
        "is_exclusive": True,
    }
    rows = [
        row | {"starts_at": make.at("10:00"), "ends_at": make.at("10:30")},
        row | {"starts_at": make.at("10:15"), "ends_at": make.at("10:45")},
    ]

    assert_refused("hold_never_overlaps", lambda: db.session.execute(Hold.__table__.insert(), rows))
    assert db.session.scalar(text("SELECT count(*) FROM hold")) == 0


def test_hold_of_a_day_across_midnight_still_guards_its_end(booking):
    hold(
        booking,
        "10:00",
        "10:30",
        starts_at=make.at("11:00"),
        ends_at=make.at("11:00", on="2026-11-25"),
    )

    assert_refused(
        "hold_never_overlaps",
        lambda: hold(
            booking,
            "10:00",
            "10:30",
            starts_at=make.at("10:59", on="2026-11-25"),
            ends_at=make.at("11:30", on="2026-11-25"),
        ),
    )


def test_hold_longer_than_a_day_or_turned_round_is_refused(booking):
    assert_refused(
        "hold_within_a_day",
        lambda: hold(booking, "10:00", "10:30", ends_at=make.at("10:01", on="2026-11-25")),
    )
    assert_refused("hold_ends_after_start", lambda: hold(booking, "10:00", "10:00"))


def test_booking_in_an_unknown_state_or_turned_round_is_refused(booking):
    for rule, change in (
        ("booking_status_known", "status = 'perhaps'"),
        ("booking_ends_after_start", "ends_at = starts_at"),
        ("booking_waiting_expires", "status = 'requested', expires_at = NULL"),
    ):
        assert_refused(
            rule, lambda change=change: db.session.execute(text(f"UPDATE booking SET {change}"))
        )


def test_reference_is_unique(session):
    one = make.booking(is_published=False)
    two = make.booking(is_published=False)

    with pytest.raises(IntegrityError, match="reference"):
        db.session.execute(
            update(Booking).where(Booking.id == two.id).values(reference=one.reference)
        )


def test_leg_that_ends_before_it_starts_is_refused(booking):
    assert_refused(
        "leg_ends_after_start",
        lambda: db.session.execute(update(Leg).values(ends_at=Leg.starts_at)),
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-11-01", None), ("2026-11-05", "2026-11-06"), ("2026-10-01", "2026-11-02")],
)
def test_person_is_never_held_at_two_places_at_once(session, start, end):
    place, other, who = make.prison(), make.prison(), make.person()

    def stay(site: Any, start: str, end: str | None) -> None:
        db.session.add(
            CustodyStay(
                person_id=who.id,
                site_id=site.id,
                starts_at=make.at("10:00", on=start),
                ends_at=make.at("10:00", on=end) if end else None,
            )
        )
        db.session.commit()

    stay(place, "2026-11-01", "2026-11-10")
    stay(other, "2026-11-10", None)

    assert_refused("custody_stay_never_overlaps", lambda: stay(other, start, end))


def test_rules_stand_after_every_migration(session):
    if db.engine.dialect.name == "sqlite":
        found = db.session.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        )
        wanted = {
            "audit_event_append_only_delete",
            "audit_event_append_only_update",
            "custody_stay_never_overlaps_insert",
            "custody_stay_never_overlaps_update",
            "hold_never_overlaps_insert",
            "hold_never_overlaps_update",
            "sitting_never_overlaps_insert",
            "sitting_never_overlaps_update",
        }
    else:
        found = db.session.scalars(
            text(
                "SELECT conname FROM pg_constraint WHERE contype = 'x'"
                " UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
            )
        )
        wanted = {
            "audit_event_append_only",
            "custody_stay_never_overlaps",
            "hold_never_overlaps",
            "sitting_never_overlaps",
        }

    assert wanted <= set(found)
