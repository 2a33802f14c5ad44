"""Every refusal becomes a response here, once: a page for people, problem details for programs.

RFC 9457 wherever the address is the API's or the caller asks for JSON.
"""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, json, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from jinja2 import Template
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from avl.commands.cells import CellsRefused
from avl.commands.sign_in import SignInRefused
from avl.commands.transaction import StayClash, explain, has_saved
from avl.domain.errors import (
    ActionNotAllowed,
    DomainError,
    InDoubt,
    InvalidInput,
    KeyReused,
    NotAllowed,
    NotFound,
    ResourceClash,
    StaleVersion,
    Unavailable,
)
from avl.web.account.resume import form_as_sent, keep_unproven_form, not_kept
from avl.web.as_sent import SENT_SCHEMA, errors_as_sent
from avl.web.looking import booking_page, where_to_look

logger = logging.getLogger(__name__)

PROBLEM = "application/problem+json"

STATUS: dict[type[DomainError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    ActionNotAllowed: 409,
    ResourceClash: 409,
    StayClash: 409,
    StaleVersion: 409,
    InvalidInput: 422,
    KeyReused: 422,
    SignInRefused: 422,
    Unavailable: 503,
}
"""The status of each refusal; a subclass has its parent's, and any other DomainError 409."""

EXPLAINED = {
    400: "The page was open for too long, or something in what was sent could not be read."
    " Go back, load the page again, and send it once more.",
    404: "There is nothing at this address.",
    405: "This address does not do that.",
    413: "What you sent is too big.",
    429: "There have been too many tries. Wait a little, then try again.",
}

SAVED_BEFORE = (
    "Something was saved before the system stopped answering."
    " Look what is there before you send anything again."
)

SAME_KEY = "Sent again with the same Idempotency-Key, it is done once."

UNREADABLE = "What was sent could not be read. Send JSON in UTF-8, as the description says."


def init_app(app: Flask) -> None:
    """Answer for every error of an application."""
    # Flask's own line would hold the whole address, which for a feed is a secret.
    app.log_exception = lambda exc_info: None  # type: ignore[method-assign]
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(PoolTimeout, _database_error)


def status_of(error: DomainError) -> int:
    """The HTTP status of a refusal."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 409


def wants_problem() -> bool:
    """Whether the caller is a program that reads problem details rather than a page."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", PROBLEM, "application/json"])
    return best in (PROBLEM, "application/json")


