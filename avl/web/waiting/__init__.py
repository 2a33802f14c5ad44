"""The waitlist: ask to wait for a time, see who waits and why, take or withdraw."""

from __future__ import annotations

from flask import Blueprint

from avl.domain.access import Role
from avl.web.guards import guard

bp = Blueprint("waiting", __name__, url_prefix="/court/waiting")
guard(bp, roles=(Role.REGISTRY,))

from avl.web.waiting import ask, entries  # noqa: E402, F401  (routes attach to bp)
