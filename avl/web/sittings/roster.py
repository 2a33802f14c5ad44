"""A roster of sittings from a spreadsheet: what it changes and breaks is shown before saving."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl.commands.csv_files import FilesRefused, Problem
from avl.commands.rosters import RosterDone, foresee_roster, import_roster
from avl.domain.errors import InvalidInput
from avl.domain.seen import mark_of
from avl.queries.previews import Preview
from avl.queries.sittings import sitting_courts, sitting_rooms
from avl.web.guards import actor
from avl.web.saved import tell_saved
from avl.web.sittings import bp, court_asked

MOST_SHOWN = 50
"""Faults that the page lists; whoever has more begins with these."""

HEADER = "date,courtroom,from,to,list,judicial officer,reason"


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
    sent, rows = request.files.get("file"), request.form.get("rows", "").strip("\r\n")
    source = "file" if sent else "rows"
    try:
        if sent:
            _refuse_both(rows)
            rows = sent.read().decode("utf-8-sig").strip("\r\n")
        content = rows.strip().encode()
        if not content:
            raise InvalidInput("file", "Choose the spreadsheet's file, or paste its rows.")
        if request.form.get("step") != "save":
            counts, preview = foresee_roster(court.id, content, by=actor())
            return _page(rows, counts=counts, preview=preview)
        done = import_roster(court.id, content, by=actor())
    except UnicodeError:
        error = "The file is not text in UTF-8. Save it as “CSV UTF-8”, or paste its rows."
        return _page(rows, errors={"file": error}), 422
    except InvalidInput as refusal:
        return _page(rows, errors={refusal.field: refusal.message}), 422
    except FilesRefused as refused:
        return _page(rows, problems=refused.problems, source=source), 422
    return _tell(done, court.id)


def _refuse_both(rows: str) -> None:
    """Refuse a file where rows were pasted as well: one of them would be lost unseen."""
    if rows.strip() not in ("", HEADER) and _mark(rows) != request.form.get("shown", _mark("")):
        raise InvalidInput(
            "rows", "You chose a file and pasted rows as well. Choose no file, or empty these."
        )


def _mark(rows: str) -> str:
    """A mark of the rows that the page showed; a browser sends other line ends than it got."""
    return mark_of(rows.strip().splitlines())


def _tell(done: RosterDone, court_id: int) -> ResponseReturnValue:
    tell_saved(f"The roster stands: {done}".removesuffix("."), done)
    return redirect(url_for(".week", court=court_id), 303)


def _page(
    rows: str,
    *,
    counts: RosterDone | None = None,
    preview: Preview | None = None,
    problems: tuple[Problem, ...] = (),
    errors: dict[str, str] | None = None,
    source: str = "rows",
) -> str:
    """The page; ``source`` is the field that the rows with their problems came from."""
    courts = sitting_courts(actor())
    court = court_asked(courts)
    return render_template(
        "sittings/import.html",
        courts=courts,
        court=court,
        rooms=sitting_rooms(court) if court else [],
        rows=rows or HEADER,
        shown=_mark(rows or HEADER),
        counts=counts,
        preview=None if counts is not None and counts.is_nothing else preview,
        sent={"court": court.id, "rows": rows} if court else {},
        problems=problems[:MOST_SHOWN],
        left_out=max(0, len(problems) - MOST_SHOWN),
        errors=errors or ({source: _say_count(problems)} if problems else {}),
    )


def _say_count(problems: tuple[Problem, ...]) -> str:
    count = "1 fault" if len(problems) == 1 else f"{len(problems)} faults"
    return f"Nothing was imported: the roster has {count}."
