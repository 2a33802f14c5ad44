"""The timetable: every job, how often, and what it runs.

Short intervals in UTC, never a local hour: clock changes skip and repeat those. The rules decide
what is due; a tick only asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from avl.jobs.dispatch import deliver_due
from avl.jobs.plan_days import plan_days
from avl.jobs.reconcile import ask_about_silent, settle_doubts
from avl.jobs.shift import Shift
from avl.jobs.upkeep import (
    expire_what_is_over,
    find_ways,
    seal,
    serve_those_who_wait,
    tidy,
    write_missing_news,
)


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the timetable. ``run`` returns how many things it did."""

    name: str
    every: timedelta
    run: Callable[[Shift], int]


def by_name(*jobs: Job) -> dict[str, Job]:
    """The timetable as a table; names are unique."""
    table = {job.name: job for job in jobs}
    if len(table) != len(jobs):
        raise ValueError("two jobs share a name")
    return table


JOBS = by_name(
    Job("dispatch", timedelta(seconds=5), deliver_due),
    Job("reconcile", timedelta(seconds=30), settle_doubts),
    Job("poll_status", timedelta(minutes=15), ask_about_silent),
    Job("plan_sweep", timedelta(seconds=60), write_missing_news),
    Job("expire", timedelta(seconds=60), expire_what_is_over),
    Job("serve_waitlist", timedelta(seconds=10), serve_those_who_wait),
    Job("plan_days", timedelta(seconds=2), plan_days),
    Job("find_ways", timedelta(seconds=20), find_ways),
    Job("audit_seal", timedelta(seconds=60), seal),
    Job("housekeeping", timedelta(hours=24), tidy),
)
