"""The console phones: what counsel would have received, when no SMS provider is connected."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from avl.config import Settings
from avl.domain.access import Role
from avl.queries.sms import console_phones
from avl.web.guards import actor, everybody

bp = Blueprint("dev", __name__, url_prefix="/dev")
everybody(bp, "console phones: the view itself shows them only where nobody real is on them")

_OWN_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


@bp.before_request
def only_console_phones() -> None:
    """Answer only while texts go to the console, and never to strangers on a public address."""
    settings: Settings = current_app.extensions["avl_settings"]
    if settings.sms_gateway != "console":
        abort(404)
    is_ours = urlsplit(settings.public_base_url).hostname in _OWN_MACHINE
    if not (settings.demo or is_ours or actor().holds(Role.ADMINISTRATOR)):
        abort(404)


@bp.get("/phone")
def phones() -> ResponseReturnValue:
    """Each phone and the texts on it."""
    return render_template("dev/phones.html", phones=console_phones())
