"""Ways out: plans, the waitlist, disruptions, and who must be kept apart."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from avl.domain.disruption import Cause, Resolution
from avl.domain.waiting import WaitState
from avl.models.base import Base, Json, known
from avl.models.bookings import Booking
from avl.models.hearings import HearingType
from avl.models.people import Person
from avl.models.places import Site


class PlanKind(enum.StrEnum):
    """What a plan is for: one booking that fits nowhere, a whole day, or a disruption's ways."""

    MAKE_ROOM = "make_room"
    DAY = "day"
    DISRUPTION = "disruption"


class PlanStatus(enum.StrEnum):
    WANTED = "wanted"
    COMPUTING = "computing"
    PROPOSED = "proposed"
    IMPOSSIBLE = "impossible"
    APPLIED = "applied"
    STALE = "stale"
    DISCARDED = "discarded"


class Plan(Base):
    """A proposed set of moves, applied all or nothing.

    ``wish`` says what it is for, ``moves`` every booking before and after with the version it was
    seen at, ``cost`` what it costs; all are written by `queries/plans.py` and read back by it.
    ``progress`` is what a long computation has found so far; ``stop_wanted`` asks it to end.
    """

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint(known("kind", PlanKind), name="plan_kind_known"),
        CheckConstraint(known("status", PlanStatus), name="plan_status_known"),
        Index("ix_plan_court_made", "court_id", "made_at"),
        Index("ix_plan_status", "status"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PlanKind]
    status: Mapped[PlanStatus]
    court_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    seed: Mapped[int] = mapped_column(default=1)
    wish: Mapped[Json] = mapped_column(JSON, default=dict)
    moves: Mapped[Json] = mapped_column(JSON, default=dict)
    cost: Mapped[Json] = mapped_column(JSON, default=dict)
    progress: Mapped[Json] = mapped_column(JSON, default=dict)
    reason: Mapped[str] = mapped_column(String(600), default="")
    stop_wanted: Mapped[bool] = mapped_column(default=False)
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str] = mapped_column(String(80), default="")


class WaitlistEntry(Base):
    """A wish that has no slot yet, waiting with a priority and a deadline.

    While ``offered``, ``booking_id`` is the held booking kept for it; when that lapses the entry
    waits again behind the others of its priority (``asked_at`` is set anew) and ``passed`` keeps
    that stretch, so that it is not offered once more. ``mark`` is the same for the same wish.
    ``why`` is why nothing fitted when it was last looked at, ``reason`` why it was raised or
    ended, ``seen_at`` when somebody read that it had lapsed. ``moving`` is the booking that would
    rather be at such a time, where one stands already; it keeps its own until it is moved, and
    what it holds of the better time itself is not held a second time by ``booking``.
    """

    __tablename__ = "waitlist_entry"
    __table_args__ = (
        CheckConstraint(known("state", WaitState), name="waitlist_state_known"),
        CheckConstraint(
            "(state IN ('offered', 'booked')) = (booking_id IS NOT NULL)",
            name="waitlist_booking_when_offered",
        ),
        CheckConstraint(
            "(state IN ('waiting', 'offered')) = (ended_at IS NULL)", name="waitlist_open_or_ended"
        ),
        CheckConstraint("priority BETWEEN 0 AND 100", name="waitlist_priority_sensible"),
        Index("ix_waitlist_state_priority", "state", "priority", "asked_at"),
        Index("ix_waitlist_court", "court_id", "state"),
        Index("ix_waitlist_moving", "moving_id"),
        Index("uq_waitlist_booking", "booking_id", unique=True),
        Index(
            "uq_waitlist_open_wish",
            "mark",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    court_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    hearing_type_code: Mapped[str] = mapped_column(ForeignKey("hearing_type.code"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    priority: Mapped[int]
    wish: Mapped[Json] = mapped_column(JSON, default=dict)
    mark: Mapped[str] = mapped_column(String(64))
    passed: Mapped[Json] = mapped_column(JSON, default=dict)
    state: Mapped[WaitState]
    asked_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(600), default="")
    offers_made: Mapped[int] = mapped_column(default=0)
    offered_at: Mapped[datetime | None]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    moving_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    seen_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    booking: Mapped[Booking | None] = relationship(foreign_keys=[booking_id])
    moving: Mapped[Booking | None] = relationship(foreign_keys=[moving_id])
    person: Mapped[Person] = relationship()
    court: Mapped[Site] = relationship()
    hearing_type: Mapped[HearingType] = relationship()


class RoomFreed(Base):
    """A mark that something may have come free at a site (None: anywhere) since the waitlist was
    last served; the worker that serves it takes its marks under a lease and deletes them last."""

    __tablename__ = "room_freed"
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    freed_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str] = mapped_column(String(80), default="")


class Disruption(Base):
    """A booking that stopped being valid after it was made, until something resolves it.

    ``way`` is the best way out as computed at ``way_found_at`` for the booking's version
    ``way_version``; both are empty while one is still to be found.
    """

    __tablename__ = "disruption"
    __table_args__ = (
        CheckConstraint(known("cause", Cause), name="disruption_cause_known"),
        CheckConstraint(
            f"resolution IS NULL OR {known('resolution', Resolution)}",
            name="disruption_resolution_known",
        ),
        CheckConstraint(
            "(resolution IS NULL) = (resolved_at IS NULL)", name="disruption_resolved_together"
        ),
        Index(
            "uq_disruption_open",
            "booking_id",
            unique=True,
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("ix_disruption_site", "site_id", "resolved_at"),
        Index("ix_disruption_court", "court_id", "resolved_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    court_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    cause: Mapped[Cause]
    sentence: Mapped[str] = mapped_column(String(600))
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    due_at: Mapped[datetime]
    way: Mapped[Json] = mapped_column(JSON, default=dict)
    way_version: Mapped[int | None]
    way_found_at: Mapped[datetime | None]
    resolution: Mapped[Resolution | None]
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    booking: Mapped[Booking] = relationship()


class KeepApart(Base):
    """Two people who must never wait or move at one prison at once (lower person id first).

    ``other_site_too``: complainant and defendant, who must not appear from one site at all that
    day. The gap is minutes between one's last leg and the other's pick-up.
    """

    __tablename__ = "keep_apart"
    __table_args__ = (
        CheckConstraint("first_id < second_id", name="keep_apart_lower_first"),
        CheckConstraint("gap_minutes BETWEEN 0 AND 600", name="keep_apart_gap_sensible"),
        Index("uq_keep_apart_pair", "first_id", "second_id", unique=True),
        Index("ix_keep_apart_second", "second_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    gap_minutes: Mapped[int] = mapped_column(default=30)
    other_site_too: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(200), default="")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
