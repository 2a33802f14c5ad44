"""Who is asking, and whether this group of pages is for them: one guard per blueprint.

A blueprint says once who it is for: `guard(bp, roles=(...))` or `everybody(bp, why)`. A route
whose blueprint says neither is answered with 404, and tests/web/test_access_matrix.py fails.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from avl import clock
from avl.commands.sign_in import TOUCH_EVERY, touch_session
from avl.commands.transaction import forget_saved
from avl.domain.access import Actor, Role
from avl.domain.errors import Unavailable
from avl.queries.accounts import SignedIn, find_signed_in

logger = logging.getLogger(__name__)

NOBODY = Actor(user_id=0, name="")
"""Whoever has not signed in: no grants, so every rule says no."""


Poll = Callable[[], Response | None]
"""Answers a poll in which nothing has changed; None leaves the request to the usual way."""


@dataclass(frozen=True)
class Guard:
    """Whom a blueprint is for.

    Attributes:
        roles: any one of these is enough; none at all means everybody who has signed in.
        open_views: names of views in it that need no sign-in.
        why_open: why the whole blueprint needs no sign-in; "" when it does need one.
        polls: what may answer a view's poll before anything is loaded, by the view's name.
    """

    roles: tuple[Role, ...] = ()
    open_views: frozenset[str] = frozenset()
    why_open: str = ""
    polls: dict[str, Poll] = field(default_factory=dict)

    def is_open(self, endpoint: str) -> bool:
        """Whether a view needs no sign-in."""
        return bool(self.why_open) or endpoint.rpartition(".")[2] in self.open_views


@dataclass
class Guards:
    """Every blueprint's guard, by blueprint name."""

    by_blueprint: dict[str, Guard] = field(default_factory=dict)

    def of(self, endpoint: str) -> Guard | None:
        """The guard of an endpoint's blueprint, or None when nobody set one."""
        if endpoint == "static":
            return Guard(why_open="files anybody may fetch")
        return self.by_blueprint.get(endpoint.rpartition(".")[0])


GUARDS = Guards()


def guard(bp: Blueprint, roles: Iterable[Role], *, open_views: Iterable[str] = ()) -> None:
    """Let only signed-in people with one of these roles (none: anybody signed in) into a group.

    Others are told the page does not exist, because its existence is not theirs to know.
    """
    GUARDS.by_blueprint[bp.name] = Guard(tuple(roles), frozenset(open_views))


def everybody(bp: Blueprint, why: str) -> None:
    """Let everybody into a group, which guards itself in another way or has no secrets."""
    GUARDS.by_blueprint[bp.name] = Guard(why_open=why)


def polled(bp: Blueprint, view: str) -> Callable[[Poll], Poll]:
    """Let a function answer a view's poll first.

    It is asked before the guard, so it answers only when the very read that tells it that nothing
    has changed also proves that the session is alive and that its user may see this page.
    """

    def keep(poll: Poll) -> Poll:
        GUARDS.by_blueprint[bp.name].polls[view] = poll
        return poll

    return keep


def actor() -> Actor:
    """Who is asking. Reads the session at most once per request, in one query."""
    if "actor" not in g:
        found = signed_in()
        g.actor = found.actor if found else NOBODY
    who: Actor = g.actor
    return who


def is_signed_in() -> bool:
    """Whether somebody has signed in."""
    return actor() is not NOBODY


def signed_in() -> SignedIn | None:
    """The live session behind this browser's cookie."""
    if "signed_in" not in g:
        token = session.get("token")
        g.signed_in = find_signed_in(token) if isinstance(token, str) else None
    found: SignedIn | None = g.signed_in
    return found


def init_app(app: Flask) -> None:
    """Judge every request before its view runs."""
    app.before_request(_begin)


def _begin() -> ResponseReturnValue | None:
    answer = _admit()
    # The note of a visit is saved too, but nobody asked for it.
    forget_saved()
    return answer


def _admit() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint is None:
        return None  # no such address: the error pages answer
    found = GUARDS.of(endpoint)
    if found is None:
        logger.error("route without a guard", extra={"endpoint": endpoint})
        abort(404)
    if found.is_open(endpoint):
        return None
    poll = found.polls.get(endpoint.rpartition(".")[2])
    if poll and (answer := poll()) is not None:
        return answer
    if not is_signed_in():
        return ask_to_sign_in()
    _touch()
    if found.roles and not actor().holds(*found.roles):
        abort(404)
    return None


def ask_to_sign_in() -> ResponseReturnValue:
    """Send somebody to the sign-in page, and back here afterwards."""
    if request.headers.get("HX-Request"):
        came_from = urlsplit(request.headers.get("HX-Current-URL", "")).path
        return "", 401, {"HX-Redirect": url_for("account.sign_in", next=came_from or "/")}
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("account.sign_in", next=request.full_path.rstrip("?")))
    from avl.web.account.resume import sign_in_and_resume

    return sign_in_and_resume()


def _touch() -> None:
    """Note the visit once a minute, so that a page that only reads takes no write lock else."""
    found = signed_in()
    if found is None or clock.now() - found.last_seen_at < TOUCH_EVERY:
        return
    try:
        touch_session(found.session_id)
    except Unavailable:
        logger.warning("session not touched", extra={"session": found.session_id})
