"""Claims, leases, results, doubts and reports, as the rows see them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from avl.commands.outbox import queue_news
from avl.commands.sms import claim_one, expire_sms, lapse_leases, record_held_up, record_result
from avl.commands.sms_settling import record_report, take_silent
from avl.commands.transaction import command
from avl.domain.booking import Status
from avl.domain.sms import (
    TIMING,
    Accepted,
    Doubt,
    Hindrance,
    NotSent,
    Refusal,
    Rejected,
    SmsKind,
    SmsState,
)
from avl.gateways.memory import MemorySms
from avl.jobs.dispatch import deliver_due
from avl.jobs.reconcile import ask_about_silent, settle_doubts
from avl.jobs.shift import Shift
from avl.models import Booking, Counsel, OptOut, Sms, SmsAttempt, db
from tests import make

both = pytest.mark.both_databases
FRIDAY = "2026-11-27"


@command
def tell(session, booking_id: int) -> None:
    queue_news(session, session.get_one(Booking, booking_id))


@pytest.fixture
def counsel(session, clock):
    return make.counsel()


@pytest.fixture
def booking(counsel):
    """A confirmed booking whose "booked" text is due now."""
    at = make.during("10:00", "10:30", on=FRIDAY)
    found = make.booking(by=counsel, hearing=at, is_published=False)
    tell(found.id)
    return found


@pytest.fixture
def gateway():
    return MemorySms()


@pytest.fixture
def shift(gateway):
    return Shift(gateway, "https://avl.test", owner="worker-1")


def text(kind: SmsKind = SmsKind.BOOKED) -> Sms:
    db.session.expire_all()
    return db.session.scalars(select(Sms).where(Sms.kind == kind)).first()


def attempts() -> list[SmsAttempt]:
    db.session.expire_all()
    return list(db.session.scalars(select(SmsAttempt).order_by(SmsAttempt.id)))


def lost(shift: Shift, *, kept: bool) -> None:
    """Send once, and lose the answer; ``kept``: the provider has the text all the same."""
    shift.gateway.answers.append((Doubt("ReadTimeout"), kept))
    assert deliver_due(shift) == 1
    assert text().state == SmsState.DOUBT


@both
def test_due_text_is_claimed_attempted_and_accepted(booking, shift, gateway):
    assert deliver_due(shift) == 1

    sms, attempt = text(), attempts()[0]
    assert (sms.state, sms.attempts, sms.sid) == (SmsState.ACCEPTED, 1, attempt.sid)
    assert (attempt.outcome, attempt.owner) == ("taken", "worker-1")
    request = gateway.requests[0]
    assert (request.to, request.body) == ("+64211234567", sms.body)
    assert request.callback_url == f"https://avl.test/hooks/twilio/status/{attempt.token}"
    assert request.validity_seconds == 36_000
    assert sms.check_at == make.at("10:30")
    assert deliver_due(shift) == 0


@both
def test_claim_is_committed_with_its_attempt_before_anything_leaves(booking):
    claim = claim_one(owner="worker-1")

    sms, attempt = text(), attempts()[0]
    assert (sms.state, sms.token, sms.lease_owner) == ("sending", claim.token, "worker-1")
    assert sms.lease_until == make.at("10:01")
    assert (attempt.token, attempt.number, attempt.ended_at) == (claim.token, 1, None)
    assert len(claim.token) == 22
    assert claim_one(owner="worker-2") is None


@both
def test_many_workers_claim_each_text_once(app, session):
    for n in range(12):
        counsel = make.counsel(mobile=f"+6421000{n:04}")
        at = make.during("10:00", "10:30", on=FRIDAY)
        tell(make.booking(by=counsel, hearing=at, is_published=False).id)
    session.execute(Sms.__table__.delete().where(Sms.kind != SmsKind.BOOKED))
    session.execute(Sms.__table__.update().values(due_at=make.at("10:00", on="2026-01-05")))
    session.commit()
    claimed, barrier = [], threading.Barrier(4)

    def work(name: str) -> None:
        with app.app_context():
            barrier.wait()
            while claim := claim_one(owner=name):
                claimed.append(claim.sms_id)

    workers = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(claimed) == 12
    assert len(set(claimed)) == 12


def test_cancelled_does_not_overtake_booked(booking, shift, clock):
    claim = claim_one(owner="worker-1")
    booking.status = Status.CANCELLED
    db.session.commit()
    tell(booking.id)

    assert claim_one(owner="worker-2") is None
    record_result(claim, Accepted("SM1"))
    assert claim_one(owner="worker-2").body.startswith(f"{booking.reference} cancelled")


def test_text_of_a_booking_changed_behind_its_back_is_dropped(booking, shift):
    booking.status = Status.CANCELLED
    db.session.commit()

    assert deliver_due(shift) == 0
    assert text().state == SmsState.DROPPED


def test_opted_out_number_is_suppressed_and_shown_to_staff(booking, shift):
    db.session.add(OptOut(number="+64211234567", source="stop", at=make.at("09:00")))
    db.session.commit()

    assert deliver_due(shift) == 0
    assert (text().state, text().needs_staff) == (SmsState.SUPPRESSED, True)


def test_changed_number_gets_the_text_and_the_old_one_does_not(booking, counsel, shift, gateway):
    counsel.mobile = "+64217654321"
    db.session.commit()
    deliver_due(shift)

    assert [request.to for request in gateway.requests] == ["+64217654321"]


def test_expired_text_is_missed_and_staff_are_asked_to_ring(booking, shift, clock):
    clock.set(make.at("10:00", on=FRIDAY))

    assert deliver_due(shift) == 0
    expire_sms()
    states = {sms.kind: (sms.state, sms.needs_staff) for sms in db.session.scalars(select(Sms))}
    assert set(states.values()) == {(SmsState.MISSED, True)}


@pytest.mark.parametrize(
    ("result", "state", "wait"),
    [
        (NotSent(Hindrance.NO_CONNECTION), SmsState.PENDING, (2, 6)),
        (NotSent(Hindrance.THROTTLED, 30.0, 429, 20429), SmsState.PENDING, (30, 30)),
        (Rejected(Refusal.ACCOUNT, 401, 20003), SmsState.PENDING, (300, 300)),
        (Rejected(Refusal.OPTED_OUT, 400, 21610), SmsState.SUPPRESSED, None),
        (Rejected(Refusal.BAD_NUMBER, 400, 21614), SmsState.FAILED, None),
        (Rejected(Refusal.OUR_TEXT, 400, 21617), SmsState.FAILED, None),
        (Rejected(Refusal.UNKNOWN, 400, 29999), SmsState.FAILED, None),
    ],
)
def test_a_clear_no_goes_where_the_table_says(booking, shift, gateway, result, state, wait):
    gateway.answers.append(result)
    deliver_due(shift)

    sms = text()
    assert sms.state == state
    assert sms.needs_staff == (state is not SmsState.PENDING)
    if wait:
        seconds = (sms.not_before - make.at("10:00")).total_seconds()
        assert wait[0] <= seconds <= wait[1]
        assert deliver_due(shift) == 0, "it waits"


def test_refusals_are_remembered(booking, counsel, shift, gateway):
    gateway.answers.append(Rejected(Refusal.OPTED_OUT, 400, 21610))
    deliver_due(shift)
    assert db.session.get(OptOut, "+64211234567").source == "21610"

    other = make.counsel("Ari Ngata", mobile="+6441234567")
    at = make.during("11:00", "11:30", on=FRIDAY)
    tell(make.booking(by=other, hearing=at, is_published=False).id)
    gateway.answers.append(Rejected(Refusal.BAD_NUMBER, 400, 21614))
    deliver_due(shift)
    db.session.expire_all()
    assert db.session.get(Counsel, other.id).mobile_is_bad


def test_a_wall_ends_the_tick_for_everybody(booking, shift, gateway):
    other = make.counsel("Ari Ngata", mobile="+64217654321")
    at = make.during("11:00", "11:30", on=FRIDAY)
    tell(make.booking(by=other, hearing=at, is_published=False).id)
    gateway.answers.append(Rejected(Refusal.ACCOUNT, 401, 20003))

    assert deliver_due(shift) == 1


def test_paused_worker_does_not_send_late(booking, shift, gateway, monkeypatch):
    ticks = iter([0.0, 31.0, 31.0, 31.0])
    monkeypatch.setattr("avl.jobs.dispatch.boottime", lambda: next(ticks))

    assert deliver_due(shift) == 0
    assert gateway.requests == []
    assert (text().state, attempts()[0].outcome) == (SmsState.DOUBT, "held_up")


def test_held_up_says_nothing_about_a_text_somebody_else_settled(booking):
    claim = claim_one(owner="worker-1")
    record_result(claim, Accepted("SM1"))
    record_held_up(claim)

    assert text().state == SmsState.ACCEPTED


@both
def test_dead_workers_text_is_in_doubt_when_its_lease_is_over(booking, clock):
    claim_one(owner="worker-1")
    clock.forward(seconds=59)
    assert lapse_leases() == 0
    clock.forward(seconds=2)

    assert lapse_leases() == 1
    assert (text().state, text().doubts) == (SmsState.DOUBT, 1)
    assert text().check_at == make.at("10:01") + timedelta(seconds=1) + TIMING.settle


def test_clear_answer_after_the_lease_is_proof_all_the_same(booking, clock):
    claim = claim_one(owner="worker-1")
    clock.forward(seconds=61)
    lapse_leases()
    record_result(claim, Accepted("SM1"))

    assert (text().state, text().sid) == (SmsState.ACCEPTED, "SM1")


def test_late_doubt_does_not_disturb_what_a_callback_proved(booking):
    claim = claim_one(owner="worker-1")
    assert record_report(token=claim.token, sid="SM1", status="delivered")
    record_result(claim, Doubt("ReadTimeout"))

    assert (text().state, text().sid) == (SmsState.DELIVERED, "SM1")


@both
def test_lost_reply_is_found_in_the_list_and_never_sent_again(booking, shift, gateway, clock):
    lost(shift, kept=True)
    clock.forward(seconds=179)
    assert settle_doubts(shift) == 0, "it is too early to look"
    clock.forward(seconds=2)
    settle_doubts(shift)

    assert (text().state, text().sid) == (SmsState.ACCEPTED, gateway.kept["+64211234567"][0].sid)
    clock.forward(hours=1)
    deliver_due(shift)
    assert len(gateway.requests) == 1


@both
def test_lost_request_is_sent_again_only_after_two_lists_without_it(booking, shift, gateway, clock):
    lost(shift, kept=False)
    clock.forward(seconds=181)
    settle_doubts(shift)
    assert (text().state, text().clear_lists) == (SmsState.DOUBT, 1)
    clock.forward(seconds=30)
    settle_doubts(shift)
    assert (text().state, text().clear_lists) == (SmsState.DOUBT, 1)
    clock.forward(seconds=31)
    settle_doubts(shift)
    assert text().state == SmsState.PENDING

    deliver_due(shift)
    assert text().state == SmsState.ACCEPTED
    assert len(gateway.requests) == 2
    assert len({attempt.token for attempt in attempts()}) == 2


def test_unreachable_list_keeps_the_doubt_and_backs_off(booking, shift, gateway, clock):
    lost(shift, kept=False)
    gateway.list_is_down = True
    waits = []
    for _ in range(6):
        clock.forward(seconds=301)
        settle_doubts(shift)
        assert (text().state, text().clear_lists) == (SmsState.DOUBT, 0)
        waits.append((text().check_at - clock.now).total_seconds())

    assert waits == sorted(waits)
    assert waits[-1] == 300


def test_unreachable_list_until_the_hearing_means_ring_counsel_never_a_blind_send(
    booking, shift, gateway, clock
):
    lost(shift, kept=False)
    gateway.list_is_down = True
    clock.set(make.at("10:00", on=FRIDAY))
    expire_sms()
    settle_doubts(shift)
    deliver_due(shift)

    assert (text().state, text().needs_staff) == (SmsState.MISSED, True)
    assert len(gateway.requests) == 1


def test_three_doubts_are_enough(booking, shift, gateway, clock):
    for _ in range(3):
        lost(shift, kept=False)
        clock.forward(seconds=181)
        settle_doubts(shift)
        clock.forward(seconds=61)
        settle_doubts(shift)

    assert (text().state, text().doubts) == (SmsState.MISSED, 3)
    assert len(gateway.requests) == 3


def test_moved_while_in_doubt_the_old_text_is_not_sent_again(booking, shift, gateway, clock):
    lost(shift, kept=False)
    booking.time_version += 1
    for leg in booking.legs:
        leg.starts_at += timedelta(hours=3)
        leg.ends_at += timedelta(hours=3)
    db.session.commit()
    tell(booking.id)
    clock.forward(seconds=181)
    settle_doubts(shift)
    clock.forward(seconds=61)
    settle_doubts(shift)
    deliver_due(shift)

    assert text().state == SmsState.DROPPED
    assert text(SmsKind.MOVED).state == SmsState.ACCEPTED
    assert "moved" in gateway.requests[-1].body


@pytest.mark.parametrize("state", ["sending", "doubt", "missed", "pending"])
def test_signed_callback_proves_that_a_text_left(booking, shift, gateway, clock, state):
    if state == "sending":
        claim_one(owner="worker-1")
    else:
        lost(shift, kept=False)
    if state == "pending":
        for seconds in (181, 61):
            clock.forward(seconds=seconds)
            settle_doubts(shift)
    if state == "missed":
        clock.set(make.at("10:00", on=FRIDAY))
        expire_sms()
    assert text().state == state

    assert record_report(token=attempts()[0].token, sid="SM9", status="sent")
    assert (text().state, text().sid, text().needs_staff) == (SmsState.SENT, "SM9", False)
    deliver_due(shift)
    assert len(gateway.requests) == (0 if state == "sending" else 1)


def test_reports_twice_and_in_any_order_only_go_forward(booking, shift):
    deliver_due(shift)
    token, sid = attempts()[0].token, text().sid
    seen = []
    for status in ("sent", "queued", "sent", "delivered", "sent", "undelivered", "delivered"):
        assert record_report(token=token, sid=sid, status=status)
        seen.append(text().state)

    assert seen == ["sent", "sent", "sent", "delivered", "delivered", "delivered", "delivered"]


def test_report_with_a_foreign_token_or_id_changes_nothing(booking, shift):
    deliver_due(shift)
    token = attempts()[0].token

    assert not record_report(token="x" * 22, sid=text().sid, status="delivered")
    assert not record_report(token=token, sid="SMother", status="delivered")
    assert text().state == SmsState.ACCEPTED


def test_handset_out_of_reach_is_tried_once_more_as_a_new_text(booking, shift, clock):
    deliver_due(shift)
    record_report(token=attempts()[0].token, sid=text().sid, status="undelivered", code=30003)
    again = db.session.scalars(select(Sms).where(Sms.resend_of_id == text().id)).one()
    assert (text().state, text().needs_staff) == (SmsState.UNDELIVERED, True)
    assert again.due_at == make.at("10:30")
    assert again.body == text().body.replace(text().ref, again.ref)

    clock.forward(minutes=31)
    deliver_due(shift)
    db.session.refresh(again)
    record_report(token=again.token, sid=again.sid, status="undelivered", code=30003)
    assert db.session.scalars(select(Sms).where(Sms.resend_of_id == again.id)).first() is None


def test_filtered_text_is_not_tried_again(booking, shift):
    deliver_due(shift)
    record_report(token=attempts()[0].token, sid=text().sid, status="undelivered", code=30007)

    assert (text().state, text().result_code) == (SmsState.UNDELIVERED, "30007")
    assert db.session.scalars(select(Sms).where(Sms.resend_of_id == text().id)).first() is None


def test_silent_text_is_asked_about_and_given_up_after_a_day(booking, shift, gateway, clock):
    deliver_due(shift)
    assert ask_about_silent(shift) == 0
    clock.forward(minutes=31)
    assert ask_about_silent(shift) == 1
    assert text().check_at == clock.now + timedelta(hours=1)

    clock.forward(hours=24)
    assert take_silent() == []
    assert (text().state, text().needs_staff) == (SmsState.UNCONFIRMED, True)


def test_asking_brings_a_silent_text_forward(booking, shift, gateway, clock):
    deliver_due(shift)
    kept = gateway.kept["+64211234567"]
    kept[0] = type(kept[0])(kept[0].sid, kept[0].body, "delivered", kept[0].created_at)
    clock.forward(minutes=31)
    ask_about_silent(shift)

    assert text().state == SmsState.DELIVERED


@both
def test_every_text_that_waits_has_a_next_time(booking, shift, gateway, clock):
    gateway.answers.extend([Doubt("x"), NotSent(Hindrance.NO_CONNECTION)])
    for _ in range(10):
        deliver_due(shift)
        settle_doubts(shift)
        for sms in db.session.scalars(select(Sms)):
            if sms.state == SmsState.PENDING:
                assert sms.due_at is not None
            elif sms.state in (SmsState.SENDING, SmsState.DOUBT, SmsState.ACCEPTED, SmsState.SENT):
                assert sms.check_at is not None
        clock.forward(seconds=70)
