"""What every run of a job is given: who it is, what it sends with, and how long it may take."""

from __future__ import annotations

import os
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta

from avl.domain.sms import TIMING, Timing
from avl.gateways import SmsGateway

TIME_BOX_SECONDS = 30.0
"""A run stops taking new work after this; the next tick goes on."""


def worker_name() -> str:
    """Host and process: who holds a lease."""
    return f"{socket.gethostname()}:{os.getpid()}"


def boottime() -> float:
    """Seconds since the machine started, suspended time included, where the system tells."""
    # Monotonic time stands still while a virtual machine is suspended, and a lease does not.
    source = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(source)


@dataclass(frozen=True)
class Shift:
    """One run of one job.

    Attributes:
        gateway: where texts go.
        public_base_url: where the provider reports to.
        waitlist_hold: how much of a court's open time a time kept from the waitlist is kept for.
        stopping: set when the worker is told to end.
    """

    gateway: SmsGateway
    public_base_url: str
    owner: str = field(default_factory=worker_name)
    timing: Timing = TIMING
    waitlist_hold: timedelta = timedelta(minutes=60)
    stopping: threading.Event = field(default_factory=threading.Event)
    began: float = field(default_factory=time.monotonic)

    def may_go_on(self) -> bool:
        """Whether there is time for one more thing."""
        in_time = time.monotonic() - self.began < TIME_BOX_SECONDS
        return in_time and not self.stopping.is_set()

    def callback_url(self, token: str) -> str:
        """Where the provider reports on one attempt."""
        return f"{self.public_base_url.rstrip('/')}/hooks/twilio/status/{token}"
