"""Sittings of a court: added, changed and removed; what that breaks goes on the worklist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.disruption_steps import watch_resources
from avl.commands.outages import PlaceChange
from avl.commands.transaction import command
from avl.commands.turns import one_by_one
from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.disruption import Cause
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day, say_day, say_time, say_when
from avl.domain.seen import require_seen
from avl.models import Resource, ResourceKind, Site, Sitting, db
from avl.queries.calendars import calendars_for
from avl.queries.disruptions import RosterDay, preview_roster
from avl.queries.previews import Preview
from avl.queries.sittings import (
    find_officer,
    mark_of_sitting,
    presides_elsewhere,
    sittings_within,
)
from avl.queries.ways_ahead import with_ways

LONGEST_LIST = 80
LONGEST_OFFICER = 80
LONGEST_REASON = 160

NAMING = "judicial officers"
"""What is done one by one, so that nobody is recorded twice under one name."""


@dataclass(frozen=True, slots=True)
class SittingTerms:
    """What a sitting is to be.

    Attributes:
        officer: the judicial officer's name; "" while nobody is named.
        warning_reason: why the officer is named although they sit somewhere else then.
    """

    start: datetime
    end: datetime
    list_name: str = ""
    officer: str = ""
    warning_reason: str = ""


@command
def add_sitting(
    session: Session, courtroom_id: int, terms: SittingTerms, *, by: Actor
) -> PlaceChange:
    """Record that a court sits; a booking of that courtroom and day that now lies outside every
    sitting goes on the worklist at once.

    Raises:
        NotFound: there is no such courtroom at a court whose sittings the actor keeps.
        InvalidInput: times that make no sitting, or that another sitting of the courtroom has;
            or an officer who sits somewhere else then, and no reason.
    """
    room, court = _room(session, courtroom_id, by)
    day = _check(session, court, terms)
    watch = watch_resources(session, [room.id], day.start, day.end)
    _check_free(session, room, court, day, terms, but=None)
    _sits_again(session, room, day)
    sitting = Sitting(court_id=court.id, courtroom_id=room.id)
    _write(session, sitting, terms, by=by)
    session.add(sitting)
    session.flush()
    _record(session, "add_sitting", room, court, terms, by=by)
    return PlaceChange(sitting.id, watch.sweep(session, by=by, closed=Cause.HOURS))


@command
def change_sitting(
    session: Session, sitting_id: int, terms: SittingTerms, *, by: Actor, mark: str | None = None
) -> PlaceChange:
    """Change a sitting's hours on its day, its list or who presides.

    Args:
        mark: of the sitting as its author saw it; None where nobody looked.

    Raises:
        NotFound: there is no such sitting of the actor's courts.
        ActionNotAllowed: it is over.
        StaleVersion: somebody changed it meanwhile.
        InvalidInput: as `add_sitting`, or another day.
    """
    _, room, court = _sitting(session, sitting_id, by)
    day = _check(session, court, terms)
    watch = watch_resources(session, [room.id], day.start, day.end)
    sitting = _locked(session, sitting_id, mark)
    _check_change(sitting, day)
    _check_free(session, room, court, day, terms, but=sitting.id)
    _write(session, sitting, terms, by=by)
    session.flush()
    _record(session, "change_sitting", room, court, terms, by=by)
    return PlaceChange(sitting.id, watch.sweep(session, by=by, closed=Cause.HOURS))


@command
def remove_sitting(
    session: Session,
    sitting_id: int,
    *,
    by: Actor,
    keeps_hours: bool = False,
    mark: str | None = None,
) -> PlaceChange:
    """Take a sitting off the list; bookings inside it that lie in no other go on the worklist.

    A courtroom whose only sitting of the day is removed does not sit that day: that is what its
    bookings are judged by.

    Args:
        keeps_hours: it keeps to its opening hours again instead, as on a day of which the roster
            says nothing.
        mark: of the sitting as its author saw it; None where nobody looked.

    Raises:
        NotFound: there is no such sitting of the actor's courts.
        ActionNotAllowed: it is over.
        StaleVersion: somebody changed it meanwhile.
    """
    sitting, room, court = _sitting(session, sitting_id, by)
    day = day_interval(local_day(sitting.starts_at, court.zone), court.zone)
    watch = watch_resources(session, [room.id], day.start, day.end)
    sitting = _locked(session, sitting_id, mark)
    _check_running(sitting)
    terms = SittingTerms(sitting.starts_at, sitting.ends_at, sitting.list_name)
    if keeps_hours or sitting.is_idle or _others(session, room, day, but=sitting.id):
        session.delete(sitting)
    else:
        sitting.starts_at, sitting.ends_at = day.start, day.end
        sitting.officer_id, sitting.list_name, sitting.is_idle = None, "", True
    session.flush()
    _record(session, "remove_sitting", room, court, terms, by=by, keeps_hours=keeps_hours)
    return PlaceChange(sitting_id, watch.sweep(session, by=by, closed=Cause.HOURS))


def foresee_added(courtroom_id: int, terms: SittingTerms, *, by: Actor) -> Preview:
    """Say what adding a sitting would break; nothing is changed.

    Raises:
        NotFound, InvalidInput: as `add_sitting` would.
    """
    session = db.session()
    room, court = _room(session, courtroom_id, by)
    day = _check(session, court, terms)
    others = _check_free(session, room, court, day, terms, but=None)
    _check_officer(session, terms, by=by, but=None)
    what = f"Adding a sitting of {room.name} on {_say(terms, court)}"
    sits = (*others, Interval(terms.start, terms.end))
    days = [RosterDay(room.id, day, sits)]
    return with_ways(by, preview_roster(by, days, what=what, zone=court.zone))


def foresee_changed(sitting_id: int, terms: SittingTerms, *, by: Actor) -> Preview:
    """Say what changing a sitting would break; nothing is changed.

    Raises:
        NotFound, ActionNotAllowed, InvalidInput: as `change_sitting` would.
    """
    session = db.session()
    sitting, room, court = _sitting(session, sitting_id, by)
    day = _check(session, court, terms)
    _check_change(sitting, day)
    others = _check_free(session, room, court, day, terms, but=sitting.id)
    _check_officer(session, terms, by=by, but=sitting.id)
    what = f"Changing the sitting of {room.name} to {_say(terms, court)}"
    sits = (*others, Interval(terms.start, terms.end))
    days = [RosterDay(room.id, day, sits)]
    return with_ways(by, preview_roster(by, days, what=what, zone=court.zone))


def foresee_removed(sitting_id: int, *, by: Actor, keeps_hours: bool = False) -> Preview:
    """Say what removing a sitting would break; nothing is changed.

    Raises:
        NotFound, ActionNotAllowed: as `remove_sitting` would.
    """
    session = db.session()
    sitting, room, court = _sitting(session, sitting_id, by)
    _check_running(sitting)
    day = day_interval(local_day(sitting.starts_at, court.zone), court.zone)
    others = _others(session, room, day, but=sitting.id)
    terms = SittingTerms(sitting.starts_at, sitting.ends_at)
    what = f"Removing the sitting of {room.name} on {_say(terms, court)}"
    if sitting.is_idle:
        what = f"Giving {room.name} its opening hours on {say_day(day.start, court.zone)}"
    is_idle = not (keeps_hours or sitting.is_idle or others)
    then = RosterDay(room.id, day, tuple(others), is_idle)
    return with_ways(by, preview_roster(by, [then], what=what, zone=court.zone))


def _room(session: Session, courtroom_id: int, by: Actor) -> tuple[Resource, Site]:
    room = session.scalars(
        select(Resource).where(Resource.id == courtroom_id, Resource.kind == ResourceKind.COURTROOM)
    ).one_or_none()
    if room is None or room.site is None or not _keeps(by, room.site.id):
        raise NotFound("There is no such courtroom.")
    return room, room.site


def _sitting(session: Session, sitting_id: int, by: Actor) -> tuple[Sitting, Resource, Site]:
    sitting = session.get(Sitting, sitting_id)
    if sitting is None or not _keeps(by, sitting.court_id):
        raise NotFound("There is no such sitting.")
    return sitting, *_room(session, sitting.courtroom_id, by)


def _keeps(by: Actor, court_id: int) -> bool:
    return may(by, Do.KEEP_SITTINGS, SiteSubject(court_id))


def _locked(session: Session, sitting_id: int, mark: str | None) -> Sitting:
    """The sitting as it is now that its courtroom is locked, and as its author saw it."""
    sitting = session.get(Sitting, sitting_id, with_for_update=True, populate_existing=True)
    if sitting is None:
        raise NotFound("Somebody has just removed this sitting.")
    officer = session.get(Resource, sitting.officer_id) if sitting.officer_id else None
    require_seen(mark, mark_of_sitting(sitting, officer.name if officer else ""))
    return sitting


def _check_running(sitting: Sitting) -> None:
    if sitting.ends_at <= clock.now():
        raise ActionNotAllowed("This sitting is over, so it stays as it is recorded.")


def _check_change(sitting: Sitting, day: Interval) -> None:
    _check_running(sitting)
    if sitting.is_idle:
        raise ActionNotAllowed("The courtroom does not sit that day. Add a sitting instead.")
    if not day.contains(sitting.starts_at):
        sentence = "A sitting stays on its day. Remove it, and add one on the other day."
        raise InvalidInput("from_time", sentence)


def _check(session: Session, court: Site, terms: SittingTerms) -> Interval:
    """The day of a sitting on the court's wall, once its terms are ones a sitting can have."""
    if terms.end <= terms.start:
        raise InvalidInput("to_time", "The end must come after the start.")
    if terms.end <= clock.now():
        raise InvalidInput("to_time", "This time has passed, so the sitting would change nothing.")
    on = local_day(terms.start, court.zone)
    day = day_interval(on, court.zone)
    if terms.end > day.end:
        raise InvalidInput("to_time", "A sitting ends on the day on which it starts.")
    for name, words, longest in (
        ("list_name", terms.list_name, LONGEST_LIST),
        ("officer", terms.officer, LONGEST_OFFICER),
        ("warning_reason", terms.warning_reason, LONGEST_REASON),
    ):
        if len(words) > longest:
            raise InvalidInput(name, f"Use {longest} characters or fewer.")
    calendar = calendars_for(session, [court.id], on, on)[court.id]
    sitting = Interval(terms.start, terms.end)
    if not any(sitting.overlaps(hours) for hours in calendar.open_intervals(on)):
        raise InvalidInput("from_time", calendar.why_shut(sitting) or f"{court.name} is closed.")
    return day


