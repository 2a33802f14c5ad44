"""Agencies, sites, what stands in them, and when they are open."""

from __future__ import annotations

import enum
from datetime import date, datetime, time

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from avl.models.base import Base, known


class SiteKind(enum.StrEnum):
    COURT = "court"
    PRISON = "prison"
    YOUTH_RESIDENCE = "youth_residence"
    POLICE = "police"
    FORENSIC = "forensic"
    MOBILE = "mobile"
    MARAE = "marae"
    CHAMBERS = "chambers"
    PROBATION = "probation"


class Approval(enum.StrEnum):
    """How a remote site agrees to host: bookings confirm themselves, or a person answers."""

    SELF_SERVICE = "self_service"
    APPROVAL = "approval"


class ResourceKind(enum.StrEnum):
    COURTROOM = "courtroom"
    SUITE = "suite"
    INSTRUCTION_SUITE = "instruction_suite"
    PERSON = "person"
    COUNSEL = "counsel"
    JUDICIAL_OFFICER = "judicial_officer"
    INTERPRETER = "interpreter"
    BRIDGE_PORT = "bridge_port"


class WindowKind(enum.StrEnum):
    """An opening adds time; a break (lunch, lock-up, meal) takes it away."""

    OPEN = "open"
    BREAK = "break"


class ClosureKind(enum.StrEnum):
    """A one-off closure, or a holiday on which the site opens after all."""

    CLOSED = "closed"
    OPENS = "opens"


class Agency(Base):
    """Who owns sites and users: Ministry of Justice, Department of Corrections, ..."""

    __tablename__ = "agency"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(120))


