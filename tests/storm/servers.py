"""Real web processes on one database, and clients that speak HTTP with them."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


@dataclass
class Server:
    """One gunicorn with one process of its own behind it."""

    process: subprocess.Popen[bytes]
    port: int

    def kill(self) -> None:
        """End it at once, child and all, as a power cut would."""
        os.killpg(self.process.pid, 9)
        self.process.wait()


@dataclass(frozen=True)
class Reply:
    """What a client got; status 0 when the connection broke."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def web_processes(
    database_url: str, count: int, *, threads: int = 4, workers: int = 1
) -> Iterator[list[Server]]:
    """Start web servers on free ports and wait until each answers."""
    environment = {
        **os.environ,
        "AVL_DATABASE_URL": database_url,
        "AVL_SECRET_KEY": "s" * 40,
        "AVL_LOG_LEVEL": "ERROR",
    }
    servers: list[Server] = []
    try:
        for _ in range(count):
            servers.append(_started(environment, threads, workers))
        for server in servers:
            _wait(server)
        yield servers
    finally:
        for server in servers:
            if server.process.poll() is None:
                server.kill()


def _started(environment: Mapping[str, str], threads: int, workers: int) -> Server:
    # The server is given the socket itself: a port that is let go and only named to it has somebody
    # else's, now and then, by the time it has started.
    with socket.create_server(("127.0.0.1", 0)) as ours:
        how = ["--config", "deploy/gunicorn.conf.py", "--bind", f"fd://{ours.fileno()}"]
        how += ["--workers", str(workers), "--threads", str(threads)]
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *how, "app:app"],
            cwd=ROOT,
            env=dict(environment),
            start_new_session=True,
            pass_fds=[ours.fileno()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        port = ours.getsockname()[1]
    return Server(process, port)


def _wait(server: Server) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert server.process.poll() is None, "the web server did not start"
        if call(server.port, "GET", "/health/live").status == 200:
            return
        time.sleep(0.1)
    raise AssertionError("the web server does not answer")


def call(
    port: int,
    method: str,
    path: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Make one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        return ask(connection, method, path, body, headers)
    except (OSError, http.client.HTTPException):
        return Reply(0)
    finally:
        connection.close()


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Make one request on a connection that stays open."""
    sent = None if body is None else json.dumps(body)
    kind = {"Content-Type": "application/json"} if sent else {}
    connection.request(method, path, sent, {**kind, **(headers or {})})
    answer = connection.getresponse()
    said = answer.read()
    is_json = "json" in (answer.headers.get("Content-Type") or "")
    return Reply(answer.status, json.loads(said) if is_json else {}, dict(answer.headers))
