"""The worker process: a ticker that runs the timetable until it is told to stop.

APScheduler holds nothing but the ticks: its persistent stores lose and double jobs. It runs in
the main thread, so that its crash ends the process and the supervisor starts another. A watchdog
on the monotonic clock ends a process whose ticks have stopped (the scheduler sleeps on the wall
clock, and a clock set back an hour would be an hour of silence) or whose job hangs.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask

from avl import clock
from avl.commands.heartbeats import record_heartbeat
from avl.domain.sms import TIMING, Timing
from avl.gateways import SmsGateway, sms_gateway
from avl.jobs.shift import Shift, worker_name
from avl.jobs.timetable import JOBS, Job
from avl.logs import places_of

logger = logging.getLogger(__name__)

HANGING_SECONDS = 120.0
"""No run lasts this long unless something hangs; its time box is 30 seconds."""

SHORTEST_SILENCE_SECONDS = 15.0
STOP_SECONDS = 25.0
"""How long a request in flight may take to end after the worker is told to stop."""


def run_job(app: Flask, name: str) -> int:
    """Run one job now, whoever asked for it; returns how many things it did.

    Raises:
        KeyError: there is no such job.
        Exception: whatever the job raised, after it was noted.
    """
    return _run(app, JOBS[name], _shift(app, threading.Event(), TIMING, None))


def run_work(
    app: Flask,
    *,
    jobs: Mapping[str, Job] = JOBS,
    timing: Timing = TIMING,
    gateway: SmsGateway | None = None,
) -> int:
    """Run the timetable until SIGTERM or SIGINT, end what is in flight, return the exit code.

    Args:
        jobs: another timetable, for tests.
        timing: other leases and waits, for tests.
        gateway: another provider, for tests.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    stopping = threading.Event()
    watch = Watch(stopping, jobs)
    scheduler = BlockingScheduler(
        timezone=UTC,
        jobstores={"default": MemoryJobStore()},
        # One thread for each job: a slow listing must not keep texts waiting.
        executors={"default": ThreadPoolExecutor(len(jobs))},
    )
    for job in jobs.values():
        scheduler.add_job(
            _tick,
            IntervalTrigger(seconds=job.every.total_seconds(), timezone=UTC),
            args=(app, job, stopping, timing, gateway, watch),
            id=job.name,
            next_run_time=clock.now(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    _stop_on_signals(scheduler, stopping)
    threading.Thread(target=watch.stand, name="watchdog", daemon=True).start()
    logger.info("worker started", extra={"owner": worker_name()})
    scheduler.start()
    logger.info("worker stopped", extra={"owner": worker_name()})
    return 0


def _shift(
    app: Flask, stopping: threading.Event, timing: Timing, gateway: SmsGateway | None
) -> Shift:
    settings = app.extensions["avl_settings"]
    return Shift(
        gateway or sms_gateway(settings),
        settings.public_base_url,
        timing=timing,
        waitlist_hold=timedelta(minutes=settings.waitlist_minutes),
        stopping=stopping,
    )


def _tick(
    app: Flask,
    job: Job,
    stopping: threading.Event,
    timing: Timing,
    gateway: SmsGateway | None,
    watch: Watch,
) -> None:
    watch.begins(job.name)
    try:
        _run(app, job, _shift(app, stopping, timing, gateway))
    except Exception:
        # Already noted. The next tick tries again; the schedule must survive a database that
        # is away for ten minutes.
        logger.debug("a run failed", extra={"job": job.name})
    finally:
        watch.ends(job.name)


def _run(app: Flask, job: Job, shift: Shift) -> int:
    began = time.monotonic()
    count, error = 0, ""
    with app.app_context():
        try:
            count = job.run(shift)
        except Exception as failure:
            error = type(failure).__name__
            extra = {"job": job.name, "why": error, "places": places_of(failure)}
            logger.error("a job failed", extra=extra)
            raise
        finally:
            _beat(job, shift, began, count, error)
    return count


def _beat(job: Job, shift: Shift, began: float, count: int, error: str) -> None:
    took = timedelta(seconds=time.monotonic() - began)
    try:
        record_heartbeat(job.name, owner=shift.owner, took=took, count=count, error=error)
    except Exception as failure:
        logger.error("no sign of life could be written", extra={"why": type(failure).__name__})


def _stop_on_signals(scheduler: BlockingScheduler, stopping: threading.Event) -> None:
    def stop(number: int, frame: object) -> None:
        stopping.set()
        # The scheduler waits for running jobs, which must not happen in a signal handler.
        threading.Thread(target=scheduler.shutdown, name="stopping", daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


class Watch:
    """Ends the process when its ticks stop or a run hangs; the supervisor starts another."""

    def __init__(
        self,
        stopping: threading.Event,
        jobs: Mapping[str, Job],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin to watch.

        Args:
            stopping: set when the worker is told to end.
            jobs: the timetable; its shortest interval says how long silence may last.
            monotonic: seconds that never go back, for tests that cannot wait.
        """
        self._stopping = stopping
        self._shortest = min(job.every.total_seconds() for job in jobs.values())
        self._monotonic = monotonic
        self._silent_since = monotonic()
        self._running: dict[str, float] = {}

    def begins(self, name: str) -> None:
        """A run of a job begins."""
        self._silent_since = self._running[name] = self._monotonic()

    def ends(self, name: str) -> None:
        """A run of a job has ended, well or not."""
        # A tick of a job that still runs begins nothing. When the database keeps all of them
        # waiting and then lets them go together, silence begins there, not at their beginning.
        # It is noted before the run is forgotten: the watchdog may look between the two.
        self._silent_since = self._monotonic()
        self._running.pop(name, None)

    def fault(self) -> str:
        """What is wrong at this moment; "" when nothing is."""
        silence = max(3 * self._shortest, SHORTEST_SILENCE_SECONDS)
        now = self._monotonic()
        if any(now - began > HANGING_SECONDS for began in list(self._running.values())):
            return "a job hangs"
        if not self._running and now - self._silent_since > silence:
            return "the ticks have stopped"
        return ""

    def stand(self) -> None:
        """Look every second; never returns while the worker lives."""
        while not self._stopping.wait(1.0):
            if fault := self.fault():
                logger.critical("worker ends itself", extra={"why": fault})
                os._exit(1)
        time.sleep(STOP_SECONDS)
        logger.critical("worker ends itself", extra={"why": "it would not stop"})
        os._exit(1)
