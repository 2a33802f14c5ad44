"""Whether a call really comes from Twilio. Every doubt is a no."""

from __future__ import annotations

from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)
from werkzeug.datastructures import Headers, MultiDict


def is_signed(auth_token: str, url: str, form: MultiDict[str, str], headers: Headers) -> bool:
    """Check a callback's signature.

    Args:
        auth_token: the account's secret; an empty one would validate forged calls, so it
            validates nothing.
        url: the address as Twilio was given it: the public one, not what a proxy made of it.
        form: every parameter of the call.
        headers: the call's headers.
    """
    signature = headers.get(SIGNATURE_HEADER, "")
    if not auth_token or not signature:
        return False
    algorithm = get_signature_algorithm(headers.get(SIGNATURE_SETTINGS_HEADER, ""))
    return bool(RequestValidator(auth_token).validate(url, form, signature, algorithm))
