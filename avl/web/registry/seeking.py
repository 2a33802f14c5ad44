"""From what was typed to a wish, and from offers to lines an officer can choose."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol

from avl.commands.interpreters import wanted_from
from avl.commands.modes import DirectionNote
from avl.domain.access import Actor
from avl.domain.custody import say_died
from avl.domain.errors import InvalidInput
from avl.domain.interpreters import read_languages
from avl.domain.local_time import day_interval, local_day, to_utc
from avl.domain.resources import GRID_MINUTES, Interpreter
from avl.domain.wish import Wish, WishSeat, check_day, farthest_day
from avl.queries.booking_form import FormFacts, Named, Party, counsel_named, form_facts
from avl.queries.form_choices import Court, TypeOfHearing
from avl.web.registry.typed import NOTES_LENGTH, Typed, read_minutes, within_length

USUAL_START = time(10)
"""Courts begin at ten: the time of day looked for when only a date is given."""

DAYS_BEFORE, DAYS_AFTER = 3, 21
"""How far around the preferred date offers are looked for."""


class _Keep(Protocol):
    """Notes a field's fault, under another name if one is given."""

    def __call__(self, error: InvalidInput, name: str = "") -> None: ...


@dataclass(frozen=True, slots=True)
class Lengths:
    """Minutes of the hearing and of the conferences before and after it."""

    minutes: int
    pre_minutes: int
    post_minutes: int


@dataclass(frozen=True)
class Read:
    """The form, read: what could be understood, and what was wrong with the rest.

    Attributes:
        counsel: chosen counsel for each person id.
        instruction: the instruction suites to choose from for each person id; nobody's where
            counsel confers elsewhere.
        errors: a sentence for each field that cannot be used, by field name.
    """

    court: Court | None
    rooms: tuple[int, ...]
    kind: TypeOfHearing | None
    lengths: Lengths | None
    on: date | None
    at: time | None
    wanted_start: datetime | None
    people: tuple[Party, ...]
    counsel: Mapping[int, Named | None]
    instruction: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    interpreter: Interpreter | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_exact(self) -> bool:
        """Whether both a date and a time were asked for."""
        return self.on is not None and self.at is not None

    @property
    def asks_for_instruction(self) -> bool:
        """Whether there is a conference, and a room at court that counsel could have for it."""
        return bool(self.court and self.court.instruction_suites and self.has_conference)

    @property
    def has_conference(self) -> bool:
        """Whether counsel and client are to meet before or after."""
        lengths = self.lengths
        return lengths is not None and bool(lengths.pre_minutes or lengths.post_minutes)

    def agrees_with(self, instruction: Sequence[int | None]) -> bool:
        """Whether these instruction suites, one for each person, are what is asked for now."""
        if len(instruction) != len(self.people):
            return False
        for party, room in zip(self.people, instruction, strict=True):
            choices = self.instruction.get(party.person_id, ())
            if room not in (choices or (None,)):
                return False
        return True


def facts_for(actor: Actor, typed: Typed, *, now: datetime) -> FormFacts:
    """What the form that was typed into shows and chooses from.

    Raises:
        NotFound: as `form_facts`.
    """
    return form_facts(
        actor,
        person_ids=typed.asked_for,
        matter_id=typed.matter,
        hearing_type=typed.hearing_type,
        now=now,
    )


def read_form(typed: Typed, facts: FormFacts, *, now: datetime) -> Read:
    """Understand what was typed; every field's fault is found, not only the first."""
    errors: dict[str, str] = {}

    def keep(error: InvalidInput, name: str = "") -> None:
        errors.setdefault(name or error.field, error.message)

    court, rooms = _where(typed, facts)
    if court is None:
        errors["where"] = "Choose a courtroom."
    kind = facts.type_of(typed.hearing_type)
    if kind is None:
        errors["hearing_type"] = "Choose a hearing type."
    lengths = _read_lengths(typed, kind, keep)
    on = at = wanted = None
    try:
        on = typed.date_on
        at = typed.time_at
        if court is not None:
            wanted = _wanted_start(on, at, typed.which, court.zone, now)
    except InvalidInput as error:
        keep(error)
    people = tuple(party for party in facts.parties if party.person_id in typed.people)
    if not people:
        errors["person"] = "Choose who is to appear."
    if dead := next((party for party in people if party.died), None):
        errors["person"] = say_died(dead.name)
    counsel = _read_counsel(typed, people, keep)
    for name, words in (
        ("staff_notes", "Notes for staff"),
        ("prison_notes", "Notes for the prison"),
    ):
        try:
            within_length(getattr(typed, name), name, words)
        except InvalidInput as error:
            keep(error)
    if len(typed.mode_reason) > NOTES_LENGTH:
        errors["mode_reason"] = f"The reason must have {NOTES_LENGTH} characters or fewer."
    instruction = _read_instruction(typed, court, lengths, people, counsel)
    interpreter = _read_interpreter(typed, kind, keep)
    return Read(
        court,
        rooms,
        kind,
        lengths,
        on,
        at,
        wanted,
        people,
        counsel,
        instruction,
        interpreter,
        errors,
    )


