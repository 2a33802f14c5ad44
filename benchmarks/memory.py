"""What processes that wait for work keep in memory: one that serves pages, and the worker.

The worker is measured once each of its jobs has run and found nothing to do. That is why this is
the first benchmark on a ground: the others leave texts that are due and bookings of which nobody
was told, and a worker would be busy with them for hours.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from avl.config import ROOT
from avl.jobs import JOBS
from avl.models import Heartbeat, db
from benchmarks.ground import Ground
from benchmarks.measure import Row
from tests.storm.servers import web_processes

IS_FIRST = True
"""It runs before the others."""

PATIENCE_SECONDS = 60.0
"""How long the worker gets to load everything and to come to rest."""


def run(ground: Ground) -> Iterator[Row]:
    """Resident memory, in megabytes, where the system tells it (Linux)."""
    if not Path("/proc/self/status").exists():
        return
    url = ground.app.config["SQLALCHEMY_DATABASE_URI"]
    with web_processes(url, 1) as servers:
        boss = servers[0].process.pid
        children = Path(f"/proc/{boss}/task/{boss}/children").read_text().split()
        yield _row("memory, idle web process", max(map(_megabytes, children)), 150)
    worker = subprocess.Popen(
        [sys.executable, "-m", "flask", "avl", "work"],
        cwd=ROOT,
        env={**os.environ, "AVL_DATABASE_URL": url, "AVL_SECRET_KEY": "s" * 40},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with ground.app.app_context():
            _wait_until_quiet(worker)
        yield _row("memory, idle worker", _megabytes(worker.pid), 120)
    finally:
        worker.terminate()
        worker.wait()


def _wait_until_quiet(worker: subprocess.Popen[bytes]) -> None:
    """Return when every job of this worker has run, and its last run found nothing to do.

    Raises:
        RuntimeError: the worker ended, or was still busy after `PATIENCE_SECONDS`.
    """
    quiet = select(Heartbeat.name).where(
        Heartbeat.owner.endswith(f":{worker.pid}"), Heartbeat.count == 0, Heartbeat.error == ""
    )
    until = time.monotonic() + PATIENCE_SECONDS
    while busy := JOBS.keys() - set(db.session.scalars(quiet)):
        db.session.rollback()
        if worker.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the worker did not come to rest: {', '.join(sorted(busy))}")
        time.sleep(0.5)
    db.session.remove()


def _row(what: str, megabytes: float, most: float) -> Row:
    return Row(what, None, megabytes, ours_at_most=most, is_flat=True, unit="MB")


def _megabytes(pid: int | str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    kibibytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kibibytes) * 1024 / 1_000_000
