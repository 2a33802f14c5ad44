"""Searching for offers, against count(*) over the rows that reading everything would touch.

Those are, for the rules that hold at every site here: the standing holds of the courtroom, of the
people, of counsel and of every suite of their prisons; and, because each prison has a limit to the
people it can bring at once and keeps remand apart, everybody present there. Both are counted over
the whole window by one statement, with the conditions the search has to read them by. What is read
once whatever the window (places, people, hours, stays) is not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, bindparam, delete, func, select

from avl.domain.access import Actor, Grant, Role
from avl.domain.booking import Status
from avl.domain.local_time import to_utc
from avl.domain.offers import Search, Wish, WishSeat
from avl.models import Appearance, Booking, Hold, Outage, db
from avl.queries.gathering import among
from avl.queries.offers import search
from avl.queries.world import standing, standing_in
from benchmarks.ground import Ground
from benchmarks.measure import Row, p50, p95, side_by_side
from benchmarks.worldgen import FIRST_DAY, LONG_AGO, WINDOW_DAYS, ZONE, Country

ROUNDS = 25
NOW = to_utc(datetime.combine(FIRST_DAY - timedelta(days=3), time(12)), ZONE)


def run(ground: Ground) -> Iterator[Row]:
    """One prison and 18 prisons, over 30 days; 18 prisons means 18 co-defendants at once."""
    country = ground.country
    with ground.app.app_context():
        for prisons, ratio, latest in ((1, 3.0, 50.0), (18, 2.0, 150.0)):
            wish = wish_for(country, prisons)
            what = f"offers, {prisons} prison{'s' if prisons > 1 else ''} x {WINDOW_DAYS} days"
            yield _row(f"{what}, typical", country, wish, ratio, latest)
            # The courtroom is out of use until the last day, so no suite is looked at before it.
            db.session.add(_outage(country))
            db.session.commit()
            yield _row(f"{what}, last day only", country, wish, ratio, latest)
            db.session.execute(delete(Outage))
            db.session.commit()
            # Seven hours fit in no gap, so every row is read before that is proven.
            nowhere = replace(wish, minutes=420)
            yield _row(f"{what}, proof of none", country, nowhere, ratio, latest)


def _row(what: str, country: Country, wish: Wish, ratio: float, latest: float) -> Row:
    court = Grant(Role.REGISTRY, site_id=wish.court_id)
    sites = ((Role.REGISTRY, frozenset({wish.court_id})),)
    officer = Actor(user_id=1, name="bench", grants=(court,), sites=sites)
    prisons = len(wish.seats)
    ids = {wish.courtrooms[0], *(suite for one in country.suites[:prisons] for suite in one)}
    for seat in wish.seats:
        ids |= {seat.person, seat.counsel or 0}
    holds = select(func.count()).select_from(Hold).where(*standing())
    there = select(func.count()).select_from(Appearance).where(*_present())
    count = select(holds.scalar_subquery() + there.scalar_subquery())
    values = standing_in(ids, wish.window(ZONE), NOW) | {"sites": country.prisons[:prisons]}

    def floor() -> int:
        db.session.rollback()
        db.session.expunge_all()
        return db.session.scalar(count, values) or 0

    def ours() -> Search:
        db.session.rollback()
        db.session.expunge_all()
        return search(db.session(), officer, wish, NOW)

    rows, found = floor(), ours()
    floors, our_own = side_by_side(floor, ours, ROUNDS)
    note = f"{rows} rows, {len(found.offers)} offers"
    return Row(
        what,
        p50(floors),
        p50(our_own),
        p95(our_own),
        ratio,
        p95_at_most=latest,
        note=note,
        # The first prison's month is as full at every size; of all prisons together only where
        # there are bookings enough.
        is_flat=prisons == 1 or country.is_month_full,
    )


def _present() -> tuple[ColumnElement[bool], ...]:
    """Conditions on `Appearance`: present at one of these sites at some moment of the window."""
    is_over = (Booking.status == Status.HELD, Booking.expires_at <= bindparam("now"))
    return (
        among(Appearance.site_id, "sites"),
        Appearance.present_from < bindparam("end"),
        Appearance.present_from >= bindparam("earliest"),
        Appearance.present_to > bindparam("start"),
        Appearance.booking_id.not_in(select(Booking.id).where(*is_over)),
    )


def _outage(country: Country) -> Outage:
    last = max(n for n in range(WINDOW_DAYS) if (FIRST_DAY + timedelta(days=n)).weekday() < 5)
    until = datetime.combine(FIRST_DAY + timedelta(days=last), time(7))
    return Outage(
        resource_id=country.courtrooms[0][0],
        starts_at=LONG_AGO,
        ends_at=to_utc(until, ZONE),
        reason="being rebuilt",
    )


def wish_for(country: Country, prisons: int) -> Wish:
    """Half an hour with a conference for one person in each of the first prisons."""
    people = [country.people[prison][0][1] for prison in range(prisons)]
    counsel = country.counsel[0][1]
    return Wish(
        court_id=country.courts[0],
        courtrooms=(country.courtrooms[0][0],),
        hearing_type="CRB",
        minutes=30,
        pre_minutes=10,
        post_minutes=0,
        seats=tuple(WishSeat(person, counsel) for person in people),
        wanted_start=to_utc(datetime.combine(FIRST_DAY, time(10)), ZONE),
        first=FIRST_DAY,
        last=FIRST_DAY + timedelta(days=WINDOW_DAYS - 1),
        limit=5,
    )
