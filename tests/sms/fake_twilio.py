"""A Twilio of our own: small, threaded, and able to fail in every way a POST can end.

It keeps its own ledger of what it accepted, so a test compares what we believe with what really
left. Faults are asked for by name, for the next request (`plan`) or at random (`chaos`).
"""

from __future__ import annotations

import json
import random
import secrets
import socket
import struct
import threading
import time
import urllib.parse
import urllib.request
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from twilio.request_validator import RequestValidator

ACCOUNT, TOKEN = "AC" + "0" * 32, "a-secret-of-the-fake"

OK = "ok"
THROTTLED = "429"
SLOW = "slow"  # accepted, but the answer takes longer than anybody waits
SLOW_LOST = "slow_lost"  # as slow, and nothing was accepted
LOST_REPLY = "lost_reply"  # accepted, then the connection is dropped
RESET = "reset"  # dropped before anything was accepted
ERROR_500 = "500"  # a 5xx in JSON; nothing was accepted
ERROR_500_KEPT = "500_kept"  # the same answer, and yet it was accepted
HTML_502 = "html_502"
BROKEN_JSON = "broken_json"  # 201 with half a body; accepted
HTML_403 = "html_403"  # a proxy's own page
PROBLEM = "problem"  # RFC 9457 body, code 21211
REDIRECT = "redirect"
KEEPS = frozenset({OK, SLOW, LOST_REPLY, ERROR_500_KEPT, BROKEN_JSON})


@dataclass
class Entry:
    """One text the fake accepted."""

    sid: str
    to: str
    body: str
    callback: str
    form: dict[str, str]
    created_at: datetime
    status: str = "queued"
    error_code: int | None = None


