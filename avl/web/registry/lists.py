"""Today's and this week's list of a court: on screen, on paper and as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from avl import clock
from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day, say_date, say_day, say_time
from avl.domain.spoken import say_all
from avl.queries.lists import BookingRow, Choices, Filters, choices_for, court_list, my_courts
from avl.web.dates import DEFAULT_ZONE, Meant, read_date
from avl.web.guards import actor
from avl.web.registry import bp
from avl.web.registry.words import FILTER_STATUSES, status_words
from avl.web.searching import search_text

SHOWN_AT_MOST = 500
"""A list longer than this is a question for the filters."""

CSV_COLUMNS = (
    "Reference",
    "State",
    "Date",
    "Conference starts",
    "Hearing starts",
    "Hearing ends",
    "Hearing type",
    "Court",
    "Courtroom",
    "Person",
    "Name suppressed",
    "PRN",
    "Matter",
    "From",
    "Suite",
    "Counsel",
    "Instruction suite",
)

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Stretch:
    """The dates a list shows, both included, in the words of its heading and of its paper."""

    first: date
    last: date
    zone: str
    heading: str
    dates: str
    step: timedelta
    is_present: bool

    @property
    def interval(self) -> Interval:
        """From the first midnight to the one after the last date."""
        start, end = day_interval(self.first, self.zone), day_interval(self.last, self.zone)
        return Interval(start.start, end.end)


@bp.get("/today")
def today() -> ResponseReturnValue:
    """One day's list, today's unless the address says which."""
    return _show("registry.today")


@bp.get("/week")
def week() -> ResponseReturnValue:
    """One week's list, Monday to Sunday."""
    return _show("registry.week")


def _show(endpoint: str) -> ResponseReturnValue:
    courts = my_courts(actor())
    zone = courts[0].zone if courts else DEFAULT_ZONE
    problem = ""
    try:
        on = read_date(request.args.get("on", ""), zone, Meant.SHOWN)
    except InvalidInput as error:
        on, problem = None, error.message
    present = local_day(clock.now(), zone)
    stretch = (_week if endpoint == "registry.week" else _day)(on or present, present, zone)
    filters = filters_from_address()
    rows = court_list(actor(), stretch.interval, filters, limit=SHOWN_AT_MOST)
    if request.args.get("as") == "csv":
        return csv_answer(rows, f"court-list-{stretch.first.isoformat()}.csv")
    choices = choices_for(courts, stretch.interval, filters)
    return render_template(
        "registry/list.html",
        endpoint=endpoint,
        stretch=stretch,
        rows=rows,
        is_cut=len(rows) == SHOWN_AT_MOST,
        filters=filters,
        choices=choices,
        narrowed_to=narrowed_to(filters, choices),
        statuses=[(status.value, status_words(status)) for status in FILTER_STATUSES],
        asked={name: value for name, value in request.args.items() if value and name != "as"},
        now=clock.now(),
        problem=problem,
        several_courts=len(courts) > 1,
        at=say_all(one.short_name for one in courts if filters.court_id in (None, one.id)),
    )


def _day(on: date, present: date, zone: str) -> Stretch:
    words = "Today" if on == present else "List"
    dates = say_date(on)
    return Stretch(on, on, zone, f"{words}, {dates}", dates, timedelta(days=1), on == present)


def _week(on: date, present: date, zone: str) -> Stretch:
    first = on - timedelta(days=on.weekday())
    last = first + timedelta(days=6)
    is_present = first <= present <= last
    words = "This week" if is_present else "Week"
    dates = f"{say_date(first)} to {say_date(last)}"
    return Stretch(first, last, zone, f"{words}, {dates}", dates, timedelta(days=7), is_present)


def filters_from_address() -> Filters:
    """The filters in the address; what makes no sense there is left out."""
    status = request.args.get("status", "")
    return Filters(
        court_id=request.args.get("court", type=int),
        courtroom_id=request.args.get("courtroom", type=int),
        prison_id=request.args.get("prison", type=int),
        status=status if status in {known.value for known in FILTER_STATUSES} else "",
        hearing_type=request.args.get("type", ""),
        text=search_text(),
    )


def narrowed_to(filters: Filters, choices: Choices) -> str:
    """What the list is narrowed to beside its court: read on paper, where no filter stands."""
    chosen = (
        (choices.courtrooms, filters.courtroom_id),
        (choices.prisons, filters.prison_id),
        (choices.hearing_types, filters.hearing_type),
    )
    words = [one.text for offered, value in chosen for one in offered if one.value == str(value)]
    if filters.status:
        words.append(status_words(filters.status))
    if filters.text:
        words.append(f"“{filters.text}”")
    return say_all(words)


def csv_answer(rows: list[BookingRow], name: str) -> Response:
    """A file that a spreadsheet opens and never runs. One line for each person."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        for line in _lines(row):
            writer.writerow([safe_cell(cell) for cell in line])
    # Excel takes a file for UTF-8, and macrons for macrons, only with this mark at its start.
    return Response(
        "\ufeff" + text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(row: BookingRow) -> list[tuple[str, ...]]:
    conference = say_time(row.conference_at, row.zone) if row.conference_at else ""
    return [
        (
            row.reference,
            status_words(row.status),
            say_day(row.hearing.start, row.zone),
            conference,
            say_time(row.hearing.start, row.zone),
            say_time(row.hearing.end, row.zone),
            row.hearing_type,
            row.court,
            row.courtroom,
            person.name,
            "yes" if person.is_suppressed else "",
            person.prn,
            person.matter,
            person.site,
            person.suite,
            person.counsel,
            person.instruction_suite,
        )
        for person in row.people
    ]


def safe_cell(cell: str) -> str:
    """Keep a spreadsheet from taking typed text for a formula: a quote goes before it."""
    if cell.startswith(("\t", "\r")) or cell.lstrip().startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell
