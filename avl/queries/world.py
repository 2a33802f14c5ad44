"""The picture the rules look at, loaded with seven queries however many rooms it shows.

What places are like is kept in the process (`queries/kept_places.py`), so that nothing is read of
them but their stamps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from avl.domain.access import Actor
from avl.domain.bridges import ports_of
from avl.domain.interval import Interval
from avl.domain.wish import Wish
from avl.domain.world import (
    Busy,
    StayFact,
    World,
)
from avl.models import (
    Booking,
    Hold,
    Resource,
    ResourceKind,
)
from avl.queries.calendars import calendars_at
from avl.queries.company import is_over, load_apart, load_company
from avl.queries.custody import load_stays, person_facts
from avl.queries.gathering import among, unseen
from avl.queries.kept_places import look_at, recognise
from avl.queries.place_facts import CAN_BE_OUT, site_facts
from avl.queries.ready import Ready
from avl.queries.scope import sees
from avl.queries.wanted import Wanted, load_resources

LONGEST_HOLD = timedelta(hours=24)
"""No hold is longer (`hold_within_a_day`), so what reaches into a window began at most this long
before it. The bound is what keeps a read from growing with history."""

# The statements a search sends are built once: building them anew each time costs more than the
# database does to answer.


def wanted_for(wish: Wish, stays: Mapping[int, list[StayFact]]) -> Wanted:
    """The resources a wish names, and those it leaves open to choose from."""
    named: set[int] = set(wish.courtrooms)
    suites_of: set[int] = set()
    for seat in wish.seats:
        named |= {seat.person, *(seat.suites or ()), *seat.instruction_suites}
        if seat.counsel is not None:
            named.add(seat.counsel)
        if seat.suites is None:
            suites_of |= {stay.site_id for stay in stays.get(seat.person, ())}
    courtrooms_of: frozenset[int] = frozenset() if wish.courtrooms else frozenset({wish.court_id})
    bridge = frozenset({wish.court_id}) if len(wish.seats) > 1 else frozenset()
    return Wanted(frozenset(named), frozenset(suites_of), courtrooms_of, bridge)


def load_world(
    session: Session,
    *,
    viewer: Actor | None,
    court_id: int,
    site_ids: Collection[int],
    rooms: Collection[int],
    people: Collection[int],
    counsel: Collection[int],
    window: Interval,
    now: datetime,
    closures_from: date | None = None,
    is_locking: bool = False,
    known: Sequence[Any] = (),
) -> World:
    """Load everything a placement inside the window is judged by.

    Args:
        viewer: whose eyes the labels of holds are written for; None leaves them empty, which
            is quicker and enough to know whether there is a clash.
        court_id: the court that books.
        site_ids: sites people appear from.
        rooms: resource ids of courtrooms, suites and instruction suites; ``people`` and
            ``counsel`` are resource ids too.
        window: covers every leg and turnaround that will be judged.
        now: the instant of judging.
        closures_from: first date on which the calendars must know what is closed, when that is
            before the window.
        is_locking: for a command about to write (see `load_company`).
        known: what was read of the people and counsel under the same locks, if it was (see
            `load_resources`).
    """
    ids = {*rooms, *people, *counsel}
    world = load_facts(
        session,
        site_ids={court_id, *site_ids},
        wanted=Wanted(frozenset(ids), ports_of=frozenset({court_id} if len(people) > 1 else ())),
        people=people,
        window=window,
        now=now,
        closures_from=closures_from,
        is_locking=is_locking,
        known=known,
    )
    ids |= {port.id for port in ports_of(court_id, world)}
    if viewer is None:
        world.busy, world.expired = _load_bare(session, ids, window, now)
    else:
        world.busy = load_busy(session, viewer, ids, window, now)
    return world


def load_facts(
    session: Session,
    *,
    site_ids: Collection[int],
    wanted: Wanted,
    people: Collection[int],
    window: Interval,
    now: datetime,
    stays: Mapping[int, list[StayFact]] | None = None,
    closures_from: date | None = None,
    is_locking: bool = False,
    has_company: bool = True,
    known: Sequence[Any] = (),
) -> World:
    """Load places, people and calendars, but no holds: `busy` is empty.

    Args:
        wanted: which resources.
        has_company: read who is present, too; only a search does not, which reads it day by day.
        stays: custody stays, when they have been read already.
        closures_from: see `load_world`.
        is_locking: see `load_company`.
        known: see `load_resources`.
    """
    first = (closures_from or window.start.date()) - timedelta(days=1)
    last = (window.end + timedelta(days=2)).date()
    shown = {*site_ids, *wanted.sites}
    places, stamps = (recognise if is_locking else look_at)(session, shown, first)
    calendars = calendars_at(
        {key: place for key, place in places.items() if key in site_ids}, first.year, last.year
    )
    resources, custody = load_resources(session, wanted, places.values(), calendars, window, known)
    world = World(
        now=now,
        window=window,
        sites={key: site_facts(places[key], calendars) for key in calendars.rows},
        resources=resources,
        stays=load_stays(session, people, window) if stays is None else stays,
        stamps=stamps,
    )
    world.people = {key: person_facts(key, one.born_on, world) for key, one in custody.items()}
    kept_apart = [key for key, one in custody.items() if one.is_kept_apart]
    pairs = load_apart(session, world, kept_apart)
    if has_company:
        load_company(session, world, window, locking=pairs if is_locking else None)
    return world


def standing(part: str = "") -> tuple[ColumnElement[bool], ...]:
    """Conditions on `Hold`: it keeps one of these resources at some moment of the window.

    Both sides are bounded on the one index (resource, start). Offers whose ten minutes are over
    no longer count, even if the worker has not yet swept them away. Execute with `standing_in`.

    Args:
        part: tells several such conditions in one statement apart.
    """
    return (
        among(Hold.resource_id, f"ids{part}"),
        Hold.starts_at < bindparam(f"end{part}"),
        Hold.starts_at >= bindparam(f"earliest{part}"),
        Hold.ends_at > bindparam(f"start{part}"),
        Hold.booking_id.not_in(select(Booking.id).where(is_over())),
    )


_BARE = Ready(
    select(
        Hold.resource_id,
        Hold.starts_at,
        Hold.ends_at,
        Hold.booking_id,
        Hold.is_exclusive,
        is_over().label("is_over"),
    )
    .join(Booking, Booking.id == Hold.booking_id)
    .where(
        among(Hold.resource_id, "ids", few=True),
        Hold.starts_at < unseen("end", Hold.starts_at),
        Hold.starts_at >= unseen("earliest", Hold.starts_at),
        Hold.ends_at > unseen("start", Hold.ends_at),
    )
    .order_by(Hold.resource_id, Hold.starts_at, Hold.id)
)


def standing_in(
    ids: Collection[int], window: Interval, now: datetime, part: str = ""
) -> dict[str, Any]:
    """What `standing` is to be executed with."""
    return {
        f"ids{part}": ids,
        f"start{part}": window.start,
        f"end{part}": window.end,
        f"earliest{part}": window.start - LONGEST_HOLD,
        "now": now,
    }


def _load_bare(
    session: Session, ids: Collection[int], window: Interval, now: datetime
) -> tuple[dict[int, list[Busy]], dict[int, list[Busy]]]:
    """Standing holds, and those of expired offers, by resource id, earliest first, unlabelled."""
    busy: dict[int, list[Busy]] = defaultdict(list)
    expired: dict[int, list[Busy]] = defaultdict(list)
    rows = _BARE.rows(session, standing_in(ids, window, now))
    for resource_id, start, end, booking_id, is_exclusive, has_ended in rows:
        found = expired if has_ended else busy
        _add(found[resource_id], Busy(Interval(start, end), booking_id, is_exclusive))
    return dict(busy), dict(expired)


def load_busy(
    session: Session, viewer: Actor, ids: Collection[int], window: Interval, now: datetime
) -> dict[int, list[Busy]]:
    """Standing holds by resource id, earliest first, labelled as this viewer may know them."""
    rows = session.execute(
        select(
            Hold.resource_id,
            Resource.kind,
            Hold.starts_at,
            Hold.ends_at,
            Hold.booking_id,
            Hold.is_exclusive,
            Booking.reference,
            sees(viewer).label("is_seen"),
        )
        .join(Booking, Booking.id == Hold.booking_id)
        .join(Resource, Resource.id == Hold.resource_id)
        .where(*standing())
        .order_by(Hold.resource_id, Hold.starts_at, Hold.id),
        standing_in(ids, window, now),
    )
    found: dict[int, list[Busy]] = defaultdict(list)
    for resource_id, kind, start, end, booking_id, is_exclusive, reference, is_seen in rows:
        label = reference if is_seen else _hidden(kind)
        _add(found[resource_id], Busy(Interval(start, end), booking_id, is_exclusive, label))
    return dict(found)


def _hidden(kind: ResourceKind) -> str:
    """What may be said of a booking the viewer must not know: of a person, nothing at all."""
    return "another court" if kind in CAN_BE_OUT else ""


def _add(holds: list[Busy], hold: Busy) -> None:
    """Add a hold, joined to the leg before it when one booking keeps the resource throughout."""
    last = holds[-1] if holds else None
    if last is None or not _adjoins(last, hold):
        holds.append(hold)
        return
    end = max(last.interval.end, hold.interval.end)
    whole = Interval(last.interval.start, end)
    holds[-1] = Busy(whole, hold.booking_id, hold.is_exclusive, hold.label)


def _adjoins(last: Busy, hold: Busy) -> bool:
    return (last.booking_id, last.is_exclusive) == (
        hold.booking_id,
        hold.is_exclusive,
    ) and last.interval.end >= hold.interval.start
