"""Finding people, adding them, and everything about one of them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.foreseeing import foresee
from avl.commands.person_records import change_record
from avl.commands.records import NewPerson, SamePerson, add_person
from avl.domain.errors import InvalidInput, StaleVersion
from avl.domain.local_time import say_day, say_time
from avl.queries.people import Found, search_people
from avl.queries.person_records import PersonRecord, person_record
from avl.queries.records import person_page, places_for_new_people
from avl.web.dates import Meant
from avl.web.frame import OFFICE_ZONE
from avl.web.guards import actor
from avl.web.records import bp
from avl.web.records.forms import PersonForm, RecordForm, mark, show
from avl.web.saved import tell_saved
from avl.web.searching import search_text


@bp.get("")
def home() -> ResponseReturnValue:
    """The records begin with people."""
    return redirect(url_for(".people"))


@bp.get("/people")
def people() -> ResponseReturnValue:
    """Find somebody."""
    typed = search_text()
    found = search_people(actor(), typed, now=clock.now()) if typed else Found((), has_more=False)
    return render_template("records/people.html", q=typed, found=found)


@bp.route("/people/new", methods=["GET", "POST"])
def new_person() -> ResponseReturnValue:
    """Add somebody, with where they are held."""
    form, same = PersonForm(), None
    places = places_for_new_people(actor())
    form.offer(places)
    if not form.is_submitted():
        form.fill_from(search_text())
        form.start_now(places[0].zone if len(places) == 1 else OFFICE_ZONE)
    elif form.validate():
        try:
            return redirect(url_for(".person", person_id=_add(form)))
        except SamePerson as refusal:
            mark(form, refusal)
            same = refusal
        except InvalidInput as refusal:
            mark(form, refusal)
    return show("records/new_person.html", form, same=same)


@bp.get("/people/<int:person_id>")
def person(person_id: int) -> ResponseReturnValue:
    """Who it is, where they are, their matters at my courts, their bookings that I may see."""
    page = person_page(actor(), person_id, now=clock.now())
    return render_template("records/person.html", page=page, now=clock.now())


@bp.route("/people/<int:person_id>/change", methods=["GET", "POST"])
def change(person_id: int) -> ResponseReturnValue:
    """Change what is recorded of somebody besides where they are.

    What that would break is shown first; a change that concerns no booking is made at once.
    """
    kept = person_record(actor(), person_id, now=clock.now())
    form = RecordForm()
    form.offer(kept)
    if not form.is_submitted():
        form.begin(kept)
    elif form.validate():
        try:
            return _change(form, kept)
        except InvalidInput as refusal:
            mark(form, refusal)
        except StaleVersion as refusal:
            kept = person_record(actor(), person_id, now=clock.now())
            form.look_again(refusal, kept.version)
            return show("records/change.html", form, 409, kept=kept)
    return show("records/change.html", form, kept=kept)


def _change(form: RecordForm, kept: PersonRecord) -> ResponseReturnValue:
    """Show what a change does to bookings, or make it."""
    key, wanted = kept.person.person_id, form.wanted()
    more: dict[str, Any] = {"version": form.read_version(), "by": actor()}
    if request.form.get("step") != "save":
        what = f"This change of the record of {kept.person.name}"
        preview = foresee(change_record, key, wanted, what=what, **more)
        if preview.affected or preview.warned or preview.less:
            typed = request.form.to_dict()
            return show("records/change.html", form, 200, kept=kept, preview=preview, typed=typed)
    done = change_record(key, wanted, **more)
    tell_saved(done.sentence.removesuffix("."), done)
    return redirect(url_for(".person", person_id=key))


def _add(form: PersonForm) -> int:
    place = form.place()
    new = NewPerson(
        prn=form.prn.data or "",
        family_name=form.family_name.data or "",
        given_names=form.given_names.data or "",
        born_on=form.birthday(),
        interpreter_language=form.interpreter_language.data or "",
    )
    since = form.moment(place.zone, Meant.PAST)
    made = add_person(
        new,
        site_id=place.id,
        since=since,
        status=form.status.data or "",
        by=actor(),
    )
    when = f"{say_day(since, place.zone)}, {say_time(since, place.zone)}"
    flash(f"{made.given_names} {made.family_name} is added, at {place.name} since {when}.".strip())
    return made.id
