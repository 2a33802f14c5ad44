"""The storm: reminders, three worker processes, one killed every second, a failing provider.

None may be lost and none may arrive twice. `AVL_STORM=1` runs the full 300; the short one is
part of every run. The provider's own ledger is the judge, not our tables.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from avl import clock
from avl.commands.outbox import queue_news
from avl.commands.transaction import command
from avl.domain.interval import Interval
from avl.domain.sms import WITH_PROVIDER, SmsKind, SmsState
from avl.models import Booking, Sms, SmsAttempt, db
from tests import make
from tests.sms import fake_twilio
from tests.sms.fake_twilio import FakeTwilio
from tests.storm import worker

pytestmark = pytest.mark.both_databases

FULL = os.environ.get("AVL_STORM") == "1"
REMINDERS = 300 if FULL else 40
WORKERS = 3
PATIENCE_SECONDS = 600
FAULTS = {
    fake_twilio.LOST_REPLY: 0.20,
    fake_twilio.RESET: 0.05,
    fake_twilio.SLOW: 0.02,
    fake_twilio.ERROR_500: 0.04,
    fake_twilio.ERROR_500_KEPT: 0.04,
    fake_twilio.THROTTLED: 0.03,
    fake_twilio.BROKEN_JSON: 0.03,
}


@command
def tell(session, booking_ids: list[int]) -> None:
    for booking_id in booking_ids:
        queue_news(session, session.get_one(Booking, booking_id))


def make_due_reminders(count: int) -> None:
    """Real reminders of real bookings, all due now."""
    start = clock.now().replace(microsecond=0) + timedelta(hours=4)
    court, prison = make.court(), make.prison()
    ids = [
        make.booking(
            at_court=court,
            at_prison=prison,
            hearing=Interval(start + timedelta(hours=n), start + timedelta(hours=n, minutes=30)),
            by=make.counsel(f"Counsel {n}", mobile=f"+6421{n:07}"),
            is_published=False,
        ).id
        for n in range(count)
    ]
    tell(ids)
    reminder = Sms.kind == SmsKind.REMINDER_TWO_HOURS
    db.session.execute(Sms.__table__.delete().where(~reminder))
    db.session.execute(Sms.__table__.update().values(due_at=clock.now()))
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(Sms)) == count


@contextmanager
def workers(database_url: str, provider_url: str) -> Iterator[list]:
    """Three worker processes, forked from one that has already loaded everything."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.storm.worker"])

    def start():
        process = context.Process(target=worker.work, args=(database_url, provider_url))
        process.start()
        return process

    running = [start() for _ in range(WORKERS)]
    running.append(start)
    try:
        yield running
    finally:
        for process in running[:WORKERS]:
            process.kill()
            process.join()


def unsettled() -> int:
    db.session.rollback()
    return db.session.scalar(
        select(func.count()).select_from(Sms).where(Sms.state.not_in(WITH_PROVIDER))
    )


def test_none_lost_none_twice_while_workers_are_killed(app, session, engine_url, record_property):
    make_due_reminders(REMINDERS)
    dice, kills = random.Random(3), 0
    with (
        FakeTwilio(chaos=FAULTS, patience=worker.ANSWER_WITHIN + 0.3, list_lag=0.5) as fake,
        workers(engine_url, fake.url) as running,
    ):
        *_, start = running
        deadline = time.monotonic() + PATIENCE_SECONDS
        asked = 0
        while unsettled() and time.monotonic() < deadline:
            time.sleep(1.0)
            # One kill a second, but none before somebody has got to work since the last. On a
            # machine with much else to do workers take longer than that to start, and would be
            # killed before they had done anything to be killed at.
            if len(fake.asked) == asked:
                continue
            asked = len(fake.asked)
            victim = dice.randrange(WORKERS)
            running[victim].kill()
            running[victim].join()
            running[victim] = start()
            kills += 1
        ledger = list(fake.ledger)

    left = Counter(re.findall(r"#(\w{5})$", entry.body)[0] for entry in ledger)
    marks = set(db.session.scalars(select(Sms.ref)))
    # Seen with --log-cli-level=INFO.
    logging.getLogger(__name__).info("%s kills, attempts ended: %s", kills, _endings())
    assert unsettled() == 0
    assert set(left) == marks, "none lost"
    assert set(left.values()) == {1}, "none twice"
    assert kills > 0
    _assert_rows_agree(ledger)


def _endings() -> dict[str, int]:
    counted = select(SmsAttempt.outcome, func.count()).group_by(SmsAttempt.outcome)
    return {outcome or "killed": count for outcome, count in db.session.execute(counted)}


def _assert_rows_agree(ledger: list[fake_twilio.Entry]) -> None:
    """What we believe is what the provider did, and every request had its attempt."""
    tokens = set(db.session.scalars(select(SmsAttempt.token)))
    assert {entry.callback.rpartition("/")[2] for entry in ledger} <= tokens
    sids = {entry.sid for entry in ledger}
    assert set(db.session.scalars(select(Sms.sid))) == sids
    states = set(db.session.scalars(select(Sms.state)))
    assert states <= {SmsState.ACCEPTED, SmsState.SENT, SmsState.DELIVERED}
