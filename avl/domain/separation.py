"""Who may be near whom in a site's AVL area, and how many may be brought there at once.

A person is in the area from being fetched (the site's pick-up lead before the first leg) to the
end of the last leg. A movement is being fetched, or being taken back, which lasts as long. What
is said of the other person is where they are and when, and never who.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from avl.domain.interval import Interval
from avl.domain.lifting import presence_of
from avl.domain.local_time import local_day, say_date, say_time
from avl.domain.resources import Placement
from avl.domain.verdict import Clash, Rule
from avl.domain.world import Apart, Present, SiteFacts, World

OWN = -2
"""The booking id of whoever is in the placement that is judged."""


def too_near(placement: Placement, world: World, *, ignoring: int | None = None) -> Iterator[Clash]:
    """Say everything that the rules about company have against a placement.

    Args:
        ignoring: id of the booking being moved, whose own people do not count where they are now.
    """
    if len(placement.seats) == 1 and not world.present.get(placement.seats[0].site_id):
        return  # Nobody to be near, and one person is never too many.
    mine = presence_of(OWN, placement, world)
    for site_id in sorted({one.site_id for one in mine}):
        site = world.sites[site_id]
        own = [one for one in mine if one.site_id == site_id]
        others = world.present_near(site_id, own[0].span, ignoring=ignoring)
        yield from _kept_apart(own, others, site, world)
        if site.separates_youth:
            yield from _young_apart(own, others, site, world)
        if site.separates_remand:
            yield from _remand_apart(own, others, site, world)
        if site.escort_capacity is not None:
            yield from _escorts_busy(own, others, site, site.escort_capacity)


def in_area(span: Interval, site: SiteFacts) -> Interval:
    """When a person is in the site's AVL area for a booking, being fetched included."""
    return span.widened(before=site.pickup)


def movements(span: Interval, site: SiteFacts) -> tuple[Interval, ...]:
    """When a person is fetched and when taken back; none where that takes no time."""
    if not site.pickup:
        return ()
    return (
        Interval(span.start - site.pickup, span.start),
        Interval(span.end, span.end + site.pickup),
    )


def must_wait_apart(one: Present, other: Present, site: SiteFacts) -> Rule | None:
    """The rule by which two people may not be in one site's area at once, whoever they are."""
    if site.separates_youth and one.is_young != other.is_young:
        return Rule.YOUNG_APART
    if site.separates_remand and {one.is_sentenced, other.is_sentenced} == {True, False}:
        return Rule.REMAND_APART
    return None


def are_in_each_others_way(one: Present, other: Present, world: World) -> bool:
    """Whether two people at one site break a rule about company, whoever else is there."""
    site = world.sites[one.site_id]
    if must_wait_apart(one, other, site) and _meet(one, other, site):
        return True
    return any(
        apart.other(one.person) == other.person and are_too_near(one, other, apart, site)
        for apart in world.apart.get(one.person, ())
    )


def are_too_near(one: Present, other: Present, apart: Apart, site: SiteFacts) -> bool:
    """Whether two people who must be kept apart come too near each other at a site."""
    if apart.all_day and _day(one, site) == _day(other, site):
        return True
    return _meet(one, other, site, apart.gap)


def _meet(one: Present, other: Present, site: SiteFacts, gap: timedelta = timedelta(0)) -> bool:
    mine, theirs = in_area(one.span, site), in_area(other.span, site)
    return mine.start < theirs.end + gap and theirs.start < mine.end + gap


def _day(one: Present, site: SiteFacts) -> object:
    return local_day(one.span.start, site.zone)


def _kept_apart(
    own: Sequence[Present], others: Sequence[Present], site: SiteFacts, world: World
) -> Iterator[Clash]:
    for one in own:
        name = world.resources[one.person].name
        for apart in world.apart.get(one.person, ()):
            near = apart.other(one.person)
            if any(mate.person == near for mate in own):
                sentence = (
                    f"Two people in this booking must be kept apart, so they cannot both appear"
                    f" from {site.name}."
                )
                yield Clash(Rule.KEPT_APART, sentence, one.person, in_area(one.span, site))
            for other in others:
                if other.person == near and are_too_near(one, other, apart, site):
                    yield _say_apart(name, one, other, apart, site)


