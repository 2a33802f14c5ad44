"""The worker process itself: it stops cleanly, watches over itself, and hears callbacks."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from avl import clock, create_app
from avl.cli import serves_no_page
from avl.config import ROOT
from avl.domain.interval import Interval
from avl.domain.sms import SmsKind, SmsState
from avl.jobs import JOBS
from avl.jobs.dispatch import deliver_due
from avl.jobs.shift import Shift, boottime
from avl.jobs.timetable import by_name
from avl.jobs.worker import HANGING_SECONDS, Watch
from avl.models import Sms, SmsAttempt, db
from tests import make
from tests.conftest import dispose, settings_for
from tests.sms import fake_twilio
from tests.sms.carrying import tell
from tests.sms.fake_twilio import ACCOUNT, TOKEN, FakeTwilio
from tests.sms.test_twilio import gateway
from tests.storm import worker


@pytest.fixture
def booking(session):
    start = clock.now().replace(microsecond=0) + timedelta(hours=4)
    hearing = Interval(start, start + timedelta(minutes=30))
    found = make.booking(by=make.counsel(), hearing=hearing, is_published=False)
    tell(found.id)
    return found


def text() -> Sms:
    db.session.rollback()
    return db.session.scalars(select(Sms).where(Sms.kind == SmsKind.BOOKED)).one()


def wait_until(condition, seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_worker_told_to_stop_ends_what_is_in_flight_and_leaves_no_doubt(app, booking, engine_url):
    with FakeTwilio(answer_after=0.6) as fake:
        process = multiprocessing.get_context("forkserver").Process(
            target=worker.work, args=(engine_url, fake.url)
        )
        process.start()
        # A process of its own takes long to start where the machine has much else to do.
        assert wait_until(lambda: fake.ledger or not process.is_alive(), seconds=300)
        assert fake.ledger, "a request is in flight"
        os.kill(process.pid, signal.SIGTERM)
        process.join(60)

    assert process.exitcode == 0
    assert text().state == SmsState.ACCEPTED


@pytest.fixture
def hooks(engine_url) -> Iterator[str]:
    """Our own hooks behind a real server; the address the fake really calls."""
    app = create_app(
        settings_for(
            engine_url,
            sms_gateway="twilio",
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=TOKEN,
            twilio_from="3201",
            public_base_url="http://avl.test",
        )
    )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    dispose(app)


@pytest.mark.parametrize("mode", [fake_twilio.OK, fake_twilio.LOST_REPLY, fake_twilio.BROKEN_JSON])
@pytest.mark.parametrize("is_early", [True, False], ids=["before the answer", "after it"])
def test_callbacks_settle_what_the_answer_left_open(app, booking, hooks, mode, is_early):
    reports = ("sent", "queued", "delivered", "delivered", "sent")
    with FakeTwilio(
        callbacks=reports, callback_before_answer=is_early, public=("http://avl.test", hooks)
    ) as fake:
        fake.plan.append(mode)
        deliver_due(Shift(gateway(fake.url, timeout=(2, 10)), "http://avl.test"))
        assert wait_until(lambda: len(fake.answers) == len(reports))

        assert fake.answers == [204] * len(reports)
        assert (text().state, text().sid) == (SmsState.DELIVERED, fake.ledger[0].sid)
        attempts = db.session.scalars(select(SmsAttempt)).all()
        assert [attempt.sid for attempt in attempts] == [fake.ledger[0].sid]


def test_job_from_the_command_line_loads_no_page_no_schema_and_no_solver(engine_url):
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "flask", "avl", "run-job", "plan_days"],
        cwd=ROOT,
        env={**os.environ, "AVL_DATABASE_URL": engine_url, "AVL_SECRET_KEY": "s" * 40},
        capture_output=True,
        text=True,
        timeout=60,
    )

    loaded = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    assert run.stdout == "plan_days: 0 done\n"
    assert "avl.jobs.plan_days" in loaded
    assert loaded & {"avl.web", "flask_wtf", "flask_smorest", "ortools", "twilio.rest"} == set()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["flask", "avl", "work"], True),
        (["flask", "db", "upgrade"], True),
        (["flask", "routes"], False),
        (["flask", "--debug", "avl", "work"], False),
        (["flask"], False),
    ],
)
def test_process_of_a_command_serves_no_page(monkeypatch, words, expected):
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")
    monkeypatch.setattr(sys, "argv", words)

    assert serves_no_page() is expected


def test_web_server_serves_pages_whatever_its_command_line_says(monkeypatch):
    monkeypatch.delenv("FLASK_RUN_FROM_CLI", raising=False)
    monkeypatch.setattr(sys, "argv", ["gunicorn", "avl"])

    assert not serves_no_page()


class Seconds:
    """A monotonic clock that goes on only when told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def watch(seconds: Seconds) -> Watch:
    return Watch(threading.Event(), JOBS, monotonic=seconds)


def test_watchdog_sees_ticks_that_stopped_and_jobs_that_hang(seconds, watch):
    seconds.forward(14)
    assert watch.fault() == ""
    seconds.forward(3)
    assert watch.fault() == "the ticks have stopped"

    watch.begins("dispatch")
    seconds.forward(17)
    assert watch.fault() == ""
    seconds.forward(HANGING_SECONDS - 16)
    assert watch.fault() == "a job hangs"

    watch.ends("dispatch")
    assert watch.fault() == ""


def test_watchdog_leaves_alone_a_worker_whose_jobs_all_waited_and_end_together(seconds, watch):
    for name in JOBS:
        watch.begins(name)
    seconds.forward(29)
    for name in JOBS:
        watch.ends(name)
        assert watch.fault() == ""

    seconds.forward(14)
    assert watch.fault() == ""
    seconds.forward(3)
    assert watch.fault() == "the ticks have stopped"


def test_timetable_names_every_job_once():
    assert sorted(JOBS) == [
        "audit_seal",
        "dispatch",
        "expire",
        "find_ways",
        "housekeeping",
        "plan_days",
        "plan_sweep",
        "poll_status",
        "reconcile",
        "serve_waitlist",
    ]
    with pytest.raises(ValueError, match="share a name"):
        by_name(JOBS["dispatch"], JOBS["dispatch"])


def test_boottime_goes_on():
    first = boottime()

    assert boottime() >= first
