"""Claims, leases and clear answers, as the rows see them."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from avl.commands.sms import (
    claim_one,
    expire_sms,
    record_and_claim,
    record_held_up,
    record_result,
)
from avl.domain.booking import Status
from avl.domain.sms import (
    Accepted,
    Hindrance,
    NotSent,
    Refusal,
    Rejected,
    SmsKind,
    SmsState,
)
from avl.gateways.memory import MemorySms
from avl.jobs import dispatch
from avl.jobs.dispatch import deliver_due
from avl.models import Counsel, OptOut, Sms, db
from tests import make
from tests.counting import statements
from tests.sms.carrying import FRIDAY, attempts, tell, text

both = pytest.mark.both_databases


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


@both
def test_answer_and_next_claim_take_a_text_as_few_statements_as_they_can(booking, counsel):
    first = claim_one(owner="worker-1")
    at = make.during("11:00", "11:30", on=FRIDAY)
    other = make.booking(by=counsel, hearing=at, is_published=False)
    tell(other.id)

    with statements(db.engine) as seen:
        second = record_and_claim(first, Accepted("SM1"), owner="worker-1")

    assert text().state == SmsState.ACCEPTED
    assert second.body.startswith(other.reference)
    # The clock is held here; it would be asked once.
    assert [statement.split(maxsplit=1)[0] for statement in seen] == [
        *("SELECT", "UPDATE", "UPDATE"),
        *("SELECT", "SELECT", "UPDATE", "INSERT"),
    ]


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

    # The one that was to follow had been claimed while the first was on its way.
    given_back = db.session.scalars(select(Sms).where(Sms.counsel_id == other.id)).all()
    assert {sms.state for sms in given_back} == {SmsState.PENDING}
    assert all(sms.not_before is None for sms in given_back), "others may have them at once"
    assert [one.outcome for one in attempts()] == ["account_refused", "handed_back"]
    gateway.requests.clear()
    deliver_due(shift)
    assert {request.to for request in gateway.requests} == {"+64217654321"}


@both
def test_next_text_is_claimed_while_the_provider_thinks(session, clock, shift, monkeypatch):
    for n in range(3):
        counsel = make.counsel(f"Counsel {n}", mobile=f"+6421000{n:04}")
        at = make.during(f"1{n}:00", f"1{n}:30", on=FRIDAY)
        tell(make.booking(by=counsel, hearing=at, is_published=False).id)
    looked, saw = threading.Event(), []
    for name in ("claim_one", "record_and_claim"):
        monkeypatch.setattr(dispatch, name, _telling(looked, getattr(dispatch, name)))

    class Patient(MemorySms):
        def send(self, *args, **words):
            saw.append(looked.wait(10))
            looked.clear()
            return super().send(*args, **words)

    looked.clear()
    assert deliver_due(replace(shift, gateway=Patient())) == 3
    assert saw == [True] * 3
    assert [one.outcome for one in attempts()] == ["taken"] * 3
    assert len({one.sid for one in attempts()}) == 3


def _telling(event, claims):
    def claim(*args, **words):
        try:
            return claims(*args, **words)
        finally:
            event.set()

    return claim


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
