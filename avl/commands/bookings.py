"""Making bookings: hold an offer for ten minutes, then book it; or both at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict

from avl import clock
from avl.commands.audit import Event, event_of, record_all
from avl.commands.booking_requests import (
    BookingRequest,
    SeatRequest,
    check_shape,
    people_and_counsel,
    placement_from,
)
from avl.commands.interpreters import read_wanted, set_due
from avl.commands.keeping import (
    add_holds,
    agree_where_self_service,
    changed,
    check_version,
    end_booking,
    load_for_change,
    spread,
)
from avl.commands.modes import settle_modes_of
from avl.commands.outbox import addressees
from avl.commands.placing import (
    judge_locked,
    lock_and_judge,
    lock_asked,
    names_of,
    new_booking,
    refuse_clashes,
    spell_times,
)
from avl.commands.transaction import command
from avl.commands.writing import write_booking
from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.booking import Action, LegKind, Status, next_status
from avl.domain.clashes import Rule, Verdict, judge
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound, ResourceClash
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
from avl.domain.news import ON
from avl.domain.resources import Placement, WantedHold
from avl.domain.world import World
from avl.models import Appearance, Booking, HearingType, Site
from avl.queries.kept_country import country_of
from avl.queries.kept_places import places_of
from avl.queries.placements import placement_of
from avl.queries.ready import in_one_go
from avl.queries.scope import visible_bookings
from avl.queries.stamps import COUNTRY

__all__ = [
    "BookingRequest",
    "SeatRequest",
    "hold_offer",
    "release_hold",
    "request_booking",
    "request_held",
]


@command
def hold_offer(session: Session, request: BookingRequest, *, by: Actor) -> Booking:
    """Keep everything an offer needs for ten minutes, or nothing.

    A second click of the same form (``form_key``) finds the first one's hold. An earlier hold of
    the same form is given back first, so that going back and choosing another offer does not
    keep two.

    Raises:
        ResourceClash: it cannot be placed there; every reason is in it.
        InvalidInput: something asked for makes no sense, or AVL needs a direction.
    """
    earlier = _held_from_form(session, request.form_key, by)
    if earlier is not None:
        if _is_same(earlier, request):
            return earlier
        end_booking(session, earlier, Action.CANCEL, by=by, reason="Another offer was chosen.")
    try:
        placed = _place(session, request, by=by)
    except ResourceClash:
        # The other click of a double click was faster by moments: what stands in the way is ours.
        twin = _held_from_form(session, request.form_key, by)
        if twin is not None and _is_same(twin, request):
            return twin
        raise
    with in_one_go(session):
        record_all(session, [_write(session, placed, by=by)])
    return placed.booking


def keep(
    session: Session,
    request: BookingRequest,
    *,
    until: datetime,
    by: Actor,
    beside: Booking | None = None,
) -> Booking:
    """The shared step behind a time that is kept for somebody who has waited for it.

    Args:
        until: how long it is kept, which is longer than an offer somebody is looking at.
        beside: the booking that is to move there, locked; what it holds of it already is not
            held twice.
    """
    placed = _place(session, request, by=by, beside=beside)
    placed.booking.expires_at = until
    _write(session, placed, by=by, beside=beside)
    return placed.booking


@command
def request_held(
    session: Session,
    reference: str,
    *,
    by: Actor,
    version: int | None = None,
    warning_reason: str = "",
    staff_notes: str | None = None,
    prison_notes: str | None = None,
) -> Booking:
    """Book what was held. Asking again for what is already booked changes nothing.

    Raises:
        ActionNotAllowed: the ten minutes were over and the hold is gone; or in person stands now.
        ResourceClash: a closure or transfer came in between.
        InvalidInput: there is a warning and no reason to book all the same.
    """
    booking = load_for_change(session, reference, by=by, do=Do.BOOK, version=None)
    if booking.status in (Status.REQUESTED, Status.CONFIRMED):
        return booking
    if booking.status is Status.LAPSED:
        raise ActionNotAllowed("This time is no longer kept. Choose a time again.")
    check_version(booking, version)
    next_status(booking.status, Action.REQUEST)
    placement = placement_of(booking)
    verdict, world = lock_and_judge(session, placement, by=by, ignoring=booking.id)
    refuse_clashes(verdict, warning_reason=warning_reason)
    _settle_again(session, booking, placement, world, by=by)
    booking.warning_reason = warning_reason.strip() if verdict.warnings else ""
    if staff_notes is not None:
        booking.staff_notes = staff_notes
    if prison_notes is not None:
        booking.prison_notes = prison_notes
    _submit(booking, world)
    changed(session, booking, Action.REQUEST, by=by, world=world, **_how(booking))
    return booking


def _settle_again(
    session: Session, booking: Booking, placement: Placement, world: World, *, by: Actor
) -> None:
    """Refuse what was held by AVL where in person stands by now: no change of a rule or record
    sweeps up what is only held. What was directed when it was held is on record."""
    try:
        settle_modes_of(session, booking, placement.hearing, world, note=None, by=by)
    except InvalidInput as refusal:
        # Whoever books what is kept is asked for no direction: that is done where it was chosen.
        raise ActionNotAllowed(refusal.message) from None


@command
def request_booking(session: Session, request: BookingRequest, *, by: Actor) -> Booking:
    """Hold and book in one step (the API and imports)."""
    return book(session, request, by=by)


def book(session: Session, request: BookingRequest, *, by: Actor) -> Booking:
    """The shared step behind every booking that is made at once; an offer that the same form
    keeps is given back first."""
    if kept := _held_from_form(session, request.form_key, by):
        end_booking(session, kept, Action.CANCEL, by=by, reason="Another time was chosen.")
    placed = _place(session, request, by=by, warning_reason=request.warning_reason)
    booking = placed.booking
    # It is written once, as it will stand: version 1 was the hold, which nobody could see.
    _submit(booking, placed.world)
    booking.version = 2
    # Asked before anything is written, so that nothing written has to be waited for.
    counsel = {one.counsel_id for one in booking.appearances if one.counsel_id is not None}
    to = addressees(session, counsel) if counsel and booking.status in ON else None
    with in_one_go(session):
        was_placed = _write(session, placed, by=by)
        requested = event_of(Action.REQUEST, by=by, booking=booking, **_how(booking))
        record_all(session, [was_placed, requested])
        spread(session, booking, world=placed.world, is_new=True, to=to)
    return booking


@command
def release_hold(session: Session, reference: str, *, by: Actor) -> Booking:
    """Give a held offer back before its ten minutes are over."""
    booking = load_for_change(session, reference, by=by, do=Do.BOOK, version=None)
    if booking.status is Status.HELD:
        end_booking(session, booking, Action.CANCEL, by=by, reason="Given back.")
    return booking


@dataclass(frozen=True, slots=True)
class _Placed:
    """A booking that was judged possible, and is not written yet."""

    booking: Booking
    request: BookingRequest
    placement: Placement
    world: World
    wanted: tuple[WantedHold, ...]


def _place(
    session: Session,
    request: BookingRequest,
    *,
    by: Actor,
    warning_reason: str | None = None,
    beside: Booking | None = None,
) -> _Placed:
    """Lock, judge, and build a held booking."""
    if not may(by, Do.BOOK, SiteSubject(request.court_id)):
        raise NotFound("There is no such court among yours.")
    check_shape(request.hearing, request.pre_minutes, request.post_minutes)
    judged = _judged(session, request, by=by, ignoring=beside.id if beside else None)
    placement, verdict, world = judged.placement, judged.verdict, judged.world
    refuse_clashes(verdict, warning_reason=warning_reason)
    if beside is not None:
        _refuse_both(placement, world)
    booking = new_booking(request, placement, world, by=by)
    # Whoever tells of the booking asks for these two; they have just been read.
    known_of = instance_dict(booking)
    known_of["hearing_type"] = judged.hearing_type
    known_of["court"] = _court(session, request.court_id, world)
    if not verdict.warnings:
        booking.warning_reason = ""
    court = world.sites[request.court_id]
    set_due(booking, local_day(request.hearing.start, court.zone), court.calendar)
    settle_modes_of(
        session,
        booking,
        request.hearing,
        world,
        note=request.direction,
        by=by,
        people=judged.people,
        is_directed=any(person.is_directed for person in judged.people),
    )
    booking.previous_id = _previous_id(session, request.previous_reference, by)
    return _Placed(booking, request, placement, world, verdict.wanted)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A request, judged by what stands once everything it needs is locked."""

    hearing_type: HearingType
    people: Collection[Any]
    placement: Placement
    verdict: Verdict
    world: World


