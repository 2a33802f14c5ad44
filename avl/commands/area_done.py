"""What taking in an area did, to its rows and to the bookings that stood."""

from __future__ import annotations

from dataclasses import dataclass, field

from avl.commands.area_overwrites import Overwritten


@dataclass
class AreaImport:
    """What an import did; nothing, when the area was already in.

    Attributes:
        broken: how many bookings it made invalid; each has its disruption.
        mended: how many that were disrupted are possible again.
        overwritten: what people changed since the last import, and it sets back.
    """

    area: str
    added: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0
    broken: int = 0
    mended: int = 0
    overwritten: list[Overwritten] = field(default_factory=list)

    @property
    def is_unchanged(self) -> bool:
        """Say whether the database already held all of it."""
        return not (self.added or self.changed or self.removed)

    def __str__(self) -> str:
        if self.is_unchanged:
            return f"{self.area}: nothing has changed ({self.same} rows)."
        return (
            f"{self.area}: {self.added} rows added, {self.changed} changed,"
            f" {self.removed} opening hours removed, {self.same} unchanged."
            f" {self._say_bookings()}"
        )

    def _say_bookings(self) -> str:
        if not self.broken and not self.mended:
            return "No booking is affected."
        affected = f"It affects {self.broken} {'booking' if self.broken == 1 else 'bookings'}"
        if not self.mended:
            return f"{affected}."
        are = "booking is" if self.mended == 1 else "bookings are"
        return f"{affected}; {self.mended} {are} possible again."
