"""What a change would break, as one reader may know it before it is saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from avl.domain.way_out import Broken
from avl.domain.world import World


@dataclass(frozen=True, slots=True)
class Affected:
    """A booking that a change would break, as one reader may know it.

    Attributes:
        reference: "" for one that the reader may not see.
        zone: of its court, whose wall shows when it starts.
        booking_id: never shown; what its way out is looked for by.
    """

    reference: str
    starts_at: datetime
    zone: str
    sentence: str
    booking_id: int = 0


@dataclass(frozen=True, slots=True)
class Search:
    """Some bookings of one week that a change would break, and the world in which each may find
    its way out."""

    broken: tuple[Broken, ...]
    world: World


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would break, before it is saved.

    Attributes:
        what: the change, as the sentence begins.
        zone: of the site that is changed; "" where it is no site.
        mended: how many bookings that are on the worklist now would be possible again.
        change: from the world as it is to the one with the change in it.
        searches: where ways out are looked for, when that world was read with the change made;
            without them it is read as it is, and `change` is laid over it.
    """

    affected: tuple[Affected, ...]
    what: str = ""
    zone: str = ""
    change: Callable[[World], World] = field(default=lambda world: world, compare=False)
    mended: int = 0
    searches: tuple[Search, ...] = field(default=(), compare=False)

    @property
    def sentence(self) -> str:
        """ "Closing Suite 2 affects 7 bookings." """
        count = len(self.affected)
        again = f" {self._say_mended()}" if self.mended else ""
        if not count:
            return f"{self.what} affects no booking.{again}"
        return f"{self.what} affects {count} booking{'' if count == 1 else 's'}.{again}"

    def _say_mended(self) -> str:
        are = "booking is" if self.mended == 1 else "bookings are"
        return f"{self.mended} {are} possible again."
