"""Small regular duties that need no provider."""

from __future__ import annotations

from avl.commands.agreement import lapse_due
from avl.commands.audit import seal_audit
from avl.commands.disruptions import end_what_is_over, work_out_ways
from avl.commands.housekeeping import tidy_up
from avl.commands.outbox import sweep_news
from avl.commands.sms import expire_sms
from avl.commands.waitlist_serving import serve_waitlist
from avl.jobs.shift import Shift


def write_missing_news(shift: Shift) -> int:
    """Write texts that are missing for hearings still to come."""
    return sweep_news()


def expire_what_is_over(shift: Shift) -> int:
    """Give up texts that have lost their worth; free held offers and unanswered requests."""
    return expire_sms() + lapse_due()


def find_ways(shift: Shift) -> int:
    """Find the best way out of each disruption that has none yet, or an old one."""
    return work_out_ways() + end_what_is_over()


def serve_those_who_wait(shift: Shift) -> int:
    """Keep what has come free for whoever is next on the waitlist."""
    return serve_waitlist(owner=shift.owner, working=shift.waitlist_hold, may_go_on=shift.may_go_on)


def seal(shift: Shift) -> int:
    """Chain the newest audit events."""
    return seal_audit()


def tidy(shift: Shift) -> int:
    """Forget what is no longer needed."""
    return tidy_up()
