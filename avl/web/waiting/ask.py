"""From a form for which there is no time to a wish that waits for one.

A new booking waits for any; a booking that stands waits for a better one, and keeps its own.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.forms import save_form
from avl.commands.waitlist import ask_to_wait
from avl.domain.errors import InvalidInput, NotAllowed, NotFound
from avl.domain.local_time import local_day, say_clock, to_local, to_utc
from avl.domain.spoken import say_all
from avl.domain.waiting import URGENT, WaitState
from avl.queries.booking_form import FormFacts
from avl.queries.booking_page import BookingPage, booking_and_form
from avl.queries.kept_forms import find_form
from avl.queries.room_request import RoomRequest
from avl.queries.waiting import WaitRequest
from avl.web.dates import read_date, spell_date
from avl.web.guards import actor
from avl.web.plans.room import room_request
from avl.web.registry.mode import lacking_direction, mode_note
from avl.web.registry.move import check_movable, facts_to_move, movable, typed_to_move
from avl.web.registry.panel import Panel
from avl.web.registry.seeking import (
    DAYS_AFTER,
    DAYS_BEFORE,
    Read,
    facts_for,
    fill_usual,
    read_form,
)
from avl.web.registry.typed import (
    REASON_LENGTH,
    Typed,
    read_time,
    within_length,
)
from avl.web.waiting import bp

FIELDS = (
    *("first", "last", "earliest", "latest", "deadline_date", "deadline_time", "urgent"),
    "reason",
)
END_OF_OFFICE = time(17)
FIELD_OF = {"deadline": "deadline_date", "priority": "urgent"}
OF_THE_FORM = frozenset({"direction", "role", "officer_name", "mode_reason", "consent", "person"})
"""Refusals that only the booking form itself can mend."""


@dataclass
class Kept:
    """A form as it is kept, read again.

    Attributes:
        moving: the booking the form moves; None where it makes a new one.
    """

    key: str
    typed: Typed
    facts: FormFacts
    read: Read
    moving: BookingPage | None = None

    @property
    def form(self) -> str:
        """Where the form is."""
        if self.moving is None:
            return url_for("registry.form", key=self.key, _anchor="times")
        reference = self.moving.reference
        return url_for("registry.move", reference=reference, key=self.key, _anchor="times")

    @property
    def here(self) -> str:
        """Where the dates and times that will do are sent."""
        if self.moving is None:
            return url_for(".add")
        return url_for(".add_move", reference=self.moving.reference)


@dataclass
class Window:
    """Which dates and times will do, and when to stop waiting, as understood."""

    first: date
    last: date
    earliest: time | None
    latest: time | None
    deadline_at: datetime
    errors: dict[str, str] = field(default_factory=dict)


@bp.post("")
def begin() -> ResponseReturnValue:
    """Keep what the booking form says, and ask which dates and times will do."""
    key = request.form.get("key", "")[:43] or secrets.token_urlsafe(16)
    typed = Typed.from_form(request.form)
    facts = facts_for(actor(), typed, now=clock.now())
    fill_usual(typed, facts)
    save_form(key, typed.to_keep(), by=actor())
    read = read_form(typed, facts, now=clock.now())
    if lacking_direction(typed, mode_note(facts, read, Panel(), clock.now())):
        # Said before the dates are asked for: what waits without a direction could not be booked.
        return redirect(url_for("registry.form", key=key, direction=""), 303)
    return redirect(url_for(".ask", key=key), 303)


@bp.post("/move/<reference>")
def begin_move(reference: str) -> ResponseReturnValue:
    """Keep what the form for a move says, and ask which dates and times would be better."""
    booking = movable(reference)
    key = request.form.get("key", "")[:43] or secrets.token_urlsafe(16)
    save_form(key, typed_to_move(booking).to_keep(), by=actor())
    return redirect(url_for(".ask_move", reference=booking.reference, key=key), 303)


@bp.get("/move/<reference>")
def ask_move(reference: str) -> ResponseReturnValue:
    """Which dates and times would be better, and when to stop waiting?"""
    kept = _kept_move(reference)
    if kept is None or kept.read.errors:
        key = request.args.get("key")
        return redirect(url_for("registry.move", reference=reference, key=key), 303)
    return _page(kept, _usual(kept.read, kept.moving))


@bp.post("/move/<reference>/ask")
def add_move(reference: str) -> ResponseReturnValue:
    """Let the booking wait for a better time."""
    kept = _kept_move(reference)
    if kept is None:
        return redirect(url_for("registry.move", reference=reference), 303)
    return _add(kept)


@bp.get("/ask")
def ask() -> ResponseReturnValue:
    """Which dates and times will do, and when to stop waiting?"""
    if not request.args.get("key"):
        flash("Find the person first: what is to be waited for starts as a booking.", "warning")
        return redirect(url_for("registry.find"))
    kept = _kept()
    if kept.read.errors:
        return redirect(kept.form, 303)
    return _page(kept, _usual(kept.read))


@bp.post("/ask")
def add() -> ResponseReturnValue:
    """Put it on the waitlist. Pressing twice waits once."""
    return _add(_kept())


def _add(kept: Kept) -> ResponseReturnValue:
    if kept.read.errors:
        return redirect(kept.form, 303)
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    errors: dict[str, str] = {}
    try:
        window = read_window(typed, kept.read, errors)
        if window is None:
            return _page(kept, typed, errors), 422
        entry = ask_to_wait(
            _wait_request(kept, window),
            deadline_at=window.deadline_at,
            priority=URGENT if typed["urgent"] else None,
            reason=within_length(typed["reason"], "reason", "The reason", REASON_LENGTH),
            by=actor(),
        )
    except (InvalidInput, NotAllowed) as error:
        name = getattr(error, "field", "role")
        if name == "wanted_start" and window is not None:
            return _page(kept, typed, _crossed(kept, window, error.message)), 422
        if name in OF_THE_FORM:
            flash(f"It is not waiting yet. {error.message}", "warning")
            return redirect(kept.form, 303)
        return _page(kept, typed, {FIELD_OF.get(name, name): error.message}), 422
    if entry.state is WaitState.WAITING and kept.moving:
        flash(
            f"{kept.moving.reference} keeps its time, and waits for a better one. What comes free"
            " is kept for it, and shown on your first screen."
        )
    elif entry.state is WaitState.WAITING:
        flash("It is waiting. What comes free is kept for it, and shown on your first screen.")
    return redirect(url_for(".show", entry_id=entry.id), 303)


def _wait_request(kept: Kept, window: Window) -> WaitRequest:
    """What is waited for. What the form does not say of the time liked best, the window says."""
    assert kept.read.court is not None
    zone = kept.read.court.zone
    room = _room(kept)
    wanted = to_local(room.wanted_start, zone)
    on, at = wanted.date(), wanted.time()
    if kept.read.on is None:
        on = max(window.first, min(on, window.last))
    if kept.read.at is None and window.earliest:
        at = max(at, window.earliest)
    if kept.read.at is None and window.latest:
        until = datetime.combine(on, window.latest) - timedelta(minutes=room.minutes)
        at = min(at, until.time()) if until.date() == on else at
    if (on, at) != (wanted.date(), wanted.time()):
        room = replace(room, wanted_start=to_utc(datetime.combine(on, at), zone, 0))
    return WaitRequest(room, window.first, window.last, window.earliest, window.latest)


def _crossed(kept: Kept, window: Window, sentence: str) -> dict[str, str]:
    """Why the time asked for on the form is none of those that will do, beside what says so."""
    assert kept.read.court is not None
    bound = _wait_request(kept, window).crossed(kept.read.court.zone)
    return {bound: f"{sentence} Change this, or go back and ask for another time."}


def _room(kept: Kept) -> RoomRequest:
    asked = room_request(kept.typed, kept.key, kept.read, kept.facts)
    if kept.moving is None:
        return asked
    reason = within_length(kept.typed.reason, "reason", "The reason", REASON_LENGTH)
    return replace(asked, moving=kept.moving.reference, reason=reason)


def read_window(typed: dict[str, str], read: Read, errors: dict[str, str]) -> Window | None:
    """Understand the dates and times; None, and a sentence for each field, where they make none."""
    assert read.court is not None
    zone = read.court.zone

    def day(typed: str) -> date | None:
        return read_date(typed, zone)

    def of(name: str, reader: object) -> date | time | None:
        try:
            return reader(typed[name])  # type: ignore[operator, no-any-return]
        except InvalidInput as error:
            errors[name] = error.message
            return None

    first, last = of("first", day), of("last", day)
    earliest, latest = of("earliest", read_time), of("latest", read_time)
    until_on, until_at = of("deadline_date", day), of("deadline_time", read_time)
    for name, value in (("first", first), ("last", last), ("deadline_date", until_on)):
        if value is None:
            errors.setdefault(name, "Enter a date, such as 3 Feb 2027.")
    if errors:
        return None
    assert isinstance(first, date)
    assert isinstance(last, date)
    assert isinstance(until_on, date)
    assert not isinstance(earliest, date)
    assert not isinstance(latest, date)
    wall = datetime.combine(until_on, until_at if isinstance(until_at, time) else END_OF_OFFICE)
    return Window(first, last, earliest, latest, to_utc(wall, read.court.zone, 0))


def _usual(read: Read, moving: BookingPage | None = None) -> dict[str, str]:
    """What usually will do: the days the form's own search looked at.

    Whoever has a booking wants the very time that was asked for, and waits no longer than until
    the time it has.
    """
    assert read.court is not None
    assert read.wanted_start is not None
    if moving is not None:
        return _usual_move(read.wanted_start, moving)
    today = local_day(clock.now(), read.court.zone)
    wanted = local_day(read.wanted_start, read.court.zone)
    last = max(wanted, today) + timedelta(days=DAYS_AFTER)
    return dict.fromkeys(FIELDS, "") | {
        "first": spell_date(max(today, wanted - timedelta(days=DAYS_BEFORE))),
        "last": spell_date(last),
        "deadline_date": spell_date(last),
        "deadline_time": say_clock(END_OF_OFFICE),
    }


def _usual_move(wanted: datetime, moving: BookingPage) -> dict[str, str]:
    start = to_local(wanted, moving.zone)
    end = to_local(wanted + moving.hearing.length, moving.zone)
    an_hour_before = min(wanted, moving.hearing.start) - timedelta(hours=1)
    until = to_local(max(an_hour_before, clock.now() + timedelta(minutes=30)), moving.zone)
    return dict.fromkeys(FIELDS, "") | {
        "first": spell_date(start.date()),
        "last": spell_date(start.date()),
        "earliest": say_clock(start.time()),
        "latest": say_clock(end.time()),
        "deadline_date": spell_date(until.date()),
        "deadline_time": say_clock(until.time()),
    }


def _kept_move(reference: str) -> Kept | None:
    key = request.values.get("key", "")
    booking, typed = booking_and_form(actor(), reference, key)
    check_movable(booking)
    if typed is None:
        return None
    filled = Typed.from_kept(typed)
    facts = facts_to_move(booking)
    return Kept(key, filled, facts, read_form(filled, facts, now=clock.now()), booking)


def _kept() -> Kept:
    key = request.values.get("key", "")
    kept = find_form(actor(), key)
    if kept is None:
        raise NotFound("This form is no longer kept. Find the person again.")
    typed, now = Typed.from_kept(kept.typed), clock.now()
    facts = facts_for(actor(), typed, now=now)
    return Kept(key, typed, facts, read_form(typed, facts, now=now))


def _page(kept: Kept, typed: dict[str, str], errors: dict[str, str] | None = None) -> str:
    return render_template(
        "waiting/ask.html",
        kept=kept,
        read=kept.read,
        typed=typed,
        errors=errors or {},
        who=say_all(party.name for party in kept.read.people),
        room=next(
            (
                room.name
                for room in (kept.read.court.rooms if kept.read.court else ())
                if room.id in kept.read.rooms
            ),
            "",
        ),
    )
