"""What room is asked for, as it is kept with a plan or on the waitlist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from avl.models.base import Json


@dataclass(frozen=True, slots=True)
class RoomSeat:
    """One person room is to be made for. Ids of their own tables; suites are resource ids."""

    person_id: int
    counsel_id: int | None = None
    matter_id: int | None = None
    suites: tuple[int, ...] | None = None
    instruction_suites: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomRequest:
    """What room is to be made for, with everything the booking is then made from.

    Attributes:
        near_minutes: how far from the wanted start will do when that very time cannot be had.
        taking: references of the only bookings that may be moved; empty for any.
        interpreter_language: what has to be interpreted; None for what the people's records say.
        moving: reference of the booking that is to be there; "" where a new one is to be made.
        reason: why that booking is moved, which its prison reads.
        direction: the officer's direction, by the names of its parts; None when there is none.
    """

    court_id: int
    courtrooms: tuple[int, ...]
    hearing_type: str
    minutes: int
    pre_minutes: int
    post_minutes: int
    seats: tuple[RoomSeat, ...]
    wanted_start: datetime
    near_minutes: int = 60
    taking: tuple[str, ...] = ()
    staff_notes: str = ""
    prison_notes: str = ""
    warning_reason: str = ""
    previous_reference: str | None = None
    form_key: str = ""
    direction: Mapping[str, Any] | None = None
    interpreter_language: str | None = None
    moving: str = ""
    reason: str = ""

    def to_json(self) -> Json:
        """As it is kept in the database."""
        kept = asdict(self)
        kept["wanted_start"] = self.wanted_start.isoformat()
        if self.direction is not None:
            on = self.direction["directed_on"]
            kept["direction"] = {**self.direction, "directed_on": on.isoformat()}
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> RoomRequest:
        """Read it back."""
        direction = kept["direction"]
        if direction is not None:
            on = date.fromisoformat(direction["directed_on"])
            direction = {**direction, "directed_on": on}
        return cls(
            **{
                **kept,
                "courtrooms": tuple(kept["courtrooms"]),
                "seats": tuple(_read_seat(seat) for seat in kept["seats"]),
                "wanted_start": datetime.fromisoformat(kept["wanted_start"]),
                "direction": direction,
                "taking": tuple(kept.get("taking", ())),
            }
        )


def _read_seat(kept: Mapping[str, Any]) -> RoomSeat:
    suites = kept["suites"]
    return RoomSeat(
        **{
            **kept,
            "suites": None if suites is None else tuple(suites),
            "instruction_suites": tuple(kept["instruction_suites"]),
        }
    )
