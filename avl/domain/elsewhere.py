"""Other prisons where there would be room: how far they are, and in what order they are asked.

Where a person lawfully is, custody stays alone say. A prison named here is one to ask about;
nothing is booked there before a transfer is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_KILOMETRES = 6371.0
"""Mean radius of the Earth."""

Point = tuple[float, float]
"""Latitude and longitude in degrees."""


@dataclass(frozen=True, slots=True)
class PrisonNear:
    """A prison with a suite free at the time wanted.

    Attributes:
        phone: whom to ask; "" when no number is known.
        kilometres: in a straight line from where the person is; None when that is not known.
        is_same_region: whether it is in the region of the site where the person is.
        suites: names of its suites that are free.
    """

    site_id: int
    code: str
    name: str
    phone: str
    kilometres: int | None
    is_same_region: bool
    suites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One person, where they are held, and the prisons that would have room for them.

    Attributes:
        site: "" when no stay is recorded for that time; ``phone`` is that site's.
        why_none: why none of the prisons looked at would do, of the nearest.
    """

    name: str
    site: str
    phone: str
    prisons: tuple[PrisonNear, ...] = ()
    why_none: str = ""


def kilometres_between(one: Point, other: Point) -> int:
    """Return the distance in a straight line, to the nearest kilometre (haversine)."""
    (lat1, long1), (lat2, long2) = ([radians(degrees) for degrees in at] for at in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((long2 - long1) / 2) ** 2
    return round(2 * EARTH_KILOMETRES * asin(sqrt(half)))


def nearest_first(prisons: Iterable[PrisonNear]) -> list[PrisonNear]:
    """The nearest first; of those without a distance, the same region's first; then by name."""
    return sorted(
        prisons,
        key=lambda one: (
            one.kilometres is None,
            one.kilometres or 0,
            not one.is_same_region,
            one.name,
        ),
    )


def say_far(prison: PrisonNear) -> str:
    """How far a prison is: "140 km"; "same region" or "" where nobody measured."""
    if prison.kilometres is not None:
        return f"{prison.kilometres} km"
    return "same region" if prison.is_same_region else ""
