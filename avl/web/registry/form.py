"""The booking form: one page with what is wanted on the left and offers beside it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.bookings import BookingRequest, SeatRequest, hold_offer
from avl.commands.forms import save_form
from avl.domain.booking import Status
from avl.domain.clash_ways import Stuck, Trouble, trouble_with, ways_out_of
from avl.domain.errors import InvalidInput, NotAllowed, NotFound, ResourceClash
from avl.domain.local_time import local_day
from avl.domain.modes import Decider
from avl.queries.booking_form import FormFacts
from avl.queries.booking_page import BookingPage, booking_page
from avl.queries.in_the_way import movable_among
from avl.queries.kept_forms import Held, KeptForm, booking_from_form, find_form
from avl.web.guards import actor
from avl.web.registry import bp
from avl.web.registry.mode import (
    CRITERIA,
    FIELD_OF,
    ModeNote,
    lacking_direction,
    mode_note,
    note_lacking,
)
from avl.web.registry.offering import Chosen, read_offer
from avl.web.registry.panel import Panel, find_panel
from avl.web.registry.seeking import (
    Read,
    direction_from,
    facts_for,
    fill_usual,
    read_form,
)
from avl.web.registry.typed import Typed
from avl.web.registry.ways import WayLine, way_lines, whereabouts

CHANGED_SINCE = (
    "The form was changed after these times were found. Here are times for what it says now."
)

_OVER = (Status.HELD, Status.LAPSED, Status.CANCELLED, Status.DECLINED)


@dataclass
class Page:
    """All that the form's template shows."""

    typed: Typed
    key: str
    facts: FormFacts
    read: Read
    panel: Panel
    mode: ModeNote
    is_searched: bool
    held: Held | None = None

    @property
    def instruction_mark(self) -> str:
        """Stands in the page, so that the choice of instruction suite is redrawn when it must."""
        court = self.read.court
        return str(court.id) if court and self.read.asks_for_instruction else ""

    @property
    def counsel_mark(self) -> str:
        """Stands in the page, so that counsel is asked for whoever appears now."""
        return ",".join(str(person) for person in self.typed.people)


@bp.get("/book/form")
def form() -> ResponseReturnValue:
    """A new form, a kept one (``key``), or the next event of a booking (``next_of``)."""
    key = request.args.get("key", "")
    if key:
        kept = find_form(actor(), key)
        if kept is None:
            raise NotFound("This form is no longer kept. Find the person again.")
        page = _page(Typed.from_kept(kept.typed), key, is_searched=True, kept=kept)
        if "direction" in request.args:
            # Sent back here from what takes a direction, to say who gave it.
            page.read.errors.update(lacking_direction(page.typed, page.mode))
        return _render(page)
    if reference := request.args.get("next_of", ""):
        typed = _next_event(booking_page(actor(), reference))
    else:
        person = request.args.get("person", type=int)
        also = request.args.getlist("also", type=int)
        typed = Typed(
            main=person,
            people=[person, *also] if person is not None else also,
            matter=request.args.get("matter", type=int),
        )
    return _render(_page(typed, secrets.token_urlsafe(16), is_searched=False))


@bp.post("/book/form")
def submit_form() -> ResponseReturnValue:
    """Find times for what was typed, or keep the offer that was chosen."""
    key = request.form.get("key", "")[:43] or secrets.token_urlsafe(16)
    typed = Typed.from_form(request.form)
    if token := request.form.get("offer", ""):
        return _choose(typed, key, token)
    typed.date = request.form.get("from_date", "") or typed.date
    save_form(key, typed.to_keep(), by=actor())
    # The page it leads to does the searching: a reload then asks again and sends nothing twice.
    facts = _facts(typed)
    if read_form(typed, facts, now=clock.now()).errors:
        return _render(_page(typed, key, is_searched=True, facts=facts)), 422
    return redirect(url_for(".form", key=key, _anchor="times"), 303)


