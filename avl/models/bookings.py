"""Bookings: their legs, appearances and holds."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from avl.domain.booking import LegKind, Status
from avl.domain.disruption import Cause
from avl.domain.interpreters import InterpreterState
from avl.domain.interval import Interval
from avl.models.base import Base, known
from avl.models.hearings import HearingType
from avl.models.people import Counsel, Matter, Person
from avl.models.places import Resource, Site


class Booking(Base):
    """One AVL arrangement. ``starts_at``/``ends_at`` span all legs; ``version`` counts changes
    (If-Match, and SEQUENCE in calendars); ``time_version`` counts moves only. ``requested_at`` is
    empty for an offer that was only ever held: nobody but its court's registry sees those.
    ``interpreter_due_on`` is when the registry must ask for, or confirm, an interpreter."""

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint(known("status", Status), name="booking_status_known"),
        CheckConstraint("ends_at > starts_at", name="booking_ends_after_start"),
        CheckConstraint(
            "status NOT IN ('held', 'requested') OR expires_at IS NOT NULL",
            name="booking_waiting_expires",
        ),
        CheckConstraint(
            known("interpreter_state", InterpreterState), name="booking_interpreter_state_known"
        ),
        CheckConstraint(
            "(interpreter_state = 'not_needed') = (interpreter_language = '')",
            name="booking_interpreter_state_fits",
        ),
        Index("ix_booking_court_starts", "court_id", "starts_at"),
        Index("ix_booking_starts", "starts_at"),
        Index("ix_booking_expires", "expires_at"),
        Index("ix_booking_form_key", "form_key"),
        Index("ix_booking_previous", "previous_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(10), unique=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    court_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    hearing_type_code: Mapped[str] = mapped_column(ForeignKey("hearing_type.code"))
    status: Mapped[Status]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    time_version: Mapped[int] = mapped_column(default=1)
    staff_notes: Mapped[str] = mapped_column(String(600), default="")
    prison_notes: Mapped[str] = mapped_column(String(600), default="")
    warning_reason: Mapped[str] = mapped_column(String(300), default="")
    mode_reason: Mapped[str] = mapped_column(String(600), default="")
    end_reason: Mapped[str] = mapped_column(String(300), default="")
    # Of any length: what everybody's records say together must find its way in.
    interpreter_language: Mapped[str] = mapped_column(Text, default="")
    interpreter_state: Mapped[InterpreterState] = mapped_column(
        default=InterpreterState.NOT_NEEDED, server_default=InterpreterState.NOT_NEEDED.value
    )
    interpreter_note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    interpreter_due_on: Mapped[date | None]
    expires_at: Mapped[datetime | None]
    form_key: Mapped[str | None] = mapped_column(String(64))
    requested_at: Mapped[datetime | None]
    is_fixed: Mapped[bool] = mapped_column(default=False, server_default=false())
    trouble: Mapped[Cause | None] = query_expression()
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    court: Mapped[Site] = relationship()
    hearing_type: Mapped[HearingType] = relationship()
    legs: Mapped[list[Leg]] = relationship(
        back_populates="booking", order_by="Leg.starts_at", cascade="all, delete-orphan"
    )
    appearances: Mapped[list[Appearance]] = relationship(
        back_populates="booking", order_by="Appearance.id", cascade="all, delete-orphan"
    )
    holds: Mapped[list[Hold]] = relationship(back_populates="booking", cascade="all, delete-orphan")

    @property
    def remote_site_ids(self) -> frozenset[int]:
        """Sites the people appear from (needs ``appearances`` loaded)."""
        return frozenset(appearance.site_id for appearance in self.appearances)

    @property
    def counsel_ids(self) -> frozenset[int]:
        """Counsel appearing (needs ``appearances`` loaded)."""
        return frozenset(a.counsel_id for a in self.appearances if a.counsel_id is not None)


class Leg(Base):
    """A stretch of a booking, shared by all its appearances."""

    __tablename__ = "leg"
    __table_args__ = (
        CheckConstraint(known("kind", LegKind), name="leg_kind_known"),
        CheckConstraint("ends_at > starts_at", name="leg_ends_after_start"),
        UniqueConstraint("booking_id", "kind", name="uq_leg_booking_kind"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    kind: Mapped[LegKind]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    booking: Mapped[Booking] = relationship(back_populates="legs")


class Appearance(Base):
    """One person in custody taking part from one remote site.

    The suite and courtroom stand here as well as in the holds, so that a cancelled booking,
    whose holds are gone, still says where it would have been.

    While the booking keeps its place, ``present_from`` and ``present_to`` span its legs, on the
    site's date ``present_on``; they are what the rules about company look at, together with
    ``is_young`` (under 18 that day) and ``is_sentenced`` (None where it is not recorded). Rules
    ``appearance_kept_apart``, ``appearance_young_apart``, ``appearance_remand_apart`` and
    ``appearance_escorts_busy`` are triggers on both engines (migration 0004).
    """

    __tablename__ = "appearance"
    __table_args__ = (
        UniqueConstraint("booking_id", "person_id", name="uq_appearance_booking_person"),
        Index("ix_appearance_person", "person_id"),
        Index("ix_appearance_counsel", "counsel_id"),
        Index("ix_appearance_present", "site_id", "present_from"),
        Index(
            "ix_appearance_young",
            "site_id",
            "present_from",
            sqlite_where=text("is_young"),
            postgresql_where=text("is_young"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    suite_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    courtroom_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    instruction_suite_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"))
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("matter.id"))
    counsel_id: Mapped[int | None] = mapped_column(ForeignKey("counsel.id"))
    agreed_at: Mapped[datetime | None]
    present_from: Mapped[datetime | None]
    present_to: Mapped[datetime | None]
    present_on: Mapped[date | None]
    is_young: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_sentenced: Mapped[bool | None]
    booking: Mapped[Booking] = relationship(back_populates="appearances")
    person: Mapped[Person] = relationship()
    site: Mapped[Site] = relationship()
    suite: Mapped[Resource] = relationship(foreign_keys=[suite_id])
    courtroom: Mapped[Resource] = relationship(foreign_keys=[courtroom_id])
    instruction_suite: Mapped[Resource | None] = relationship(foreign_keys=[instruction_suite_id])
    matter: Mapped[Matter | None] = relationship()
    counsel: Mapped[Counsel | None] = relationship()


class Hold(Base):
    """One resource kept for one leg over one occupied interval, turnaround included.

    Two exclusive holds of one resource never overlap: constraint ``hold_never_overlaps``
    (exclusion on PostgreSQL, triggers on SQLite; migration 0002). A hold lasts at most a day,
    so that both the trigger and the reads look back a bounded way and cost does not grow with
    history.
    """

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="hold_ends_after_start"),
        Index("ix_hold_resource_starts", "resource_id", "starts_at"),
        Index("ix_hold_booking", "booking_id"),
        Index("ix_hold_leg", "leg_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    leg_id: Mapped[int] = mapped_column(ForeignKey("leg.id"))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_exclusive: Mapped[bool] = mapped_column(default=True)
    booking: Mapped[Booking] = relationship(back_populates="holds")
    resource: Mapped[Resource] = relationship()

    @property
    def interval(self) -> Interval:
        """While nobody else may have it."""
        return Interval(self.starts_at, self.ends_at)
