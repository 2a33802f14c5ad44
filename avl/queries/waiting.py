"""The waitlist: what is waited for as it is kept, whom a freed room may serve, and the search."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from avl.domain.access import SYSTEM, Actor, Do, SiteSubject, may
from avl.domain.better_times import nearer_than
from avl.domain.errors import NotFound
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
from avl.domain.offers import Search
from avl.domain.waiting import WaitState, bound_crossed
from avl.domain.wish import LONGEST_WINDOW_DAYS, Wish, WishSeat
from avl.models import Booking, Counsel, CustodyStay, Person, Site, WaitlistEntry
from avl.models.base import Json
from avl.queries.calendars import calendars_for
from avl.queries.offers import search
from avl.queries.placements import placement_of
from avl.queries.room_request import RoomRequest

HOURS_AHEAD = timedelta(days=30)
"""How far the court's hours are read to say until when a time is kept: past any Christmas."""


@dataclass(frozen=True, slots=True)
class WaitRequest:
    """What is waited for: the booking, and the dates and times that will do.

    Attributes:
        room: everything the booking is made from; its wanted start is the time liked best.
        first: first date that will do, on the court's wall; ``last`` the last one.
        earliest: before which no hearing may start on the court's wall; None for any time.
        latest: by which it must be over.
    """

    room: RoomRequest
    first: date
    last: date
    earliest: time | None = None
    latest: time | None = None

    @property
    def hearing(self) -> Interval:
        """The hearing at the time liked best."""
        start = self.room.wanted_start
        return Interval(start, start + timedelta(minutes=self.room.minutes))

    def crossed(self, zone: str) -> str:
        """The bound beyond which the time liked best lies; "" for none (`bound_crossed`)."""
        return bound_crossed(
            self.hearing,
            zone,
            first=self.first,
            last=self.last,
            earliest=self.earliest,
            latest=self.latest,
        )

    def to_json(self) -> Json:
        """As it is kept in the database."""
        return {
            "room": self.room.to_json(),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "earliest": self.earliest.isoformat() if self.earliest else None,
            "latest": self.latest.isoformat() if self.latest else None,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> WaitRequest:
        """Read it back."""
        return cls(
            RoomRequest.from_json(kept["room"]),
            date.fromisoformat(kept["first"]),
            date.fromisoformat(kept["last"]),
            time.fromisoformat(kept["earliest"]) if kept["earliest"] else None,
            time.fromisoformat(kept["latest"]) if kept["latest"] else None,
        )

    @property
    def mark(self) -> str:
        """The same for the same wish, so that nobody waits twice for one thing."""
        room = self.room.to_json()
        what = {
            name: room[name]
            for name in ("court_id", "courtrooms", "hearing_type", "minutes", "pre_minutes")
        }
        what["people"] = sorted(seat.person_id for seat in self.room.seats)
        if self.room.moving:
            # Two bookings of the same people may each hope for the same better time.
            what["moving"] = self.room.moving
        what["when"] = [str(one) for one in (self.first, self.last, self.earliest, self.latest)]
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def wish_of(
    session: Session,
    request: WaitRequest,
    *,
    passed: Collection[Interval],
    now: datetime,
    moving: Booking | None = None,
) -> Wish | None:
    """The wish behind an entry; None when the last date that will do has gone by.

    Args:
        passed: stretches that were kept for it already.
        moving: the booking that waits for a better time, whose own holds are in nobody's way.

    Raises:
        NotFound: the court or one of the people is gone.
        InvalidInput: the lengths, dates or times make no sense.
    """
    room = request.room
    zone = session.scalar(select(Site.zone).where(Site.id == room.court_id))
    if zone is None:
        raise NotFound("There is no such court.")
    first = max(request.first, local_day(now, zone))
    if first > request.last and request.last >= request.first:
        return None
    people = _resources(session, Person, {seat.person_id for seat in room.seats})
    counsel = _resources(session, Counsel, {seat.counsel_id for seat in room.seats} - {None})
    wish = Wish(
        court_id=room.court_id,
        courtrooms=room.courtrooms,
        hearing_type=room.hearing_type,
        minutes=room.minutes,
        pre_minutes=room.pre_minutes,
        post_minutes=room.post_minutes,
        seats=tuple(
            WishSeat(
                person=people[seat.person_id],
                counsel=counsel[seat.counsel_id] if seat.counsel_id else None,
                suites=seat.suites,
                instruction_suites=seat.instruction_suites,
            )
            for seat in room.seats
        ),
        wanted_start=room.wanted_start,
        first=first,
        last=min(request.last, first + timedelta(days=LONGEST_WINDOW_DAYS - 1)),
        limit=1,
        earliest=request.earliest,
        latest=request.latest,
        avoiding=tuple(passed),
    )
    if moving is None:
        return wish
    near = nearer_than(placement_of(moving), wish, zone)
    return replace(wish, ignoring=moving.id, nearer=near)


def _resources(
    session: Session, table: type[Person] | type[Counsel], ids: Collection[int | None]
) -> dict[int, int]:
    """Resource ids by the table's own ids.

    Raises:
        NotFound: one of them is gone.
    """
    rows = session.execute(select(table.id, table.resource_id).where(table.id.in_(sorted(ids))))
    found = {row.id: row.resource_id for row in rows}
    if len(found) < len(ids):
        raise NotFound("Somebody who was to appear is not in the records any more.")
    return found


def look(session: Session, entry: WaitlistEntry, now: datetime) -> Search | None:
    """Look for a time for an entry, as the form looks for offers; None when it is too late.

    Raises:
        DomainError: what is waited for makes no sense any more; the message says why.
    """
    request = WaitRequest.from_json(entry.wish)
    wish = wish_of(session, request, passed=passed_of(entry), now=now, moving=entry.moving)
    return search(session, SYSTEM, wish, now) if wish else None


def passed_of(entry: WaitlistEntry) -> list[Interval]:
    """The stretches that were kept for an entry and not taken."""
    return [
        Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))
        for start, end in entry.passed.get("spans", ())
    ]


