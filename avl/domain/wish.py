"""What somebody would like to book, before anything is known about whether it can be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day
from avl.domain.resources import GRID_MINUTES, Interpreter, Placement

LONGEST_WINDOW_DAYS = 92
"""A search looks at most this many days ahead, so that its cost stays bounded."""

FARTHEST_DAYS = 730
"""Nothing is searched, booked, waited for or put out of use farther ahead than two years."""

LONGEST_TURNAROUND = timedelta(hours=2)
"""The schema permits no longer one (`site_turnaround_sensible`)."""


def farthest_day(now: datetime) -> date:
    """Return the last day that is not too far ahead.

    Days are counted in UTC, of which New Zealand's are never behind: whatever is found on this day
    of a court's wall can be booked as well.
    """
    return local_day(now, "UTC") + timedelta(days=FARTHEST_DAYS)


def check_near(
    on: date | datetime,
    now: datetime,
    field: str,
    message: str = "Choose a date within the next two years.",
) -> None:
    """Refuse what is too far ahead, wherever it comes from.

    Args:
        on: a day on a wall, or an aware instant.
        field: the input it was given in.

    Raises:
        InvalidInput: it is more than two years ahead.
    """
    if (local_day(on, "UTC") if isinstance(on, datetime) else on) > farthest_day(now):
        raise InvalidInput(field, message)


def check_day(on: date, now: datetime, zone: str, field: str) -> None:
    """Refuse a day for which nothing can be looked for.

    Args:
        on: on the wall of the court, whose ``zone`` it is.

    Raises:
        InvalidInput: it has passed, or is more than two years ahead.
    """
    if on < local_day(now, zone):
        raise InvalidInput(field, "This date has passed. Choose today or a later date.")
    check_near(on, now, field)


@dataclass(frozen=True, slots=True)
class WishSeat:
    """One person who is to appear. All numbers are resource ids.

    Attributes:
        suites: the suites to choose from, preferred first; None for every suite of whichever
            site the person is in at the time.
        preferred_suite: the suite to keep if it is free (a move, or a refused first choice).
        instruction_suites: rooms at court for counsel's conference; none wanted when empty.
    """

    person: int
    counsel: int | None = None
    suites: tuple[int, ...] | None = None
    preferred_suite: int | None = None
    instruction_suites: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """A booking somebody would like, and how far they would go to get it.

    Attributes:
        courtrooms: resource ids, preferred first; empty for any courtroom of the court.
        minutes: length of the hearing; ``pre_minutes`` and ``post_minutes`` of the conferences.
        wanted_start: when the hearing should start, aware UTC.
        first: first date that will do, on the court's wall; ``last`` the last one.
        earliest: on the court's wall, before which no hearing may start; None for any time.
        latest: on the court's wall, by which every hearing must be over.
        avoiding: stretches that will not do, although they may be free.
        within: the hearing lies inside it, whole (a sitting); its conferences need not.
        nearer: how near the wanted start a hearing must begin, nearer than this; None for any.
        limit: how many offers to make; None for every start that works.
        ignoring: id of the booking being moved, whose own holds do not count.
        interpreter: what has to be interpreted; None when nothing has.

    Raises:
        InvalidInput: a length off the grid, no or too many days, nobody, or somebody twice.
    """

    court_id: int
    courtrooms: tuple[int, ...]
    hearing_type: str
    minutes: int
    pre_minutes: int
    post_minutes: int
    seats: tuple[WishSeat, ...]
    wanted_start: datetime
    first: date
    last: date
    limit: int | None = 6
    ignoring: int | None = None
    earliest: time | None = None
    latest: time | None = None
    avoiding: tuple[Interval, ...] = ()
    nearer: timedelta | None = None
    interpreter: Interpreter | None = None
    within: Interval | None = None

    def __post_init__(self) -> None:
        self._check_lengths()
        if self.last < self.first:
            raise InvalidInput("last", "The last date must not come before the first.")
        if (self.last - self.first).days >= LONGEST_WINDOW_DAYS:
            raise InvalidInput("last", f"Search at most {LONGEST_WINDOW_DAYS} days at a time.")
        people = [seat.person for seat in self.seats]
        if not people:
            raise InvalidInput("person", "Choose who is to appear.")
        if len(set(people)) < len(people):
            raise InvalidInput("person", "The same person is in this booking twice.")
        if self.earliest or self.latest:
            self._check_times()

    def _check_times(self) -> None:
        earliest, latest = self.earliest or time(0), self.latest or time(23, 59)
        open_for = (latest.hour - earliest.hour) * 60 + latest.minute - earliest.minute
        if open_for < self.minutes:
            raise InvalidInput("latest", "The hearing does not fit between these times.")

    def _check_lengths(self) -> None:
        lengths = {
            "minutes": self.minutes,
            "pre_minutes": self.pre_minutes,
            "post_minutes": self.post_minutes,
        }
        for name, length in lengths.items():
            shortest = GRID_MINUTES if name == "minutes" else 0
            if length % GRID_MINUTES or not shortest <= length <= 12 * 60:
                raise InvalidInput(name, f"Choose a length in steps of {GRID_MINUTES} minutes.")

    @property
    def days(self) -> tuple[date, ...]:
        """Every date that will do, earliest first."""
        count = (self.last - self.first).days + 1
        return tuple(self.first + timedelta(days=n) for n in range(count))

    def window(self, zone: str) -> Interval:
        """Return all the time that any leg or turnaround of an offer can touch.

        Args:
            zone: the court's.
        """
        return self.window_of(self.first, self.last, zone)

    def window_of(self, first: date, last: date, zone: str) -> Interval:
        """Return the same for the hearings that start on some of the days only."""
        start, end = day_interval(first, zone).start, day_interval(last, zone).end
        after = timedelta(minutes=self.minutes + self.post_minutes) + LONGEST_TURNAROUND
        return Interval(start - timedelta(minutes=self.pre_minutes), end + after)


def wish_like(
    placement: Placement,
    *,
    first: date,
    last: date,
    courtrooms: tuple[int, ...] | None = None,
    limit: int | None = 6,
    ignoring: int | None = None,
) -> Wish:
    """Return the wish for what stands or was refused: the same, as near to it as can be.

    Args:
        first: first date that will do, on the court's wall; ``last`` the last one.
        courtrooms: those that will do, preferred first; None for the placement's own.
        limit: how many offers to make.
        ignoring: id of the booking that stands there.
    """
    return Wish(
        court_id=placement.court_id,
        courtrooms=(placement.courtroom,) if courtrooms is None else courtrooms,
        hearing_type=placement.hearing_type,
        minutes=_on_grid(placement.hearing.minutes),
        pre_minutes=_on_grid(placement.pre_minutes),
        post_minutes=_on_grid(placement.post_minutes),
        seats=tuple(
            WishSeat(
                person=seat.person,
                counsel=seat.counsel,
                preferred_suite=seat.suite,
                instruction_suites=(seat.instruction_suite,) if seat.instruction_suite else (),
            )
            for seat in placement.seats
        ),
        wanted_start=placement.hearing.start,
        first=first,
        last=last,
        limit=limit,
        ignoring=ignoring,
        interpreter=placement.interpreter,
    )


def _on_grid(minutes: int) -> int:
    return -(-minutes // GRID_MINUTES) * GRID_MINUTES
