"""Statements that need no objects: rows in and rows out, past the session's own machinery."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.orm import Session


def plain(session: Session) -> Connection:
    """The session's own connection, in the session's own transaction.

    A statement sent through it costs a half to a third of what the session takes to wrap the same
    one. Whatever the session has not written yet is written first, as its own reading would.
    """
    session.flush()
    return session.connection()
