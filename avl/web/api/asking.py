"""From the JSON a program sends to what commands and the search take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from avl.commands.bookings import BookingRequest, SeatRequest
from avl.commands.changes import Move
from avl.commands.interpreters import wanted_from
from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.booking import LegKind, normal_reference
from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval
from avl.domain.local_time import local_day
from avl.domain.resources import Interpreter, Placement, Seat
from avl.domain.wish import Wish, WishSeat, check_day, check_near, farthest_day
from avl.queries.lookups import (
    counsel_resources,
    court_ids,
    get_shown,
    hearing_type,
    interpreter_days,
    matter_ids,
    person_ids,
    site_of_rooms,
    site_zone,
)
from avl.queries.standing import usual_of

DAYS_AFTER = 14
"""How far after the time asked for a search looks when it is given no last date."""

Seats = Mapping[int, Mapping[str, Any]]
"""What is to be sent for each person, by the resource id the calendar knows them by."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A search, the zone its answers are told in, and what belongs to each person in it."""

    wish: Wish
    zone: str
    seats: Seats


@dataclass(frozen=True, slots=True)
class Refused:
    """A placement that could not be had, for offers near it.

    Attributes:
        ignoring: id of the booking being moved.
    """

    placement: Placement
    zone: str
    seats: Seats
    ignoring: int | None = None


def booking_request(actor: Actor, sent: Mapping[str, Any]) -> BookingRequest:
    """What POST /bookings asks for.

    Raises:
        InvalidInput: something named in it does not exist, or is not the caller's to book.
    """
    seats: Sequence[Mapping[str, Any]] = sent["appearances"]
    suites = [seat["suite_id"] for seat in seats]
    sites = site_of_rooms([sent["courtroom_id"], *suites])
    court_id = sites[sent["courtroom_id"]]
    if not may(actor, Do.BOOK, SiteSubject(court_id)):
        raise InvalidInput("courtroom_id", "This room is at none of your courts.")
    people = person_ids({seat["prn"] for seat in seats})
    matters = matter_ids({seat["matter"] for seat in seats if seat["matter"]}, court_id=court_id)
    minutes, pre, post = _lengths(sent)
    return BookingRequest(
        court_id=court_id,
        courtroom_id=sent["courtroom_id"],
        hearing_type=sent["hearing_type"],
        hearing=Interval(sent["starts_at"], sent["starts_at"] + timedelta(minutes=minutes)),
        pre_minutes=pre,
        post_minutes=post,
        seats=tuple(
            SeatRequest(
                person_id=people[seat["prn"]].id,
                site_id=sites[seat["suite_id"]],
                suite_id=seat["suite_id"],
                counsel_id=seat["counsel_id"],
                matter_id=matters[seat["matter"]] if seat["matter"] else None,
                instruction_suite_id=seat["instruction_suite_id"],
            )
            for seat in seats
        ),
        staff_notes=sent["staff_notes"],
        prison_notes=sent["prison_notes"],
        interpreter_language=sent["interpreter_language"],
        direction=sent["direction"],
        warning_reason=sent["warning_reason"],
        previous_reference=normal_reference(sent["previous_reference"])
        if sent["previous_reference"]
        else None,
    )


def _lengths(sent: Mapping[str, Any]) -> tuple[int, int, int]:
    """Hearing, conference before, conference after, in minutes; the type's own where left out."""
    minutes, pre, post = sent["minutes"], sent["pre_minutes"], sent["post_minutes"]
    if None in (minutes, pre, post):
        usual = usual_of(hearing_type(sent["hearing_type"]))
        minutes = usual.hearing if minutes is None else minutes
        pre = usual.pre if pre is None else pre
        post = usual.post if post is None else post
    return minutes, pre, post


def refused_request(sent: Mapping[str, Any], request: BookingRequest) -> Refused:
    """The placement behind a booking that could not be made."""
    seats = _by_resource(sent["appearances"])
    return Refused(
        Placement(
            court_id=request.court_id,
            courtroom=request.courtroom_id,
            hearing_type=request.hearing_type,
            hearing=request.hearing,
            pre_minutes=request.pre_minutes,
            post_minutes=request.post_minutes,
            seats=_seats(seats, site_of_rooms([seat["suite_id"] for seat in seats.values()])),
            interpreter=_interpreter(sent),
        ),
        site_zone(request.court_id),
        seats,
    )


def _by_resource(sent: Sequence[Mapping[str, Any]]) -> Seats:
    people = person_ids({seat["prn"] for seat in sent})
    return {people[seat["prn"]].resource_id: seat for seat in sent}


def _seats(seats: Seats, sites: Mapping[int, int]) -> tuple[Seat, ...]:
    counsel = counsel_resources(
        {seat["counsel_id"] for seat in seats.values() if seat["counsel_id"]}
    )
    return tuple(
        Seat(
            person=person,
            site_id=sites[seat["suite_id"]],
            suite=seat["suite_id"],
            counsel=counsel[seat["counsel_id"]] if seat["counsel_id"] else None,
            instruction_suite=seat["instruction_suite_id"],
        )
        for person, seat in seats.items()
    )


