"""Two records of one person: what they say of where the person was, put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stayed:
    """Where a record says the person was; ``end`` None until further notice."""

    site_id: int
    start: datetime
    end: datetime | None
    status: str = ""

    @property
    def until(self) -> datetime:
        """When it ends, or later than anything."""
        return self.end or FOR_EVER


def join_stays(
    kept: Iterable[Stayed], other: Iterable[Stayed]
) -> tuple[list[Stayed], list[tuple[Stayed, Stayed]]]:
    """Put the stays of two records of one person together.

    What the kept record says stands, with its status; the other adds what the kept one leaves out.

    Returns:
        The stays, earliest first, and the pairs that cannot both be true: at two sites at once.
        Where there is any such pair, the stays mean nothing.
    """
    first, second = sorted(kept, key=_start), sorted(other, key=_start)
    apart = [
        (one, two)
        for one in first
        for two in second
        if one.site_id != two.site_id and one.start < two.until and two.start < one.until
    ]
    added = [piece for stay in second for piece in _left_of(stay, first)]
    return sorted([*first, *added], key=_start), apart


def _left_of(stay: Stayed, taken: Iterable[Stayed]) -> Iterator[Stayed]:
    """The pieces of a stay that none of the others, earliest first, covers."""
    at = stay.start
    for one in taken:
        if one.until <= at or one.start >= stay.until:
            continue
        if one.start > at:
            yield replace(stay, start=at, end=one.start)
        at = max(at, one.until)
    if at < stay.until:
        yield replace(stay, start=at)


def _start(stay: Stayed) -> datetime:
    return stay.start