def problem(status: int, detail: str, **more: Any) -> Response:
    """Problem details (RFC 9457) with whatever more the refusal has to say."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return Response(json.dumps(body | more), status, content_type=PROBLEM)


def page(status: int, message: str = "", **more: Any) -> Response:
    """A page for people, from templates/errors/."""
    names: list[str | Template] = [
        f"errors/{status}.html",
        "errors/400.html" if status < 500 else "errors/500.html",
    ]
    if status >= 500:
        is_saved = _is_saved()
        more |= {"is_saved": is_saved, "not_kept": not_kept()}
        more["again"] = None if is_saved else form_as_sent()
    text = render_template(names, message=message, **more)
    return Response(text, status, content_type="text/html; charset=utf-8")


def _answer(status: int, message: str, **more: Any) -> Response:
    _let_go()
    if status == 503 and _is_saved():
        message = SAVED_BEFORE
    if wants_problem():
        return problem(status, message, **more)
    is_calendar = request.path.startswith("/feeds/") and request.path.endswith(".ics")
    if is_calendar or request.path.startswith(("/hooks/", "/health/", "/metrics")):
        return Response(f"{message}\n", status, content_type="text/plain; charset=utf-8")
    return page(status, message, **more)


def _is_saved() -> bool:
    """Whether what was sent has been saved, or a part of it, though an error answers it."""
    return request.method not in ("GET", "HEAD") and has_saved()


def _let_go() -> None:
    """Leave a transaction that failed: on PostgreSQL no page could read anything in it."""
    try:
        current_app.extensions["sqlalchemy"].session.rollback()
    except SQLAlchemyError:
        logger.warning("rollback failed")


def _domain_error(error: DomainError) -> ResponseReturnValue:
    status = status_of(error)
    more: dict[str, Any] = {}
    if isinstance(error, StaleVersion) and request.path.startswith("/api/"):
        status = 412  # a program says with If-Match what it has read; a page says it in its form
    if isinstance(error, InvalidInput) and error.field and wants_problem():
        more = _named(error)
    elif status == 409 and not wants_problem() and (place := booking_page()):
        more = {"back_href": place.href, "back_text": f"Go back to {place.name}"}
    message = error.message
    if isinstance(error, InDoubt) and wants_problem():
        message += f" {SAME_KEY}" if "Idempotency-Key" in request.headers else ""
    elif isinstance(error, InDoubt):
        more = {"look_at": where_to_look()}
    response = _answer(status, message, **more)
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _named(error: InvalidInput) -> dict[str, Any]:
    """The refusal by its fields, under the names that the API's own description gives them."""
    each = [error]
    if isinstance(error, CellsRefused):
        each = [InvalidInput(name, message) for name, message in error.errors.items()]
    schema = request.environ.get(SENT_SCHEMA)
    if schema is None:
        return {"errors": {one.field: [one.message] for one in each}}
    body = request.get_json(silent=True) if request.is_json else request.args
    found: dict[str, Any] = {}
    for one in each:
        found |= errors_as_sent(one, schema, body)
    return {"errors": found} if found else {}


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error
    if isinstance(error, SecurityError):
        # Without a host of ours no page can name its own style sheet.
        return Response("This is not our host.\n", 400, content_type="text/plain")
    if isinstance(error, InternalServerError):
        return _our_fault(error.original_exception or error)
    status = error.code or 500
    own_words = error.description if error.description != type(error).description else ""
    is_csrf = isinstance(error, CSRFError)
    if is_csrf and not wants_problem() and (kept := keep_unproven_form()):
        return kept
    message = EXPLAINED[400] if is_csrf else own_words or EXPLAINED.get(status, error.name)
    more: dict[str, Any] = {}
    if wants_problem():
        # A program has no page that could have been open for too long.
        message = UNREADABLE if status == 400 and not own_words else message
        more = _validation_messages(error)
        # Of a body that is no object at all, marshmallow says so under a name of its own.
        if status == 422 and (named := sorted(more.get("errors", {}).keys() - {"_schema"})):
            message = f"Some of what was sent cannot be used: {', '.join(named)}."
    elif status == 404 and not own_words:
        message = ""  # the page itself knows what to say
    response = _answer(status, message or "", **more)
    for name, value in error.get_headers(request.environ):
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _validation_messages(error: HTTPException) -> dict[str, Any]:
    """What marshmallow found wrong, field by field, when it was marshmallow."""
    messages = getattr(error, "data", {}).get("messages")
    if not isinstance(messages, dict):
        return {}
    # webargs files them under the place they came from: json, query, headers.
    flat: dict[str, Any] = {}
    for found in messages.values():
        flat |= found if isinstance(found, dict) else {}
    return {"errors": flat} if flat else {}


def _database_error(error: Exception) -> ResponseReturnValue:
    known = explain(error) if isinstance(error, DBAPIError) else Unavailable("")
    if isinstance(error, PoolTimeout) or isinstance(known, Unavailable):
        return _domain_error(
            Unavailable("The system is busy or restarting. Nothing was changed; try again.")
        )
    if isinstance(known, DomainError):
        return _domain_error(known)
    if current_app.testing:
        raise error
    return _our_fault(error)


def _our_fault(error: BaseException) -> Response:
    """Log the trace under a number; show the number and nothing else."""
    number = secrets.token_hex(4).upper()
    logger.error(
        "unexpected error",
        exc_info=error,
        extra={"number": number, "endpoint": request.endpoint, "method": request.method},
    )
    if wants_problem():
        _let_go()
        return problem(500, "The fault is ours and has been recorded.", number=number)
    return _answer(500, "", request_id=number)