def wish_from(
    read: Read,
    *,
    now: datetime,
    ignoring: int | None = None,
    suites: Mapping[int, int] | None = None,
    instruction: Collection[int] = (),
) -> Wish:
    """The wish behind a form without errors.

    Args:
        ignoring: id of the booking (or hold) the form is about: it never stands in its own way.
        suites: the suite each person has now (person id to resource id), kept if it is free.
        instruction: the instruction suites counsel has now, asked for first.

    Raises:
        InvalidInput: the date is too far away or has passed.
    """
    if not (read.court and read.kind and read.lengths and read.wanted_start):
        raise ValueError("a form with errors is no wish")
    today = local_day(now, read.court.zone)
    wanted_on = local_day(read.wanted_start, read.court.zone)
    check_day(wanted_on, now, read.court.zone, "date")
    return Wish(
        court_id=read.court.id,
        courtrooms=read.rooms,
        hearing_type=read.kind.code,
        minutes=read.lengths.minutes,
        pre_minutes=read.lengths.pre_minutes,
        post_minutes=read.lengths.post_minutes,
        seats=tuple(
            WishSeat(
                party.resource_id,
                counsel.resource_id if counsel else None,
                preferred_suite=(suites or {}).get(party.person_id),
                instruction_suites=tuple(
                    sorted(
                        read.instruction.get(party.person_id, ()),
                        key=lambda room: room not in instruction,
                    )
                ),
            )
            for party in read.people
            for counsel in (read.counsel.get(party.person_id),)
        ),
        wanted_start=read.wanted_start,
        first=max(today, wanted_on - timedelta(days=DAYS_BEFORE)),
        last=min(wanted_on + timedelta(days=DAYS_AFTER), farthest_day(now)),
        ignoring=ignoring,
        interpreter=read.interpreter,
    )


def fill_usual(typed: Typed, facts: FormFacts) -> None:
    """Put in what is usual for those who appear and for the hearing type just chosen."""
    _fill_usual_interpreter(typed, facts)
    _fill_usual_lengths(typed, facts)


def _fill_usual_interpreter(typed: Typed, facts: FormFacts) -> None:
    """The languages of the people's records, unless the officer wrote something else."""
    spoken = [
        party.interpreter_language for party in facts.parties if party.person_id in typed.people
    ]
    usual = read_languages(", ".join(spoken))
    if typed.interpreter == typed.interpreter_for:
        typed.interpreter = usual
    typed.interpreter_for = usual


def _fill_usual_lengths(typed: Typed, facts: FormFacts) -> None:
    """Put a hearing type's usual lengths into the form when the type was just chosen.

    What the officer changed by hand stays: only a field that is empty, or still as the type
    before it filled it, is filled.
    """
    kind = facts.type_of(typed.hearing_type)
    if kind is None or typed.filled_for == kind.code:
        return
    before = facts.type_of(typed.filled_for)
    for name in ("minutes", "pre_minutes", "post_minutes"):
        untouched = {"", str(getattr(before, name))} if before else {""}
        if getattr(typed, name) in untouched:
            setattr(typed, name, str(getattr(kind, name)))
    typed.filled_for = kind.code


def direction_from(typed: Typed, on: date) -> DirectionNote | None:
    """What was typed about the decision that the person appears by AVL; None when nothing was."""
    if not (typed.role or typed.officer_name or typed.mode_reason or typed.consent):
        return None
    consent = {"yes": True, "no": False}.get(typed.consent)
    return DirectionNote(
        role=typed.role,
        officer_name=typed.officer_name,
        reason=typed.mode_reason,
        directed_on=on,
        criteria=",".join(typed.criteria)[:200],
        consent_given=consent,
        consent_how=typed.consent_how[:200],
    )


