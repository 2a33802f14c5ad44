"""Keep what somebody typed when their session ended before they sent it.

Their form is answered with the sign-in page, which carries what they typed; signing in shows one
button that sends it on. Nothing is sent on by itself: only they know whether it still holds. Who
signed out and in again in another tab has a session, but a form of the one before: they are shown
the button at once.
"""

from __future__ import annotations

import re

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from avl.web.account.forms import SignInForm

SECRETS = frozenset({"password", "old", "new", "again"})
"""Fields that no page may repeat, whichever form they are in."""

NOT_KEPT = SECRETS | {"csrf_token"}

_RELATIVE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def safe_path(target: str | None) -> str:
    """A path within this site, or "" when it could lead to another."""
    return target if target and _RELATIVE.fullmatch(target) else ""


def sign_in_and_resume() -> ResponseReturnValue:
    """Answer a form sent by nobody with the sign-in page, keeping what was typed."""
    form = SignInForm(formdata=None)
    page = render_template(
        "account/sign_in.html", form=form, resume=safe_path(request.full_path), kept=_typed()
    )
    return make_response(page, 401)


def keep_unproven_form() -> ResponseReturnValue | None:
    """Answer a page's form whose token is of a session before this one; None for any other.

    Only a form that the browser itself says came from our own pages is kept (the origin has been
    judged by then): what another site made up must not stand behind a button of ours.
    """
    from avl.web.guards import is_signed_in  # guards uses this module

    is_ours = request.headers.get("Origin") is not None
    if not is_ours or request.headers.get("HX-Request") or request.blueprint == "account":
        return None
    if not is_signed_in():
        return sign_in_and_resume()
    page = render_template(
        "account/resume.html", resume=safe_path(request.full_path), kept=_typed(), is_stale=True
    )
    return make_response(page, 400)


def _typed() -> list[tuple[str, str]]:
    return [pair for pair in request.form.items(multi=True) if pair[0] not in NOT_KEPT]


def form_as_sent() -> tuple[str, list[tuple[str, str]]] | None:
    """Where a form went and all that was in it, for one button that sends it once more.

    None for what is not sent again this way: a page that was only asked for, or a form of which
    something cannot be kept. The token goes along as it came, so a form that another site made up
    stays refused.
    """
    if request.method != "POST" or not_kept():
        return None
    return safe_path(request.full_path), list(request.form.items(multi=True))


def not_kept() -> str:
    """What in a form no page may or can repeat: "password", "file", or "" when there is nothing."""
    if SECRETS & request.form.keys():
        return "password"
    return "file" if any(file.filename for file in request.files.values()) else ""


def kept_fields() -> list[tuple[str, str]]:
    """What the sign-in page carried along: name and value, in the order they were typed."""
    names, values = request.form.getlist("kept_name"), request.form.getlist("kept_value")
    return [pair for pair in zip(names, values, strict=False) if pair[0] not in NOT_KEPT]
