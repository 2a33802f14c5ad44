"""What officers have typed but not booked yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from avl.models.base import Base, Json


class BookingForm(Base):
    """One booking form as one officer last typed it, under the form's own one-time key.

    It survives the back button, a second tab, a lost connection and signing in again.
    A booking remembers the key of its form, so that one form makes one booking at most, however
    often its buttons are pressed.
    """

    __tablename__ = "booking_form"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(43), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    typed: Mapped[Json] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
