"""`make run`'s supervisor: two children, one replaced when it dies, both gone at the end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from avl.config import ROOT

DRIVER = """
import sys
sys.path.insert(0, "deploy")
import run
run.WEB = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(run.PORT)]
run.WORKER = [sys.executable, "-c", WORKER]
run.SIGN_INS = [sys.executable, "-c", "print('sign in as anybody')"]
run.RESTART_SECONDS = 0
sys.exit(run.main())
"""
WORKER = """
import os, time
with open(os.environ["PIDS"], "a") as pids:
    pids.write(f"{os.getpid()}\\n")
time.sleep(60)
"""
PATIENCE_SECONDS = 60


@pytest.fixture
def supervisor(tmp_path: Path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pids = tmp_path / "pids"
    pids.touch()
    running = subprocess.Popen(
        [sys.executable, "-c", f"WORKER = {WORKER!r}\n{DRIVER}"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "PIDS": str(pids), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield running, pids, port
    running.terminate()
    running.communicate(timeout=PATIENCE_SECONDS)


def test_supervisor_replaces_a_dead_worker_and_stops_both(supervisor):
    running, pids, port = supervisor
    until(lambda: len(pids.read_text().split()) == 1 and answers(port))

    os.kill(int(pids.read_text()), signal.SIGKILL)
    until(lambda: len(pids.read_text().split()) == 2)
    running.send_signal(signal.SIGTERM)
    said, _ = running.communicate(timeout=PATIENCE_SECONDS)

    assert running.returncode == 0
    assert "sign in as anybody" in said
    assert "starting another" in said
    assert not answers(port)
    assert not is_alive(int(pids.read_text().split()[1]))


def test_supervisor_refuses_a_port_in_use_and_says_what_to_do(supervisor):
    _, _, port = supervisor
    until(lambda: answers(port))

    second = subprocess.run(
        [sys.executable, "deploy/run.py"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )

    assert (second.returncode, second.stdout) == (
        1,
        f"Port {port} is in use. Choose another: make run PORT=8001\n",
    )


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