def _judged(
    session: Session, request: BookingRequest, *, by: Actor, ignoring: int | None
) -> _Judged:
    """Lock what a request needs, then read it, and judge it."""
    lock_asked(session, request)
    rows = people_and_counsel(session, request)
    hearing_type = _hearing_type(session, request, rows)
    placement, people = placement_from(
        request, rows, interpreter_days=hearing_type.interpreter_days
    )
    verdict, world = judge_locked(session, placement, by=by, ignoring=ignoring, known=rows)
    return _Judged(hearing_type, people, placement, verdict, world)


def _hearing_type(session: Session, request: BookingRequest, rows: Sequence[Any]) -> HearingType:
    """The hearing type that was asked for, where it can be booked."""
    stamp = next((row.country_stamp for row in rows if row.is_person), None)
    known = country_of(session, {COUNTRY: stamp} if stamp is not None else {})
    hearing_type = known.type_in(session, request.hearing_type)
    if hearing_type is None or not hearing_type.is_bookable:
        raise InvalidInput("hearing_type", "Choose a hearing type from the list.")
    return hearing_type


def _refuse_both(placement: Placement, world: World) -> None:
    """Refuse to keep a better time where the prison could not fetch and take back for both.

    Until the booking moves, its people are expected at both times; their escorts alone count
    twice, because everything else is the booking's own.

    Raises:
        ResourceClash: the prison's escorts are too few.
    """
    both = judge(placement, world).clashes
    if busy := [clash for clash in both if clash.rule is Rule.ESCORTS_BUSY]:
        raise ResourceClash(busy)


