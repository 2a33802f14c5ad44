"""When a place is open: hours, breaks, closures and holidays, as one rule.

``why_shut(interval)`` answers None exactly when the interval lies inside one open interval, so
the offer somebody sees and the refusal somebody reads can never disagree. A suite or courtroom
may have hours of its own: its calendar lies ``within`` its site's and can only narrow it. On a day
for which sittings are recorded, a courtroom is open while it sits: these are its hours then. On
one on which it is recorded not to sit, it is shut.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from avl.domain.interval import Interval, intersect, merge, subtract
from avl.domain.local_time import (
    WEEKDAYS,
    clock_intervals,
    day_interval,
    local_day,
    local_days,
    say_clock,
    say_date,
    say_time,
)
from avl.domain.spoken import say_all

_MIDNIGHT = time(0)

MOST_DAYS = 400
"""Days, times types of hearing, whose open hours a calendar remembers: calendars live long."""

MOST_SHUT_DAYS = 62
"""How many days a deadline looks ahead for days on which a place is open."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours on one weekday (0 = Monday), by the site's clock; midnight closes the day."""

    weekday: int
    opens: time
    closes: time
    from_on: date | None = None
    to_on: date | None = None

    def is_on(self, day: date) -> bool:
        """Say whether these hours are kept on that date."""
        return day.weekday() == self.weekday and _is_dated(day, self.from_on, self.to_on)


@dataclass(frozen=True, slots=True)
class Break:
    """A daily stretch with nobody to spare: lunch, lock-up, meals. No weekday = every day."""

    weekday: int | None
    from_time: time
    to_time: time
    label: str
    from_on: date | None = None
    to_on: date | None = None

    def is_on(self, day: date) -> bool:
        """Say whether the break is taken on that date."""
        right_weekday = self.weekday is None or day.weekday() == self.weekday
        return right_weekday and _is_dated(day, self.from_on, self.to_on)


