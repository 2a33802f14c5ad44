"""What an import of people did, and how it is said; see `people_import`."""

from __future__ import annotations

from dataclasses import dataclass

from avl.commands.disruption_steps import NOTHING, Swept


@dataclass
class PeopleImport:
    """What an import did.

    Attributes:
        references: coming bookings at the wrong place now, of people whose stays changed.
        swept: what it did to bookings; which need an interpreter since, and which one fewer.
    """

    added: int = 0
    changed: int = 0
    same: int = 0
    references: tuple[str, ...] = ()
    swept: Swept = NOTHING

    def count(self, *, is_changed: bool) -> None:
        """Count a row that was there already."""
        self.changed += is_changed
        self.same += not is_changed

    def __str__(self) -> str:
        if not (self.added or self.changed):
            return f"Nothing has changed ({self.same} rows)."
        said = f"{self.added} rows added, {self.changed} changed, {self.same} unchanged."
        told = {
            "Now booked at the wrong place": ", ".join(self.references),
            "Bookings that need an interpreter now": len(self.swept.warned),
            "Bookings whose interpreter may not be needed now": len(self.swept.less),
        }
        return said + "".join(f"\n{what}: {which}." for what, which in told.items() if which)
