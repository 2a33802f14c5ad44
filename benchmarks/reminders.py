"""Texts that are due, handed to a provider that thinks for 50 ms: by one worker, and by four.

The rate is that of a worker that runs, from its first request until the last answer is written
down; how long the first request takes to leave is a row of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.outbox import queue_news
from avl.commands.transaction import command
from avl.domain.interval import Interval
from avl.domain.sms import SendResult, SmsKind, SmsState
from avl.gateways.memory import MemorySms
from avl.jobs.dispatch import deliver_due
from avl.jobs.shift import Shift
from avl.models import Booking, Sms, db
from benchmarks._bulk import look_over, unhurried
from benchmarks.ground import Ground
from benchmarks.measure import Row, p50, times
from tests import make

PROVIDER_SECONDS = 0.05
EACH = 40
SHARE = 0.8
"""Of the rate that the provider's slowness allows."""

ROUNDS = 25
"""How often the first text is waited for. Its claim has to stand on the disk before it leaves,
which takes as long as all else together, and where others write too a multiple of 4 ms: the median
of nine rounds then changed twofold from one run to the next, that of 25 by a fiftieth."""


@dataclass
class _SlowProvider(MemorySms):
    asked_at: float = 0.0
    """When the first request came."""

    def send(self, to: str, body: str, *, callback_url: str, validity_seconds: int) -> SendResult:
        self.asked_at = self.asked_at or time.perf_counter()
        time.sleep(PROVIDER_SECONDS)
        return super().send(to, body, callback_url=callback_url, validity_seconds=validity_seconds)


def run(ground: Ground) -> Iterator[Row]:
    """As long as each text takes, against the provider's time shared by the workers."""
    with ground.app.app_context():
        finished = _make_finished()
    yield _first_request(ground.app, finished)
    for workers in (1, 4):
        with ground.app.app_context():
            _make_due(EACH * workers, f"{workers}")
        providers = [_SlowProvider() for _ in range(workers)]
        with ThreadPoolExecutor(workers) as crew:
            sent = sum(crew.map(lambda one: _deliver(ground.app, one), providers))
        elapsed = (time.perf_counter() - min(one.asked_at for one in providers)) * 1000
        if sent != EACH * workers:
            raise RuntimeError(f"{sent} of {EACH * workers} texts were sent")
        yield Row(
            f"reminders, {workers} worker{'s' if workers > 1 else ''}, each text",
            PROVIDER_SECONDS * 1000 / workers,
            elapsed / sent,
            at_most=1 / SHARE,
            is_flat=True,
            note=f"{sent * 1000 / elapsed:.0f} a second",
        )


def _first_request(app: Flask, finished: int) -> Row:
    """How long a run takes until its first text leaves, however many have left before.

    Its floor is one row changed and committed just before: the claim has to be on the disk too, and
    what the disk takes for that changes more from one size to the next than anything of ours. So
    the growth is that of the ratio; there is no target for the ratio itself.
    """
    taken, floor = [], []
    for n in range(ROUNDS):
        with app.app_context():
            _make_due(1, f"F{n}")
            floor += times(_commit_one, 1)
        provider, begun = _SlowProvider(), time.perf_counter()
        if _deliver(app, provider) != 1:
            raise RuntimeError("the text that was due was not sent")
        taken.append((provider.asked_at - begun) * 1000)
    note = f"{finished:,} texts finished"
    # The first run of a process puts its statements together; nobody waits for that twice.
    least, ours = p50(sorted(floor)), p50(sorted(taken))
    return Row("reminders, until the first text leaves", least, ours, is_flat=True, note=note)


def _commit_one() -> None:
    """The least that any claim of a text does: one of them is written, and stands on the disk."""
    latest = select(func.max(Sms.id)).scalar_subquery()
    with db.engine.begin() as connection:
        connection.execute(update(Sms).where(Sms.id == latest).values(updated_at=Sms.updated_at))


def _deliver(app: Flask, provider: _SlowProvider) -> int:
    with app.app_context():
        owner = f"bench {id(provider)}"
        return deliver_due(Shift(provider, "https://avl.example.nz", owner=owner))


def _make_finished() -> int:
    """One text that was delivered for every booking there is; returns how many."""
    now, counsel = clock.now(), make.counsel("Texted before", mobile="+6421999999")
    values = {
        "booking_version": 1,
        "time_version": 1,
        "counsel_id": counsel.id,
        "kind": SmsKind.REMINDER_TWO_HOURS,
        "language": "en",
        "to_e164": counsel.mobile,
        "body": "AVL tomorrow",
        "due_at": now - timedelta(days=2),
        "expires_at": now - timedelta(days=1),
        "state": SmsState.DELIVERED,
        "created_at": now - timedelta(days=3),
        "updated_at": now - timedelta(days=2),
    }
    columns = (literal(value, Sms.__table__.c[name].type) for name, value in values.items())
    rows = select(Booking.id, func.substr(Booking.reference, 5), *columns)
    unhurried(db.session.connection())
    db.session.execute(insert(Sms).from_select(["booking_id", "ref", *values], rows))
    db.session.commit()
    look_over(db.engine)
    return db.session.scalar(select(func.count()).select_from(Booking)) or 0


def _make_due(count: int, name: str) -> None:
    """So many reminders, due now, and nothing else to send."""
    start = clock.now().replace(microsecond=0) + timedelta(hours=4)
    court, prison = make.court(f"TEXTC{name}"), make.prison(f"TEXTP{name}")
    ids = [
        make.booking(
            make.person(prn=f"T{name}{n:06}", held_at=prison),
            at_court=court,
            at_prison=prison,
            hearing=Interval(start + timedelta(hours=n), start + timedelta(hours=n, minutes=30)),
            by=make.counsel(f"Counsel {n}", mobile=f"+6421{n:07}"),
            is_published=False,
        ).id
        for n in range(count)
    ]
    _tell(ids)
    reminder = (Sms.booking_id.in_(ids)) & (Sms.kind == SmsKind.REMINDER_TWO_HOURS)
    waits = Sms.state == SmsState.PENDING
    db.session.execute(update(Sms).where(waits, ~reminder).values(state=SmsState.DROPPED))
    # The database's clock counts thousandths: what is due this very moment may not be so by it.
    due_at = clock.now() - timedelta(seconds=1)
    db.session.execute(update(Sms).where(reminder).values(due_at=due_at))
    db.session.commit()


@command
def _tell(session: Session, booking_ids: list[int]) -> None:
    for booking_id in booking_ids:
        queue_news(session, session.get_one(Booking, booking_id))
