"""Texts that are due, handed to a provider that thinks for 50 ms: by one worker, and by four."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from sqlalchemy import update
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
from benchmarks.ground import Ground
from benchmarks.measure import Row
from tests import make

PROVIDER_SECONDS = 0.05
EACH = 40
SHARE = 0.8
"""Of the rate that the provider's slowness allows."""


@dataclass
class _SlowProvider(MemorySms):
    def send(self, to: str, body: str, *, callback_url: str, validity_seconds: int) -> SendResult:
        time.sleep(PROVIDER_SECONDS)
        return super().send(to, body, callback_url=callback_url, validity_seconds=validity_seconds)


def run(ground: Ground) -> Iterator[Row]:
    """As long as each text takes, against the provider's time shared by the workers."""
    for workers in (1, 4):
        with ground.app.app_context():
            _make_due(EACH * workers, f"{workers}")
        begun = time.perf_counter()
        with ThreadPoolExecutor(workers) as crew:
            sent = sum(crew.map(lambda n: _deliver(ground.app, f"bench {n}"), range(workers)))
        elapsed = (time.perf_counter() - begun) * 1000
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


def _deliver(app: Flask, owner: str) -> int:
    with app.app_context():
        return deliver_due(Shift(_SlowProvider(), "https://avl.example.nz", owner=owner))


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
    db.session.execute(update(Sms).where(reminder).values(due_at=clock.now()))
    db.session.commit()


@command
def _tell(session: Session, booking_ids: list[int]) -> None:
    for booking_id in booking_ids:
        queue_news(session, session.get_one(Booking, booking_id))
