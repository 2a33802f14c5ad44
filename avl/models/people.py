"""People in custody, where they are, their matters and their counsel."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from avl.models.base import Base
from avl.models.places import Resource, Site


class Person(Base):
    """A person in custody. ``search_name`` is the folded name: small letters, no macrons.

    ``died_on`` is kept so that nothing is booked for them again. A record that turned out to be
    of somebody recorded already stays for its PRN, and points to the one that is kept.
    ``version`` counts the changes of the record and its stays, so that nobody overwrites what
    somebody else has recorded meanwhile.
    """

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), unique=True)
    prn: Mapped[str] = mapped_column(String(16), unique=True)
    family_name: Mapped[str] = mapped_column(String(80))
    given_names: Mapped[str] = mapped_column(String(80), default="")
    search_name: Mapped[str] = mapped_column(String(200), index=True)
    born_on: Mapped[date | None]
    died_on: Mapped[date | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    interpreter_language: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    resource: Mapped[Resource] = relationship()
    stays: Mapped[list[CustodyStay]] = relationship(
        back_populates="person", order_by="CustodyStay.starts_at"
    )


class CustodyStay(Base):
    """Where a person is held, from when to when. Two stays of one person never overlap."""

    __tablename__ = "custody_stay"
    __table_args__ = (
        CheckConstraint(
            "ends_at IS NULL OR ends_at > starts_at", name="custody_stay_ends_after_start"
        ),
        Index("ix_custody_stay_person_starts", "person_id", "starts_at"),
        Index("ix_custody_stay_site", "site_id", "starts_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(24), default="")
    person: Mapped[Person] = relationship(back_populates="stays")
    site: Mapped[Site] = relationship()


class Counsel(Base):
    """A lawyer: a resource that may be wanted in two places, and a telephone to remind."""

    __tablename__ = "counsel"
    __table_args__ = (CheckConstraint("language IN ('en', 'mi')", name="counsel_language_known"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    search_name: Mapped[str] = mapped_column(String(200), index=True)
    firm: Mapped[str] = mapped_column(String(120), default="")
    mobile: Mapped[str] = mapped_column(String(16), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(2), default="en")
    mobile_is_bad: Mapped[bool] = mapped_column(default=False)
    resource: Mapped[Resource] = relationship()


class Matter(Base):
    """A court file, cited as jurisdiction, year, court and serial: CRI-2026-096-001234."""

    __tablename__ = "matter"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    court_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    is_suppressed: Mapped[bool] = mapped_column(default=False)
    court: Mapped[Site] = relationship()
    parties: Mapped[list[MatterParty]] = relationship(back_populates="matter")


class MatterParty(Base):
    """A person in custody on a matter, and their counsel of record."""

    __tablename__ = "matter_party"
    __table_args__ = (
        UniqueConstraint("matter_id", "person_id", name="uq_matter_party_matter_person"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    counsel_id: Mapped[int | None] = mapped_column(ForeignKey("counsel.id"))
    matter: Mapped[Matter] = relationship(back_populates="parties")
    person: Mapped[Person] = relationship()
    counsel: Mapped[Counsel | None] = relationship()
