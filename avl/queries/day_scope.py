"""How much of a court's day a plan is about: courtrooms, or one sitting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from avl.domain.errors import InvalidInput, NotFound
from avl.domain.interval import Interval
from avl.domain.local_time import say_date
from avl.domain.resources import Placement
from avl.domain.sittings import is_of_sitting
from avl.queries.sittings import court_sittings, sitting_at

GONE = "The sitting has been removed, so there is nothing to plan."


@dataclass(frozen=True, slots=True)
class Scope:
    """What a plan takes up; everything else of the day is fixed.

    Attributes:
        rooms: resource ids of the courtrooms.
        within: the hours of the one sitting that is planned; None for the whole day.
        others: hours of its courtroom's other sittings that day.
    """

    rooms: tuple[int, ...]
    within: Interval | None = None
    others: tuple[Interval, ...] = ()

    def takes(self, placed: Placement) -> bool:
        """Say whether a booking is the plan's to look at."""
        if placed.courtroom not in self.rooms:
            return False
        return self.within is None or is_of_sitting(placed.hearing, self.within, self.others)


def sitting_scope(court_id: int, on: date, zone: str, sitting_id: int) -> Scope:
    """The scope of one sitting.

    Raises:
        NotFound: it has been removed.
    """
    of_day = court_sittings(court_id, on, zone)
    sitting = next((one for one in of_day if one.id == sitting_id), None)
    if sitting is None:
        raise NotFound(GONE)
    others = (one for one in of_day if one.courtroom_id == sitting.courtroom_id)
    return Scope(
        (sitting.courtroom_id,),
        sitting.hours,
        tuple(one.hours for one in others if one.id != sitting.id),
    )


def check_sitting(court_id: int, on: date, sitting_id: int, now: datetime) -> None:
    """Refuse a sitting that cannot be planned.

    Raises:
        InvalidInput: it is not that day's, or it is over.
    """
    sitting = sitting_at(court_id, sitting_id)
    if sitting is None or sitting.on != on:
        raise InvalidInput("sitting", f"Choose a sitting of {say_date(on)}, or the whole day.")
    if sitting.ends_at <= now:
        raise InvalidInput("sitting", "This sitting is over. Choose another, or the whole day.")
