"""Matters of the reader's own courts, and who appears for whom."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # new in 3.3

from avl import clock
from avl.commands.matters import PartySet, SameMatter, add_matter, set_party
from avl.domain.errors import InvalidInput
from avl.queries.booking_form import counsel_named
from avl.queries.lists import my_courts
from avl.queries.people import get_person
from avl.queries.records import matter_page
from avl.web.guards import actor
from avl.web.records import court
from avl.web.records.forms import MatterForm, PartyForm, mark, show


@court.route("/people/<int:person_id>/matters/new", methods=["GET", "POST"])
def new_matter(person_id: int) -> ResponseReturnValue:
    """Put somebody on a matter, new or recorded already."""
    person = get_person(actor(), person_id, now=clock.now())
    form, same = MatterForm(), None
    form.court.choices = [SelectChoice(str(one.id), one.name) for one in my_courts(actor())]
    if form.validate_on_submit():
        try:
            chosen = form.court.data or ""
            done = add_matter(
                form.number.data or "",
                court_id=int(chosen) if chosen.isdecimal() else None,
                person_id=person_id,
                counsel_id=_counsel_id(form.counsel.data),
                is_suppressed=bool(form.is_suppressed.data),
                join=request.form.get("join", type=int),
                by=actor(),
            )
            return _tell(person_id, done, f"{person.name} is on {done.number}.")
        except SameMatter as refusal:
            same = refusal
        except InvalidInput as refusal:
            mark(form, refusal)
    return show("records/new_matter.html", form, person=person, same=same)


@court.route("/matters/<int:matter_id>/people/<int:person_id>", methods=["GET", "POST"])
def counsel_of_record(matter_id: int, person_id: int) -> ResponseReturnValue:
    """Change who appears for somebody on a matter."""
    page = matter_page(actor(), matter_id, person_id)
    form = PartyForm(counsel=page.counsel_name)
    if form.validate_on_submit():
        try:
            counsel_id = _counsel_id(form.counsel.data)
            done = set_party(matter_id, person_id, counsel_id=counsel_id, by=actor())
            return _tell(person_id, done, f"Counsel of record on {page.number} is changed.")
        except InvalidInput as refusal:
            mark(form, refusal)
    return show("records/counsel_of_record.html", form, page=page)


def _counsel_id(typed: str | None) -> int | None:
    found = counsel_named(typed or "")
    return found.id if found else None


def _tell(person_id: int, done: PartySet, said: str) -> ResponseReturnValue:
    flash(said)
    if done.references:
        flash(
            f"These bookings still have other counsel: {', '.join(done.references)}. Change them"
            " on their own pages.",
            "warning",
        )
    return redirect(url_for("records.person", person_id=person_id))