def _where(typed: Typed, facts: FormFacts) -> tuple[Court | None, tuple[int, ...]]:
    kind, _, number = typed.where.partition("-")
    if not number.isdecimal():
        return None, ()
    if kind == "room":
        return facts.court_of_room(int(number)), (int(number),)
    return facts.court(int(number)), ()


def _read_lengths(typed: Typed, kind: TypeOfHearing | None, keep: _Keep) -> Lengths | None:
    found = {}
    for name, words in _LENGTH_WORDS.items():
        try:
            found[name] = read_minutes(
                getattr(typed, name), name, words, usual=getattr(kind, name) if kind else 0
            )
        except InvalidInput as error:
            keep(error)
    if len(found) < len(_LENGTH_WORDS):
        return None
    if kind is not None and not GRID_MINUTES <= found["minutes"] <= 480:
        keep(InvalidInput("minutes", "The hearing must last from 5 minutes to 8 hours (480)."))
    for name in ("pre_minutes", "post_minutes"):
        if found[name] > 120:
            keep(InvalidInput(name, "A conference lasts 120 minutes at most."))
    return Lengths(**found)


_LENGTH_WORDS = {
    "minutes": "The hearing",
    "pre_minutes": "The conference before",
    "post_minutes": "The conference after",
}


def _read_counsel(typed: Typed, people: Sequence[Party], keep: _Keep) -> dict[int, Named | None]:
    """Counsel for each person: whoever is named; counsel of record where nothing was asked."""
    found: dict[int, Named | None] = {}
    for party in people:
        words = typed.counsel.get(str(party.person_id))
        if words is None or (party.counsel and words == party.counsel.name):
            found[party.person_id] = party.counsel
            continue
        try:
            found[party.person_id] = counsel_named(words)
        except InvalidInput as error:
            keep(error, f"counsel-{party.person_id}")
    return found


def _read_interpreter(typed: Typed, kind: TypeOfHearing | None, keep: _Keep) -> Interpreter | None:
    try:
        return wanted_from(typed.interpreter, [], kind.interpreter_days if kind else None)
    except InvalidInput as error:
        keep(error)
        return None


def _read_instruction(
    typed: Typed,
    court: Court | None,
    lengths: Lengths | None,
    people: Sequence[Party],
    counsel: Mapping[int, Named | None],
) -> dict[int, tuple[int, ...]]:
    """Which instruction suites would do for whose counsel.

    One for each counsel, as far as the court's suites go: counsel of two people confers with
    both from one room, and where there are fewer rooms than counsel the others confer elsewhere.
    A room that is not at the court chosen since means any free one.
    """
    has_conference = lengths is not None and (lengths.pre_minutes or lengths.post_minutes)
    if court is None or not has_conference or typed.instruction == "none":
        return {}
    rooms = tuple(room.id for room in court.instruction_suites)
    named = next((room for room in rooms if str(room) == typed.instruction), None)
    found: dict[int, tuple[int, ...]] = {}
    served: set[int] = set()
    for party in people:
        lawyer = counsel.get(party.person_id)
        if len(found) == len(rooms) or (lawyer is not None and lawyer.id in served):
            continue
        if lawyer is not None:
            served.add(lawyer.id)
        if named is None:
            found[party.person_id] = rooms
        else:
            others = tuple(room for room in rooms if room != named)
            found[party.person_id] = others if found else (named,)
    return found


def _wanted_start(
    on: date | None, at: time | None, which: str, zone: str, now: datetime
) -> datetime:
    """The start to look around: exactly what was asked, or the soonest sensible one."""
    today = local_day(now, zone)
    if at is not None and (at.minute % GRID_MINUTES or at.second):
        raise InvalidInput("time", f"Choose a start in steps of {GRID_MINUTES} minutes.")
    if on is None and at is None:
        # The nearest to midnight is the soonest of each day; what has passed is never offered.
        return day_interval(today, zone).start
    fold = {"first": 0, "second": 1}.get(which)
    start = to_utc(datetime.combine(on or today, at or USUAL_START), zone, fold)
    if on is None and start <= now:
        start = to_utc(datetime.combine(today + timedelta(days=1), at or USUAL_START), zone, fold)
    return start