def _interpreter(sent: Mapping[str, Any]) -> Interpreter | None:
    """What a request asks to have interpreted: as it says, or as the people's records do."""
    people = person_ids({seat["prn"] for seat in sent["appearances"]})
    spoken = [people[seat["prn"]].interpreter_language for seat in sent["appearances"]]
    days = interpreter_days(sent["hearing_type"])
    return wanted_from(sent["interpreter_language"], spoken, days)


def wish_from(actor: Actor, sent: Mapping[str, Any], now: datetime) -> Asked:
    """What POST /offers asks for.

    Raises:
        InvalidInput: something named in it does not exist, or the days make no sense.
    """
    court_id, zone = court_ids(actor, sent["court"])
    people = person_ids({seat["prn"] for seat in sent["appearances"]})
    counsel = counsel_resources(
        {seat["counsel_id"] for seat in sent["appearances"] if seat["counsel_id"]}
    )
    minutes, pre, post = _lengths(sent)
    wanted: date = local_day(sent["wanted_start"], zone)
    check_day(wanted, now, zone, "wanted_start")
    first = sent["first"] or wanted
    last = sent["last"] or min(max(first, wanted) + timedelta(days=DAYS_AFTER), farthest_day(now))
    for name, day in (("first", first), ("last", last)):
        check_near(day, now, name)
    wish = Wish(
        court_id=court_id,
        courtrooms=tuple(sent["courtroom_ids"]),
        hearing_type=sent["hearing_type"],
        minutes=minutes,
        pre_minutes=pre,
        post_minutes=post,
        seats=tuple(
            WishSeat(
                person=people[seat["prn"]].resource_id,
                counsel=counsel[seat["counsel_id"]] if seat["counsel_id"] else None,
                suites=tuple(seat["suite_ids"]) if seat["suite_ids"] else None,
                instruction_suites=tuple(seat["instruction_suite_ids"]),
            )
            for seat in sent["appearances"]
        ),
        wanted_start=sent["wanted_start"],
        first=first,
        last=last,
        limit=sent["limit"],
        interpreter=_interpreter(sent),
    )
    return Asked(wish, zone, _by_resource(sent["appearances"]))


def move_from(actor: Actor, reference: str, sent: Mapping[str, Any]) -> Move:
    """What POST /bookings/{ref}/move asks for.

    Raises:
        NotFound: there is no such booking in the caller's scope.
        InvalidInput: a room named in it does not exist, or a suite is given twice.
    """
    suites = {one["appearance_id"]: one["suite_id"] for one in sent["suites"]}
    if len(suites) < len(sent["suites"]):
        raise InvalidInput("suites", "Give each appearance one suite.")
    instruction = {
        one["appearance_id"]: one["instruction_suite_id"] for one in sent["instruction_suites"]
    }
    if len(instruction) < len(sent["instruction_suites"]):
        raise InvalidInput("instruction_suites", "Give each appearance one instruction suite.")
    rooms = set(suites.values()) | ({sent["courtroom_id"]} - {None})
    site_of = site_of_rooms(rooms)
    hearing = None
    if sent["starts_at"] or sent["minutes"]:
        now = get_shown(actor, reference).hearing
        start = sent["starts_at"] or now.start
        hearing = Interval(start, start + timedelta(minutes=sent["minutes"] or now.minutes))
    return Move(
        hearing=hearing,
        courtroom_id=sent["courtroom_id"],
        pre_minutes=sent["pre_minutes"],
        post_minutes=sent["post_minutes"],
        suites=suites,
        sites={appearance: site_of[suite] for appearance, suite in suites.items()},
        instruction_suites=instruction,
        direction=sent["direction"],
    )


def refused_move(actor: Actor, reference: str, move: Move) -> Refused | None:
    """The placement behind a move that could not be made; None when the people are not the
    caller's to name."""
    booking = get_shown(actor, reference)
    if any(one.person is None for one in booking.appearances) or booking.hearing_type is None:
        return None
    seats = _by_resource(
        [
            {
                "appearance_id": one.id,
                "prn": one.person.prn,
                "counsel_id": one.counsel.id if one.counsel else None,
                "matter": one.matter,
                "suite_id": move.suites.get(one.id, one.suite_id),
                "instruction_suite_id": move.instruction_suites.get(
                    one.id, one.instruction_suite_id
                ),
            }
            for one in booking.appearances
            if one.person
        ]
    )
    return Refused(
        Placement(
            court_id=booking.court_id,
            courtroom=move.courtroom_id or booking.courtroom_id,
            hearing_type=booking.hearing_type,
            hearing=move.hearing or booking.hearing,
            pre_minutes=kept_minutes(move.pre_minutes, booking.legs, LegKind.PRE_CONFERENCE),
            post_minutes=kept_minutes(move.post_minutes, booking.legs, LegKind.POST_CONFERENCE),
            seats=_seats(seats, site_of_rooms([seat["suite_id"] for seat in seats.values()])),
            interpreter=wanted_from(
                booking.interpreter_language or "", [], interpreter_days(booking.hearing_type)
            ),
        ),
        booking.zone,
        seats,
        booking.booking_id,
    )


def kept_minutes(wanted: int | None, legs: Mapping[LegKind, Interval], kind: LegKind) -> int:
    """How long a leg is to be, in minutes: as wanted, or else as it is."""
    if wanted is not None:
        return wanted
    return legs[kind].minutes if kind in legs else 0