def _others(session: Session, room: Resource, day: Interval, *, but: int | None) -> list[Interval]:
    return [
        Interval(one.starts_at, one.ends_at)
        for one in sittings_within(session, room.id, day)
        if one.id != but and not one.is_idle
    ]


def _sits_again(session: Session, room: Resource, day: Interval) -> None:
    """Forget that a courtroom was not to sit on a day: it is given a sitting."""
    for one in sittings_within(session, room.id, day):
        if one.is_idle:
            session.delete(one)
    session.flush()


def _check_free(
    session: Session,
    room: Resource,
    court: Site,
    day: Interval,
    terms: SittingTerms,
    *,
    but: int | None,
) -> list[Interval]:
    """The courtroom's other sittings that day, none of which may share a moment with this one."""
    others = _others(session, room, day, but=but)
    for other in others:
        if other.overlaps(Interval(terms.start, terms.end)):
            start, end = (say_time(at, court.zone) for at in (other.start, other.end))
            raise InvalidInput("from_time", f"{room.name} already sits {start} to {end} that day.")
    return others


def _check_officer(
    session: Session, terms: SittingTerms, *, by: Actor, but: int | None
) -> Resource | None:
    """Who presides, where the officer is known already."""
    officer = find_officer(session, terms.officer) if terms.officer else None
    if officer is not None and not terms.warning_reason:
        when = Interval(terms.start, terms.end)
        if said := presides_elsewhere(session, by, officer, when, but=but):
            sentence = f"{said} Name somebody else, or say why it is to be so all the same."
            raise InvalidInput("warning_reason", sentence)
    return officer


def _write(session: Session, sitting: Sitting, terms: SittingTerms, *, by: Actor) -> None:
    officer = _check_officer(session, terms, by=by, but=sitting.id)
    if terms.officer and officer is None:
        one_by_one(session, NAMING)
        officer = find_officer(session, terms.officer)
    if terms.officer and officer is None:
        officer = Resource(kind=ResourceKind.JUDICIAL_OFFICER, name=terms.officer)
        session.add(officer)
        session.flush()
    sitting.officer_id = officer.id if officer is not None else None
    sitting.starts_at, sitting.ends_at = terms.start, terms.end
    sitting.list_name = terms.list_name


def _say(terms: SittingTerms, court: Site) -> str:
    return say_when(Interval(terms.start, terms.end), court.zone)


def _record(
    session: Session,
    action: str,
    room: Resource,
    court: Site,
    terms: SittingTerms,
    *,
    by: Actor,
    **more: bool,
) -> None:
    changes = {
        **more,
        "courtroom": room.id,
        "start": terms.start.isoformat(),
        "end": terms.end.isoformat(),
        "list": terms.list_name,
        "officer": terms.officer,
    }
    record(
        session,
        action,
        by=by,
        subject=court.code,
        reason=terms.warning_reason,
        changes=changes,
    )
