"""What was told to whom: audit, text messages and their attempts, feeds, heartbeats."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from avl.models.base import Base, Json
from avl.models.bookings import Booking
from avl.models.people import Counsel

SMS_STATES = (
    "pending",
    "sending",
    "doubt",
    "accepted",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "suppressed",
    "dropped",
    "missed",
    "unconfirmed",
)


class AuditEvent(Base):
    """Who did what, when and why. Append-only: triggers refuse UPDATE and DELETE."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_booking", "booking_id", "id"),
        Index(
            "ix_audit_event_subject",
            "subject",
            "id",
            sqlite_where=text("booking_id IS NULL"),
            postgresql_where=text("booking_id IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    user_name: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(40))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    subject: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(String(600), default="")
    changes: Mapped[Json] = mapped_column(JSON, default=dict)


class AuditSeal(Base):
    """The chain over audit events: sha256 of the previous seal and the event's canonical row."""

    __tablename__ = "audit_seal"
    event_id: Mapped[int] = mapped_column(ForeignKey("audit_event.id"), primary_key=True)
    position: Mapped[int] = mapped_column(unique=True)
    seal: Mapped[str] = mapped_column(String(64))


class Sms(Base):
    """One text message to one counsel about one booking: the outbox. States and transitions are
    `domain/sms.py`; ``ref`` stands in the body, so that the provider's list can be searched."""

    __tablename__ = "sms"
    __table_args__ = (
        CheckConstraint(
            "state IN ({})".format(", ".join(f"'{state}'" for state in SMS_STATES)),
            name="sms_state_known",
        ),
        CheckConstraint("expires_at > due_at", name="sms_expires_after_due"),
        UniqueConstraint(
            "booking_id", "counsel_id", "kind", "time_version", "resend_of_id", name="uq_sms_news"
        ),
        Index(
            "uq_sms_news_once",
            "booking_id",
            "counsel_id",
            "kind",
            "time_version",
            unique=True,
            sqlite_where=text("resend_of_id IS NULL"),
            postgresql_where=text("resend_of_id IS NULL"),
        ),
        Index(
            "ix_sms_due",
            "due_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_sms_unsettled",
            "state",
            "check_at",
            sqlite_where=text("state IN ('sending', 'doubt', 'accepted', 'sent')"),
            postgresql_where=text("state IN ('sending', 'doubt', 'accepted', 'sent')"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    booking_version: Mapped[int]
    time_version: Mapped[int]
    counsel_id: Mapped[int] = mapped_column(ForeignKey("counsel.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    language: Mapped[str] = mapped_column(String(2))
    to_e164: Mapped[str] = mapped_column(String(16), index=True)
    body: Mapped[str] = mapped_column(String(1600))
    ref: Mapped[str] = mapped_column(String(8), unique=True)
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    doubts: Mapped[int] = mapped_column(default=0)
    clear_lists: Mapped[int] = mapped_column(default=0)
    last_clear_list_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    check_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str] = mapped_column(String(80), default="")
    token: Mapped[str | None] = mapped_column(String(43), unique=True)
    sid: Mapped[str | None] = mapped_column(String(40), unique=True)
    result_code: Mapped[str] = mapped_column(String(40), default="")
    needs_staff: Mapped[bool] = mapped_column(default=False)
    resend_of_id: Mapped[int | None] = mapped_column(ForeignKey("sms.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    booking: Mapped[Booking] = relationship()
    counsel: Mapped[Counsel] = relationship()


class SmsAttempt(Base):
    """One try to send one message; committed before the request leaves. Append, then end once."""

    __tablename__ = "sms_attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    sms_id: Mapped[int] = mapped_column(ForeignKey("sms.id"), index=True)
    number: Mapped[int]
    token: Mapped[str] = mapped_column(String(43), unique=True)
    owner: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(24), default="")
    http_status: Mapped[int | None]
    code: Mapped[str] = mapped_column(String(40), default="")
    sid: Mapped[str | None] = mapped_column(String(40), unique=True)


class Sending(Base):
    """Whether texts may leave: one row. While it is paused, or not there, none is claimed.

    ``restored_up_to`` is the highest id of a text that came back from a backup, 0 for none: such
    a text may have left after the backup was made. ``why`` is one sentence.
    """

    __tablename__ = "sending"
    __table_args__ = (CheckConstraint("id = 1", name="sending_is_one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    paused_at: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(80), default="")
    restored_up_to: Mapped[int] = mapped_column(default=0)


class Inbound(Base):
    """A text somebody sent to us, kept once per provider id."""

    __tablename__ = "inbound"
    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(40), unique=True)
    from_e164: Mapped[str] = mapped_column(String(16), index=True)
    body: Mapped[str] = mapped_column(String(1600))
    opt_out_type: Mapped[str] = mapped_column(String(16), default="")
    received_at: Mapped[datetime]


class OptOut(Base):
    """A number that must not be texted."""

    __tablename__ = "opt_out"
    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    source: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime]


class Heartbeat(Base):
    """When each job last ran, on which worker, and how it ended."""

    __tablename__ = "heartbeat"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    count: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(300), default="")


class FeedToken(Base):
    """A revocable address of one feed: 128 random bits, kept hashed, shown once."""

    __tablename__ = "feed_token"
    __table_args__ = (
        CheckConstraint(
            "scope_kind IN ('site', 'suite', 'court', 'counsel')", name="feed_token_scope_known"
        ),
        CheckConstraint("level IN ('busy', 'limited', 'full')", name="feed_token_level_known"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scope_kind: Mapped[str] = mapped_column(String(8))
    scope_id: Mapped[int]
    level: Mapped[str] = mapped_column(String(8), default="limited")
    label: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    last_agent: Mapped[str] = mapped_column(String(120), default="")


class FeedEvent(Base):
    """One booking as published in one calendar (a site's, suite's, court's or counsel's).

    ``scope_id`` is a site, resource, site or counsel id by kind. ``is_gone``: the booking was
    cancelled or left this calendar; the tombstone stays until ``ends_at`` plus 30 days.
    ``body`` is the finished VEVENT, rendered when published.
    """

    __tablename__ = "feed_event"
    __table_args__ = (
        UniqueConstraint(
            "scope_kind", "scope_id", "booking_id", name="uq_feed_event_scope_booking"
        ),
        # Everything a poll asks of a calendar, so that it need not open the entries themselves; but
        # for their ids, which SQLite keeps in every index. PostgreSQL opens them: with the ids in
        # the index, 800 entries among those of 100,000 bookings took 0.11 ms instead of 0.14 just
        # after a vacuum, 0.17 once a tenth had changed, and the index was twice as big.
        Index(
            "ix_feed_event_scope_starts",
            *("scope_kind", "scope_id", "starts_at"),
            *("ends_at", "is_gone", "sequence", "updated_at"),
        ),
        Index("ix_feed_event_booking", "booking_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    scope_kind: Mapped[str] = mapped_column(String(8))
    scope_id: Mapped[int]
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    sequence: Mapped[int]
    is_gone: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    body: Mapped[bytes]
