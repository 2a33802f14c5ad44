"""What a plan is: the bookings of a day, what room is wanted for, and what is proposed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from avl.domain.clashes import Clash, Rule
from avl.domain.plan_cost import Cost
from avl.domain.resources import Placement
from avl.domain.wish import Wish

NEW = -1
"""The id of the booking that does not exist yet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A booking that stands on the day.

    Attributes:
        name: how people know it: its reference.
        priority: of its hearing type; the higher, the less gladly it is moved.
        kept: why no plan may move it ("it is marked fixed"); "" when one may.
    """

    id: int
    name: str
    placement: Placement
    priority: int
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Aim:
    """What room is to be made for, and how far a plan may go.

    Attributes:
        starts: when the new hearing may start.
        days: dates the moved bookings may be on, on the court's wall; a booking's own date need
            not be among them.
        step: how far apart other starts are looked at.
        most_moves: how many bookings a plan may move.
    """

    wish: Wish
    starts: tuple[datetime, ...]
    days: tuple[date, ...]
    step: timedelta = timedelta(minutes=15)
    most_moves: int = 6


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """One booking before and after."""

    booking_id: int
    before: Placement
    after: Placement
    warnings: tuple[Clash, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """A complete, verified way to let the new booking in."""

    placement: Placement
    moves: tuple[PlannedMove, ...]
    cost: Cost
    warnings: tuple[Clash, ...] = ()


@dataclass(frozen=True, slots=True)
class NoRoom:
    """Why no plan exists: the rule that stands in the way, in a sentence."""

    rule: Rule
    sentence: str


@dataclass(frozen=True, slots=True)
class Plans:
    """What was found: up to three plans, the cheapest first, or else why there is none.

    Attributes:
        is_proved: nothing within the aim was left untried, so the first plan is the cheapest, or
            there is none.
        ruled_out: so many moves within the day are proven to be too few, where there is no plan;
            negative when nothing is proven.
    """

    plans: tuple[RoomPlan, ...]
    none: NoRoom | None = None
    is_proved: bool = True
    ruled_out: int = -1
