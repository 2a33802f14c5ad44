"""Keep what somebody typed when their session ended before they sent it.

Their form is answered with the sign-in page, which carries what they typed; signing in shows one
button that sends it on. Nothing is sent on by itself: only they know whether it still holds.
"""

from __future__ import annotations

import re

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from avl.web.account.forms import SignInForm

NOT_KEPT = frozenset({"csrf_token", "password", "old", "new", "again"})

_RELATIVE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def safe_path(target: str | None) -> str:
    """A path within this site, or "" when it could lead to another."""
    return target if target and _RELATIVE.fullmatch(target) else ""


def sign_in_and_resume() -> ResponseReturnValue:
    """Answer a form sent by nobody with the sign-in page, keeping what was typed."""
    typed = [pair for pair in request.form.items(multi=True) if pair[0] not in NOT_KEPT]
    form = SignInForm(formdata=None)
    page = render_template(
        "account/sign_in.html", form=form, resume=safe_path(request.full_path), kept=typed
    )
    return make_response(page, 401)


def kept_fields() -> list[tuple[str, str]]:
    """What the sign-in page carried along: name and value, in the order they were typed."""
    names, values = request.form.getlist("kept_name"), request.form.getlist("kept_value")
    return [pair for pair in zip(names, values, strict=False) if pair[0] not in NOT_KEPT]
