"""Ways out are looked for as soon as something is saved; what is saved never depends on that."""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from avl.commands.disruptions import work_out_ways
from avl.commands.standing_again import mend_company
from avl.domain.errors import DomainError
from avl.models import db

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 60
"""Ways for so many bookings are worked out before the page answers; the worker finds the rest."""


def look_at_once(booking_ids: Collection[int] | None = None) -> None:
    """Look for ways out before whoever saved the change that broke these bookings is answered.

    Nothing is raised where the database fails: the change is saved by then, and an error would
    say that it is not. The worker finds what was not found here.

    Args:
        booking_ids: the bookings that broke; None for all that have no way out.
    """
    if booking_ids is not None and not 0 < len(booking_ids) <= MOST_AT_ONCE:
        return
    try:
        work_out_ways(booking_ids=booking_ids)
    except (SQLAlchemyError, DomainError):
        logger.warning("ways out left to the worker", exc_info=True)
        with suppress(SQLAlchemyError):
            db.session.rollback()


def stand_again_at_once() -> int:
    """Let bookings stand again that were in the way of one that has just gone; returns how many.

    Nothing is raised where the database fails, as in `look_at_once`.
    """
    try:
        return mend_company()
    except (SQLAlchemyError, DomainError):
        logger.warning("what stands again left to the worker", exc_info=True)
        with suppress(SQLAlchemyError):
            db.session.rollback()
        return 0
