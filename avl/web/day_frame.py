"""The stretch of a day that a board draws, and where things lie on it, in cells of five minutes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, time, timedelta

from avl.domain.calendars import SiteCalendar
from avl.domain.interval import Interval, subtract
from avl.domain.local_time import clock_intervals, day_interval, to_local, wall_times

CELL = timedelta(minutes=5)
MOST_HOURS = 16
USUAL_HOURS = (8, 17)

HOUR = timedelta(hours=1)


def frame_of(on: date, zone: str, spans: Collection[Interval]) -> Interval:
    """The stretch worth drawing, in whole hours of the wall clock.

    Args:
        spans: everything that is to be seen on it, as far as there is room.
    """
    hours = wall_times(on, zone, HOUR)
    opens, closes = (
        clock_intervals(on, time(hour), time(hour + 1), zone)[0].start for hour in USUAL_HOURS
    )
    first = min([opens, *(span.start for span in spans)])
    last = max([closes, *(span.end for span in spans)])
    start = max(at for at in hours if at <= max(first, hours[0]))
    end = min([at for at in hours if at >= last], default=day_interval(on, zone).end)
    return Interval(start, min(end, start + MOST_HOURS * HOUR))


def hour_labels(shown: Interval, zone: str) -> tuple[str, ...]:
    """What each hour line says; an hour the clocks repeat stands here twice."""
    count = int(shown.length / HOUR)
    return tuple(f"{to_local(shown.start + HOUR * n, zone):%H:00}" for n in range(count))


def shut_parts(calendar: SiteCalendar, on: date, shown: Interval) -> list[tuple[Interval, str]]:
    """When the site is shut in what is shown, each with a word for it."""
    found = []
    for part in subtract([shown], calendar.open_intervals(on)):
        label = next(
            (
                pause.label.capitalize()
                for pause in calendar.breaks
                if pause.is_on(on)
                and any(
                    shut.overlaps(part)
                    for shut in clock_intervals(on, pause.from_time, pause.to_time, calendar.zone)
                )
            ),
            "Closed",
        )
        found.append((part, label))
    return found


def cells_of(part: Interval, shown: Interval) -> tuple[int, int] | None:
    """First cell and number of cells of a part, rounded outwards; None where it is not shown."""
    seen = part.intersection(shown)
    if seen is None:
        return None
    start = int((seen.start - shown.start) / CELL)
    # Rounded outwards, so that even a minute is a cell that can be seen.
    span = int((seen.end - shown.start + CELL - timedelta(seconds=1)) / CELL) - start
    return start, max(1, span)
