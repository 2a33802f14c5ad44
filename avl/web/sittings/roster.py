"""A roster of sittings from a spreadsheet: what it changes and breaks is shown before saving."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl.commands.csv_files import FilesRefused, Problem
from avl.commands.disruptions import work_out_ways
from avl.commands.rosters import RosterDone, foresee_roster, import_roster
from avl.domain.errors import InvalidInput
from avl.queries.previews import Preview
from avl.queries.sittings import sitting_courts, sitting_rooms
from avl.web.guards import actor
from avl.web.sittings import MOST_AT_ONCE, bp, court_asked

MOST_SHOWN = 50
"""Faults that the page lists; whoever has more begins with these."""


@bp.get("/import")
def ask_roster() -> ResponseReturnValue:
    """Ask for a roster."""
    return _page("")


@bp.post("/import")
def take_roster() -> ResponseReturnValue:
    """Show what a roster changes and breaks, or save it."""
    court = court_asked(sitting_courts(actor()))
    if court is None:
        return _page("")
    sent = request.files.get("file")
    try:
        rows = sent.read().decode("utf-8-sig") if sent else request.form.get("rows", "")
        content = rows.strip().encode()
        if not content:
            raise InvalidInput("file", "Choose the spreadsheet's file, or paste its rows.")
        if request.form.get("step") != "save":
            counts, preview = foresee_roster(court.id, content, by=actor())
            return _page(rows, counts=counts, preview=preview)
        done = import_roster(court.id, content, by=actor())
    except UnicodeError:
        error = "The file is not text in UTF-8. Save it as “CSV UTF-8”, or paste its rows."
        return _page(request.form.get("rows", ""), errors={"file": error}), 422
    except InvalidInput as refusal:
        return _page(rows, errors={refusal.field: refusal.message}), 422
    except FilesRefused as refused:
        return _page(rows, problems=refused.problems), 422
    return _tell(done, court.id)


def _tell(done: RosterDone, court_id: int) -> ResponseReturnValue:
    opened = done.swept.opened
    if 0 < len(opened) <= MOST_AT_ONCE:
        work_out_ways(booking_ids=opened)
    if opened:
        needs = "1 booking needs" if len(opened) == 1 else f"{len(opened)} bookings need"
        flash(f"The roster stands: {done} {needs} a way out: see the worklist.", "warning")
    else:
        flash(f"The roster stands: {done}")
    return redirect(url_for(".week", court=court_id), 303)


def _page(
    rows: str,
    *,
    counts: RosterDone | None = None,
    preview: Preview | None = None,
    problems: tuple[Problem, ...] = (),
    errors: dict[str, str] | None = None,
) -> str:
    courts = sitting_courts(actor())
    court = court_asked(courts)
    return render_template(
        "sittings/import.html",
        courts=courts,
        court=court,
        rooms=sitting_rooms(court) if court else [],
        rows=rows,
        counts=counts,
        preview=None if counts is not None and counts.is_nothing else preview,
        sent={"court": court.id, "rows": rows} if court else {},
        problems=problems[:MOST_SHOWN],
        left_out=max(0, len(problems) - MOST_SHOWN),
        errors=errors or ({"file": _say_count(problems)} if problems else {}),
    )


def _say_count(problems: tuple[Problem, ...]) -> str:
    count = "1 fault" if len(problems) == 1 else f"{len(problems)} faults"
    return f"Nothing was imported: the roster has {count}."
