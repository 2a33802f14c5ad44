"""One worker process of the storm: the real worker, with short waits and the fake provider."""

from __future__ import annotations

import logging
from datetime import timedelta

from avl import create_app
from avl.domain.sms import Timing
from avl.gateways.twilio import TwilioSms
from avl.jobs.dispatch import deliver_due
from avl.jobs.reconcile import settle_doubts
from avl.jobs.timetable import Job, by_name
from avl.jobs.worker import run_work
from tests.conftest import settings_for
from tests.sms.fake_twilio import ACCOUNT, TOKEN

ANSWER_WITHIN = 0.8
TIMING = Timing(
    lease=timedelta(seconds=2.5),
    # Longer than what is left of a lease, the longest request and the lag of the list together.
    settle=timedelta(seconds=4),
    between_lists=timedelta(seconds=1),
    list_backoff=timedelta(seconds=1),
    # Workers die here a thousand times as often as they may, so patience is longer too.
    max_doubts=50,
)
FAST = by_name(
    Job("dispatch", timedelta(seconds=0.3), deliver_due),
    Job("reconcile", timedelta(seconds=0.5), settle_doubts),
)


def work(database_url: str, provider_url: str) -> None:
    """Work until killed."""
    logging.disable(logging.CRITICAL)
    app = create_app(settings_for(database_url))
    gateway = TwilioSms(
        account_sid=ACCOUNT,
        user=ACCOUNT,
        password=TOKEN,
        sender={"from_": "3201"},
        base_url=provider_url,
        timeout=(1.0, ANSWER_WITHIN),
    )
    run_work(app, jobs=FAST, timing=TIMING, gateway=gateway)
