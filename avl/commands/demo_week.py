"""The demonstration's bookings: a week and a half around today, made by the real commands.

Every booking goes through the same rules as an officer's would, with the clock set back to when
it would have been made. Nothing here can put into the database what the system would refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.agreement import complete_booking, confirm_booking, connect_booking
from avl.commands.bookings import BookingRequest, SeatRequest, request_booking
from avl.commands.changes import cancel_booking
from avl.commands.demo import PAIRS, add_cast, is_there
from avl.commands.demo_links import note_people, play_script
from avl.commands.demo_stage import LENGTHS, STARTS, Stage, set_stage
from avl.commands.transaction import command
from avl.domain.errors import DomainError
from avl.domain.interval import Interval
from avl.domain.local_time import local_day, to_utc
from avl.models import (
    ResourceKind,
    Site,
    Sms,
)

TYPES = (
    ("LIST", 8),
    ("BAIL", 5),
    ("CASE_REVIEW", 5),
    ("PLEA", 4),
    ("CALLOVER", 3),
    ("MONITOR", 2),
    ("SUPPRESS", 1),
    ("DISCLOSURE", 1),
)
"""Hearing types whose default is AVL, likelier ones with more weight."""

DAYS_BACK, DAYS_AHEAD, TRIES = 2, 9, 8


def make_demo() -> int:
    """Make the demonstration data unless it is there; returns how many bookings were made."""
    if is_there():
        return 0
    add_cast()
    stage = set_stage()
    # What the records say decides how people appear, so it is there before anything is booked.
    note_people(stage)
    made = sum(_play_day(stage, day) for day in _days()) + play_script(stage)
    settle_past_texts()
    return made


def _days() -> Iterator[date]:
    today = local_day(clock.now(), "Pacific/Auckland")
    for offset in range(-DAYS_BACK, DAYS_AHEAD + 1):
        day = today + timedelta(days=offset)
        if day.weekday() < 5:
            yield day


def _play_day(stage: Stage, day: date) -> int:
    made = 0
    for court_code, prison_codes, count in PAIRS:
        court = stage.sites[court_code]
        for _ in range(count):
            prison = stage.sites[stage.chance.choice(prison_codes)]
            made += _play_booking(stage, day, court, prison)
    return made


def _play_booking(stage: Stage, day: date, court: Site, prison: Site) -> int:
    for _ in range(TRIES):
        request = _wish(stage, day, court, prison)
        if request is None or _is_taken(stage, request):
            continue
        made_at = _made_at(stage, request.hearing.start)
        try:
            with clock.frozen(made_at):
                reference = request_booking(request, by=stage.actors[court.id]).reference
        except DomainError:
            continue
        _take(stage, request)
        _live(stage, reference, request, court, prison, made_at)
        return 1
    return 0


def _wish(stage: Stage, day: date, court: Site, prison: Site) -> BookingRequest | None:
    people = stage.people.get((court.id, prison.id))
    if not people:
        return None
    chance = stage.chance
    person_id, matter_id, counsel_id = chance.choice(people)
    code = chance.choices([code for code, _ in TYPES], [weight for _, weight in TYPES])[0]
    minutes, pre, post = LENGTHS[code]
    hour, minute = chance.choice(STARTS)
    start = to_utc(datetime.combine(day, time(hour, minute)), court.zone)
    return BookingRequest(
        court_id=court.id,
        courtroom_id=chance.choice(stage.rooms[court.id, ResourceKind.COURTROOM]),
        hearing_type=code,
        hearing=Interval(start, start + timedelta(minutes=minutes)),
        pre_minutes=pre,
        post_minutes=post,
        seats=(
            SeatRequest(
                person_id=person_id,
                site_id=prison.id,
                suite_id=chance.choice(stage.rooms[prison.id, ResourceKind.SUITE]),
                counsel_id=counsel_id,
                matter_id=matter_id,
            ),
        ),
        staff_notes="Documents are on the file." if chance.random() < 0.1 else "",
        prison_notes="Civilian clothes, please." if code == "BAIL" else "",
        warning_reason="Counsel's colleague takes the other one.",
    )


def _keys(request: BookingRequest) -> tuple[int, ...]:
    seat = request.seats[0]
    # People are kept apart from rooms by their sign: ids of the two tables overlap.
    return (request.courtroom_id, seat.suite_id, -seat.person_id)


def _around(request: BookingRequest) -> Interval:
    return request.hearing.widened(
        before=timedelta(minutes=request.pre_minutes),
        after=timedelta(minutes=request.post_minutes + 5),
    )


def _is_taken(stage: Stage, request: BookingRequest) -> bool:
    around = _around(request)
    return any(span.overlaps(around) for key in _keys(request) for span in stage.taken[key])


def _take(stage: Stage, request: BookingRequest) -> None:
    for key in _keys(request):
        stage.taken[key].append(_around(request))


def _made_at(stage: Stage, start: datetime) -> datetime:
    """When it would have been booked: some days before, never later than just now."""
    now = clock.now()
    some_days = timedelta(days=stage.chance.randrange(1, 9), minutes=stage.chance.randrange(0, 300))
    return min(start - some_days, now - timedelta(minutes=stage.chance.randrange(1, 90)))


def _live(
    stage: Stage,
    reference: str,
    request: BookingRequest,
    court: Site,
    prison: Site,
    made_at: datetime,
) -> None:
    """Let the booking's life go on up to now: agreed, held, over, or cancelled."""
    now, fate = clock.now(), stage.chance.random()
    start, end = request.hearing.start, request.hearing.end
    still_open = made_at > now - timedelta(hours=20) and start > now + timedelta(hours=20)
    if prison.approval == "approval" and not (still_open and fate < 0.25):
        with clock.frozen(made_at + timedelta(minutes=12)):
            confirm_booking(reference, by=stage.actors[prison.id])
    if fate > 0.95:
        with clock.frozen(min(now, made_at + timedelta(hours=2))):
            cancel_booking(reference, by=stage.actors[court.id], reason="Bail was granted.")
        return
    if start <= now and fate < 0.93:
        with clock.frozen(start + timedelta(minutes=1)):
            connect_booking(reference, by=stage.actors[prison.id])
        if end <= now:
            with clock.frozen(end + timedelta(minutes=1)):
                complete_booking(reference, by=stage.actors[prison.id])


@command
def settle_past_texts(session: Session) -> None:
    """Count texts of the invented past as delivered, so that the worker sends only what is due
    from now on and nobody is told to ring about last week."""
    now = clock.now()
    session.execute(
        update(Sms)
        .where(
            Sms.state == "pending",
            (Sms.kind.in_(("booked", "moved", "cancelled"))) | (Sms.due_at < now),
        )
        .values(state="delivered", result_code="demonstration", updated_at=now)
    )
    session.flush()
