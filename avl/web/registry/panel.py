"""The offers beside a form: found, said, or explained away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from avl.domain.access import Actor
from avl.domain.clash_ways import Trouble
from avl.domain.local_time import local_day
from avl.queries.form_offers import offers_for
from avl.web.registry.offering import Asked, OfferLine, offer_line
from avl.web.registry.seeking import Read, wish_from
from avl.web.registry.ways import WayLine


@dataclass
class Panel:
    """What stands beside the form.

    Attributes:
        refusal: why the time asked for, or the offer just chosen, cannot be had.
        nothing: why no time at all was found.
        trouble: what stands against that time, or against all times.
        first_on: the date of the first offer, on the court's wall.
        ways: ways out, where something was refused.
    """

    lines: list[OfferLine] = field(default_factory=list)
    refusal: str = ""
    nothing: str = ""
    trouble: Trouble = field(default_factory=Trouble)
    first_on: date | None = None
    ways: list[WayLine] = field(default_factory=list)


def find_panel(
    actor: Actor,
    read: Read,
    *,
    now: datetime,
    ignoring: int | None = None,
    suites: Mapping[int, int] | None = None,
    instruction: Collection[int] = (),
    refusal: str = "",
    trouble: Trouble | None = None,
) -> Panel:
    """Look for offers and say them. ``ignoring``, ``suites``, ``instruction``: see `wish_from`.

    Args:
        refusal: why the offer just chosen could not be had, and ``trouble`` the same.

    Raises:
        InvalidInput: what was asked for cannot be looked for.
    """
    wish = wish_from(read, now=now, ignoring=ignoring, suites=suites, instruction=instruction)
    zone = read.court.zone if read.court else ""
    wanted = wish.wanted_start if read.is_exact else None
    found = offers_for(actor, wish, people=read.people, wanted=wanted, now=now)
    asked = Asked.EXACT if read.is_exact else Asked.DAY if read.on else Asked.SOONEST
    lines = [
        offer_line(offer, place=place, zone=zone, names=found.names, wish=wish, asked=asked)
        for place, offer in enumerate(found.offers)
    ]
    first_on = local_day(found.offers[0].placement.hearing.start, zone) if found.offers else None
    return Panel(
        lines,
        refusal or found.refusal,
        found.nothing,
        trouble if trouble and trouble.rules else found.trouble,
        first_on,
    )
