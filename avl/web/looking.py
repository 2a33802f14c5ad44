"""Where it can be seen what became of something that was sent."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException

from avl.web.guards import GUARDS, actor

ONLY_ASK = frozenset(
    {"registry.find", "registry.form", "worklist.ask_outage", "worklist.ask_closure"}
)
"""Pages above others that show nothing of what those save."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page to look at; ``name`` what it is called, "" where it is but a page near by."""

    href: str
    name: str = ""


def booking_page() -> Place | None:
    """The page of the booking that something was to be done to, where the reader has one."""
    reference = (request.view_args or {}).get("reference")
    endpoint = f"{'prison' if request.blueprint == 'prison' else 'registry'}.show"
    if reference is None or not _is_open(endpoint):
        return None
    return Place(url_for(endpoint, reference=reference), reference)


def where_to_look() -> Place:
    """The booking's page, or else the nearest page above the address, or one's first page.

    Nothing is read from the database, which may be away.
    """
    if found := booking_page():
        return found
    pages, path = current_app.url_map.bind_to_environ(request.environ), request.path
    while path := path.rpartition("/")[0]:
        try:
            endpoint, _ = pages.match(path, method="GET")
        except HTTPException:
            continue
        if endpoint not in ONLY_ASK and _is_open(endpoint):
            return Place(path)
    return Place("/")


def _is_open(endpoint: str) -> bool:
    """Whether the reader may open a page; whoever sent something has been read already."""
    guard = GUARDS.of(endpoint)
    return guard is not None and (not guard.roles or actor().holds(*guard.roles))
