"""Look at what a change would break, and change nothing.

It is the very command that saves the change, undone at the end, so that the two cannot disagree.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Never

from sqlalchemy.orm import Session

from avl.commands.outages import PlaceChange
from avl.commands.transaction import command
from avl.domain.access import Actor
from avl.queries.disruptions import Preview, opened_for


class _Looked(Exception):
    """Undoes the transaction and carries what it would have done."""

    def __init__(self, preview: Preview) -> None:
        super().__init__(preview.sentence)
        self.preview = preview


def foresee(
    change: Callable[..., PlaceChange], *args: Any, by: Actor, what: str, **more: Any
) -> Preview:
    """Say what a command would break.

    Args:
        change: the command, with what it is to be given.
        what: the change, as the sentence begins: "Opening Rimutaka at 9".

    Raises:
        DomainError: as the command would.
    """
    try:
        _look(inspect.unwrap(change), args, {**more, "by": by}, what=what)
    except _Looked as looked:
        return looked.preview


@command
def _look(
    session: Session,
    step: Callable[..., PlaceChange],
    args: tuple[Any, ...],
    named: dict[str, Any],
    *,
    what: str,
) -> Never:
    done = step(session, *args, **named)
    affected = opened_for(session, named["by"], done.swept.opened)
    raise _Looked(Preview(affected, what, mended=len(done.swept.mended)))
