"""Keep what an officer has typed into a booking form."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.transaction import command
from avl.domain.access import Actor
from avl.domain.errors import NotFound
from avl.models import BookingForm

KEPT_FOR = timedelta(days=7)
"""Forms nobody came back to are forgotten: they hold notes about people."""


@command
def save_form(session: Session, key: str, typed: dict[str, Any], *, by: Actor) -> None:
    """Keep what was typed under the form's one-time key; the last words win.

    Raises:
        NotFound: the key is another officer's.
    """
    now = clock.now()
    form = session.scalars(select(BookingForm).where(BookingForm.key == key)).first()
    if form is None:
        assert by.user_id is not None, "only people type"
        session.execute(
            delete(BookingForm).where(
                BookingForm.user_id == by.user_id, BookingForm.updated_at < now - KEPT_FOR
            )
        )
        form = _first(session, BookingForm(key=key, user_id=by.user_id, typed={}, created_at=now))
    if form.user_id != by.user_id:
        raise NotFound("There is no such form.")
    form.typed = typed
    form.updated_at = now


def _first(session: Session, form: BookingForm) -> BookingForm:
    """Write the form's row, or find the one that the other half of a double click wrote."""
    form.updated_at = form.created_at
    try:
        with session.begin_nested():
            session.add(form)
    except IntegrityError:
        return session.scalars(select(BookingForm).where(BookingForm.key == form.key)).one()
    return form
