"""Move a booking: what is wanted on the left, offers beside it, one click each."""

from __future__ import annotations

import secrets

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.changes import Move, move_booking
from avl.commands.forms import save_form
from avl.domain.booking import Action
from avl.domain.clash_ways import Trouble, trouble_with
from avl.domain.errors import (
    ActionNotAllowed,
    InvalidInput,
    NotAllowed,
    ResourceClash,
    StaleVersion,
)
from avl.domain.local_time import local_day, say_when, to_local
from avl.queries.booking_form import FormFacts, form_facts
from avl.queries.booking_page import BookingPage, booking_and_form, booking_page
from avl.web.guards import actor
from avl.web.registry import bp
from avl.web.registry.form import (
    CHANGED_SINCE,
    Page,
    asks_which,
    context_of,
    usual_instruction,
    ways_beside,
)
from avl.web.registry.mode import FIELD_OF, lacking_direction, mode_note, note_lacking
from avl.web.registry.offering import Chosen, read_offer
from avl.web.registry.panel import Panel, find_panel
from avl.web.registry.seeking import Read, direction_from, read_form
from avl.web.registry.sentences import say_asked
from avl.web.registry.typed import REASON_LENGTH, Typed, within_length


@bp.get("/bookings/<reference>/move")
def move(reference: str) -> ResponseReturnValue:
    """Where to? Filled with where it is now."""
    key = request.args.get("key", "")
    booking, kept = booking_and_form(actor(), reference, key)
    check_movable(booking)
    if kept is not None:
        page = _page(booking, Typed.from_kept(kept), key, is_searched=True)
        if "direction" in request.args:
            page.read.errors.update(lacking_direction(page.typed, page.mode))
        return _render(page, booking)
    typed = _as_it_is(booking)
    is_led = False
    for name in ("date", "time", "where"):
        # Led here from the board: what was tried there is looked for at once.
        if value := request.args.get(name, ""):
            setattr(typed, name, value)
            is_led = True
    return _render(_page(booking, typed, secrets.token_urlsafe(16), is_searched=is_led), booking)


@bp.post("/bookings/<reference>/move")
def submit_move(reference: str) -> ResponseReturnValue:
    """Find times, or move to the one chosen."""
    booking = movable(reference)
    key = request.form.get("key", "")[:43] or secrets.token_urlsafe(16)
    typed = typed_to_move(booking)
    typed.date = request.form.get("from_date", "") or typed.date
    save_form(key, typed.to_keep(), by=actor())
    if token := request.form.get("offer", ""):
        return _choose(booking, typed, key, token)
    if read_form(typed, facts_to_move(booking), now=clock.now()).errors:
        return _render(_page(booking, typed, key, is_searched=True), booking), 422
    return redirect(url_for(".move", reference=booking.reference, key=key, _anchor="times"), 303)


@bp.post("/bookings/<reference>/move/times")
def move_times(reference: str) -> ResponseReturnValue:
    """Times for what is being typed (an htmx fragment)."""
    booking = movable(reference)
    page = _page(booking, typed_to_move(booking), request.form.get("key", ""), is_searched=True)
    return render_template(
        "registry/move_times.html",
        redraw_mode=page.mode.mark != request.form.get("mode_shown", ""),
        redraw_instruction=page.instruction_mark != request.form.get("instruction_shown", ""),
        redraw_which=asks_which(page) != bool(request.form.get("which_shown")),
        **context_of(page),
    )


def _choose(booking: BookingPage, typed: Typed, key: str, token: str) -> ResponseReturnValue:
    facts = facts_to_move(booking)
    read = read_form(typed, facts, now=clock.now())
    _check_reasons(typed, read)
    page: Page | None = None
    status = 422
    if read.errors:
        page = _page(booking, typed, key, is_searched=True)
        page.read.errors.update(read.errors)
        return _render(page, booking), status
    try:
        chosen = read_offer(token)
        if chosen.lengths != read.lengths or not read.agrees_with(chosen.instruction):
            page = _page(booking, typed, key, is_searched=True, refusal=CHANGED_SINCE)
            return _render(page, booking), 409
        move_booking(
            booking.reference,
            _move(booking, typed, chosen),
            by=actor(),
            reason=typed.reason,
            version=request.form.get("version", type=int),
            warning_reason=typed.warning_reason,
        )
    except InvalidInput as error:
        page = _page(booking, typed, key, is_searched=True)
        page.read.errors[FIELD_OF.get(error.field, error.field) or "reason"] = error.message
        note_lacking(page.read.errors, typed, page.mode)
    except NotAllowed as error:
        page = _page(booking, typed, key, is_searched=True)
        page.read.errors["role" if page.mode.takes else "reason"] = error.message
    except (ResourceClash, StaleVersion) as error:
        status = 409
        clashes = error.clashes if isinstance(error, ResourceClash) else ()
        page = _page(
            movable(booking.reference),
            typed,
            key,
            is_searched=True,
            refusal=str(error),
            trouble=trouble_with(clashes, {suite for _, suite in chosen.suites}),
        )
    if page is not None:
        return _render(page, booking), status
    moved = booking_page(actor(), booking.reference)
    flash(
        f"{moved.reference} is moved to {say_when(moved.hearing, moved.zone)}."
        + say_asked(booking, moved)
    )
    return redirect(url_for(".show", reference=moved.reference), 303)