@bp.post("/book/form/times")
def times() -> ResponseReturnValue:
    """Times for what is being typed (an htmx fragment)."""
    typed = Typed.from_form(request.form)
    shown_for, shown_mode = typed.filled_for, request.form.get("mode_shown", "")
    shown_instruction = request.form.get("instruction_shown", "")
    shown_counsel = request.form.get("counsel_shown", "")
    page = _page(typed, request.form.get("key", ""), is_searched=bool(typed.hearing_type))
    return render_template(
        "registry/form_times.html",
        redraw_lengths=page.typed.filled_for != shown_for,
        redraw_mode=page.mode.mark != shown_mode,
        redraw_instruction=page.instruction_mark != shown_instruction,
        redraw_counsel=page.counsel_mark != shown_counsel,
        redraw_which=asks_which(page) != bool(request.form.get("which_shown")),
        **context_of(page),
    )


def _choose(typed: Typed, key: str, token: str) -> ResponseReturnValue:
    made = booking_from_form(actor(), key)
    if made is not None and made.status not in _OVER:
        flash(f"This form is booked already, as {made.reference}.", "warning")
        return redirect(url_for(".show", reference=made.reference), 303)
    facts = _facts(typed)
    fill_usual(typed, facts)
    save_form(key, typed.to_keep(), by=actor())
    read = read_form(typed, facts, now=clock.now())
    if read.errors:
        return _render(_page(typed, key, is_searched=True, facts=facts)), 422
    try:
        chosen = read_offer(token)
        if chosen.lengths != read.lengths or not read.agrees_with(chosen.instruction):
            page = _page(typed, key, is_searched=True, refusal=CHANGED_SINCE, facts=facts)
            return _render(page), 409
        booking = hold_offer(_request(typed, key, read, chosen), by=actor())
    except ResourceClash as clash:
        if held := _other_half(key, chosen):
            return redirect(url_for(".check", reference=held), 303)
        trouble = trouble_with(clash.clashes, {suite for _, suite in chosen.suites})
        page = _page(
            typed, key, is_searched=True, refusal=clash.message, trouble=trouble, facts=facts
        )
        return _render(page), 409
    except InvalidInput as error:
        return _render(_with_error(typed, key, error.field, error.message)), 422
    except NotAllowed as error:
        return _render(_with_error(typed, key, "role", error.message)), 422
    return redirect(url_for(".check", reference=booking.reference), 303)


def _other_half(key: str, chosen: Chosen) -> str | None:
    """The hold that the other half of a double click has just made, if that is what clashed."""
    made = booking_from_form(actor(), key)
    if made is None or made.status is not Status.HELD:
        return None
    page = booking_page(actor(), made.reference)
    return made.reference if page.hearing == chosen.hearing else None


def _request(typed: Typed, key: str, read: Read, chosen: Chosen) -> BookingRequest:
    assert read.court is not None
    assert read.kind is not None
    seats = []
    places = zip(read.people, chosen.suites, chosen.instruction, strict=True)
    for party, (site_id, suite_id), instruction_suite_id in places:
        counsel = read.counsel.get(party.person_id)
        seats.append(
            SeatRequest(
                person_id=party.person_id,
                site_id=site_id,
                suite_id=suite_id,
                counsel_id=counsel.id if counsel else None,
                matter_id=party.matter_id,
                instruction_suite_id=instruction_suite_id,
            )
        )
    return BookingRequest(
        court_id=read.court.id,
        courtroom_id=chosen.courtroom_id,
        hearing_type=read.kind.code,
        hearing=chosen.hearing,
        pre_minutes=chosen.pre_minutes,
        post_minutes=chosen.post_minutes,
        seats=tuple(seats),
        staff_notes=typed.staff_notes,
        prison_notes=typed.prison_notes,
        direction=direction_from(typed, local_day(clock.now(), read.court.zone)),
        previous_reference=typed.previous or None,
        form_key=key,
        interpreter_language=read.interpreter.language if read.interpreter else "",
    )


def _facts(typed: Typed) -> FormFacts:
    return facts_for(actor(), typed, now=clock.now())


