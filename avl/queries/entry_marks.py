"""A short mark that tells whether a set of calendar entries is still the one somebody has.

The database adds the entries up and sends one line, so that asking after a thousand entries costs
about as much as asking after ten.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, cast, func


class Mark(NamedTuple):
    """A set of entries as it stands.

    A change always raises its entry's sequence, and ids are never used again. So an entry that
    came, changed or went shows in the sums; and should several make up for one another to the
    last digit, the latest of them still shows in the time.

    Attributes:
        sums: how many there are, their ids added up, their sequences added up; "" for none.
        latest: when the latest of them changed.
    """

    sums: str = ""
    latest: datetime | None = None

    @classmethod
    def of(cls, entries: Collection[tuple[int, int, datetime]]) -> Mark:
        """The mark of entries in hand: id, sequence and time of the last change of each."""
        if not entries:
            return cls()
        ids, sequences, times = zip(*entries, strict=True)
        return cls(f"{len(ids)}-{sum(ids)}-{sum(sequences)}", max(times))

    @classmethod
    def read(cls, text: str | None) -> Mark:
        """The mark in a text that `mark_text` had the database write."""
        sums, _, latest = (text or "").partition("|")
        if not sums:
            return cls()
        at = datetime.fromisoformat(latest)
        # UTC either way: PostgreSQL says so, SQLite does not.
        return cls(sums, at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC))


def mark_text(event: Any) -> ColumnElement[str]:
    """The mark of the entries selected, for `Mark.read`; NULL for none."""
    sums = (func.count(), func.sum(event.id), func.sum(event.sequence))
    count, ids, sequences = (cast(one, String) for one in sums)
    return count + "-" + ids + "-" + sequences + "|" + cast(func.max(event.updated_at), String)
