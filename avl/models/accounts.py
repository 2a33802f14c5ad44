"""Users, what they were granted, their sessions and tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from avl.domain.access import Role
from avl.models.base import Base, known


class User(Base):
    """Somebody (or some service) who signs in. ``is_service``: only by token, never a page."""

    __tablename__ = "user_account"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(300), default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    is_service: Mapped[bool] = mapped_column(default=False)
    counsel_id: Mapped[int | None] = mapped_column(ForeignKey("counsel.id"))
    created_at: Mapped[datetime]
    memberships: Mapped[list[Membership]] = relationship(back_populates="user")


class Membership(Base):
    """A role at one site, across one agency's sites, or (neither) everywhere."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint(known("role", Role), name="membership_role_known"),
        CheckConstraint("site_id IS NULL OR agency_id IS NULL", name="membership_site_or_agency"),
        UniqueConstraint(
            "user_id", "role", "site_id", "agency_id", name="uq_membership_user_role_place"
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    role: Mapped[Role]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    user: Mapped[User] = relationship(back_populates="memberships")


class UserSession(Base):
    """One signed-in browser. The cookie holds a random token; only its hash is here."""

    __tablename__ = "user_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(45), default="")
    user: Mapped[User] = relationship()


class ApiToken(Base):
    """A bearer token of a service user, kept as a hash and shown once."""

    __tablename__ = "api_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    label: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class SignInFailure(Base):
    """One refused sign-in, counted for every process alike."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (
        Index("ix_sign_in_failure_email_at", "email", "at"),
        Index("ix_sign_in_failure_address_at", "address", "at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(45), default="")
    at: Mapped[datetime]


class IdempotencyKey(Base):
    """The answer given to a POST, kept so that a repeat gets the same answer and no second
    booking. Written in the booking's own transaction."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("user_id", "key", name="uq_idempotency_key_user_key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    key: Mapped[str] = mapped_column(String(128))
    request_hash: Mapped[str] = mapped_column(String(64))
    reference: Mapped[str] = mapped_column(String(10), default="")
    status: Mapped[int]
    body: Mapped[str]
    created_at: Mapped[datetime]
