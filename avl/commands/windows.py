"""Opening hours as rows: one step, whether an area's files or a page changed them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from avl.models import Window

COLUMNS = (
    *("site_id", "resource_id", "kind", "weekday", "opens_at", "closes_at"),
    *("label", "from_on", "to_on", "source", "assumed"),
)


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows were added, taken away, and left as they were."""

    added: int
    removed: int
    same: int


def which_differ(
    there: Iterable[Window], wanted: Iterable[dict[str, Any]]
) -> set[tuple[int, int | None]]:
    """Sites, and rooms of sites (None: the site itself), whose hours are not what is wanted."""
    before = {tuple(getattr(row, name) for name in COLUMNS) for row in there}
    after = {tuple(values[name] for name in COLUMNS) for values in wanted}
    return {(key[0], key[1]) for key in before ^ after}


def write_windows(
    session: Session, there: Sequence[Window], wanted: Iterable[dict[str, Any]]
) -> Written:
    """Bring hours on record in line with others, touching only what differs."""
    rows = {tuple(values[name] for name in COLUMNS): values for values in wanted}
    before = {tuple(getattr(row, name) for name in COLUMNS): row for row in there}
    fresh = [values for key, values in rows.items() if key not in before]
    # Of two rows that say the same, one is enough.
    kept = {id(row) for key, row in before.items() if key in rows}
    stale = [row for row in there if id(row) not in kept]
    session.add_all(Window(**values) for values in fresh)
    for row in stale:
        session.delete(row)
    session.flush()
    return Written(len(fresh), len(stale), len(rows) - len(fresh))
