"""Look at what a change would break, and change nothing.

It is the very command that saves the change, undone at the end, so that the two cannot disagree.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Never, Protocol

from sqlalchemy.orm import Session

from avl.commands.disruption_steps import Swept
from avl.commands.disruptions import search_among
from avl.commands.transaction import command
from avl.domain.access import Actor
from avl.queries.disruptions import opened_for
from avl.queries.previews import Affected, Preview, Search
from avl.queries.ways_ahead import MOST_AHEAD, by_week


class Done(Protocol):
    """What a command that may break bookings gives back."""

    @property
    def swept(self) -> Swept:
        """What it did to them."""


class _Looked(Exception):
    """Undoes the transaction and carries what it would have done."""

    def __init__(self, preview: Preview) -> None:
        super().__init__(preview.sentence)
        self.preview = preview


def foresee(
    change: Callable[..., Done],
    *args: Any,
    by: Actor,
    what: str,
    has_ways: bool = False,
    **more: Any,
) -> Preview:
    """Say what a command would break.

    Args:
        change: the command, with what it is to be given.
        what: the change, as the sentence begins: "Opening Rimutaka at 9".
        has_ways: whether the preview says where `ways_ahead` is to look for ways out.

    Raises:
        DomainError: as the command would.
    """
    try:
        _look(inspect.unwrap(change), args, {**more, "by": by}, what=what, has_ways=has_ways)
    except _Looked as looked:
        return looked.preview


@command
def _look(
    session: Session,
    step: Callable[..., Done],
    args: tuple[Any, ...],
    named: dict[str, Any],
    *,
    what: str,
    has_ways: bool,
) -> Never:
    done = step(session, *args, **named)
    affected = opened_for(session, named["by"], done.swept.opened)
    searches = _searches(session, affected) if has_ways else ()
    raise _Looked(Preview(affected, what, mended=len(done.swept.mended), searches=searches))


def _searches(session: Session, affected: Sequence[Affected]) -> tuple[Search, ...]:
    """Read where ways out may be found while the change is made; they are looked for once it is
    undone, so that nobody waits for that."""
    if not any(one.reference for one in affected[:MOST_AHEAD]):
        return ()
    ids = [one.booking_id for one in affected[:MOST_AHEAD]]
    return tuple(search_among(session, week, ids) for week in by_week(session, ids))
