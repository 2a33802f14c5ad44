"""The prison's pages: what needs me now, the days by suite, run sheets, and one booking."""

from __future__ import annotations

from flask import Blueprint

from avl.domain.access import PRISON_ROLES
from avl.domain.local_time import say_date, say_day, say_time, say_when
from avl.web.guards import guard

bp = Blueprint("prison", __name__, url_prefix="/prison")
guard(bp, roles=PRISON_ROLES)

for say in (say_date, say_day, say_time, say_when):
    bp.add_app_template_filter(say)

# Routes attach to bp, so the modules come last.
from avl.web.prison import booking as booking  # noqa: E402
from avl.web.prison import day as day  # noqa: E402
from avl.web.prison import home as home  # noqa: E402
from avl.web.prison import moving as moving  # noqa: E402
from avl.web.prison import paper as paper  # noqa: E402