def _court(session: Session, court_id: int, world: World) -> Site:
    """The court, as the world was read."""
    since = world.window.start.date()
    return places_of(session, [court_id], since, world.stamps)[court_id].site_in(session)


def _write(session: Session, placed: _Placed, *, by: Actor, beside: Booking | None = None) -> Event:
    """Write a new booking with all it holds; returns the audit event that says so."""
    booking, request = placed.booking, placed.request
    write_booking(session, booking)
    add_holds(session, booking, placed.placement, placed.world, beside=beside, wanted=placed.wanted)
    return event_of(
        Action.HOLD,
        by=by,
        booking=booking,
        changes={
            "hearing": [None, spell_times(request.hearing)],
            "people": [None, list(names_of(booking.appearances))],
            "suites": [None, [seat.suite_id for seat in request.seats]],
            "courtroom": [None, request.courtroom_id],
        },
    )


def _submit(booking: Booking, world: World) -> None:
    """Turn a held booking into a request, and into a confirmed one where nobody need answer."""
    booking.status = next_status(booking.status, Action.REQUEST)
    booking.requested_at = world.now
    agree_where_self_service(booking, world)


def _how(booking: Booking) -> dict[str, Any]:
    """What the audit says of a request."""
    return {
        "reason": booking.warning_reason,
        "changes": {"status": [Status.HELD.value, booking.status.value]},
    }


def _previous_id(session: Session, reference: str | None, by: Actor) -> int | None:
    if not reference:
        return None
    found = session.scalars(visible_bookings(by).where(Booking.reference == reference)).first()
    if found is None:
        raise InvalidInput("previous_reference", f"There is no booking {reference}.")
    return found.id


def _held_from_form(session: Session, form_key: str, by: Actor) -> Booking | None:
    """What the same form keeps, locked: it may be booked at this very moment, in another tab."""
    if not form_key:
        return None
    kept = select(Booking).where(
        Booking.form_key == form_key,
        Booking.created_by_id == by.user_id,
        Booking.status == Status.HELD,
        Booking.expires_at > clock.now(),
    )
    return session.scalars(kept.with_for_update(of=Booking, key_share=True)).first()


def _is_same(held: Booking, request: BookingRequest) -> bool:
    """Whether an offer that is kept is what is asked for once more, to the last word: whoever goes
    back to mend the courtroom, a length or a note must not be given the old one again."""
    legs = {leg.kind: Interval(leg.starts_at, leg.ends_at).minutes for leg in held.legs}
    hearing = next(leg for leg in held.legs if leg.kind is LegKind.HEARING)
    languages = request.interpreter_language
    return (
        (held.court_id, held.hearing_type_code, hearing.starts_at, hearing.ends_at)
        == (request.court_id, request.hearing_type, request.hearing.start, request.hearing.end)
        and legs.get(LegKind.PRE_CONFERENCE, 0) == request.pre_minutes
        and legs.get(LegKind.POST_CONFERENCE, 0) == request.post_minutes
        and [_seat_of(one) for one in held.appearances] == list(request.seats)
        and {one.courtroom_id for one in held.appearances} == {request.courtroom_id}
        and (held.staff_notes, held.prison_notes) == (request.staff_notes, request.prison_notes)
        and (languages is None or read_wanted(languages) == held.interpreter_language)
    )


def _seat_of(kept: Appearance) -> SeatRequest:
    return SeatRequest(
        kept.person_id,
        kept.site_id,
        kept.suite_id,
        kept.counsel_id,
        kept.matter_id,
        kept.instruction_suite_id,
    )
