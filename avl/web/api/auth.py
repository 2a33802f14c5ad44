"""Who calls the API, and whether the call can be read at all."""

from __future__ import annotations

import logging

from flask import Response, g, request

from avl import clock
from avl.commands.sign_in import TOUCH_EVERY, touch_token
from avl.domain.errors import Unavailable
from avl.queries.accounts import TokenHolder, find_token_holder
from avl.web.errors import problem

logger = logging.getLogger(__name__)

BODIES = ("POST", "PUT", "PATCH")


def authenticate() -> Response | None:
    """Find the service user behind the bearer token, or answer 401."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    holder = find_token_holder(token.strip()) if scheme.lower() == "bearer" else None
    if holder is None:
        refusal = problem(401, "Send “Authorization: Bearer …” with a token that is still valid.")
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal
    g.actor = holder.actor
    _touch(holder)
    return None


def _touch(holder: TokenHolder) -> None:
    if holder.last_used_at and clock.now() - holder.last_used_at < TOUCH_EVERY:
        return
    try:
        touch_token(holder.token_id)
    except Unavailable:
        logger.warning("token not touched", extra={"token": holder.token_id})


def check_shape() -> Response | None:
    """Refuse repeated parameters, of which two readers would take different ones, and bodies
    that are no JSON."""
    for name in request.args:
        if len(request.args.getlist(name)) > 1:
            return problem(400, f"The parameter {name} was sent twice.")
    if request.method in BODIES and request.content_length and not request.is_json:
        return problem(415, "Send JSON: Content-Type: application/json.")
    return None
