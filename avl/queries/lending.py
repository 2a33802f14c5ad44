"""Kept objects given to a session as if it had read them."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict, instance_state, manager_of_class

from avl.models import Base

Row = TypeVar("Row", bound=Base)


def lend(session: Session, kept: Row) -> Row:
    """A session's copy of an object that belongs to no session, for an object that refers to it.

    The session takes it in together with that object, unless it has it already. It is what
    `Session.merge` would give, which takes three times as long to find out that there is nothing
    to merge.

    Args:
        kept: detached, with columns only.
    """
    state = instance_state(kept)
    if state.key is not None and state.key in session.identity_map:
        return session.merge(kept, load=False)
    copy: Row = manager_of_class(type(kept)).new_instance()
    values = instance_dict(copy)
    values.update((name, value) for name, value in state.dict.items() if name in state.manager)
    lent = instance_state(copy)
    lent.key = state.key
    # What was not kept is read when somebody asks for it.
    lent.expired_attributes.update(state.expired_attributes)
    return copy
