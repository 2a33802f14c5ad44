"""Look at what taking in an area would do, and take nothing in."""

from __future__ import annotations

from pathlib import Path
from typing import Never

from sqlalchemy.orm import Session

from avl.commands.area_done import AreaImport
from avl.commands.areas import bring
from avl.commands.transaction import command
from avl.domain.access import Actor


class _Looked(Exception):
    """Undoes the transaction and carries what it would have done."""

    def __init__(self, done: AreaImport) -> None:
        super().__init__(str(done))
        self.done = done


def preview_area(folder: Path | str, *, by: Actor) -> AreaImport:
    """Say what `import_area` would change or set back, and how many bookings it would affect.

    It is the import itself, undone at the end, so that the two cannot disagree.

    Raises:
        AreaRefused: as `import_area`.
        NotAllowed: as `import_area`.
    """
    try:
        _look(folder, by=by)
    except _Looked as looked:
        return looked.done


@command
def _look(session: Session, folder: Path | str, *, by: Actor) -> Never:
    raise _Looked(bring(session, folder, by=by))
