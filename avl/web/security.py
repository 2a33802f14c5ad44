"""What every answer carries and every request must pass: headers, CSRF, origin, limits."""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.datastructures import MultiDict
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from avl.config import Settings

csrf = CSRFProtect()

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

ONE_MEGABYTE = 1024 * 1024

TOLD_ONCE = (
    *("csrf_token", "next", "email", "password", "role", "user_id"),
    *("version", "second_version", "reference"),
)
"""Inputs that decide something: sent twice, one part of the system could read the first and
another the last."""

NO_CONTROL = "Leave out control characters."

HUGE_NUMBER = re.compile(r"\s*[+-]?[\d_]{19,}\s*")
"""More figures than the biggest integer of a database has; Python reads ``_`` between figures."""

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'nonce-{nonce}'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # no-referrer would make browsers send "Origin: null" with our own forms, which the origin
    # check below must refuse; same-origin tells other sites as little.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

HSTS = "max-age=31536000; includeSubDomains"


def init_app(app: Flask, settings: Settings) -> None:
    """Harden an application."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=ONE_MEGABYTE,
        SESSION_COOKIE_NAME="__Host-avl" if settings.is_secure else "avl",
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=None,  # it lives as long as the session it belongs to
        WTF_CSRF_SSL_STRICT=False,  # our own origin check is stricter and needs no Referer
        WTF_CSRF_ENABLED=not settings.testing,  # tests/web/test_security.py turns it on
        WTF_CSRF_CHECK_DEFAULT=False,  # we check below, after the origin, where it applies
    )
    if settings.is_secure:
        app.config["TRUSTED_HOSTS"] = [urlsplit(settings.public_base_url).hostname, "127.0.0.1"]
    if hops := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    app.url_map.converters["int"] = RowNumber
    csrf.init_app(app)
    app.extensions["avl_own_origin"] = _origin(settings.public_base_url)
    app.before_request(_check_request)
    app.after_request(_add_headers)
    app.context_processor(lambda: {"csp_nonce": csp_nonce})


def csp_nonce() -> str:
    """The word that lets this answer's own inline scripts run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def speaks_to_machines() -> bool:
    """Whether this address is called by programs, which prove themselves without a cookie."""
    return request.path.startswith(("/api/", "/hooks/"))


class RowNumber(IntegerConverter):
    """A number in an address: no bigger than any database can look for."""

    def __init__(self, map: Map, max: int = 2**31 - 1, **more: Any) -> None:
        super().__init__(map, max=max, **more)


def _check_request() -> None:
    if "\x00" in request.path:
        abort(400, NO_CONTROL)
    _check_words(request.args)
    if request.method in SAFE_METHODS:
        return
    if speaks_to_machines():
        return
    _check_origin()
    if current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()
    _check_words(request.form)
    for name in TOLD_ONCE:
        if len(request.form.getlist(name)) > 1:
            abort(400, f"“{name}” was sent twice.")


def _check_words(said: MultiDict[str, str]) -> None:
    """Refuse what no column can hold: NUL, and numbers beyond what a database or Python reads."""
    for values in said.listvalues():
        for text in values:
            if "\x00" in text:
                abort(400, NO_CONTROL)
            if HUGE_NUMBER.fullmatch(text):
                abort(400, "Enter a number of at most 18 figures.")


def _check_origin() -> None:
    """Refuse a form that another site sent. Old browsers send no Origin; the token judges."""
    origin = request.headers.get("Origin")
    own = {current_app.extensions["avl_own_origin"], _origin(request.host_url)}
    if origin is not None and origin not in own:
        abort(403, "This form was sent from another site.")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", CSP.format(nonce=csp_nonce()))
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    return response
