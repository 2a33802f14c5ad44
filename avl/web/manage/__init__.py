"""The manager's pages: this week against last, and what went worst."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from avl import clock
from avl.domain.access import Role
from avl.queries.overdue import overdue
from avl.queries.reports import weeks_compared, worst_things
from avl.web.guards import actor, guard

bp = Blueprint("manage", __name__, url_prefix="/manage")
guard(bp, roles=(Role.MANAGER,))


@bp.get("")
def show() -> ResponseReturnValue:
    """How the week goes at the manager's own sites."""
    return render_template(
        "manage/show.html",
        weeks=weeks_compared(actor()),
        worst=worst_things(actor()),
        overdue=overdue(actor(), now=clock.now()),
    )
