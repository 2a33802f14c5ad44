"""What a change would break, as one reader may know it before it is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from avl.domain.local_time import say_day
from avl.domain.standing import Asked
from avl.domain.way_out import Broken, WayKind
from avl.domain.world import World
from avl.queries.redact import BookingShown
from avl.queries.worklist import Line

MOST_AHEAD = 60
"""For so many bookings ways are looked for before a change is saved, the earliest first."""


_OUTLOOK = {
    WayKind.MOVE: ("can be moved", "can be moved"),
    WayKind.IN_PERSON: ("has to be in person", "have to be in person"),
    WayKind.CANCEL: ("can only be cancelled", "can only be cancelled"),
    WayKind.STAY: ("can stay once others have gone", "can stay once others have gone"),
    WayKind.BY_HAND: ("needs a decision by hand", "need a decision by hand"),
}


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
class WayAhead:
    """What could be done about one booking once the change is saved.

    Attributes:
        asks: what accepting it takes, as in `worklist.WorkRow`; else empty.
    """

    kind: WayKind
    why: str
    lines: tuple[Line, ...]
    asks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Search:
    """Some bookings of one week that a change would break, and the world in which each may find
    its way out.

    Attributes:
        asked: by booking id and when its hearing would start, what AVL takes there.
    """

    broken: tuple[Broken, ...]
    world: World
    asked: Callable[[Mapping[int, datetime]], Mapping[int, Asked]]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would break, before it is saved.

    Attributes:
        what: the change, as the sentence begins.
        zone: of the site that is changed; "" where it is no site.
        mended: how many bookings that are on the worklist now would be possible again.
        change: from the world as it is to the one with the change in it.
        ways: by booking id, how each of the first `MOST_AHEAD` could go on; none for what the
            reader may not see.
        kinds: how many of the first `MOST_AHEAD` could go on how, those that the reader may not see
            among them; ``asking`` of them need a direction.
        shown: by booking id, the hearing, people and suites of the first `MOST_AHEAD` of each kind
            that the reader may see, as far as they may know them.
        warned: bookings that may stand, but about which their registry has something to do.
        less: bookings that asked for an interpreter whom no record names now.
    """

    affected: tuple[Affected, ...]
    what: str = ""
    zone: str = ""
    change: Callable[[World], World] = field(default=lambda world: world, compare=False)
    mended: int = 0
    ways: Mapping[int, WayAhead] = field(default_factory=dict, compare=False)
    warned: tuple[Affected, ...] = ()
    less: tuple[Affected, ...] = ()
    shown: Mapping[int, BookingShown] = field(default_factory=dict, compare=False)
    kinds: Mapping[WayKind, int] = field(default_factory=dict, compare=False)
    asking: int = field(default=0, compare=False)

    @property
    def sentence(self) -> str:
        """ "Closing Suite 2 affects 7 bookings." """
        count = len(self.affected)
        again = f" {self._say_mended()}" if self.mended else ""
        if not count and (self.warned or self.less):
            return f"{self.what} leaves every booking possible.{again}"
        if not count:
            return f"{self.what} affects no booking.{again}"
        return f"{self.what} affects {count} booking{'' if count == 1 else 's'}.{again}"

    @property
    def shared(self) -> str:
        """What is true of every affected booking, to be said once; "" where it differs.

        Each is listed with its day, so sentences that differ by that day alone are one: the person
        "is not recorded at Rimutaka then".
        """
        said = {one.sentence for one in self.affected}
        if len(said) > 1:
            said = {
                one.sentence.replace(f" on {say_day(one.starts_at, one.zone)}", " then")
                for one in self.affected
            }
        return said.pop() if len(said) == 1 else ""

    @property
    def later(self) -> str:
        """Says that there are too many for all to be given a way out at once; "" when not."""
        if (more := len(self.affected) - MOST_AHEAD) <= 0:
            return ""
        others = "The other one gets its" if more == 1 else f"The other {more} get their"
        return (
            f"Ways out are looked for here for the first {MOST_AHEAD} bookings. {others} way out on"
            " the worklist, a few minutes after this is saved."
        )

    @property
    def outlook(self) -> str:
        """ "12 can be moved, 1 has to be in person." "" where nothing was looked for."""
        said = [
            f"{count} {words[count > 1]}"
            for kind, words in _OUTLOOK.items()
            if (count := self.kinds.get(kind, 0))
        ]
        need = f"{self.asking} {'needs' if self.asking == 1 else 'need'} a direction"
        asking = f" Of these, {need}." if self.asking else ""
        return f"{', '.join(said)}.{asking}" if said else ""

    def _say_mended(self) -> str:
        are = "booking is" if self.mended == 1 else "bookings are"
        return f"{self.mended} {are} possible again."
