"""How a feed travels: its headers, its compression, and what is not sent twice."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from avl.models import db
from tests.conftest import Clock
from tests.counting import statements
from tests.feeds.conftest import Fed
from tests.feeds.shown import book, change, events

Fetch = Callable[..., Any]


def test_feed_fetched_twice_is_the_same_bytes(fed: Fed, fetch: Fetch, clock: Clock) -> None:
    book(fed)
    first = fetch()
    clock.forward(hours=2)

    second = fetch()

    assert (first.data, first.headers["ETag"]) == (second.data, second.headers["ETag"])


def test_feed_headers_are_what_programs_need(fed: Fed, fetch: Fetch) -> None:
    headers = fetch().headers

    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert headers["Cache-Control"] == "private, max-age=300"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Robots-Tag"] == "noindex"
    assert "Accept-Encoding" in headers["Vary"]
    assert "Set-Cookie" not in headers
    assert not headers["ETag"].startswith("W/")
    assert headers["Last-Modified"].endswith("GMT")


def test_feed_zipped_is_the_same_calendar_under_another_tag(fed: Fed, fetch: Fetch) -> None:
    book(fed)
    plain, zipped = fetch(), fetch(Accept_Encoding="gzip")

    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.headers["ETag"] != plain.headers["ETag"]
    for known in (plain, zipped):
        assert fetch(If_None_Match=known.headers["ETag"]).status_code == 304


def test_feed_head_says_the_same_without_a_body(
    fed: Fed, fetch: Fetch, client: FlaskClient
) -> None:
    book(fed)
    got, asked = fetch(), client.head(fed.address)

    assert asked.data == b""
    for name in ("ETag", "Last-Modified", "Content-Length", "Content-Type"):
        assert asked.headers[name] == got.headers[name]


def test_feed_unchanged_is_304_in_one_query(fed: Fed, fetch: Fetch, app: Flask) -> None:
    book(fed)
    tag = fetch().headers["ETag"]

    with statements(db.engine) as seen:
        response = fetch(If_None_Match=f'"other", {tag}')

    assert (response.status_code, response.data) == (304, b"")
    assert response.headers["ETag"] == tag
    assert response.headers["Cache-Control"] == "private, max-age=300"
    assert len(seen) == 1


def test_feed_etag_counts_before_the_date(fed: Fed, fetch: Fetch) -> None:
    date = fetch().headers["Last-Modified"]

    assert fetch(If_Modified_Since=date).status_code == 304
    assert fetch(If_Modified_Since=date, If_None_Match='"stale"').status_code == 200


def test_feed_changed_since_is_sent_whole(fed: Fed, fetch: Fetch, clock: Clock) -> None:
    booking = book(fed)
    before = fetch()
    clock.forward(minutes=5)
    change(booking, updated_at=clock.now)

    after = fetch(
        If_None_Match=before.headers["ETag"], If_Modified_Since=before.headers["Last-Modified"]
    )

    assert after.status_code == 200
    assert events(after)[0]["SEQUENCE"] == 2
    assert fetch(If_Modified_Since=before.headers["Last-Modified"]).status_code == 200