@dataclass(frozen=True, slots=True)
class Closure:
    """A one-off closure, whole day or part; some hearing types may still sit (arrest court)."""

    on: date
    from_time: time | None
    to_time: time | None
    reason: str
    allowed_hearing_types: frozenset[str] = frozenset()

    def stops(self, hearing_type: str | None) -> bool:
        """Say whether the closure stops this type of hearing."""
        return hearing_type not in self.allowed_hearing_types


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday or anniversary day, kept by the whole site for the whole day."""

    on: date
    name: str


@dataclass(frozen=True)
class SiteCalendar:
    """One place's calendar.

    Attributes:
        name: how the place is called in sentences.
        zone: its time zone.
        openings: its hours; None means that it adds none (a suite that keeps its site's hours), as
            it adds none on a date on which none of a room's own hours stand on any weekday.
        reopened: holidays on which it works after all. To let only some hearing types sit on a
            holiday, reopen the date and close it again with ``allowed_hearing_types``.
        within: the site's calendar, for a room; the room is open only while both are.
        sittings: of a courtroom; each within one day on the wall, none overlapping another. A
            hearing lies inside one of them; from one to the next it cannot run on, though they
            touch: another judicial officer may preside.
        idle: dates on which a courtroom does not sit, whatever its opening hours.
    """

    name: str
    zone: str
    openings: tuple[Opening, ...] | None
    breaks: tuple[Break, ...] = ()
    closures: tuple[Closure, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    reopened: frozenset[date] = frozenset()
    within: SiteCalendar | None = None
    sittings: tuple[Interval, ...] = ()
    idle: frozenset[date] = frozenset()
    _sittings_on: dict[date, list[Interval]] = field(init=False, repr=False, compare=False)
    _closures_on: dict[date, list[Closure]] = field(init=False, repr=False, compare=False)
    _holiday_on: dict[date, Holiday] = field(init=False, repr=False, compare=False)
    # A search asks about the same day many times; the answer cannot change, so it is kept.
    _opened: dict[tuple[date, str | None], tuple[Interval, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        closures: dict[date, list[Closure]] = {}
        for closure in self.closures:
            closures.setdefault(closure.on, []).append(closure)
        kept = {holiday.on: holiday for holiday in self.holidays if holiday.on not in self.reopened}
        sittings: dict[date, list[Interval]] = {on: [] for on in self.idle}
        for sitting in sorted(self.sittings):
            sittings.setdefault(local_day(sitting.start, self.zone), []).append(sitting)
        object.__setattr__(self, "_sittings_on", sittings)
        object.__setattr__(self, "_closures_on", closures)
        object.__setattr__(self, "_holiday_on", kept)

    def open_intervals(self, on: date, hearing_type: str | None = None) -> tuple[Interval, ...]:
        """Return when the place is open on that local date, in UTC, earliest first.

        What lies in two sittings is never one interval, so two of them may touch.

        Args:
            on: a date on the site's wall.
            hearing_type: code; lifts the closures during which this type may still sit.
        """
        if (known := self._opened.get((on, hearing_type))) is not None:
            return known
        opened = self._own_intervals(on, hearing_type)
        if self.within is not None and opened:
            site = self.within.open_intervals(on, hearing_type)
            if self.sits_on(on):
                opened = tuple(part for one in opened for part in intersect([one], site))
            else:
                opened = tuple(intersect(opened, site))
        if len(self._opened) >= MOST_DAYS:
            self._opened.clear()
        self._opened[on, hearing_type] = opened
        return opened

    def sits_on(self, on: date) -> bool:
        """Say whether that local date has sittings for its hours, or is one without any."""
        return on in self._sittings_on

    def is_open(self, interval: Interval, hearing_type: str | None = None) -> bool:
        """Say whether the whole interval lies inside one open interval."""
        on = local_day(interval.start, self.zone)
        if any(free.contains(interval) for free in self.open_intervals(on, hearing_type)):
            return True
        if self._sittings_on and any(map(self.sits_on, local_days(interval, self.zone))):
            return False
        return any(free.contains(interval) for free in self._open_around(interval, hearing_type))

    def why_shut(self, interval: Interval, hearing_type: str | None = None) -> str | None:
        """Say in one sentence why the place is not open throughout; None when it is."""
        if self.is_open(interval, hearing_type):
            return None
        if self.within and (why := self.within.why_shut(interval, hearing_type)):
            return why
        missing = subtract([interval], self._own_around(interval, hearing_type))
        return self._explain(missing[0] if missing else interval, hearing_type)

    def _own_intervals(self, on: date, hearing_type: str | None) -> tuple[Interval, ...]:
        if on in self._holiday_on:
            return ()
        hours = self._hours(on)
        taken = [
            shut
            for pause in self.breaks
            if pause.is_on(on)
            for shut in clock_intervals(on, pause.from_time, pause.to_time, self.zone)
        ]
        for closure in self._closures_on.get(on, ()):
            if closure.stops(hearing_type):
                taken.extend(self._closed_by(closure))
        if not taken:
            return tuple(hours)
        if self.sits_on(on):
            return tuple(left for sitting in hours for left in subtract([sitting], taken))
        return tuple(subtract(hours, taken))

    def _hours(self, on: date) -> list[Interval]:
        if self.sits_on(on):
            return self._sittings_on[on]
        if self.openings is None or self._keeps_sites_hours(on):
            return [day_interval(on, self.zone)]
        return merge(
            shown
            for opening in self.openings
            if opening.is_on(on)
            for shown in clock_intervals(on, opening.opens, opening.closes, self.zone)
        )

    def _keeps_sites_hours(self, on: date) -> bool:
        """Whether a room has no week of its own around this date, only before it or after."""
        if self.within is None or not self.openings:
            return False
        return not any(_is_dated(on, one.from_on, one.to_on) for one in self.openings)

    def _closed_by(self, closure: Closure) -> list[Interval]:
        starts, ends = closure.from_time or _MIDNIGHT, closure.to_time or _MIDNIGHT
        return clock_intervals(closure.on, starts, ends, self.zone)

    def _open_around(self, interval: Interval, hearing_type: str | None) -> list[Interval]:
        # Days are merged so that a unit open day and night can sit across midnight.
        days = local_days(interval, self.zone)
        return merge(free for on in days for free in self.open_intervals(on, hearing_type))

    def _own_around(self, interval: Interval, hearing_type: str | None) -> list[Interval]:
        days = local_days(interval, self.zone)
        return merge(free for on in days for free in self._own_intervals(on, hearing_type))

    def _explain(self, missing: Interval, hearing_type: str | None) -> str:
        """Name the rule that shuts the first missing stretch, weightiest rule first."""
        on = local_day(missing.start, self.zone)
        day = say_date(on)
        if holiday := self._holiday_on.get(on):
            return f"{self.name} is closed on {day}: {holiday.name}."
        for closure in self._closures_on.get(on, ()):
            if closure.stops(hearing_type) and self._touches(missing, self._closed_by(closure)):
                return f"{self.name} is closed on {day}{_part_of_day(closure)}: {closure.reason}."
        if on in self.idle and not self._hours(on):
            return f"{self.name} does not sit on {day}."
        if not (hours := self._hours(on)):
            return f"{self.name} is not open on {WEEKDAYS[on.weekday()]}s ({day})."
        for pause in self.breaks:
            shown = clock_intervals(on, pause.from_time, pause.to_time, self.zone)
            if pause.is_on(on) and self._touches(missing, shown):
                times = _say_range(pause.from_time, pause.to_time)
                return f"{self.name} is not available {times} on {day}: {pause.label}."
        open_times = say_all(self._say_hours(shown) for shown in hours)
        if self.sits_on(on):
            inside = " A hearing lies inside one sitting." if len(hours) > 1 else ""
            return f"{self.name} sits {open_times} on {day}.{inside}"
        return f"{self.name} is open only {open_times} on {day}."

    def _say_hours(self, shown: Interval) -> str:
        return f"{say_time(shown.start, self.zone)} to {say_time(shown.end, self.zone)}"

    @staticmethod
    def _touches(missing: Interval, shut: list[Interval]) -> bool:
        return any(missing.contains(part.start) or part.contains(missing.start) for part in shut)


def room_within(site: SiteCalendar, room: str, short_name: str) -> SiteCalendar:
    """The calendar of a room that keeps its site's hours, but is spoken of by its own name."""
    return SiteCalendar(f"{room} at {short_name}", site.zone, None, within=site)


def open_throughout(
    calendars: tuple[SiteCalendar, ...], first: date, last: date, hearing_type: str | None = None
) -> list[Interval]:
    """Return when every one of the places is open, earliest first, from first to last inclusive.

    Dates are read on each place's own wall, one day wider at either end, so that places in
    different zones meet.
    """
    shared: list[Interval] | None = None
    for calendar in calendars:
        days = [first + timedelta(days=n) for n in range(-1, (last - first).days + 2)]
        free = merge(span for on in days for span in calendar.open_intervals(on, hearing_type))
        shared = free if shared is None else intersect(shared, free)
    return shared or []


def after_open_days(now: datetime, within: timedelta, calendar: SiteCalendar) -> datetime:
    """Return when that much time has gone by, not counting days on which the place is shut.

    A day counts whole, however short the hours: who is given 24 hours on a Friday afternoon has
    until Monday afternoon. A place shut for two months on end gets no more than the time itself.
    """
    at, left = now, within
    for _ in range(MOST_SHUT_DAYS):
        on = local_day(at, calendar.zone)
        day = day_interval(on, calendar.zone)
        if calendar.open_intervals(on):
            if left <= day.end - at:
                return at + left
            left -= day.end - at
        at = day.end
    return now + within


def next_day_open(now: datetime, more_than: timedelta, calendar: SiteCalendar) -> date:
    """Return the first local date, from today on, of which more than that open time is to come.

    Today where a place is shut for two months on end.
    """
    today = local_day(now, calendar.zone)
    for days in range(MOST_SHUT_DAYS):
        on = today + timedelta(days=days)
        left = (part.end - max(part.start, now) for part in calendar.open_intervals(on))
        if sum((max(one, timedelta()) for one in left), timedelta()) > more_than:
            return on
    return today


def _is_dated(day: date, from_on: date | None, to_on: date | None) -> bool:
    return (from_on is None or from_on <= day) and (to_on is None or day <= to_on)


def _part_of_day(closure: Closure) -> str:
    if closure.from_time is None and closure.to_time is None:
        return ""
    if closure.to_time is None:
        return f" from {say_clock(closure.from_time or _MIDNIGHT)}"
    if closure.from_time is None:
        return f" until {say_clock(closure.to_time)}"
    return f", {_say_range(closure.from_time, closure.to_time)}"


def _say_range(starts: time, ends: time) -> str:
    return f"{say_clock(starts)} to {say_clock(ends)}"
