"""What calls of the API share, and how it is described: keys, versions, answers, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response

from avl.web.api import bp
from avl.web.api.base import Schema
from avl.web.api.schemas import REFERENCE, BookingOut, ClashProblem, Problem
from avl.web.errors import PROBLEM

KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
    "description": "New for each request; the same again gets the same answer and no second"
    " change. With another request it is refused with 422. Good for a week.",
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string", "pattern": r'^(\*|"[0-9]{1,9}(\.[0-9a-f]{12})?")$'},
    "description": "The ETag of the booking as it was read.",
}
PATH = [
    {
        "in": "path",
        "name": "reference",
        "required": True,
        "schema": {"type": "string", "pattern": REFERENCE},
    }
]
ETAG = {"ETag": {"schema": {"type": "string"}, "description": "The booking's version."}}
REPLAYED = {
    "Idempotent-Replayed": {
        "schema": {"type": "string", "enum": ["true"]},
        "description": "Sent when this answer was given before.",
    }
}

_REFUSALS = {
    400: "The request could not be read, or its Idempotency-Key is missing.",
    401: "No valid bearer token.",
    403: "The caller may see it but not do this to it.",
    404: "There is no such thing in the caller's scope.",
    412: "It was changed since it was read.",
    415: "The body is no JSON.",
    428: "If-Match is missing.",
    503: "The database is busy or away; nothing was changed.",
}

_TOLD_WITH = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "Bearer."}},
    503: {
        "Retry-After": {
            "schema": {"type": "string", "pattern": "^[0-9]+$"},
            "description": "Seconds after which to try again.",
        }
    },
}
"""The headers that a refusal comes with."""

AS_IT_STANDS = "As things stand it cannot be done; the sentence says why."

View = Callable[..., Response]


def refuses(*statuses: int) -> Callable[[View], View]:
    """Document refusals as the problem details they are."""

    def decorate(view: View) -> View:
        for status in statuses:
            view = bp.alt_response(
                status,
                schema=Problem,
                content_type=PROBLEM,
                description=_REFUSALS[status],
                headers=_TOLD_WITH.get(status),
            )(view)
        return view

    return decorate


def conflicts(says: str) -> Callable[[View], View]:
    """Document when a call is refused with 409."""
    documented: Callable[[View], View] = bp.alt_response(
        409, schema=Problem, content_type=PROBLEM, description=says
    )
    return documented


def acts(
    status: int, answer: type[Schema], conflict: str = AS_IT_STANDS, headers: Any = REPLAYED
) -> Callable[[View], View]:
    """Document what every call that does something once shares: its key and its refusals.

    Args:
        status: when it is done; ``answer`` what is said then, with ``headers``.
        conflict: when it is refused with 409.
    """

    def decorate(view: View) -> View:
        view = refuses(400, 401, 403, 404, 415, 503)(view)
        view = conflicts(conflict)(view)
        view = bp.response(status, answer, headers=headers)(view)
        documented: View = bp.doc(parameters=[KEY])(view)
        return documented

    return decorate


def changes(*statuses: int) -> Callable[[View], View]:
    """Document what every change shares: the key, the version, its refusals."""

    def decorate(view: View) -> View:
        view = refuses(400, 401, 403, 404, 412, 415, 428, 503, *statuses)(view)
        view = bp.alt_response(
            409,
            schema=ClashProblem,
            content_type=PROBLEM,
            description="It clashes, or the booking's state does not permit it.",
        )(view)
        view = bp.response(200, BookingOut, headers=ETAG | REPLAYED)(view)
        documented: View = bp.doc(parameters=[KEY, IF_MATCH])(view)
        return documented

    return decorate
