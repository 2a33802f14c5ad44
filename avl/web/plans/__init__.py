"""Ways out of a clash: make room for a booking, or let two bookings change times."""

from __future__ import annotations

from flask import Blueprint

from avl.domain.access import Role
from avl.web.guards import guard

bp = Blueprint("plans", __name__, url_prefix="/plans")
guard(bp, roles=(Role.REGISTRY,))

from avl.web.plans import day, room, swap  # noqa: E402, F401  (routes attach to bp)