def opened_from(session: Session, court_id: int, now: datetime) -> Sequence[Interval]:
    """When a court is open from now on, earliest first, for some weeks.

    Raises:
        KeyError: there is no such site.
    """
    first = (now - timedelta(days=1)).date()
    last = (now + HOURS_AHEAD).date()
    calendar = calendars_for(session, [court_id], first, last)[court_id]
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [hours for on in days for hours in calendar.open_intervals(on) if hours.end > now]


def waiting_for(session: Session, site_ids: Collection[int] | None) -> list[WaitlistEntry]:
    """Entries that something freed at these sites may serve (None: anywhere).

    An entry is concerned when its court is one of them, or when somebody in it is, or will be,
    in custody at one of them.
    """
    waiting = select(WaitlistEntry).where(WaitlistEntry.state == WaitState.WAITING)
    entries = list(session.scalars(waiting))
    if site_ids is None or not entries:
        return entries
    people = {seat["person_id"] for entry in entries for seat in entry.wish["room"]["seats"]}
    there = set(
        session.scalars(
            select(CustodyStay.person_id).where(
                CustodyStay.person_id.in_(sorted(people)),
                CustodyStay.site_id.in_(sorted(site_ids)),
                or_(
                    CustodyStay.ends_at.is_(None),
                    CustodyStay.ends_at > min(entry.asked_at for entry in entries),
                ),
            )
        )
    )
    return [
        entry
        for entry in entries
        if entry.court_id in site_ids
        or any(seat["person_id"] in there for seat in entry.wish["room"]["seats"])
    ]


def get_entry(session: Session, actor: Actor, entry_id: int) -> WaitlistEntry:
    """The row of an entry at one of the actor's courts.

    Raises:
        NotFound: there is none.
    """
    entry = session.get(
        WaitlistEntry,
        entry_id,
        options=[joinedload(WaitlistEntry.court), joinedload(WaitlistEntry.hearing_type)],
    )
    if entry is None or not may(actor, Do.BOOK, SiteSubject(entry.court_id)):
        raise NotFound("Nothing of this number is waiting at your courts.")
    return entry
