"""Serving a feed to a calendar program: exact, small, and never shorter than the truth.

Programs believe whatever arrives: a shortened answer deletes bookings from somebody's calendar,
and a sign-in page becomes an empty one. So anything that goes wrong is 503, which they retry.
"""

from __future__ import annotations

import gzip
import logging
from datetime import timedelta

from flask import Response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.http import http_date

from avl import clock
from avl.commands.feeds import NOTE_EVERY, note_feed_use
from avl.commands.transaction import explain
from avl.domain.errors import Unavailable
from avl.queries.feed_reading import (
    Feed,
    calendar_of,
    entries_of,
    find_feed,
    notice_of,
    reader,
    tag_of,
)
from avl.web.feeds import bp

logger = logging.getLogger(__name__)

CALENDAR = "text/calendar; charset=utf-8"
MAX_AGE = timedelta(minutes=5)


@bp.get("/<token>.ics")
def read_feed(token: str) -> Response:
    """Answer a calendar program: 200, 304, 404, or 503 when anything at all goes wrong."""
    try:
        return _answer(token)
    except Exception as error:
        # The token is a secret, so the log says what happened and not to which feed.
        if _is_database_away(error):
            logger.warning("feed not built: the database is away")
        else:
            logger.exception("feed not built")
        return _plain("The calendar cannot be read just now. Try again later.\n", 503, retry=True)


def _answer(token: str) -> Response:
    with reader() as connection:
        feed = find_feed(connection, token)
        if feed is None:
            return _plain("There is no calendar at this address.\n", 404)
        etag = tag_of(feed, feed.mark)
        if _has_already(etag, feed):
            response = Response(status=304)
        elif feed.withdrawn_at is not None:
            response = _calendar(notice_of(feed.token_id, feed.withdrawn_at, feed.zone))
        else:
            bodies, mark = entries_of(connection, feed)
            # Said of the very entries sent, in case one changed between the two reads.
            etag = tag_of(feed, mark)
            response = _calendar(calendar_of(feed, bodies))
    _label(response, etag, feed)
    _note_use(feed)
    return response


def _has_already(etag: str, feed: Feed) -> bool:
    """Whether the program has these very bytes. Its tags count before its dates (RFC 9110)."""
    if "If-None-Match" in request.headers:
        held = request.if_none_match
        return held.star_tag or any(held.contains_weak(tag) for tag in (etag, f"{etag}-gzip"))
    since = request.if_modified_since
    return since is not None and feed.changed_at.replace(microsecond=0) <= since


def _calendar(body: bytes) -> Response:
    if request.accept_encodings.find("gzip") < 0 or not request.accept_encodings["gzip"]:
        return Response(body, content_type=CALENDAR)
    response = Response(gzip.compress(body, compresslevel=1, mtime=0), content_type=CALENDAR)
    response.headers["Content-Encoding"] = "gzip"
    return response


def _label(response: Response, etag: str, feed: Feed) -> None:
    # Two encodings are two representations, so their strong tags differ.
    is_zipped = "gzip" in response.headers.get("Content-Encoding", "") or (
        response.status_code == 304
        and "If-None-Match" in request.headers
        and request.if_none_match.contains_weak(f"{etag}-gzip")
    )
    response.set_etag(f"{etag}-gzip" if is_zipped else etag)
    response.headers["Last-Modified"] = http_date(feed.changed_at)
    response.headers["Cache-Control"] = f"private, max-age={int(MAX_AGE.total_seconds())}"
    _keep_quiet(response)


def _plain(text: str, status: int, *, retry: bool = False) -> Response:
    response = Response(text, status=status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    if retry:
        response.headers["Retry-After"] = "120"
    _keep_quiet(response)
    return response


def _keep_quiet(response: Response) -> None:
    response.vary.add("Accept-Encoding")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Robots-Tag"] = "noindex"


def _note_use(feed: Feed) -> None:
    """Note the visit at most once an hour; reading never fails because writing did."""
    if feed.last_used_at is not None and clock.now() - feed.last_used_at < NOTE_EVERY:
        return
    try:
        note_feed_use(feed.token_id, request.user_agent.string)
    except Exception as error:
        is_news = not _is_database_away(error)
        logger.warning("feed use not noted", extra={"feed": feed.token_id}, exc_info=is_news)


def _is_database_away(error: Exception) -> bool:
    """Whether a line says it all: programs ask again every few minutes, and a database that
    restarts would fill the log with tracebacks that tell nothing new."""
    if isinstance(error, DBAPIError):
        return isinstance(explain(error), Unavailable)
    return isinstance(error, Unavailable | PoolTimeout)
