"""Run the whole system on one machine: the web server and the worker, side by side.

For `make run`. In production each is a unit of its own (see the .service files beside this one).
Standard library only, so that it can say something useful whatever else is broken.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PORT = int(os.environ.get("PORT", "8000"))
WEB = [str(BIN / "gunicorn"), "--config", str(ROOT / "deploy" / "gunicorn.conf.py"), "app:app"]
WORKER = [str(BIN / "flask"), "avl", "work"]
SIGN_INS = [str(BIN / "flask"), "avl", "sign-ins"]
STOP_SECONDS = 15
RESTART_SECONDS = 2


stopping = threading.Event()
children: list[subprocess.Popen[bytes]] = []


def main() -> int:
    """Start both, restart the worker if it dies, stop both when asked. Returns the exit code."""
    if port_is_taken():
        print(f"Port {PORT} is in use. Choose another: make run PORT=8001")
        return 1
    os.environ.setdefault("AVL_PUBLIC_BASE_URL", f"http://127.0.0.1:{PORT}")
    # The handler only sets a flag: an exception could strike between a child's birth and its
    # entry in the list, and leave half of the system running.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    try:
        web, worker = start(WEB), start(WORKER)
        announce(web)
        return watch(web, worker)
    finally:
        stop_children()


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a child in a group of its own, so that Ctrl-C reaches it through us alone."""
    child = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    children.append(child)
    return child


def watch(web: subprocess.Popen[bytes], worker: subprocess.Popen[bytes]) -> int:
    """Wait. A dead worker is replaced; without the web server there is nothing to keep alive."""
    while not stopping.wait(0.5):
        if web.poll() is not None:
            print(f"The web server stopped with code {web.returncode}.")
            return 1
        if worker.poll() is not None:
            print(f"The worker stopped with code {worker.returncode}; starting another.")
            children.remove(worker)
            stopping.wait(RESTART_SECONDS)
            worker = start(WORKER)
    return 0


def announce(web: subprocess.Popen[bytes]) -> None:
    """Say where the system is and how to sign in, once it answers."""
    while web.poll() is None and not port_is_taken():
        if stopping.wait(0.1):
            return
    print(f"\nCourt AVL scheduler: http://127.0.0.1:{PORT}   (Ctrl-C stops it)\n", flush=True)
    subprocess.run(SIGN_INS, cwd=ROOT, check=False)


def port_is_taken() -> bool:
    """Whether something already listens on our port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", PORT)) == 0


def stop_children() -> None:
    """Ask each child to finish what it is doing; end it if it will not."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


if __name__ == "__main__":
    sys.exit(main())