@dataclass
class FakeTwilio:
    """Start with `with FakeTwilio() as fake:`; the address is `fake.url`.

    Attributes:
        ledger: what was accepted, in order.
        asked: (method, path) of every request.
        plan: modes for the next POSTs; a mode that is a number is that Twilio error code.
        chaos: probabilities of modes, used when the plan is empty.
        list_lag: seconds until an accepted text shows in the list.
        list_is_down: listings answer 503.
        patience: seconds that the slow modes take before they drop the connection.
        answer_after: seconds between accepting and a good answer.
        callbacks: statuses to report after accepting, in this order; empty for none.
        public: our public base address in callbacks, and where to really send them.
    """

    plan: deque[str | int] = field(default_factory=deque)
    chaos: dict[str, float] = field(default_factory=dict)
    list_lag: float = 0.0
    list_is_down: bool = False
    patience: float = 3.0
    answer_after: float = 0.0
    callbacks: tuple[str, ...] = ()
    callback_before_answer: bool = False
    public: tuple[str, str] = ("", "")
    ledger: list[Entry] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def __enter__(self) -> FakeTwilio:
        self.lock = threading.Lock()
        self._random = random.Random(7)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *why: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def next_mode(self) -> str | int:
        with self.lock:
            if self.plan:
                return self.plan.popleft()
            dice = self._random.random()
            for mode, chance in self.chaos.items():
                dice -= chance
                if dice < 0:
                    return mode
            return OK

    def accept(self, form: dict[str, str]) -> Entry:
        entry = Entry(
            sid=f"SM{secrets.token_hex(16)}",
            to=form["To"],
            body=form["Body"],
            callback=form.get("StatusCallback", ""),
            form=form,
            created_at=datetime.now(UTC),
        )
        with self.lock:
            self.ledger.append(entry)
        return entry

    def visible(self, to: str) -> list[Entry]:
        since = datetime.now(UTC) - timedelta(seconds=self.list_lag)
        with self.lock:
            found = [entry for entry in self.ledger if entry.to == to]
        return [entry for entry in reversed(found) if entry.created_at <= since]

    def report(self, entry: Entry, status: str) -> int:
        """Call back once, signed; returns the HTTP status we were answered with."""
        entry.status = status
        form = {"AccountSid": ACCOUNT, "MessageSid": entry.sid, "MessageStatus": status}
        if entry.error_code:
            form["ErrorCode"] = str(entry.error_code)
        signature = RequestValidator(TOKEN).compute_signature(entry.callback, form)
        request = urllib.request.Request(
            entry.callback.replace(*self.public),
            data=urllib.parse.urlencode(form).encode(),
            headers={"X-Twilio-Signature": signature},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                code = answer.status
        except urllib.error.HTTPError as refused:
            code = refused.code
            refused.close()
        with self.lock:
            self.answers.append(code)
        return code

    def report_all(self, entry: Entry) -> None:
        for status in self.callbacks:
            self.report(entry, status)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    fake: FakeTwilio

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed client is what this server is for; say nothing."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *args: Any) -> None:
        """Silence."""

    @property
    def fake(self) -> FakeTwilio:
        return self.server.fake

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
        self._note()
        mode = self.fake.next_mode()
        entry = self.fake.accept(form) if mode in KEEPS else None
        if entry and self.fake.callback_before_answer:
            self.fake.report_all(entry)
        self._end_post(mode, entry)
        if entry and not self.fake.callback_before_answer:
            self.fake.report_all(entry)

    def _end_post(self, mode: str | int, entry: Entry | None) -> None:
        if isinstance(mode, int):
            status = 401 if mode == 20003 else 400
            return self._json(status, {"code": mode, "message": "no", "status": status})
        if mode in (SLOW, SLOW_LOST):
            time.sleep(self.fake.patience)
            return self._drop()
        if mode in (LOST_REPLY, RESET):
            return self._drop()
        if mode == THROTTLED:
            body = {"code": 20429, "message": "slow down", "status": 429}
            return self._json(429, body, {"Retry-After": "7"})
        if mode in (ERROR_500, ERROR_500_KEPT):
            return self._json(500, {"code": 20500, "message": "oh", "status": 500})
        if mode == HTML_502:
            return self._answer(502, b"<html>Bad gateway</html>", "text/html")
        if mode == HTML_403:
            return self._answer(403, b"<html>Blocked</html>", "text/html")
        if mode == BROKEN_JSON:
            return self._answer(201, b'{"sid": "SM', "application/json")
        if mode == REDIRECT:
            return self._answer(307, b"", "text/html", {"Location": f"{self.fake.url}/else"})
        if mode == PROBLEM:
            problem = {"type": "https://x", "title": "Bad", "status": 400, "code": 21211}
            return self._answer(400, json.dumps(problem).encode(), "application/problem+json")
        assert entry is not None
        time.sleep(self.fake.answer_after)
        return self._json(201, _message(entry))

    def do_GET(self) -> None:
        self._note()
        if self.fake.list_is_down:
            return self._json(503, {"code": 20503, "message": "away", "status": 503})
        path, _, query = self.path.partition("?")
        if not path.endswith("/Messages.json"):
            sid = path.rpartition("/")[2].removesuffix(".json")
            entry = next((e for e in self.fake.ledger if e.sid == sid), None)
            if entry is None:
                return self._json(404, {"code": 20404, "message": "no", "status": 404})
            return self._json(200, _message(entry))
        asked = dict(urllib.parse.parse_qsl(query))
        size, page = int(asked.get("PageSize", 50)), int(asked.get("Page", 0))
        found = self.fake.visible(asked.get("To", ""))
        shown = found[page * size : (page + 1) * size]
        more = urllib.parse.urlencode({**asked, "Page": page + 1})
        has_more = len(found) > (page + 1) * size
        return self._json(
            200,
            {
                "messages": [_message(entry) for entry in shown],
                "page": page,
                "page_size": size,
                "next_page_uri": f"{path}?{more}" if has_more else None,
                "uri": self.path,
            },
        )

    def _note(self) -> None:
        with self.fake.lock:
            self.fake.asked.append((self.command, self.path))

    def _json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self._answer(status, json.dumps(body).encode(), "application/json", headers)

    def _answer(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drop(self) -> None:
        """End the connection with a reset, as a failing network does."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()


def _message(entry: Entry) -> dict[str, Any]:
    return {
        "sid": entry.sid,
        "account_sid": ACCOUNT,
        "to": entry.to,
        "from": "3201",
        "body": entry.body,
        "status": entry.status,
        "error_code": entry.error_code,
        "error_message": None,
        "date_created": format_datetime(entry.created_at),
        "date_sent": None,
        "date_updated": format_datetime(entry.created_at),
        "direction": "outbound-api",
        "num_segments": "1",
        "num_media": "0",
        "price": None,
        "price_unit": "NZD",
        "api_version": "2010-04-01",
        "messaging_service_sid": None,
        "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{entry.sid}.json",
        "subresource_uris": {},
    }
