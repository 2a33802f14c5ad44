"""Objects given to a session as if it had read them."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.orm.attributes import instance_dict, instance_state, manager_of_class

from avl.models import Base

Row = TypeVar("Row", bound=Base)


def lend(session: Session, kept: Row) -> Row:
    """A session's copy of an object that belongs to no session, for an object that refers to it.

    It is what `Session.merge` would give, which takes three times as long to find out that there
    is nothing to merge.

    Args:
        kept: detached, with columns only.
    """
    state = instance_state(kept)
    if state.key is not None and state.key in session.identity_map:
        return session.merge(kept, load=False)
    copy: Row = manager_of_class(type(kept)).new_instance()
    values, lent = instance_dict(copy), instance_state(copy)
    own = values["_sa_instance_state"]
    values.update(state.dict)
    values["_sa_instance_state"] = own
    # What was not kept is read when somebody asks for it.
    lent.expired_attributes.update(state.expired_attributes)
    assert state.key is not None
    take_in(session, copy, state.key)
    return copy


def take_in(
    session: Session | scoped_session[Any], row: Base, key: tuple[Any, ...] | None = None
) -> None:
    """Let the session have an object that says what its row says, as if it had just read it.

    `Session.add` would look through everything the object refers to for more to take in, and
    through what those refer to; that took half as long as to write them all.

    Args:
        row: transient, with its id and all its columns.
        key: of its identity, where it is at hand.
    """
    if isinstance(session, scoped_session):  # whoever asks outside a command may have that in hand
        return take_in(session(), row, key)
    state = instance_state(row)
    if state.modified:  # while it was built
        state._commit_all(state.dict)
    state.key = key or state.manager.mapper.identity_key_from_primary_key((state.dict["id"],))
    state.session_id = session.hash_key
    session.identity_map.add(state)
