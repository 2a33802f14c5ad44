"""Hearing types and mode rules as an administrator reads them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from avl.domain.errors import NotFound
from avl.models import HearingType, db


def all_types() -> Sequence[HearingType]:
    """Every hearing type, those that may be booked first, by name."""
    return db.session.scalars(
        select(HearingType).order_by(HearingType.is_bookable.desc(), HearingType.name)
    ).all()


def find_type(code: str) -> HearingType:
    """One of them.

    Raises:
        NotFound: there is none with this code.
    """
    found = db.session.get(HearingType, code.upper())
    if found is None:
        raise NotFound(f"There is no hearing type {code}.")
    return found


def classes_known() -> list[str]:
    """The classes of the Act that hearing types have; mode rules are made for them."""
    wanted = select(HearingType.act_class).distinct().order_by(HearingType.act_class)
    return list(db.session.scalars(wanted))