def _say_apart(name: str, one: Present, other: Present, apart: Apart, site: SiteFacts) -> Clash:
    there = in_area(other.span, site)
    if _meet(one, other, site, apart.gap):
        sentence = (
            f"{name} must be kept apart from another person who is at {site.name}"
            f" {_say_range(there, site)}."
        )
    else:
        on = say_date(local_day(other.span.start, site.zone))
        sentence = (
            f"{name} must be kept apart all day from another person who appears from {site.name}"
            f" on {on}."
        )
    return Clash(Rule.KEPT_APART, sentence, one.person, there)


def _young_apart(
    own: Sequence[Present], others: Sequence[Present], site: SiteFacts, world: World
) -> Iterator[Clash]:
    if len({one.is_young for one in own}) > 1:
        sentence = (
            f"This booking brings somebody under 18 together with an adult at {site.name}, which"
            " keeps them apart."
        )
        yield Clash(Rule.YOUNG_APART, sentence, own[0].person, in_area(own[0].span, site))
    for one in own:
        near = _first(one, (other for other in others if other.is_young != one.is_young), site)
        if near is None:
            continue
        there, name = in_area(near.span, site), world.resources[one.person].name
        if one.is_young:
            why = f"{name} is under 18 and must wait apart from adults, who are at {site.name}"
        else:
            why = f"Somebody who must wait apart from others is at {site.name}"
        yield Clash(Rule.YOUNG_APART, f"{why} {_say_range(there, site)}.", one.person, there)


def _remand_apart(
    own: Sequence[Present], others: Sequence[Present], site: SiteFacts, world: World
) -> Iterator[Clash]:
    if {True, False} <= {one.is_sentenced for one in own}:
        sentence = (
            f"This booking brings somebody on remand together with somebody serving a sentence"
            f" at {site.name}, which keeps them apart."
        )
        yield Clash(Rule.REMAND_APART, sentence, own[0].person, in_area(own[0].span, site))
    for one in own:
        if one.is_sentenced is None:
            continue
        unlike = (other for other in others if other.is_sentenced is (not one.is_sentenced))
        near = _first(one, unlike, site)
        if near is None:
            continue
        there, name = in_area(near.span, site), world.resources[one.person].name
        mine, theirs = "is on remand", "people serving a sentence"
        if one.is_sentenced:
            mine, theirs = "serves a sentence", "people on remand"
        sentence = (
            f"{name} {mine} and must wait apart from {theirs}, who are at {site.name}"
            f" {_say_range(there, site)}."
        )
        yield Clash(Rule.REMAND_APART, sentence, one.person, there)


def _first(one: Present, others: Iterable[Present], site: SiteFacts) -> Present | None:
    return next((other for other in others if _meet(one, other, site)), None)


def _escorts_busy(
    own: Sequence[Present], others: Sequence[Present], site: SiteFacts, capacity: int
) -> Iterator[Clash]:
    span = own[0].span
    reach = span.widened(before=2 * site.pickup, after=2 * site.pickup)
    near = [other.span for other in others if other.span.overlaps(reach)]
    if len(own) + len(near) <= capacity:
        return  # Nobody is fetched and taken back at once, so there are never more on the move.
    for mine in movements(span, site):
        # Every movement lasts as long as this one, so when it sets out says all about it.
        earliest = mine.start - site.pickup
        sets_out = [
            at
            for one in near
            for at in (one.start - site.pickup, one.end)
            if earliest < at < mine.end
        ]
        if len(own) + len(sets_out) <= capacity:
            continue  # Not even all of them at one moment would be too many.
        # The most are on the move at once when one of them sets out.
        moments = [mine.start, *(at for at in sets_out if at > mine.start)]
        if any(
            len(own) + sum(1 for at in sets_out if moment - site.pickup < at <= moment) > capacity
            for moment in moments
        ):
            sentence = (
                f"{site.name} can bring or take back {_people(capacity)} at once, and that would"
                f" be too many {_say_range(mine, site)}."
            )
            yield Clash(Rule.ESCORTS_BUSY, sentence, own[0].person, mine)


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _say_range(interval: Interval, site: SiteFacts) -> str:
    return f"{say_time(interval.start, site.zone)} to {say_time(interval.end, site.zone)}"
