"""What the SMS provider calls: progress of texts, and texts people send to us.

Nobody signs in here. Each call must carry the provider's signature over our public address; a
progress report also carries its attempt's token in the address, which is what saves us when the
provider's answer was lost. Called with anything else, these addresses say only "no".
"""

from __future__ import annotations

import logging

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from avl.commands.inbound import keep_inbound
from avl.commands.sms_settling import record_report
from avl.config import Settings
from avl.gateways.twilio_signature import is_signed
from avl.web.guards import everybody

bp = Blueprint("hooks", __name__, url_prefix="/hooks/twilio")
everybody(bp, "the provider calls these and signs what it sends")

logger = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024
NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@bp.before_request
def only_from_the_provider() -> None:
    """Refuse what is too big, unsigned, signed for another address, or for another account."""
    settings: Settings = current_app.extensions["avl_settings"]
    if settings.sms_gateway != "twilio":
        abort(404)
    if (request.content_length or 0) > LARGEST_BODY:
        abort(413)
    request.max_content_length = LARGEST_BODY
    url = settings.public_base_url.rstrip("/") + request.full_path.rstrip("?")
    signed = is_signed(settings.twilio_auth_token, url, request.form, request.headers)
    if not signed or request.form.get("AccountSid") != settings.twilio_account_sid:
        logger.warning(
            "a call that the provider did not sign", extra={"endpoint": request.endpoint}
        )
        abort(403)


@bp.post("/status/<token>")
def status(token: str) -> ResponseReturnValue:
    """Take one report about one attempt; repeats and disorder are harmless."""
    code = request.form.get("ErrorCode", "")
    fits = record_report(
        token=token,
        sid=request.form.get("MessageSid", ""),
        status=request.form.get("MessageStatus", ""),
        code=int(code) if code.isascii() and code.isdigit() else None,
    )
    return ("", 204) if fits else ("", 403)


@bp.post("/inbound")
def inbound() -> ResponseReturnValue:
    """Keep a text somebody sent us, and answer nothing."""
    sid = request.form.get("MessageSid", "")
    if not sid:
        abort(400)
    keep_inbound(
        sid=sid,
        sender=request.form.get("From", ""),
        body=request.form.get("Body", ""),
        opt_out_type=request.form.get("OptOutType", ""),
    )
    return NO_REPLY, 200, {"Content-Type": "text/xml; charset=utf-8"}
