"""Sending paused: nothing leaves until the operator says so, and then nothing twice."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from avl.commands.sending import keep_back, resume_sending
from avl.commands.sms import claim_one
from avl.commands.sms_settling import record_report
from avl.commands.transaction import command
from avl.domain.access import SYSTEM
from avl.domain.errors import ActionNotAllowed
from avl.domain.sms import SmsState
from avl.jobs.dispatch import deliver_due
from avl.models import Sending, Sms, db
from avl.queries.database_time import database_now
from avl.queries.doctor_machine import examine_sending
from avl.queries.sending import Kept, find_pause
from avl.queries.sms import worker_health
from tests import make
from tests.sms.carrying import attempts, tell, text

both = pytest.mark.both_databases


@command
def pause(session) -> None:
    keep_back(session, database_now(session), why="A backup was restored.")


@both
def test_nothing_is_claimed_while_sending_is_paused(booking, shift, gateway):
    pause()

    assert deliver_due(shift) == 0

    assert (gateway.requests, text().state) == ([], SmsState.PENDING)


@both
def test_nothing_is_claimed_without_the_row_that_allows_it(booking, session):
    session.execute(delete(Sending))
    session.commit()

    assert claim_one(owner="worker-1") is None
    assert find_pause(session) is not None


@both
def test_what_was_on_its_way_is_in_doubt_and_looked_for_afresh(booking):
    claim_one(owner="worker-1")

    pause()

    assert (text().state, text().clear_lists) == (SmsState.DOUBT, 0)


@both
def test_resume_puts_in_doubt_what_may_have_left_and_leaves_alone_what_cannot(booking, shift):
    pause()

    kept = resume_sending(by=SYSTEM)

    # "Booked" was due; the two reminders were not, and cannot have left.
    assert kept == Kept(to_go=2, to_look_for=1, past=0)
    assert text().state == SmsState.DOUBT
    assert deliver_due(shift) == 0


@both
def test_a_text_written_after_the_restore_leaves_at_once(counsel, shift, gateway):
    pause()
    at = make.during("14:00", "14:30", on="2026-11-27")
    tell(make.booking(by=counsel, hearing=at, is_published=False).id)
    resume_sending(by=SYSTEM)

    assert deliver_due(shift) == 1


@both
def test_resume_leaves_out_what_is_past(booking, clock, shift):
    pause()
    clock.forward(days=7)

    kept = resume_sending(by=SYSTEM)

    assert kept == Kept(to_go=0, to_look_for=0, past=3)
    assert (text().state, text().needs_staff) == (SmsState.MISSED, True)
    assert deliver_due(shift) == 0


def test_text_of_a_backup_that_missed_its_handset_is_not_tried_again(booking, shift, session):
    deliver_due(shift)
    sent, token = text(), attempts()[0].token
    pause()

    record_report(token=token, sid=sent.sid, status="undelivered", code=30003)

    again = session.scalars(select(Sms.id).where(Sms.resend_of_id == sent.id)).all()
    assert (again, text().state, text().needs_staff) == ([], SmsState.UNDELIVERED, True)


def test_resume_without_a_pause_is_refused(session):
    with pytest.raises(ActionNotAllowed):
        resume_sending(by=SYSTEM)


@both
def test_doctor_and_health_say_that_sending_is_paused(booking, client, session):
    assert examine_sending(session)[0].ok
    pause()

    [finding] = examine_sending(session)
    assert (finding.ok, "A backup was restored." in finding.what) == (False, True)
    assert worker_health().is_paused
    assert b"sending is paused: flask avl resume-sending" in client.get("/health/worker").data


def test_command_says_how_many_before_it_asks(app, booking):
    runner = app.test_cli_runner()
    pause()

    refused = runner.invoke(args=["avl", "resume-sending"], input="n\n")
    assert "2 would leave when they are due" in refused.output
    assert "1 may have left since the backup" in refused.output
    assert refused.exit_code == 1
    assert find_pause(db.session()) is not None

    assert "Sending goes on." in runner.invoke(args=["avl", "resume-sending", "--yes"]).output
    db.session.rollback()
    assert find_pause(db.session()) is None
    assert "not paused" in runner.invoke(args=["avl", "resume-sending"]).output
