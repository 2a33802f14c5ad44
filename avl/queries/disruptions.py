"""What a change would break, and what is broken: candidates by room, person and time, and the
worklist. Every read is bounded by the index (resource, start) and by what is still to come."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from avl import clock
from avl.domain.access import SYSTEM, Actor
from avl.domain.booking import Status
from avl.domain.bridges import ports_of
from avl.domain.clashes import Clash
from avl.domain.disruption import nameless, newly_broken, with_sittings
from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval
from avl.domain.local_time import clock_intervals, day_interval, say_date
from avl.domain.standing import Outdated
from avl.domain.way_out import DAYS_SEARCHED
from avl.domain.wish import LONGEST_TURNAROUND
from avl.domain.world import World
from avl.models import Appearance, Booking, Disruption, Hold, Person, Resource, Site, db
from avl.queries.custody import load_stays
from avl.queries.place_facts import ROOMS
from avl.queries.placements import placement_of
from avl.queries.previews import Affected, Preview
from avl.queries.scope import sees
from avl.queries.wanted import Wanted
from avl.queries.world import LONGEST_HOLD, load_busy, load_facts

MOVABLE = (Status.REQUESTED, Status.CONFIRMED, Status.STOOD_DOWN)
"""What stands and can still be moved; a link that is up is not taken from under anybody, and an
offer only held is judged again when it is booked."""

_PARTS = (
    selectinload(Booking.legs),
    selectinload(Booking.appearances).options(
        joinedload(Appearance.person), joinedload(Appearance.counsel)
    ),
    joinedload(Booking.hearing_type),
)


def standing_on(
    session: Session,
    resource_ids: Collection[int],
    start: datetime,
    end: datetime | None = None,
) -> list[Booking]:
    """Bookings still to end that hold one of these resources between two moments.

    Args:
        end: None for ever after.
    """
    return list(session.scalars(with_parts(_standing(resource_ids, start, end))))


def standing_ids(
    session: Session,
    resource_ids: Collection[int],
    start: datetime,
    end: datetime | None = None,
) -> set[int]:
    """The ids of the bookings `standing_on` would load."""
    wanted = _standing(resource_ids, start, end).with_only_columns(Booking.id)
    return set(session.scalars(wanted))


def _standing(
    resource_ids: Collection[int], start: datetime, end: datetime | None
) -> Select[Booking]:
    start = max(start, clock.now())
    held = select(Hold.booking_id).where(
        Hold.resource_id.in_(sorted(resource_ids)),
        Hold.starts_at >= start - LONGEST_HOLD,
        Hold.ends_at > start,
    )
    if end is not None:
        held = held.where(Hold.starts_at < end)
    return (
        select(Booking)
        .where(Booking.id.in_(held), Booking.status.in_(MOVABLE))
        .order_by(Booking.starts_at, Booking.id)
    )


def with_parts(wanted: Select[Booking]) -> Select[Booking]:
    """Load with bookings everything that placing and judging them looks at."""
    return wanted.options(*_PARTS)


def rooms_of(session: Session, site_ids: Collection[int]) -> list[int]:
    """Resource ids of every room of some sites."""
    return list(
        session.scalars(
            select(Resource.id).where(
                Resource.site_id.in_(sorted(site_ids)), Resource.kind.in_(ROOMS)
            )
        )
    )


def people_resources(session: Session, person_ids: Collection[int]) -> list[int]:
    """Resource ids of people."""
    wanted = select(Person.resource_id).where(Person.id.in_(sorted(person_ids)))
    return list(session.scalars(wanted))


def facts_about(session: Session, bookings: Sequence[Booking]) -> World:
    """The world in which standing bookings are judged where they are, without anybody's name.

    No holds are loaded but those of bridge ports, which are counted and whose bookings are named
    to nobody: a booking that stands is in nobody's way.
    """
    placements = [placement_of(booking) for booking in bookings]
    ids = {key for one in placements for key in one.resource_ids}
    sites = {one.court_id for one in placements}
    sites |= {seat.site_id for one in placements for seat in one.seats}
    people = {seat.person for one in placements for seat in one.seats}
    window = Interval(
        min(one.span.start for one in placements) - LONGEST_TURNAROUND,
        max(one.span.end for one in placements) + LONGEST_TURNAROUND,
    )
    bridged = frozenset(one.court_id for one in placements if len(one.seats) > 1)
    now = clock.now()
    world = nameless(
        load_facts(
            session,
            site_ids=sites,
            wanted=Wanted(frozenset(ids), ports_of=bridged),
            people=people,
            window=window,
            now=now,
            stays=load_stays(session, people, _and_ever_after(window)),
            # Deadlines run from now, over holidays that may lie in an earlier year.
            closures_from=min(now, window.start).date(),
        )
    )
    if ports := [port.id for court in bridged for port in ports_of(court, world)]:
        world.busy = {
            port: [replace(hold, label="") for hold in holds]
            for port, holds in load_busy(session, SYSTEM, ports, window, now).items()
        }
    return world


def world_for_ways(session: Session, viewer: Actor, bookings: Sequence[Booking]) -> World:
    """The world in which ways out are looked for: every suite and courtroom that may come into
    it, with its holds, until `DAYS_SEARCHED` days after the last of these bookings."""
    placements = [placement_of(booking) for booking in bookings]
    people = {seat.person for one in placements for seat in one.seats}
    counsel = {seat.counsel for one in placements for seat in one.seats if seat.counsel}
    now = clock.now()
    start = min(one.span.start for one in placements) - timedelta(days=1)
    end = max(max(one.span.end for one in placements), now) + timedelta(days=DAYS_SEARCHED + 2)
    window = Interval(start, end)
    stays = load_stays(session, people, _and_ever_after(window))
    courts = {one.court_id for one in placements}
    prisons = {seat.site_id for one in placements for seat in one.seats}
    prisons |= {stay.site_id for held in stays.values() for stay in held}
    named = {key for one in placements for key in one.resource_ids}
    world = nameless(
        load_facts(
            session,
            site_ids=courts | prisons,
            wanted=Wanted(
                frozenset(named), frozenset(prisons), frozenset(courts), frozenset(courts)
            ),
            people=people,
            window=window,
            now=now,
            stays=stays,
            # Interpreters are asked for in working days from now.
            closures_from=min(now, start).date(),
        )
    )
    ids = {*world.resources, *people, *counsel}
    world.busy = load_busy(session, viewer, ids, window, now)
    return world


def _and_ever_after(window: Interval) -> Interval:
    # Whoever comes back to custody later is not released, however much later that is.
    return Interval(window.start, window.end + timedelta(days=366))


@dataclass(frozen=True, slots=True)
class RosterDay:
    """What a courtroom is to do on one day, instead of whatever is recorded.

    Attributes:
        courtroom: resource id.
        day: the whole of it, on the court's wall.
        is_idle: it does not sit; else a day without sittings has opening hours.
    """

    courtroom: int
    day: Interval
    sittings: tuple[Interval, ...] = ()
    is_idle: bool = False


def preview_roster(actor: Actor, days: Sequence[RosterDay], *, what: str, zone: str) -> Preview:
    """What would break if courtrooms of one court sat like this on these days.

    Args:
        what: the change, as the sentence begins.
    """
    if not days:
        return Preview((), what, zone)
    rooms = {one.courtroom for one in days}
    first, last = min(one.day.start for one in days), max(one.day.end for one in days)
    bookings = standing_on(db.session(), rooms, first, last)
    if not bookings:
        return Preview((), what, zone)

    def change(world: World) -> World:
        for one in days:
            world = with_sittings(world, one.courtroom, one.day, one.sittings, is_idle=one.is_idle)
        return world

    before = facts_about(db.session(), bookings)
    return Preview(affected_by(actor, bookings, before, change(before)), what, zone, change)


def closed_span(site: Site, on: date, from_time: time | None, to_time: time | None) -> Interval:
    """From the first to the last moment a closure can touch, on the site's wall.

    Raises:
        InvalidInput: the clocks go forward over all of it.
    """
    if from_time is None and to_time is None:
        return day_interval(on, site.zone)
    parts = clock_intervals(on, from_time or time(0), to_time or time(0), site.zone)
    if not parts:
        sentence = f"The clocks go forward over these times on {say_date(on)}. Choose others."
        raise InvalidInput("from_time", sentence)
    return Interval(parts[0].start, parts[-1].end)


def affected_by(
    actor: Actor, bookings: Sequence[Booking], before: World, after: World
) -> tuple[Affected, ...]:
    """Those of some standing bookings that a change would break, as a reader may see them."""
    seen = set(
        db.session.scalars(
            select(Booking.id).where(Booking.id.in_([one.id for one in bookings]), sees(actor))
        )
    )
    return tuple(
        as_affected(booking, clashes, before, is_seen=booking.id in seen)
        for booking in bookings
        if (clashes := newly_broken(placement_of(booking), before, after, booking_id=booking.id))
    )


def opened_for(
    session: Session, actor: Actor, booking_ids: Collection[int]
) -> tuple[Affected, ...]:
    """What a reader learns of bookings for which a disruption is open in this transaction."""
    rows = session.execute(
        select(
            Booking.id,
            Booking.reference,
            Booking.starts_at,
            Site.zone,
            Disruption.sentence,
            sees(actor).label("is_seen"),
        )
        .join(Disruption, Disruption.booking_id == Booking.id)
        .join(Site, Site.id == Booking.court_id)
        .where(Booking.id.in_(sorted(booking_ids)), Disruption.resolved_at.is_(None))
        .order_by(Booking.starts_at, Booking.id)
    )
    return tuple(
        Affected(reference if is_seen else "", starts_at, zone, sentence, key)
        for key, reference, starts_at, zone, sentence, is_seen in rows
    )


def warned_of(session: Session, actor: Actor, sentences: Mapping[int, str]) -> tuple[Affected, ...]:
    """What a reader learns of bookings that may stand, about which there is something to do.

    Args:
        sentences: by booking id, what is to be done.
    """
    if not sentences:
        return ()
    rows = session.execute(
        select(Booking, Site.zone, sees(actor).label("is_seen"))
        .join(Site, Site.id == Booking.court_id)
        .where(Booking.id.in_(sorted(sentences)))
        .order_by(Booking.starts_at, Booking.id)
    )
    return tuple(
        Affected(one.reference if is_seen else "", one.starts_at, zone, sentences[one.id], one.id)
        for one, zone, is_seen in rows
    )


def as_affected(
    booking: Booking, clashes: Iterable[Clash | Outdated], world: World, *, is_seen: bool
) -> Affected:
    """What a reader learns of a booking that would break; ``world`` knows its court."""
    return Affected(
        booking.reference if is_seen else "",
        booking.starts_at,
        world.sites[booking.court_id].zone,
        say_clashes(clashes),
        booking.id,
    )


def say_clashes(clashes: Iterable[Clash | Outdated]) -> str:
    """The sentence that is kept with a disruption."""
    return " ".join(dict.fromkeys(clash.sentence for clash in clashes))[:600]
