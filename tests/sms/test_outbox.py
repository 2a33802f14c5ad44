"""What counsel is told when bookings change: once, the latest, and nothing needless."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from avl.commands.outbox import queue_news, sweep_news
from avl.commands.transaction import command
from avl.domain.booking import LegKind, Status
from avl.domain.sms import SmsKind, SmsState
from avl.models import Booking, Sms, db
from tests import make

both = pytest.mark.both_databases

BOOKED, MOVED, CANCELLED = SmsKind.BOOKED, SmsKind.MOVED, SmsKind.CANCELLED
DAY_BEFORE, TWO_HOURS = SmsKind.REMINDER_DAY_BEFORE, SmsKind.REMINDER_TWO_HOURS
FRIDAY = "2026-11-27"


@pytest.fixture
def booking(counsel):
    at = make.during("10:00", "10:30", on=FRIDAY)
    return make.booking(by=counsel, hearing=at, pre_minutes=15, is_published=False)


@command
def tell(session, booking_id: int) -> list[int]:
    found = session.get_one(Booking, booking_id)
    refs = [sms.ref for sms in queue_news(session, found)]
    return list(session.scalars(select(Sms.id).where(Sms.ref.in_(refs)).order_by(Sms.id)))


def texts(**where) -> list[Sms]:
    return list(db.session.scalars(select(Sms).filter_by(**where).order_by(Sms.id)))


def told(**where) -> list[tuple[str, str]]:
    return [(sms.kind, sms.state) for sms in texts(**where)]


def unsent() -> list[str]:
    return [sms.kind for sms in texts(state=SmsState.PENDING)]


def set_state(kind: SmsKind, state: SmsState) -> None:
    for sms in texts(kind=kind, state=SmsState.PENDING):
        sms.state = state
    db.session.commit()


def move(booking: Booking, start: str, *, on: str = FRIDAY, status=Status.CONFIRMED) -> None:
    by = make.at(start, on=on) - make.leg_of(booking, LegKind.HEARING).starts_at
    for leg in booking.legs:
        leg.starts_at, leg.ends_at = leg.starts_at + by, leg.ends_at + by
    booking.starts_at, booking.ends_at = booking.starts_at + by, booking.ends_at + by
    booking.time_version += 1
    booking.version += 1
    booking.status = status
    db.session.commit()
    tell(booking.id)


def end(booking: Booking, status: Status = Status.CANCELLED) -> None:
    booking.status = status
    booking.version += 1
    db.session.commit()
    tell(booking.id)


@both
def test_confirmed_booking_is_told_and_both_reminders_are_planned(booking):
    tell(booking.id)

    assert [(sms.kind, sms.due_at, sms.expires_at) for sms in texts()] == [
        (BOOKED, make.at("10:00"), make.at("10:00", on=FRIDAY)),
        (DAY_BEFORE, make.at("16:00", on="2026-11-26"), make.at("07:45", on=FRIDAY)),
        (TWO_HOURS, make.at("07:45", on=FRIDAY), make.at("09:45", on=FRIDAY)),
    ]
    first = texts()[0]
    assert first.to_e164 == "+64211234567"
    assert first.body.startswith(f"{booking.reference} booked: ")
    assert "Fri 27 Nov 10:00 am, conference 9:45 am" in first.body
    assert first.body.endswith(f"#{first.ref}")


def test_telling_twice_writes_nothing_more(booking):
    tell(booking.id)

    assert tell(booking.id) == []
    assert len(texts()) == 3


@pytest.mark.parametrize(
    "status", [Status.HELD, Status.REQUESTED, Status.DECLINED, Status.LAPSED, Status.CANCELLED]
)
def test_nobody_is_told_of_what_never_stood(booking, status):
    booking.status = status
    db.session.commit()

    assert tell(booking.id) == []


def test_te_reo_counsel_is_told_in_te_reo(booking, counsel):
    counsel.language = "mi"
    db.session.commit()
    tell(booking.id)

    assert "kua whakaritea" in texts(kind=BOOKED)[0].body
    assert {sms.language for sms in texts()} == {"mi"}


def test_counsel_without_a_number_gets_no_text(booking, counsel):
    counsel.mobile = ""
    db.session.commit()

    assert tell(booking.id) == []


def test_moved_before_the_text_left_is_simply_booked_at_the_new_time(booking):
    tell(booking.id)
    move(booking, "14:00")

    assert unsent() == [BOOKED, DAY_BEFORE, TWO_HOURS]
    assert "2:00 pm" in texts(kind=BOOKED, state=SmsState.PENDING)[0].body
    assert told(state=SmsState.DROPPED) == [
        (BOOKED, "dropped"),
        (DAY_BEFORE, "dropped"),
        (TWO_HOURS, "dropped"),
    ]


@pytest.mark.parametrize("state", [SmsState.DELIVERED, SmsState.SENDING, SmsState.DOUBT])
def test_moved_after_the_text_may_have_left_quotes_both_times(booking, state):
    tell(booking.id)
    set_state(BOOKED, state)
    move(booking, "14:00")

    moved = texts(kind=MOVED)
    assert len(moved) == 1
    assert "was Fri 27 Nov 10:00 am, now Fri 27 Nov 2:00 pm, conference 1:45 pm" in moved[0].body
    assert unsent() == [MOVED, DAY_BEFORE, TWO_HOURS]


@both
def test_five_moves_in_a_minute_make_one_text_for_the_last_time(booking):
    tell(booking.id)
    set_state(BOOKED, SmsState.DELIVERED)
    for start in ("11:00", "12:00", "13:00", "14:00", "15:00"):
        move(booking, start)

    assert unsent() == [MOVED, DAY_BEFORE, TWO_HOURS]
    body = texts(kind=MOVED, state=SmsState.PENDING)[0].body
    assert "was Fri 27 Nov 10:00 am, now Fri 27 Nov 3:00 pm" in body


def test_moved_there_and_back_tells_nothing(booking):
    tell(booking.id)
    set_state(BOOKED, SmsState.DELIVERED)
    move(booking, "14:00")
    move(booking, "10:00")

    assert unsent() == [DAY_BEFORE, TWO_HOURS]
    assert {sms.time_version for sms in texts(state=SmsState.PENDING)} == {3}


@both
def test_moved_there_and_back_after_both_were_told_tells_the_way_back(booking):
    tell(booking.id)
    set_state(BOOKED, SmsState.DELIVERED)
    move(booking, "14:00")
    set_state(MOVED, SmsState.DELIVERED)
    move(booking, "10:00")
    set_state(MOVED, SmsState.DELIVERED)
    move(booking, "14:00")

    assert [sms.state for sms in texts(kind=MOVED)] == ["delivered", "delivered", "pending"]
    assert "was Fri 27 Nov 10:00 am, now Fri 27 Nov 2:00 pm" in texts(kind=MOVED)[-1].body


@both
def test_another_suite_at_the_same_time_tells_counsel_nothing(booking):
    tell(booking.id)
    set_state(BOOKED, SmsState.DELIVERED)
    before = [sms.id for sms in texts()]
    booking.time_version += 1
    db.session.commit()

    assert tell(booking.id) == []
    assert [sms.id for sms in texts()] == before
    assert {sms.time_version for sms in texts()} == {booking.time_version}


def test_another_conference_time_is_told(booking):
    tell(booking.id)
    set_state(BOOKED, SmsState.DELIVERED)
    conference = make.leg_of(booking, LegKind.PRE_CONFERENCE)
    conference.starts_at = booking.starts_at = make.at("09:30", on=FRIDAY)
    booking.time_version += 1
    db.session.commit()
    tell(booking.id)

    assert "conference 9:30 am" in texts(kind=MOVED)[0].body
    assert texts(kind=TWO_HOURS, state=SmsState.PENDING)[0].due_at == make.at("07:30", on=FRIDAY)


def test_moved_and_waiting_for_the_prison_tells_nothing_until_it_answers(booking):
    tell(booking.id)
    set_state(BOOKED, SmsState.DELIVERED)
    move(booking, "14:00", status=Status.REQUESTED)
    assert unsent() == []

    booking.status = Status.CONFIRMED
    db.session.commit()
    tell(booking.id)

    assert unsent() == [MOVED, DAY_BEFORE, TWO_HOURS]


def test_moved_and_then_declined_is_told_as_cancelled_at_the_time_counsel_knows(booking):
    tell(booking.id)
    set_state(BOOKED, SmsState.DELIVERED)
    move(booking, "14:00", status=Status.REQUESTED)
    end(booking, Status.DECLINED)

    assert unsent() == [CANCELLED]
    assert "Fri 27 Nov 10:00 am will not happen" in texts(kind=CANCELLED)[0].body


def test_cancelled_before_the_text_left_tells_nothing(booking):
    tell(booking.id)
    end(booking)

    assert unsent() == []


@pytest.mark.parametrize(
    "state",
    [
        SmsState.SENDING,
        SmsState.DOUBT,
        SmsState.ACCEPTED,
        SmsState.DELIVERED,
        SmsState.MISSED,
        SmsState.UNDELIVERED,
    ],
)
def test_cancelled_after_the_text_may_have_left_is_told_once(booking, state):
    tell(booking.id)
    set_state(BOOKED, state)
    end(booking)
    tell(booking.id)

    assert unsent() == [CANCELLED]
    assert texts(kind=BOOKED)[0].state == state


def test_nothing_is_told_once_the_hearing_has_begun(booking, clock):
    clock.set(make.at("10:01", on=FRIDAY))

    assert tell(booking.id) == []


@both
def test_counsel_replaced_is_told_it_is_off_and_the_new_one_it_is_on(booking, counsel):
    tell(booking.id)
    set_state(BOOKED, SmsState.DELIVERED)
    other = make.counsel("Ari Ngata", mobile="+64217654321")
    booking.appearances[0].counsel_id = other.id
    db.session.commit()
    tell(booking.id)

    assert told(counsel_id=counsel.id, state=SmsState.PENDING) == [(CANCELLED, "pending")]
    assert [sms.kind for sms in texts(counsel_id=other.id)] == [BOOKED, DAY_BEFORE, TWO_HOURS]

    booking.appearances[0].counsel_id = counsel.id
    db.session.commit()
    set_state(CANCELLED, SmsState.DELIVERED)
    tell(booking.id)

    again = texts(counsel_id=counsel.id, state=SmsState.PENDING)
    assert [sms.kind for sms in again] == [BOOKED, DAY_BEFORE, TWO_HOURS]
    assert again[0].resend_of_id is not None


def test_co_defendants_counsel_are_told_apart(counsel, session):
    other = make.counsel("Ari Ngata", mobile="+64217654321")
    prison = make.prison(suites=2)
    people = [make.person(held_at=prison), make.person("Hohepa", held_at=prison)]
    at = make.during("10:00", "10:30", on=FRIDAY)
    booking = make.booking(*people, at_prison=prison, by=counsel, hearing=at, is_published=False)
    booking.appearances[1].counsel_id = other.id
    db.session.commit()
    tell(booking.id)

    assert sorted((sms.counsel_id, sms.kind) for sms in texts()) == sorted(
        (who.id, kind) for who in (counsel, other) for kind in (BOOKED, DAY_BEFORE, TWO_HOURS)
    )


def test_no_text_holds_a_name_a_charge_or_a_file_number(booking):
    tell(booking.id)
    person = booking.appearances[0].person
    for sms in texts():
        for secret in (person.family_name, person.given_names, person.prn, "CRI-", "Bail"):
            assert secret not in sms.body


def test_second_try_of_a_text_is_kept_while_it_holds_and_dropped_when_it_does_not(booking):
    tell(booking.id)
    set_state(BOOKED, SmsState.DELIVERED)
    first = texts(kind=BOOKED)[0]
    first.state = SmsState.UNDELIVERED
    again = {c.key: getattr(first, c.key) for c in Sms.__table__.columns if c.key != "id"}
    body = first.body.replace(first.ref, "AGAIN")
    again |= {"state": "pending", "ref": "AGAIN", "resend_of_id": first.id, "body": body}
    db.session.add(Sms(**again))
    db.session.commit()

    booking.time_version += 1  # another suite
    db.session.commit()
    tell(booking.id)
    assert texts(ref="AGAIN")[0].state == SmsState.PENDING

    move(booking, "14:00")
    assert texts(ref="AGAIN")[0].state == SmsState.DROPPED


@both
def test_sweep_writes_what_was_lost_and_nothing_twice(booking):
    assert sweep_news() == 3
    assert sweep_news() == 0

    set_state(BOOKED, SmsState.DELIVERED)
    booking.status = Status.CANCELLED
    db.session.commit()

    assert sweep_news() == 1
    assert sweep_news() == 0
    assert unsent() == [CANCELLED]
