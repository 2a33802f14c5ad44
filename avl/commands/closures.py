"""A site closed for a day or part of one, and open again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.disruption_steps import Watch, watch_resources
from avl.commands.foreseeing import foresee
from avl.commands.outages import LONGEST_REASON, PlaceChange, require_keeper
from avl.commands.transaction import command
from avl.domain.access import Actor
from avl.domain.contacts import require_text
from avl.domain.errors import InvalidInput, NotFound
from avl.domain.local_time import local_day, say_closed
from avl.models import Closure, ClosureKind, HearingType, Site, db
from avl.queries.disruptions import closed_span, rooms_of
from avl.queries.previews import Preview

LAST_YEAR = 2199
"""The last day of the calendar has no day after it to end at."""


@command
def close_site(
    session: Session,
    site_id: int,
    *,
    on: date,
    from_time: time | None = None,
    to_time: time | None = None,
    reason: str,
    still_sitting: Collection[str] = (),
    by: Actor,
) -> PlaceChange:
    """Close a site on a date; every booking this breaks goes on the worklist at once.

    Args:
        from_time: by the site's clock; both times None for the whole day.
        still_sitting: codes of the hearing types that go ahead all the same.

    Raises:
        NotFound: there is no such site.
        NotAllowed: the actor does not keep its places.
        InvalidInput: no reason, a date gone by, half a time, an unknown hearing type, or recorded
            already.
    """
    site, why = _check(session, site_id, reason, still_sitting, by)
    _check_when(site, on, from_time, to_time)
    # Its rooms are locked by the watch, but it need not have any.
    session.refresh(site, with_for_update={"key_share": True})
    watch = _watch(session, site, on, from_time, to_time)
    _refuse_again(session, site, on, from_time, to_time)
    closure = Closure(
        site_id=site.id,
        on_date=on,
        kind=ClosureKind.CLOSED,
        from_time=from_time,
        to_time=to_time,
        reason=why.rstrip("."),
        allowed_hearing_types=" ".join(sorted(still_sitting)),
    )
    session.add(closure)
    session.flush()
    changes = {"on": on.isoformat(), "times": [str(from_time), str(to_time)]}
    record(session, "close_site", by=by, subject=site.code, changes=changes, reason=why)
    return PlaceChange(closure.id, watch.sweep(session, by=by))


def foresee_closure(
    site_id: int,
    *,
    on: date,
    from_time: time | None = None,
    to_time: time | None = None,
    reason: str,
    still_sitting: Collection[str] = (),
    by: Actor,
) -> Preview:
    """Say what closing a site would break; nothing is changed.

    Raises:
        NotFound, NotAllowed, InvalidInput: as `close_site` would.
    """
    site, _ = _check(db.session(), site_id, reason, still_sitting, by)
    _check_when(site, on, from_time, to_time)
    return foresee(
        close_site,
        site_id,
        on=on,
        from_time=from_time,
        to_time=to_time,
        reason=reason,
        still_sitting=still_sitting,
        by=by,
        what=f"Closing {site.short_name} {say_closed(on, from_time, to_time)}",
        zone=site.zone,
    )


def _check(
    session: Session, site_id: int, reason: str, still_sitting: Collection[str], by: Actor
) -> tuple[Site, str]:
    """The site, and the reason as it is kept."""
    site = _site(session, site_id)
    require_keeper(by, site.id)
    why = require_text(reason, "reason", "The reason", longest=LONGEST_REASON)
    known = set(session.scalars(select(HearingType.code)))
    if unknown := set(still_sitting) - known:
        raise InvalidInput("still_sitting", f"There is no hearing type {min(unknown)}.")
    return site, why


def _refuse_again(
    session: Session, site: Site, on: date, from_time: time | None, to_time: time | None
) -> None:
    """A form that is sent twice must not leave two closures, of which one is taken back in vain.

    The site is locked, so of two at once the second sees the first.
    """
    same = select(Closure.id).where(
        Closure.site_id == site.id,
        Closure.kind == ClosureKind.CLOSED,
        Closure.on_date == on,
        Closure.from_time.is_not_distinct_from(from_time),
        Closure.to_time.is_not_distinct_from(to_time),
    )
    if session.scalar(same) is not None:
        when = say_closed(on, from_time, to_time)
        raise InvalidInput("date", f"{site.short_name} is recorded as closed {when} already.")


@command
def reopen_site(session: Session, closure_id: int, *, by: Actor) -> PlaceChange:
    """Take a closure back; bookings that are possible again leave the worklist.

    Raises:
        NotFound: there is no such closure.
    """
    closure = session.scalars(
        select(Closure)
        .where(Closure.id == closure_id, Closure.kind == ClosureKind.CLOSED)
        .with_for_update()
    ).one_or_none()
    if closure is None:
        raise NotFound("There is no such closure.")
    site = _site(session, closure.site_id)
    require_keeper(by, site.id)
    watch = _watch(session, site, closure.on_date, closure.from_time, closure.to_time)
    session.delete(closure)
    session.flush()
    changes = {"on": closure.on_date.isoformat()}
    record(session, "reopen_site", by=by, subject=site.code, changes=changes)
    return PlaceChange(closure_id, watch.sweep(session, by=by))


def _site(session: Session, site_id: int) -> Site:
    site = session.get(Site, site_id)
    if site is None:
        raise NotFound("There is no such site.")
    return site


def _watch(
    session: Session, site: Site, on: date, from_time: time | None, to_time: time | None
) -> Watch:
    span = closed_span(site, on, from_time, to_time)
    return watch_resources(session, rooms_of(session, [site.id]), span.start, span.end)


def _check_when(site: Site, on: date, from_time: time | None, to_time: time | None) -> None:
    if on < local_day(clock.now(), site.zone):
        raise InvalidInput("date", "This date has passed. Choose today or a later date.")
    if on.year > LAST_YEAR:
        raise InvalidInput("date", f"Choose a date before the end of {LAST_YEAR}.")
    if (from_time is None) != (to_time is None):
        missing = "from_time" if from_time is None else "to_time"
        raise InvalidInput(missing, "Enter both times, or neither for the whole day.")
    if from_time is not None and to_time is not None and to_time <= from_time:
        raise InvalidInput("to_time", "The end must come after the start.")
