"""What a booking is made from: what somebody asked for, and the people and counsel it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.interpreters import wanted_from
from avl.commands.modes import DirectionNote
from avl.domain.custody import say_died
from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval
from avl.domain.resources import GRID_MINUTES, Placement, Seat
from avl.domain.wish import check_near
from avl.models import Counsel, Person, PlaceStamp, Resource
from avl.queries.gathering import among
from avl.queries.modes import is_directed_about
from avl.queries.stamps import COUNTRY
from avl.queries.wanted import reading

LONGEST_MINUTES = 480
LONGEST_CONFERENCE = 120


def resources_asked() -> tuple[Select[int], Select[int]]:
    """The resources of the people and counsel somebody asks for; see `people_asked`."""
    return (
        select(Person.resource_id).where(
            among(Person.id, "people", few=True),
            # A record that was merged into another one is nobody's to book for any more.
            Person.merged_into_id.is_(None),
        ),
        select(Counsel.resource_id).where(among(Counsel.id, "counsel", few=True)),
    )


# Built once: building it anew for each booking costs more than the database does to answer.
_PEOPLE_AND_COUNSEL = reading(
    Resource.id.in_(union_all(*resources_asked())),
    Person.id.is_not(None).label("is_person"),
    func.coalesce(Person.id, Counsel.id).label("id"),
    Person.interpreter_language,
    Person.died_on,
    is_directed_about(Person.id).label("is_directed"),
    select(PlaceStamp.stamp)
    .where(PlaceStamp.place_id == COUNTRY)
    .scalar_subquery()
    .label("country_stamp"),
)


@dataclass(frozen=True, slots=True)
class SeatRequest:
    """One person asked for. ``suite_id`` and ``instruction_suite_id`` are resource ids; the
    others are ids of their own tables."""

    person_id: int
    site_id: int
    suite_id: int
    counsel_id: int | None = None
    matter_id: int | None = None
    instruction_suite_id: int | None = None


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """Everything a booking is made from.

    Attributes:
        courtroom_id: resource id.
        hearing: the hearing itself, aware UTC; conferences adjoin it.
        pre_minutes: counsel's conference before; ``post_minutes`` the one after.
        direction: the officer's direction, where in person would stand without one.
        warning_reason: why to book in spite of warnings (counsel wanted elsewhere).
        previous_reference: the booking this one is the next event of.
        interpreter_language: what has to be interpreted, "" for nothing; None for whatever the
            people's records say.
        form_key: one-time key of the form it was sent from, so that a double click is one hold.
    """

    court_id: int
    courtroom_id: int
    hearing_type: str
    hearing: Interval
    pre_minutes: int
    post_minutes: int
    seats: tuple[SeatRequest, ...]
    staff_notes: str = ""
    prison_notes: str = ""
    direction: DirectionNote | None = None
    warning_reason: str = ""
    previous_reference: str | None = None
    form_key: str = ""
    interpreter_language: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


def people_asked(request: BookingRequest) -> dict[str, set[int]]:
    """The ids of the people and the counsel that a request names, in their own tables."""
    return {
        "people": {seat.person_id for seat in request.seats},
        "counsel": {seat.counsel_id for seat in request.seats if seat.counsel_id is not None},
    }


def rooms_asked(request: BookingRequest) -> set[int]:
    """The resource ids of the rooms that a request names."""
    rooms = {request.courtroom_id}
    for seat in request.seats:
        rooms.add(seat.suite_id)
        if seat.instruction_suite_id is not None:
            rooms.add(seat.instruction_suite_id)
    return rooms


def people_and_counsel(session: Session, request: BookingRequest) -> list[Any]:
    """A row for everybody a request names who is on record, with all that `load_resources` wants to
    know of them, and the country's stamp."""
    during = request.hearing.widened(
        before=timedelta(minutes=LONGEST_CONFERENCE), after=timedelta(minutes=LONGEST_CONFERENCE)
    )
    times = {"start": during.start, "end": during.end}
    return _PEOPLE_AND_COUNSEL.rows(session, {**people_asked(request), **times})


def placement_from(
    request: BookingRequest, rows: Sequence[Any], *, interpreter_days: int | None = None
) -> tuple[Placement, list[Any]]:
    """Turn what was asked for into resource ids; returns the rows of the people as well.

    Args:
        rows: from `people_and_counsel`.
        interpreter_days: how far ahead the hearing type wants interpreters asked for, if it says.

    Raises:
        InvalidInput: a person or counsel does not exist, or a person has died.
    """
    asked = people_asked(request)
    people = {row.id: row.resource_id for row in rows if row.is_person}
    spoken = {row.id: row.interpreter_language for row in rows if row.is_person}
    counsel = {row.id: row.resource_id for row in rows if not row.is_person}
    for what, wanted, found in (
        ("person", asked["people"], people),
        ("counsel", asked["counsel"], counsel),
    ):
        if missing := wanted - set(found):
            raise InvalidInput(
                what,
                f"There is no {what} with this number ({min(missing)}).",
                value=min(missing) if what == "counsel" else None,
            )
    if any(row.died_on is not None for row in rows):
        raise InvalidInput("person", say_died("One of the people"))
    placement = Placement(
        court_id=request.court_id,
        courtroom=request.courtroom_id,
        hearing_type=request.hearing_type,
        hearing=request.hearing,
        pre_minutes=request.pre_minutes,
        post_minutes=request.post_minutes,
        seats=tuple(
            Seat(
                person=people[seat.person_id],
                site_id=seat.site_id,
                suite=seat.suite_id,
                counsel=counsel[seat.counsel_id] if seat.counsel_id is not None else None,
                instruction_suite=seat.instruction_suite_id,
            )
            for seat in request.seats
        ),
        interpreter=wanted_from(
            request.interpreter_language,
            [spoken[seat.person_id] for seat in request.seats],
            interpreter_days,
        ),
    )
    return placement, [row for row in rows if row.is_person]


def check_shape(hearing: Interval, pre_minutes: int, post_minutes: int) -> None:
    """Refuse lengths and starts no timetable has.

    Raises:
        InvalidInput: names the field.
    """
    start = hearing.start
    # A program can send parts of a second, which no page shows and no clock on a wall has.
    if start.minute % GRID_MINUTES or start.second or start.microsecond:
        raise InvalidInput("time", f"Choose a start on a multiple of {GRID_MINUTES} minutes.")
    if not GRID_MINUTES <= hearing.minutes <= LONGEST_MINUTES or hearing.minutes % GRID_MINUTES:
        raise InvalidInput("minutes", "Choose 5 minutes to 8 hours, in steps of 5 minutes.")
    for name, minutes in (("pre_minutes", pre_minutes), ("post_minutes", post_minutes)):
        if not 0 <= minutes <= LONGEST_CONFERENCE or minutes % GRID_MINUTES:
            raise InvalidInput(
                name, "A conference lasts from 0 to 120 minutes, in steps of 5 minutes."
            )
    check_near(start, clock.now(), "date")
