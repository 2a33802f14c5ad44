"""Weekly hours with dates: which week stands when, and what a new week from a date on leaves.

Hours of a site or a room are lines, each with the dates between which it stands. People think of
them as weeks that follow one another: a new week stands from its date until the next change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from avl.domain.errors import InvalidInput
from avl.domain.local_time import say_clock
from avl.domain.seen import mark_of

OPEN, BREAK = "open", "break"
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True)
class Hours:
    """One weekly opening or break; a row of `Window` says the same.

    Attributes:
        kind: ``open`` or ``break``.
        weekday: 0 is Monday.
        from_on: the first date on which it stands; None since ever.
        to_on: the first date on which it no longer stands; None for ever after.
    """

    kind: str
    weekday: int
    opens_at: time
    closes_at: time
    label: str = ""
    from_on: date | None = None
    to_on: date | None = None
    assumed: str = ""
    source: str = ""

    def stands_on(self, on: date) -> bool:
        """Whether it belongs to the week that stands on a date."""
        return (self.from_on is None or self.from_on <= on) and (
            self.to_on is None or on < self.to_on
        )


@dataclass(frozen=True, slots=True)
class Line:
    """Hours that some weekdays share, as one line of a page or form."""

    kind: str
    days: tuple[int, ...]
    opens_at: time
    closes_at: time
    label: str

    @property
    def days_typed(self) -> str:
        """The weekdays as they are typed: "Mon-Fri"."""
        return spell_days(self.days)


@dataclass(frozen=True, slots=True)
class Week:
    """The hours that stand between two dates; ``to_on`` is the first date after them."""

    from_on: date | None
    to_on: date | None
    hours: tuple[Hours, ...]

    def lines(self, kind: str) -> list[Line]:
        """Its openings or breaks, days that share their hours together."""
        days: dict[tuple[time, time, str], set[int]] = {}
        for one in self.hours:
            if one.kind == kind:
                days.setdefault((one.opens_at, one.closes_at, one.label), set()).add(one.weekday)
        found = [Line(kind, tuple(sorted(on)), *times) for times, on in days.items()]
        return sorted(found, key=lambda line: (line.days, line.opens_at, line.label))

    @property
    def assumed(self) -> str:
        """What nobody has confirmed of it, in words."""
        return "; ".join(dict.fromkeys(one.assumed for one in self.hours if one.assumed))


def weeks_from(hours: Sequence[Hours], today: date) -> list[Week]:
    """The week that stands today, and every week to come that is on record."""
    changes = _changes(hours)
    starts = [today, *(on for on in changes if on > today)]
    weeks = []
    for number, start in enumerate(starts):
        to_on = starts[number + 1] if number + 1 < len(starts) else None
        since = max((on for on in changes if on <= start), default=None)
        weeks.append(Week(since, to_on, tuple(one for one in hours if one.stands_on(start))))
    return weeks


def with_week(hours: Sequence[Hours], week: Iterable[Hours], from_on: date) -> list[Hours]:
    """What stands on record once a new week stands from a date on, until the next change.

    What stood before that date stays on record, as does every change already planned after it.

    Args:
        week: the new week; the dates in it are not looked at.
    """
    until = min((on for on in _changes(hours) if on > from_on), default=None)
    kept = [part for one in hours for part in _outside(one, from_on, until)]
    return _joined([*kept, *(replace(one, from_on=from_on, to_on=until) for one in week)])


def weekdays(cell: str) -> tuple[int, ...]:
    """Read Mon, Mon-Fri or "Mon Wed" as weekday numbers (0 = Monday).

    Raises:
        ValueError: says what is wrong, in words that finish the sentence "column weekdays: ...".
    """
    found: list[int] = []
    for part in cell.split():
        first, _, last = part.partition("-")
        if first not in DAY_NAMES or (last or first) not in DAY_NAMES:
            raise ValueError(f"“{cell}” is not a day or range of days such as Mon-Fri")
        start, end = DAY_NAMES.index(first), DAY_NAMES.index(last or first)
        if end < start:
            raise ValueError(f"“{part}” runs backwards; write the earlier day first")
        found.extend(range(start, end + 1))
    return tuple(sorted(set(found)))


def read_weekdays(typed: str) -> tuple[int, ...]:
    """Read weekdays as people type them: Mon-Fri, Monday to Friday, "Mon, Wed", every day.

    Raises:
        ValueError: says how to type them.
    """
    words = typed.lower().replace(",", " ").replace(" and ", " ").replace("–", "-")
    words = words.replace(" to ", "-").replace(" - ", "-")
    if words.strip() in ("every day", "daily"):
        return tuple(range(7))
    parts = ["-".join(end[:3].capitalize() for end in word.split("-")) for word in words.split()]
    if not parts:
        raise ValueError("enter the days, such as Mon-Fri or Tue Thu")
    try:
        return weekdays(" ".join(parts))
    except ValueError:
        said = f"“{typed}” is no day or days such as Mon-Fri, the earlier one first"
        raise ValueError(said) from None


def spell_days(days: Iterable[int]) -> str:
    """Spell weekdays as `weekdays` reads them: "Mon-Fri", "Mon Wed"."""
    runs: list[list[int]] = []
    for day in sorted(set(days)):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return " ".join(_spell_run(run) for run in runs)


def check_week(week: Iterable[Hours]) -> None:
    """Refuse hours that could not be.

    Raises:
        InvalidInput: an end that does not come after its start, or a label that does not fit.
    """
    for one in week:
        if one.closes_at <= one.opens_at:
            times = f"{say_clock(one.opens_at)} to {say_clock(one.closes_at)}"
            raise InvalidInput("hours", f"{times}: the end must come after the start.")
        if len(one.label) > LONGEST_LABEL:
            raise InvalidInput("hours", f"What a break is for has at most {LONGEST_LABEL} letters.")


def mark_of_hours(hours: Iterable[Hours]) -> str:
    """A mark of hours on record, whatever order they were read in."""
    return mark_of(sorted(repr(one) for one in hours))


def say_hours(hours: Iterable[Hours]) -> list[str]:
    """Spell a week for the record: "open Mon-Fri 08:30-17:00"."""
    week = Week(None, None, tuple(hours))
    return [
        f"{kind} {line.days_typed} {line.opens_at:%H:%M}-{line.closes_at:%H:%M}"
        + (f" {line.label}" if line.label else "")
        for kind in (OPEN, BREAK)
        for line in week.lines(kind)
    ]


def _changes(hours: Iterable[Hours]) -> list[date]:
    return sorted({on for one in hours for on in (one.from_on, one.to_on) if on is not None})


def _outside(one: Hours, start: date, until: date | None) -> list[Hours]:
    """The parts of a line before a date and from another on."""
    first = one.from_on or date.min
    last = one.to_on or date.max
    parts = []
    if first < start:
        parts.append(replace(one, to_on=start if last > start else one.to_on))
    if until is not None and last > until:
        parts.append(replace(one, from_on=max(first, until)))
    return parts


def _joined(hours: Iterable[Hours]) -> list[Hours]:
    """Lines that differ in nothing and follow one another, made one."""
    found: list[Hours] = []
    for one in sorted(hours, key=lambda line: (_but_dates(line), line.from_on or date.min)):
        last = found[-1] if found else None
        if (
            last
            and _but_dates(last) == _but_dates(one)
            and (last.to_on or date.max) >= (one.from_on or date.min)
        ):
            ends = (last.to_on, one.to_on)
            to_on = None if None in ends else max(on for on in ends if on)
            found[-1] = replace(last, to_on=to_on)
        else:
            found.append(one)
    return found


def _but_dates(one: Hours) -> tuple[str, int, time, time, str, str, str]:
    return (
        one.kind,
        one.weekday,
        one.opens_at,
        one.closes_at,
        one.label,
        one.assumed,
        one.source,
    )


def _spell_run(run: Sequence[int]) -> str:
    if len(run) == 1:
        return DAY_NAMES[run[0]]
    if len(run) == 2:
        return f"{DAY_NAMES[run[0]]} {DAY_NAMES[run[1]]}"
    return f"{DAY_NAMES[run[0]]}-{DAY_NAMES[run[-1]]}"
