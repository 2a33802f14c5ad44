"""Doubts, how they are settled, and what the provider reports, as the rows see them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from avl.commands.sms import claim_one, expire_sms, lapse_leases, record_result
from avl.commands.sms_settling import record_report, take_silent
from avl.domain.sms import (
    TIMING,
    Accepted,
    Doubt,
    Hindrance,
    NotSent,
    SmsKind,
    SmsState,
)
from avl.jobs.dispatch import deliver_due
from avl.jobs.reconcile import ask_about_silent, settle_doubts
from avl.models import Sms, db
from tests import make
from tests.sms.carrying import FRIDAY, attempts, lost, tell, text

both = pytest.mark.both_databases


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
