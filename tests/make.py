"""Plain functions that put rows in the database, with defaults, and commit them.

Every function takes keywords only where there is more than the obvious. Times are said as the
wall clock of Wellington: `make.at("10:15")`, `make.at("10:15", on="2027-04-04")`.
"""

from __future__ import annotations

from tests.making.access import actor, grant, open_session, session_cookie, sign_in, user
from tests.making.basis import LONG_AGO, TODAY, at, during, span
from tests.making.bookings import booking, leg_of
from tests.making.people import counsel, hearing_type, matter, mode_rule, person, stay
from tests.making.places import (
    agency,
    bridge,
    court,
    courtroom,
    instruction_suite,
    prison,
    rooms,
    site,
    suite,
)
from tests.making.ways import day_plan, keep_apart, outgrown, plan, wait

__all__ = [
    "LONG_AGO",
    "TODAY",
    "actor",
    "agency",
    "at",
    "booking",
    "bridge",
    "counsel",
    "court",
    "courtroom",
    "day_plan",
    "during",
    "grant",
    "hearing_type",
    "instruction_suite",
    "keep_apart",
    "leg_of",
    "matter",
    "mode_rule",
    "open_session",
    "outgrown",
    "person",
    "plan",
    "prison",
    "rooms",
    "session_cookie",
    "sign_in",
    "site",
    "span",
    "stay",
    "suite",
    "user",
    "wait",
]
