"""Counsel's pages: my next appearances."""

from __future__ import annotations

from flask import Blueprint

from avl.domain.access import Role
from avl.domain.local_time import say_date, say_day, say_time, say_when
from avl.web.guards import guard

bp = Blueprint("counsel", __name__, url_prefix="/counsel")
guard(bp, roles=(Role.COUNSEL,))

for say in (say_date, say_day, say_time, say_when):
    bp.add_app_template_filter(say)

from avl.web.counsel import home  # noqa: E402, F401  (routes attach to bp)