def _page(
    typed: Typed,
    key: str,
    *,
    is_searched: bool,
    refusal: str = "",
    trouble: Trouble | None = None,
    kept: KeptForm | None = None,
    facts: FormFacts | None = None,
) -> Page:
    """Everything to show. ``kept`` and ``facts`` are read here where the caller has not."""
    now = clock.now()
    facts = facts or _facts(typed)
    if not typed.where:
        typed.where = _usual_place(facts)
    fill_usual(typed, facts)
    read = read_form(typed, facts, now=now)
    panel = Panel()
    held = None
    if is_searched and not read.errors:
        kept = kept or find_form(actor(), key)
        held = kept.held if kept else None
        try:
            panel = find_panel(
                actor(),
                read,
                now=now,
                ignoring=held.id if held else None,
                refusal=refusal,
                trouble=trouble,
            )
        except InvalidInput as error:
            read.errors[FIELD_OF.get(error.field, error.field)] = error.message
    mode = mode_note(facts, read, panel, now)
    panel.ways = ways_beside(panel, read, mode, now=now)
    return Page(typed, key, facts, read, panel, mode, is_searched, held)


def ways_beside(
    panel: Panel, read: Read, mode: ModeNote, *, now: datetime, moving: str = ""
) -> list[WayLine]:
    """The ways out of what the panel refuses, in order; none where nothing is refused."""
    if not panel.trouble.rules:
        return []
    stuck = Stuck(
        panel.trouble,
        has_offers=bool(panel.lines),
        is_exact=read.is_exact,
        moving=moving,
        movable=movable_among(actor(), panel.trouble.alone, now=now, but=moving),
        people=tuple(whereabouts(party) for party in read.people),
        may_wait=True,
        in_person_by=mode.in_person.role if mode.in_person else Decider.NONE,
        in_person_why="" if mode.in_person else " ".join(mode.lines),
    )
    return way_lines(ways_out_of(stuck), rules=panel.trouble.rules, moving=moving)


def _with_error(typed: Typed, key: str, name: str, message: str) -> Page:
    page = _page(typed, key, is_searched=True)
    page.read.errors[FIELD_OF.get(name, name)] = message
    note_lacking(page.read.errors, typed, page.mode)
    return page


def _usual_place(facts: FormFacts) -> str:
    """The matter's court, or the officer's only one; its courtroom when there is just one."""
    court = facts.court(facts.matter_court_id) or (
        facts.courts[0] if len(facts.courts) == 1 else None
    )
    if court is None:
        return ""
    return f"room-{court.rooms[0].id}" if len(court.rooms) == 1 else f"court-{court.id}"


def usual_instruction(page: BookingPage) -> str:
    """Where counsel of a booking confers from, as the form asks it: any room there, or none."""
    has_conference = bool(page.pre_minutes or page.post_minutes)
    has_room = any(person.instruction_suite_id for person in page.people)
    return "none" if has_conference and not has_room else ""


def _next_event(page: BookingPage) -> Typed:
    """A form for the next event of a booking, with everything carried over but the date."""
    return Typed(
        main=page.people[0].person_id,
        people=[person.person_id for person in page.people],
        matter=page.people[0].matter_id,
        hearing_type=page.hearing_type_code,
        filled_for=page.hearing_type_code,
        where=f"room-{page.courtroom_id}",
        minutes=str(page.hearing.minutes),
        pre_minutes=str(page.pre_minutes),
        post_minutes=str(page.post_minutes),
        instruction=usual_instruction(page),
        counsel={str(person.person_id): person.counsel for person in page.people},
        interpreter=page.interpreter_language,
        staff_notes=page.staff_notes,
        prison_notes=page.prison_notes,
        previous=page.reference,
    )


def asks_which(page: Page) -> bool:
    """Whether the form asks which of two times is meant, because the clocks go back."""
    return bool(page.typed.which or "happens twice" in page.read.errors.get("time", ""))


def context_of(page: Page) -> dict[str, object]:
    errors = page.read.errors if page.is_searched else {}
    return {"page": page, "errors": errors, "criteria": CRITERIA}


def _render(page: Page) -> str:
    return render_template("registry/form.html", **context_of(page))
