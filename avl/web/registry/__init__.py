"""The registry's pages: what needs me now, find the person, book, look after bookings, lists."""

from __future__ import annotations

from flask import Blueprint

from avl.domain.access import Role
from avl.domain.local_time import say_clock, say_date, say_day, say_time, say_when
from avl.web.guards import guard

bp = Blueprint("registry", __name__, url_prefix="/court")
guard(bp, roles=(Role.REGISTRY,))

for say in (say_clock, say_date, say_day, say_time, say_when):
    bp.add_app_template_filter(say)

from avl.web.registry import (  # noqa: E402  (routes attach to bp)
    board,  # noqa: F401
    bookings,  # noqa: F401
    check,  # noqa: F401
    direction,  # noqa: F401
    form,  # noqa: F401
    home,  # noqa: F401
    in_person,  # noqa: F401
    interpreters,  # noqa: F401
    lists,  # noqa: F401
    move,  # noqa: F401
    prisons,  # noqa: F401
)
