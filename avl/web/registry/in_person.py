"""In person: the way out when AVL cannot be had for a hearing that is not booked yet."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.directions import DirectedHearing, record_direction_ahead
from avl.commands.forms import save_form
from avl.domain.errors import InvalidInput, NotAllowed
from avl.domain.local_time import local_day, say_date
from avl.domain.modes import Mode
from avl.queries.booking_form import Party
from avl.queries.form_choices import Court, TypeOfHearing
from avl.queries.kept_forms import find_form
from avl.web.guards import actor
from avl.web.registry import bp
from avl.web.registry.direction import FIELDS, read_note
from avl.web.registry.mode import CRITERIA, ModeNote, mode_note
from avl.web.registry.panel import Panel
from avl.web.registry.seeking import facts_for, fill_usual, read_form
from avl.web.registry.sentences import join
from avl.web.registry.typed import Typed
from avl.web.registry.ways import say_why


@dataclass(frozen=True)
class _Ahead:
    """A hearing as the booking form describes it, far enough to direct how people appear."""

    key: str
    court: Court
    kind: TypeOfHearing
    people: tuple[Party, ...]
    hearing: DirectedHearing
    mode: ModeNote

    @property
    def who(self) -> str:
        return join(party.name for party in self.people)

    @property
    def form(self) -> str:
        return url_for(".form", key=self.key, _anchor="times")


@bp.post("/book/form/in-person")
def to_in_person() -> ResponseReturnValue:
    """Keep what the booking form says, and go on to the direction."""
    key = request.form.get("key", "")[:43] or secrets.token_urlsafe(16)
    save_form(key, Typed.from_form(request.form).to_keep(), by=actor())
    why = request.form.get("why", "")
    return redirect(url_for(".in_person", key=key, why=why or None), 303)


@bp.get("/book/in-person")
def in_person() -> ResponseReturnValue:
    """Who directed that they are brought to court, and why?"""
    ahead = _ahead(request.args.get("key", ""))
    if ahead is None:
        return _back()
    filled = {
        "directed_on": local_day(clock.now(), ahead.court.zone).isoformat(),
        "reason": say_why({request.args.get("why", "")}),
    }
    return _render(ahead, filled)


@bp.post("/book/in-person")
def direct_in_person() -> ResponseReturnValue:
    """Record it, and say what is left to do."""
    ahead = _ahead(request.form.get("key", ""))
    if ahead is None:
        return _back()
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    try:
        note = read_note(typed, ahead.court.zone)
        record_direction_ahead(ahead.hearing, Mode.IN_PERSON, note, by=actor())
    except InvalidInput as error:
        return _render(ahead, typed, {error.field: error.message}), 422
    except NotAllowed as error:
        return _render(ahead, typed, {"role": error.message}), 422
    flash(f"The direction is recorded. No AVL is booked. {_what_is_left(ahead)}", "warning")
    return redirect(url_for(".home"), 303)


def _what_is_left(ahead: _Ahead) -> str:
    """Whom to ask to bring them."""
    said = []
    for party in ahead.people:
        at = party.now_at
        where = f" {at.site_name}" if at else " the prison"
        ring = f" on {at.phone}" if at and at.phone else ""
        said.append(
            f"Ask{where}{ring} to bring {party.name} to {ahead.court.name} on"
            f" {say_date(ahead.hearing.on)}."
        )
    return " ".join(said)


def _back() -> ResponseReturnValue:
    key = request.values.get("key", "")
    if not key or find_form(actor(), key) is None:
        flash("The form is no longer kept. Find the person again.", "warning")
        return redirect(url_for(".find"), 303)
    flash("Fill in the form first: who appears, the hearing type and the courtroom.", "warning")
    return redirect(url_for(".form", key=key, _anchor="times"), 303)


def _ahead(key: str) -> _Ahead | None:
    """The hearing on a kept form; None where none of this officer's is kept, or it says too
    little."""
    kept = find_form(actor(), key)
    if kept is None:
        return None
    typed, now = Typed.from_kept(kept.typed), clock.now()
    facts = facts_for(actor(), typed, now=now)
    fill_usual(typed, facts)
    read = read_form(typed, facts, now=now)
    if read.court is None or read.kind is None or not read.people:
        return None
    hearing = DirectedHearing(
        court_id=read.court.id,
        hearing_type=read.kind.code,
        on=read.on or local_day(now, read.court.zone),
        matters={party.person_id: party.matter_id for party in read.people},
    )
    mode = mode_note(facts, read, Panel(), now)
    return _Ahead(key, read.court, read.kind, read.people, hearing, mode)


def _render(ahead: _Ahead, typed: dict[str, str], errors: dict[str, str] | None = None) -> str:
    return render_template(
        "registry/in_person.html",
        ahead=ahead,
        typed={name: typed.get(name, "") for name in FIELDS},
        weighed=request.form.getlist("criteria"),
        errors=errors or {},
        criteria=CRITERIA,
    )
