"""Work that nobody asks for on a page: the timetable, the worker and one module per job.

The scheduler is only a ticker. What is due stands in the database, so any number of workers may
run, and a missed tick, a crash or a change of the clocks loses nothing.
"""

from avl.jobs.timetable import JOBS
from avl.jobs.worker import run_job, run_work

__all__ = ["JOBS", "run_job", "run_work"]