class Site(Base):
    """A court, prison, residence, custody unit or office, with its own clock and calendar."""

    __tablename__ = "site"
    __table_args__ = (
        CheckConstraint(known("kind", SiteKind), name="site_kind_known"),
        CheckConstraint(known("approval", Approval), name="site_approval_known"),
        CheckConstraint("turnaround_minutes BETWEEN 0 AND 120", name="site_turnaround_sensible"),
        CheckConstraint("approval_hours BETWEEN 1 AND 720", name="site_approval_hours_sensible"),
        CheckConstraint(
            "interpreter_days BETWEEN 0 AND 30 AND reo_days BETWEEN 0 AND 30"
            " AND interpreter_confirm_days BETWEEN 0 AND 30",
            name="site_interpreter_days_sensible",
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(60))
    name_mi: Mapped[str] = mapped_column(String(120), default="")
    kind: Mapped[SiteKind]
    subkind: Mapped[str] = mapped_column(String(24), default="")
    region: Mapped[str] = mapped_column(String(60), default="")
    town: Mapped[str] = mapped_column(String(60), default="")
    zone: Mapped[str] = mapped_column(String(40), default="Pacific/Auckland")
    area: Mapped[str] = mapped_column(String(40), index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    status: Mapped[str] = mapped_column(String(24), default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    phone: Mapped[str] = mapped_column(String(24), default="")
    holiday_subdiv: Mapped[str] = mapped_column(String(24), default="")
    observes_holidays: Mapped[bool] = mapped_column(default=True)
    observes_anniversary: Mapped[bool] = mapped_column(default=True)
    approval: Mapped[Approval] = mapped_column(default=Approval.SELF_SERVICE)
    approval_hours: Mapped[int] = mapped_column(default=24)
    turnaround_minutes: Mapped[int] = mapped_column(default=5)
    pickup_minutes: Mapped[int] = mapped_column(default=15)
    notice_minutes: Mapped[int] = mapped_column(default=30)
    freeze_minutes: Mapped[int] = mapped_column(default=120, server_default="120")
    escort_capacity: Mapped[int | None]
    interpreter_days: Mapped[int] = mapped_column(default=10, server_default="10")
    reo_days: Mapped[int] = mapped_column(default=10, server_default="10")
    interpreter_confirm_days: Mapped[int] = mapped_column(default=3, server_default="3")
    separates_youth: Mapped[bool] = mapped_column(default=True, server_default=true())
    separates_remand: Mapped[bool] = mapped_column(default=False, server_default=false())
    assumed: Mapped[str] = mapped_column(String(400), default="")
    source: Mapped[str] = mapped_column(String(200), default="")
    agency: Mapped[Agency] = relationship()
    resources: Mapped[list[Resource]] = relationship(back_populates="site")


class Resource(Base):
    """Anything that can be in one place at a time. Persons and counsel have no site."""

    __tablename__ = "resource"
    __table_args__ = (
        CheckConstraint(known("kind", ResourceKind), name="resource_kind_known"),
        UniqueConstraint("site_id", "code", name="uq_resource_site_code"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Mapped[ResourceKind]
    code: Mapped[str | None] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(80))
    is_active: Mapped[bool] = mapped_column(default=True)
    sort_order: Mapped[int] = mapped_column(default=0)
    assumed: Mapped[str] = mapped_column(String(400), default="")
    source: Mapped[str] = mapped_column(String(200), default="")
    site: Mapped[Site | None] = relationship(back_populates="resources")


class Permission(Base):
    """Who may use a resource. No row: everybody. Rows of one resource are alternatives (OR);
    the filled columns of one row all have to fit (AND)."""

    __tablename__ = "permission"
    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), index=True)
    court_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    hearing_type_code: Mapped[str | None] = mapped_column(ForeignKey("hearing_type.code"))


class Outage(Base):
    """A resource out of use from one instant to another (open end: until further notice)."""

    __tablename__ = "outage"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="outage_ends_after_start"),
        Index("ix_outage_resource_starts", "resource_id", "starts_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200))


class Sitting(Base):
    """A court's session in one courtroom: its hours, its list, and who presides.

    Two sittings of one courtroom never overlap: constraint ``sitting_never_overlaps``
    (migration 0002). One lasts at most a day, so that the rule need not look back farther. A row
    that ``is_idle`` covers a day on which the courtroom does not sit, so that by the same rule no
    sitting can stand beside it.
    """

    __tablename__ = "sitting"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="sitting_ends_after_start"),
        Index("ix_sitting_courtroom_starts", "courtroom_id", "starts_at"),
        Index("ix_sitting_court_starts", "court_id", "starts_at"),
        Index("ix_sitting_officer_starts", "officer_id", "starts_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    court_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    courtroom_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    list_name: Mapped[str] = mapped_column(String(80), default="")
    is_idle: Mapped[bool] = mapped_column(default=False)


class Window(Base):
    """A weekly opening or break of a site, or of one resource in it (which narrows the site's).

    ``from_on`` is the first date on which it stands, ``to_on`` the first on which it no longer
    does; None: since ever, for ever after.
    """

    __tablename__ = "opening_window"
    __table_args__ = (
        CheckConstraint(known("kind", WindowKind), name="window_kind_known"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="window_weekday_known"),
        CheckConstraint("closes_at > opens_at", name="window_ends_after_start"),
        CheckConstraint(
            "from_on IS NULL OR to_on IS NULL OR to_on > from_on", name="window_to_after_from"
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    resource_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"))
    kind: Mapped[WindowKind] = mapped_column(default=WindowKind.OPEN)
    weekday: Mapped[int]
    opens_at: Mapped[time]
    closes_at: Mapped[time]
    label: Mapped[str] = mapped_column(String(60), default="")
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]
    assumed: Mapped[str] = mapped_column(String(400), default="")
    source: Mapped[str] = mapped_column(String(200), default="")


class Closure(Base):
    """One date on which a site is closed (all day or part), or opens in spite of a holiday."""

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint(known("kind", ClosureKind), name="closure_kind_known"),
        CheckConstraint(
            "(from_time IS NULL AND to_time IS NULL) OR to_time > from_time",
            name="closure_ends_after_start",
        ),
        Index("ix_closure_site_on", "site_id", "on_date"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    kind: Mapped[ClosureKind] = mapped_column(default=ClosureKind.CLOSED)
    on_date: Mapped[date]
    from_time: Mapped[time | None]
    to_time: Mapped[time | None]
    reason: Mapped[str] = mapped_column(String(200))
    allowed_hearing_types: Mapped[str] = mapped_column(String(400), default="")
    source: Mapped[str] = mapped_column(String(200), default="")


class PlaceStamp(Base):
    """A number drawn anew whenever a row changes that says something about a place.

    Triggers draw it (migration 0005), in the transaction of the change; `queries/stamps.py` keeps
    facts under it. ``place_id`` is a site's id, or 0 for the whole country; it refers to nothing,
    because what is said of a site's end must outlive it.
    """

    __tablename__ = "place_stamp"
    place_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamp: Mapped[int] = mapped_column(BigInteger)
