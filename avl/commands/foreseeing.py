"""Look at what a change would break, and change nothing.

It is the very command that saves the change, undone at the end, so that the two cannot disagree.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Never, Protocol

from sqlalchemy.orm import Session

from avl.commands.disruption_steps import Swept
from avl.commands.disruptions import search_among
from avl.commands.transaction import command
from avl.domain.access import Actor
from avl.queries.disruptions import opened_for, warned_of
from avl.queries.previews import Preview, Search
from avl.queries.ways_ahead import by_week, first_affected, found_in


class Done(Protocol):
    """What a command that may break bookings gives back."""

    @property
    def swept(self) -> Swept:
        """What it did to them."""


class _Looked(Exception):
    """Undoes the transaction and carries what it would have done."""

    def __init__(self, preview: Preview, searches: tuple[Search, ...]) -> None:
        super().__init__(preview.sentence)
        self.preview, self.searches = preview, searches


def foresee(
    change: Callable[..., Done], *args: Any, by: Actor, what: str, zone: str = "", **more: Any
) -> Preview:
    """Say what a command would break, and how each booking could go on.

    Where ways out may be found is read while the change is made; they are looked for once it is
    undone, so that nobody waits for that.

    Args:
        change: the command, with what it is to be given.
        what: the change, as the sentence begins: "Opening Rimutaka at 9".
        zone: of the site that is changed, where it is one.

    Raises:
        DomainError: as the command would.
    """
    try:
        _look(inspect.unwrap(change), args, {**more, "by": by}, what=what, zone=zone)
    except _Looked as looked:
        return found_in(by, looked.preview, looked.searches)


@command
def _look(
    session: Session,
    step: Callable[..., Done],
    args: tuple[Any, ...],
    named: dict[str, Any],
    *,
    what: str,
    zone: str,
) -> Never:
    done = step(session, *args, **named)
    swept, by = done.swept, named["by"]
    affected = opened_for(session, by, swept.opened)
    ids = first_affected(affected)
    searches = tuple(search_among(session, week, ids) for week in by_week(session, ids))
    warned = warned_of(session, by, swept.warned)
    less, mended = warned_of(session, by, swept.less), len(swept.mended)
    preview = Preview(affected, what, zone, mended=mended, warned=warned, less=less)
    raise _Looked(preview, searches)
