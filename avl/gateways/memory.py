"""A provider inside the test: remembers every text and fails in the way the test asks for."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from avl import clock
from avl.domain.sms import Accepted, SendResult
from avl.gateways.sms import ListUnreachable, ProviderSms


@dataclass(frozen=True, slots=True)
class Handed:
    """One request as it arrived."""

    to: str
    body: str
    callback_url: str
    validity_seconds: int


@dataclass
class MemorySms:
    """Accepts texts unless ``answers`` holds something else for the next request.

    Attributes:
        requests: every request, in order.
        kept: what the provider "has", by number.
        answers: results for the next requests, first in first out; a pair ``(result, True)``
            keeps the text although the answer does not say so (a lost reply).
        list_is_down: listings fail.
    """

    name: str = "memory"
    requests: list[Handed] = field(default_factory=list)
    kept: dict[str, list[ProviderSms]] = field(default_factory=dict)
    answers: deque[SendResult | tuple[SendResult, bool]] = field(default_factory=deque)
    list_is_down: bool = False

    def send(self, to: str, body: str, *, callback_url: str, validity_seconds: int) -> SendResult:
        """Note the request and answer as the test asked."""
        self.requests.append(Handed(to, body, callback_url, validity_seconds))
        answer = self.answers.popleft() if self.answers else Accepted(self._new_sid())
        result, keeps = answer if isinstance(answer, tuple) else (answer, False)
        if isinstance(result, Accepted) or keeps:
            sid = result.sid if isinstance(result, Accepted) else self._new_sid()
            self.kept.setdefault(to, []).append(ProviderSms(sid, body, "queued", clock.now()))
        return result

    def list_messages(self, to: str, since: datetime) -> list[ProviderSms]:
        """What was kept for this number since then."""
        if self.list_is_down:
            raise ListUnreachable("the test says so")
        kept = self.kept.get(to, [])
        return [sms for sms in kept if sms.created_at is not None and sms.created_at >= since]

    def fetch(self, sid: str) -> ProviderSms | None:
        """The kept text with that id."""
        for kept in self.kept.values():
            for sms in kept:
                if sms.sid == sid:
                    return sms
        return None

    @staticmethod
    def _new_sid() -> str:
        return f"SM{secrets.token_hex(16)}"
