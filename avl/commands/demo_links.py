"""What the demonstration's week would have by chance alone: links of three ends, and interpreters.

Co-defendants in two prisons, counsel who confer from an instruction suite, and four people for
whom somebody interprets: one confirmed, one asked for, one just wanted in time, one too late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from avl import clock
from avl.commands.agreement import confirm_booking
from avl.commands.bookings import BookingRequest, SeatRequest, request_booking
from avl.commands.demo_stage import LENGTHS, STARTS, Stage
from avl.commands.interpreters import set_interpreter
from avl.commands.modes import DirectionNote
from avl.commands.transaction import command
from avl.domain.booking import Status
from avl.domain.errors import DomainError
from avl.domain.interpreters import REO, InterpreterState
from avl.domain.interval import Interval
from avl.domain.local_time import local_day, to_utc
from avl.models import Booking, MatterParty, Person, ResourceKind, Site

COURT = "HUTDC"
IN_TIME = timedelta(days=21)
"""How long before now an interpreter was thought of: more than ten working days."""
JUST_NOW = timedelta(hours=3)

Party = tuple[int, int, int | None]
"""A person's id, their matter's and their counsel's."""


@dataclass(frozen=True, slots=True)
class Scripted:
    """One booking of the script.

    Attributes:
        people: the prison of each, and which of the court's people there.
        days: how many working days ahead it is tried first, and ``hour`` from what time on.
        made: how long ago it was booked.
        language: what is to be interpreted; ``states`` how that went on.
    """

    code: str
    people: tuple[tuple[str, int], ...]
    days: int
    hour: int
    made: timedelta = timedelta(days=4)
    language: str = ""
    states: tuple[InterpreterState, ...] = ()
    note: str = ""
    from_suite: bool = False


SCRIPT = (
    Scripted("CALLOVER", (("RIMP", 0), ("AROH", 0)), 1, 10, from_suite=True),
    Scripted("CASE_REVIEW", (("RIMP", 1), ("AROH", 1), ("RIMP", 2)), 2, 11),
    Scripted("BAIL", (("RIMP", 3),), 1, 14, from_suite=True),
    Scripted(
        "CASE_REVIEW",
        (("RIMP", 4),),
        3,
        9,
        IN_TIME,
        "Samoan",
        (InterpreterState.ASKED, InterpreterState.CONFIRMED),
        "Central Registry 24-1187",
    ),
    Scripted("PLEA", (("AROH", 2),), 2, 14, IN_TIME, REO, (InterpreterState.ASKED,)),
    Scripted("BAIL", (("RIMP", 5),), 2, 15, JUST_NOW, "Tongan"),
)


def play_script(stage: Stage) -> int:
    """Book what is scripted; returns how many bookings were made."""
    return sum(_play(stage, scene) for scene in SCRIPT)


@command
def note_people(session: Session, stage: Stage) -> None:
    """Put co-defendants on one matter, and languages into people's records."""
    for scene in SCRIPT:
        (lead, matter_id, _), *others = _parties(stage, scene)
        if scene.language:
            person = session.get_one(Person, lead)
            person.interpreter_language = scene.language
            person.version += 1
        for person_id, _, counsel_id in others:
            session.add(
                MatterParty(matter_id=matter_id, person_id=person_id, counsel_id=counsel_id)
            )


def _parties(stage: Stage, scene: Scripted) -> list[Party]:
    court = stage.sites[COURT]
    return [stage.people[court.id, stage.sites[prison].id][n] for prison, n in scene.people]


def _play(stage: Stage, scene: Scripted) -> int:
    """Book it at the first time from its day on that the rules permit."""
    court = stage.sites[COURT]
    made_at = clock.now() - scene.made
    for request in _wishes(stage, scene, court):
        try:
            with clock.frozen(made_at):
                booking = request_booking(request, by=stage.actors[court.id])
        except DomainError:
            continue
        _go_on(stage, scene, booking, made_at)
        return 1
    return 0


def _wishes(stage: Stage, scene: Scripted, court: Site) -> Iterator[BookingRequest]:
    """Each time from the scene's day on, in each courtroom."""
    today = local_day(clock.now(), court.zone)
    ahead = (today + timedelta(days=n) for n in range(1, 15))
    for day in [day for day in ahead if day.weekday() < 5][scene.days - 1 :]:
        for hour, minute in (at for at in STARTS if at[0] >= scene.hour):
            for courtroom in stage.rooms[court.id, ResourceKind.COURTROOM]:
                yield _wish(stage, scene, court, courtroom, day, time(hour, minute))


def _wish(
    stage: Stage, scene: Scripted, court: Site, courtroom: int, day: date, at: time
) -> BookingRequest:
    minutes, pre, post = LENGTHS[scene.code]
    start = to_utc(datetime.combine(day, at), court.zone)
    return BookingRequest(
        court_id=court.id,
        courtroom_id=courtroom,
        hearing_type=scene.code,
        hearing=Interval(start, start + timedelta(minutes=minutes)),
        pre_minutes=pre,
        post_minutes=post,
        seats=tuple(_seats(stage, scene, court)),
        staff_notes="Co-defendants: each is to hear all of it." if len(scene.people) > 1 else "",
        interpreter_language=scene.language,
        direction=_direction(day) if scene.language else None,
        warning_reason="The Central Registry was rung and looks for somebody."
        if scene.made == JUST_NOW
        else "Counsel has agreed to it.",
    )


def _direction(day: date) -> DirectionNote:
    """Somebody who needs an interpreter appears by AVL only where a judge says so."""
    return DirectionNote(
        role="judicial_officer",
        officer_name="Judge T Morehu",
        reason="Short and procedural; the interpreter sits with counsel in court.",
        directed_on=min(day, clock.now().date()) - IN_TIME,
    )


def _seats(stage: Stage, scene: Scripted, court: Site) -> Iterator[SeatRequest]:
    """Each person in another suite of their prison; counsel of the first at the court's own."""
    own: Sequence[int] = stage.rooms[court.id, ResourceKind.INSTRUCTION_SUITE]
    lead_matter = _parties(stage, scene)[0][1]
    for place, ((prison, _), party) in enumerate(
        zip(scene.people, _parties(stage, scene), strict=True)
    ):
        site = stage.sites[prison]
        suites = stage.rooms[site.id, ResourceKind.SUITE]
        yield SeatRequest(
            person_id=party[0],
            site_id=site.id,
            suite_id=suites[place % len(suites)],
            counsel_id=party[2],
            matter_id=lead_matter,
            instruction_suite_id=own[0] if own and scene.from_suite and not place else None,
        )


def _go_on(stage: Stage, scene: Scripted, booking: Booking, made_at: datetime) -> None:
    """Let the prisons agree, and the search for an interpreter get as far as it is to be."""
    if booking.status is Status.REQUESTED and scene.made != JUST_NOW:
        for site in {stage.sites[prison].id: stage.sites[prison] for prison, _ in scene.people}:
            with clock.frozen(made_at + timedelta(minutes=20)):
                confirm_booking(booking.reference, by=stage.actors[site])
    for days, state in enumerate(scene.states, start=1):
        with clock.frozen(made_at + timedelta(days=days)):
            is_last = state is scene.states[-1]
            note = scene.note if is_last else ""
            set_interpreter(
                booking.reference, state, by=stage.actors[stage.sites[COURT].id], note=note
            )
