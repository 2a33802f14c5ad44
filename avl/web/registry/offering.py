"""Offers as lines an officer chooses from, and the choice as it comes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from avl.domain.booking import LegKind
from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval
from avl.domain.local_time import local_day, say_time, say_when
from avl.domain.offers import Offer
from avl.domain.reasons import say_warnings
from avl.domain.resources import Placement
from avl.domain.spoken import say_all
from avl.domain.wish import Wish
from avl.web.registry.seeking import Lengths
from avl.web.registry.typed import YEARS


@dataclass(frozen=True, slots=True)
class OfferLine:
    """One offer as an officer reads it. ``token`` says which it is when its button is pressed."""

    token: str
    when: str
    conferences: str
    where: str
    why: tuple[str, ...]
    warnings: tuple[str, ...]


class Asked(StrEnum):
    """How exactly a time was asked for."""

    EXACT = "exact"
    DAY = "day"
    SOONEST = "soonest"


def offer_line(
    offer: Offer, *, place: int, zone: str, names: Mapping[int, str], wish: Wish, asked: Asked
) -> OfferLine:
    """Say an offer: when (with its conferences), where, why it is good, what is unwise.

    Args:
        place: its rank, 0 for the best.
        names: of rooms (with their site), by resource id.
    """
    placement = offer.placement
    where = [names.get(room, "a room") for room in placement.link_rooms]
    return OfferLine(
        token=spell_offer(placement),
        when=say_when(placement.hearing, zone),
        conferences=say_conferences(placement, zone, names),
        where="; ".join(where),
        why=tuple(_why(offer, place, zone, wish, asked)),
        warnings=tuple(say_warnings(offer.warnings, zone)),
    )


def _why(offer: Offer, place: int, zone: str, wish: Wish, asked: Asked) -> Iterator[str]:
    """The offer's own reasons; the first compares times, so it means nothing without one."""
    if asked is Asked.EXACT:
        is_it = offer.placement.hearing.start == wish.wanted_start
        yield "The time you asked for" if is_it else offer.reasons[0]
    elif asked is Asked.SOONEST and place == 0:
        yield "The soonest"
    elif asked is Asked.DAY:
        wanted = local_day(wish.wanted_start, zone)
        days = (local_day(offer.placement.hearing.start, zone) - wanted).days
        yield "On the day you asked for" if days == 0 else _say_days(days)
    yield from offer.reasons[1:]


def _say_days(days: int) -> str:
    way = "later" if days > 0 else "earlier"
    return f"{abs(days)} day{'s' if abs(days) > 1 else ''} {way}"


def say_conferences(placement: Placement, zone: str, names: Mapping[int, str]) -> str:
    """Say "Conference 10:00 am to 10:15 am and 10:45 am to 10:50 am, counsel in Booth 1"."""
    said = [
        f"{say_time(leg.interval.start, zone)} to {say_time(leg.interval.end, zone)}"
        for leg in placement.legs
        if leg.kind is not LegKind.HEARING
    ]
    if not said:
        return "No conference"
    rooms = [names.get(room, "a room") for room in placement.instruction_suites]
    where = f", counsel in {say_all(rooms)}" if rooms else ""
    return f"Conference {say_all(said)}{where}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """An offer as it comes back from the browser: to be checked again, never trusted.

    Attributes:
        suites: site and suite of each person, in order; ``instruction`` their counsel's room.
    """

    courtroom_id: int
    hearing: Interval
    pre_minutes: int
    post_minutes: int
    suites: tuple[tuple[int, int], ...]
    instruction: tuple[int | None, ...]

    @property
    def lengths(self) -> Lengths:
        """The lengths it was offered for."""
        return Lengths(self.hearing.minutes, self.pre_minutes, self.post_minutes)


def spell_offer(placement: Placement) -> str:
    """Spell which offer this is: start, lengths, courtroom, then where each person and counsel
    are: site, suite, instruction suite (0 for none)."""
    suites = "_".join(
        f"{seat.site_id}-{seat.suite}-{seat.instruction_suite or 0}" for seat in placement.seats
    )
    return (
        f"{placement.hearing.start:%Y%m%dT%H%M}.{placement.hearing.minutes}"
        f".{placement.pre_minutes}.{placement.post_minutes}.{placement.courtroom}.{suites}"
    )


def read_offer(spelled: str) -> Chosen:
    """Read which offer was chosen.

    Raises:
        InvalidInput: it is none of ours.
    """
    try:
        start, minutes, before, after, courtroom, seats = spelled.split(".")
        at = datetime.strptime(start, "%Y%m%dT%H%M").replace(tzinfo=UTC)
        if at.year not in YEARS:
            raise ValueError
        places = [_place(seat) for seat in seats.split("_")]
        return Chosen(
            int(courtroom),
            Interval(at, at + timedelta(minutes=int(minutes))),
            int(before),
            int(after),
            tuple((site, suite) for site, suite, _ in places),
            tuple(room or None for *_, room in places),
        )
    except (ValueError, OverflowError):
        raise InvalidInput("offer", "Choose one of the times offered.") from None


def _place(spelled: str) -> tuple[int, int, int]:
    site, suite, instruction_suite = spelled.split("-")
    return int(site), int(suite), int(instruction_suite)
