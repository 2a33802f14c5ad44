"""Hearing types, and the dated rules that decide AVL or in person."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from avl.models.base import Base, known


class Access(enum.StrEnum):
    """Who may know of a hearing of this type: open court, closed court, or private."""

    OPEN = "open"
    CLOSED = "closed"
    PRIVATE = "private"


class HearingType(Base):
    """A kind of hearing or meeting, with its usual length and conferences (minutes).

    ``interpreter_days``: working days ahead it wants an interpreter asked for; None as its court.
    """

    __tablename__ = "hearing_type"
    __table_args__ = (
        CheckConstraint(known("access", Access), name="hearing_type_access_known"),
        CheckConstraint(
            "typical_minutes BETWEEN 0 AND 600"
            " AND pre_minutes BETWEEN 0 AND 120 AND post_minutes BETWEEN 0 AND 120",
            name="hearing_type_minutes_sensible",
        ),
        CheckConstraint(
            "interpreter_days BETWEEN 0 AND 30", name="hearing_type_interpreter_days_sensible"
        ),
    )
    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    jurisdiction: Mapped[str] = mapped_column(String(24))
    act_class: Mapped[str] = mapped_column(String(32))
    act_section: Mapped[str] = mapped_column(String(24), default="")
    consent: Mapped[str] = mapped_column(String(16), default="no")
    decided_by: Mapped[str] = mapped_column(String(60), default="")
    typical_minutes: Mapped[int]
    pre_minutes: Mapped[int] = mapped_column(default=0)
    post_minutes: Mapped[int] = mapped_column(default=0)
    access: Mapped[Access] = mapped_column(default=Access.OPEN)
    priority: Mapped[int] = mapped_column(default=50)
    is_bookable: Mapped[bool] = mapped_column(default=True)
    interpreter_days: Mapped[int | None]
    area: Mapped[str] = mapped_column(String(40), default="")
    assumed: Mapped[str] = mapped_column(String(400), default="")
    source: Mapped[str] = mapped_column(String(200), default="")
    notes: Mapped[str] = mapped_column(String(600), default="")


class ModeLayer(enum.StrEnum):
    STATUTE = "statute"
    PROTOCOL = "protocol"


class ModeRule(Base):
    """One dated line of statute or protocol: for this hearing type, AVL or in person.

    ``mode`` is ``avl``, ``in_person`` or ``mandatory_in_person``; ``trigger`` names a fact that
    must hold (``youth``, ``interpreter``, ``first_no_lawyer``) or is empty. ``court_subkind`` is
    the kind of court it stands in (``DC``, ``HC``), or empty for every court. ``to_on`` is the
    first date on which the rule no longer stands.
    """

    __tablename__ = "mode_rule"
    __table_args__ = (
        CheckConstraint(known("layer", ModeLayer), name="mode_rule_layer_known"),
        CheckConstraint(
            "mode IN ('avl', 'in_person', 'mandatory_in_person')", name="mode_rule_mode_known"
        ),
        CheckConstraint("to_on IS NULL OR to_on > from_on", name="mode_rule_ends_after_start"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    layer: Mapped[ModeLayer]
    hearing_type_code: Mapped[str | None] = mapped_column(ForeignKey("hearing_type.code"))
    act_class: Mapped[str] = mapped_column(String(32), default="")
    court_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    court_subkind: Mapped[str] = mapped_column(String(24), default="")
    in_custody: Mapped[bool | None]
    trigger: Mapped[str] = mapped_column(String(24), default="")
    mode: Mapped[str] = mapped_column(String(24))
    override_role: Mapped[str] = mapped_column(String(60), default="")
    consent: Mapped[str] = mapped_column(String(16), default="no")
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    sentence: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(200), default="")
    assumed: Mapped[str] = mapped_column(String(400), default="")


class Direction(Base):
    """A recorded decision that a person appears by AVL or in person. Never changed; a later one
    supersedes it (Courts (Remote Participation) Act 2010 s 10)."""

    __tablename__ = "direction"
    __table_args__ = (
        CheckConstraint("mode IN ('avl', 'in_person')", name="direction_mode_known"),
        CheckConstraint("role IN ('judicial_officer', 'registrar')", name="direction_role_known"),
        Index("ix_direction_person", "person_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("matter.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    hearing_type_code: Mapped[str] = mapped_column(ForeignKey("hearing_type.code"))
    mode: Mapped[str] = mapped_column(String(16))
    role: Mapped[str] = mapped_column(String(24))
    officer_name: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(600))
    criteria: Mapped[str] = mapped_column(String(200), default="")
    consent_given: Mapped[bool | None]
    consent_how: Mapped[str] = mapped_column(String(200), default="")
    directed_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
