"""The administrator's first page, and the sites as they stand."""

from __future__ import annotations

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from avl.queries.accounts import all_sites
from avl.web.admin import bp


@bp.get("")
def show() -> ResponseReturnValue:
    """What the doctor says is missing."""
    # The doctor loads the holiday calendars, which no other page needs.
    from avl.queries.doctor import examine

    session = current_app.extensions["sqlalchemy"].session
    findings = examine(session, current_app.extensions["avl_settings"])
    missing = [finding for finding in findings if not finding.ok]
    return render_template(
        "admin/show.html",
        missing=missing,
        notes=[one for one in findings if one.is_note],
        well=[one for one in findings if one.ok and not one.is_note],
    )


@bp.get("/sites")
def sites() -> ResponseReturnValue:
    """Every active site, as its area's folder describes it."""
    return render_template("admin/sites.html", sites=all_sites())