def _check_reasons(typed: Typed, read: Read) -> None:
    if not typed.reason:
        read.errors["reason"] = "Say why the booking is moved."
    for name, words in (("reason", "The reason"), ("warning_reason", "The reason")):
        try:
            within_length(getattr(typed, name), name, words, REASON_LENGTH)
        except InvalidInput as error:
            read.errors[name] = error.message


def _move(booking: BookingPage, typed: Typed, chosen: Chosen) -> Move:
    seats = list(zip(booking.people, chosen.suites, strict=True))
    rooms = zip(booking.people, chosen.instruction, strict=True)
    return Move(
        hearing=chosen.hearing,
        courtroom_id=chosen.courtroom_id,
        pre_minutes=chosen.pre_minutes,
        post_minutes=chosen.post_minutes,
        suites={person.appearance_id: suite_id for person, (_, suite_id) in seats},
        sites={person.appearance_id: site_id for person, (site_id, _) in seats},
        instruction_suites={person.appearance_id: room for person, room in rooms},
        direction=direction_from(typed, local_day(clock.now(), booking.zone)),
    )


def movable(reference: str) -> BookingPage:
    """A booking of the reader's court that may be moved.

    Raises:
        NotFound: there is none.
        ActionNotAllowed: its state permits no move.
    """
    booking = booking_page(actor(), reference)
    check_movable(booking)
    return booking


def check_movable(booking: BookingPage) -> None:
    """Refuse a booking that cannot be moved.

    Raises:
        ActionNotAllowed: its state permits no move.
    """
    if Action.MOVE not in booking.may_do:
        status = booking.status.replace("_", " ")
        raise ActionNotAllowed(f"Booking {booking.reference} is {status}, so it cannot be moved.")


def _as_it_is(booking: BookingPage) -> Typed:
    start = to_local(booking.hearing.start, booking.zone)
    typed = _fixed(booking, Typed())
    typed.where = f"room-{booking.courtroom_id}"
    typed.date, typed.time = start.date().isoformat(), f"{start:%H:%M}"
    typed.minutes = str(booking.hearing.minutes)
    typed.pre_minutes, typed.post_minutes = str(booking.pre_minutes), str(booking.post_minutes)
    typed.instruction = usual_instruction(booking)
    return typed


def typed_to_move(booking: BookingPage) -> Typed:
    """What was typed into the form that moves a booking."""
    return _fixed(booking, Typed.from_form(request.form))


def _fixed(booking: BookingPage, typed: Typed) -> Typed:
    """What a move never changes: the people, their matter and counsel, the hearing type."""
    typed.main = booking.people[0].person_id
    typed.people = [person.person_id for person in booking.people]
    typed.matter = booking.people[0].matter_id
    typed.hearing_type = typed.filled_for = booking.hearing_type_code
    typed.interpreter = booking.interpreter_language
    typed.counsel = {str(person.person_id): person.counsel for person in booking.people}
    return typed


def facts_to_move(booking: BookingPage) -> FormFacts:
    """The form's facts, with the booking's people in the booking's order and its court alone."""
    facts = form_facts(
        actor(),
        person_ids=[person.person_id for person in booking.people],
        matter_id=booking.people[0].matter_id,
        hearing_type=booking.hearing_type_code,
        now=clock.now(),
    )
    return FormFacts(
        facts.parties,
        facts.matter_id,
        facts.matter_number,
        facts.matter_court_id,
        tuple(court for court in facts.courts if court.id == booking.court_id),
        facts.hearing_types,
        facts.rows,
    )


def _page(
    booking: BookingPage,
    typed: Typed,
    key: str,
    *,
    is_searched: bool,
    refusal: str = "",
    trouble: Trouble | None = None,
) -> Page:
    now = clock.now()
    facts = facts_to_move(booking)
    read = read_form(typed, facts, now=now)
    panel = Panel()
    if is_searched and not read.errors:
        try:
            panel = find_panel(
                actor(),
                read,
                now=now,
                ignoring=booking.id,
                suites={person.person_id: person.suite_id for person in booking.people},
                instruction=[
                    person.instruction_suite_id
                    for person in booking.people
                    if person.instruction_suite_id is not None
                ],
                refusal=refusal,
                trouble=trouble,
            )
        except InvalidInput as error:
            read.errors[FIELD_OF.get(error.field, error.field)] = error.message
    mode = mode_note(facts, read, panel, now)
    panel.ways = ways_beside(panel, read, mode, now=now, moving=booking.reference)
    return Page(typed, key, facts, read, panel, mode, is_searched)


def _render(page: Page, booking: BookingPage) -> str:
    return render_template("registry/move.html", booking=booking, **context_of(page))
