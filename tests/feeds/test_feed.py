"""What a calendar program gets: every rule that concerns a feed at the limited level."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from avl import create_app
from avl.commands.feeds import make_feed, withdraw_feed
from avl.commands.publish import publish_kinds_again
from avl.domain.booking import Status
from avl.domain.errors import NotFound
from avl.models import Access, FeedToken, Membership, db
from avl.queries.accounts import actor_of
from tests import make
from tests.conftest import Clock, dispose, settings_for
from tests.counting import statements
from tests.feeds.conftest import Fed
from tests.feeds.lint import faults, unfold
from tests.feeds.shown import book, change, events

Fetch = Callable[..., Any]
NAUGHTY = "Bail; application, " + "Ū" * 70 + "\r\nEND:VEVENT\r\nATTENDEE:mailto:x@y.nz\x07"


def test_feed_of_all_kinds_of_bookings_has_no_fault(fed: Fed, fetch: Fetch) -> None:
    book(fed, pre_minutes=15, post_minutes=10, by=make.counsel())
    book(fed, kind=make.hearing_type("BAD", NAUGHTY), hearing=make.during("11:00", "12:00"))
    book(fed, status=Status.REQUESTED, hearing=make.during("13:00", "13:30"))
    change(book(fed, hearing=make.during("14:00", "14:30")), status=Status.CANCELLED)
    private = make.hearing_type("LEGAL", "Legal conference", access=Access.PRIVATE)
    book(fed, kind=private, hearing=make.during("15:00", "15:30"))

    body = fetch().data

    assert faults(body) == []
    assert body.count(b"BEGIN:VEVENT") == 5
    assert b"AVL Rimutaka Prison" in body


def test_lint_finds_what_it_is_for() -> None:
    bad = b"BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nX-WR-TIMEZONE:Pacific/Auckland\r\nBEGIN:VEVENT\r\n"
    bad += b"UID:1\r\nDTSTART;TZID=x:20260101T000000\r\nSUMMARY:" + b"x" * 80 + b"\r\nEND:VEVENT\n"

    found = "\n".join(faults(bad))

    for word in ("METHOD", "X-WR-TIMEZONE", "UID", "DTSTART", "octets", "bare", "cut short"):
        assert word in found


def test_feed_says_no_person_matter_or_note(fed: Fed, fetch: Fetch) -> None:
    person = make.person("Secretname", "Verysecret", held_at=fed.prison, prn="77777777")
    matter = make.matter(fed.court, person)
    book_with = {"staff_notes": "hushhush", "prison_notes": "psst"}
    make.booking(
        person,
        at_prison=fed.prison,
        at_court=fed.court,
        matter=matter,
        by=make.counsel(),
        **book_with,
    )

    said = "\n".join(unfold(fetch().data))

    secrets = ("Secretname", "Verysecret", "77777777", matter.number, "hushhush", "psst", "Parata")
    assert not [secret for secret in secrets if secret in said]


def test_feed_window_is_14_days_back_and_180_ahead(fed: Fed, fetch: Fetch) -> None:
    wanted = []
    for day in ("2026-11-08", "2026-11-12", "2027-05-20", "2027-05-25"):
        wanted.append(book(fed, hearing=make.during("10:00", "10:30", day)))

    found = {str(event["UID"]).split("@")[0] for event in events(fetch())}

    assert found == {wanted[1].uid, wanted[2].uid}


def test_feed_keeps_the_cancelled_for_30_days_after_their_end(fed: Fed, fetch: Fetch) -> None:
    for day in ("2026-10-20", "2026-10-28"):
        change(book(fed, hearing=make.during("10:00", "10:30", day)), status=Status.CANCELLED)

    (event,) = events(fetch())

    assert event.start == make.at("10:00", "2026-10-28")


def test_feed_booking_that_comes_into_the_window_is_newly_modified(
    fed: Fed, fetch: Fetch, clock: Clock
) -> None:
    book(fed, hearing=make.during("10:00", "10:30", "2027-05-25"))
    before = fetch()
    clock.forward(days=3)

    after = fetch(If_Modified_Since=before.headers["Last-Modified"])

    assert len(events(after)) == 1


def test_feed_kind_made_private_later_is_hidden_in_the_past_too(fed: Fed, fetch: Fetch) -> None:
    kind = make.hearing_type("X", "Sealed matter")
    book(fed, kind=kind, hearing=make.during("10:00", "10:30", "2026-11-16"))
    assert b"Sealed" in fetch().data

    kind.access = Access.CLOSED
    publish_kinds_again(db.session(), [kind.code])
    db.session.commit()

    (event,) = events(fetch())
    assert (event["SUMMARY"], event["SEQUENCE"]) == ("AVL booking", 2)


def test_feed_unknown_and_long_withdrawn_answer_alike(fed: Fed, fetch: Fetch, clock: Clock) -> None:
    withdraw_feed(fed.feed.id, by=actor_of(fed.user))
    clock.forward(days=31)

    gone, unknown = fetch(), fetch("/feeds/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.ics")

    assert gone.status_code == unknown.status_code == 404
    assert gone.data == unknown.data
    assert dict(gone.headers) | {"Content-Security-Policy": ""} == dict(unknown.headers) | {
        "Content-Security-Policy": ""
    }
    assert gone.content_type.startswith("text/plain")


def test_feed_withdrawn_says_so_for_30_days_and_nothing_else(
    fed: Fed, fetch: Fetch, clock: Clock
) -> None:
    book(fed)
    known = fetch().headers["ETag"]
    withdraw_feed(fed.feed.id, by=actor_of(fed.user))

    answers = [fetch(If_None_Match=known)]
    clock.forward(days=29)
    answers.append(fetch())

    assert answers[0].data == answers[1].data
    (event,) = events(answers[0])
    assert event["SUMMARY"] == "This AVL calendar has been withdrawn. Please unsubscribe."
    # It is 10 am there, and still the day before in UTC.
    assert event["DTSTART"].dt == date(2026, 11, 24)
    assert faults(answers[0].data) == []
    assert b"Rimutaka" not in answers[0].data


def test_feed_expires_after_a_year(fed: Fed, fetch: Fetch, clock: Clock) -> None:
    clock.forward(days=365)
    assert b"withdrawn" in fetch().data
    clock.forward(days=31)
    assert fetch().status_code == 404


@pytest.mark.parametrize("loss", ["role", "account"])
def test_feed_of_somebody_who_lost_their_access_shows_nothing(
    fed: Fed, fetch: Fetch, loss: str
) -> None:
    book(fed)
    if loss == "role":
        db.session.delete(db.session.scalars(select(Membership)).one())
    else:
        fed.user.is_active = False
    db.session.commit()

    assert b"withdrawn" in fetch().data


def test_feed_of_each_scope_shows_its_own(fed: Fed, client: FlaskClient) -> None:
    lawyer = make.counsel()
    mine = book(fed, by=lawyer)
    other_suite = make.rooms(fed.prison, "suite")[1]
    other = make.booking(
        make.person(held_at=fed.prison),
        suites=[other_suite],
        room=make.courtroom(fed.court),
        hearing=make.during("12:00", "12:30"),
    )
    registrar = make.user("registry", fed.court)
    counsel = make.user("counsel", counsel_id=lawyer.id)
    wanted = {
        ("court", fed.court.id, registrar): {mine.uid, other.uid},
        ("suite", other_suite.id, fed.user): {other.uid},
        ("counsel", lawyer.id, counsel): {mine.uid},
    }
    for (kind, scope_id, user), uids in wanted.items():
        _, token = make_feed(kind, scope_id, "mine", by=actor_of(user))
        response = client.get(f"/feeds/{token}.ics")
        assert {str(e["UID"]).split("@")[0] for e in events(response)} == uids
        assert faults(response.data) == []


def test_make_feed_of_somebody_elses_calendar_is_refused(fed: Fed) -> None:
    lawyer, other = make.counsel(), make.prison()
    suite = make.rooms(other, "suite")[0]
    for kind, scope_id in (
        ("site", other.id),
        ("suite", suite.id),
        ("court", fed.court.id),
        ("counsel", lawyer.id),
        ("suite", 999_999),
    ):
        with pytest.raises(NotFound):
            make_feed(kind, scope_id, "mine", by=actor_of(fed.user))


def test_feed_token_is_kept_only_as_a_hash(fed: Fed) -> None:
    token = fed.address.removeprefix("/feeds/").removesuffix(".ics")
    row = db.session.scalars(select(FeedToken)).one()

    assert len(token) >= 22  # 128 bits in base 64
    assert token not in repr(vars(row))


def test_feed_use_is_noted_at_most_once_an_hour(fed: Fed, fetch: Fetch, clock: Clock) -> None:
    first_at = clock.now
    fetch(User_Agent="Thunderbird/153")
    clock.forward(minutes=59)
    fetch(User_Agent="other")
    db.session.refresh(fed.feed)
    assert (fed.feed.last_used_at, fed.feed.last_agent) == (first_at, "Thunderbird/153")

    clock.forward(minutes=1)
    fetch()

    db.session.refresh(fed.feed)
    assert fed.feed.last_used_at == clock.now


def test_feed_is_served_when_its_use_cannot_be_noted(
    fed: Fed, fetch: Fetch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr("avl.web.feeds.reading.note_feed_use", fail)

    assert fetch().status_code == 200
    assert "Traceback" not in caplog.text


def test_feed_is_503_while_the_database_is_away(
    fed: Fed, fetch: Fetch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any) -> None:
        raise OperationalError("SELECT", {}, Exception("server closed the connection"))

    for step in ("find_feed", "entries_of"):
        with monkeypatch.context() as broken:
            broken.setattr(f"avl.web.feeds.reading.{step}", fail)
            response = fetch()
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "120"
        assert response.headers["Cache-Control"] == "no-store"
        assert b"VCALENDAR" not in response.data
    # Every program asks again every few minutes: a line each, and no traceback.
    assert "Traceback" not in caplog.text
    assert caplog.messages.count("feed not built: the database is away") == 2


def test_feed_fault_of_our_own_is_logged_whole(
    fed: Fed, fetch: Fetch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr("avl.web.feeds.reading.find_feed", fail)

    assert fetch().status_code == 503
    assert "Traceback" in caplog.text


def test_feed_is_503_when_no_database_answers() -> None:
    app = create_app(settings_for("postgresql+psycopg://nobody@127.0.0.1:1/none"))

    response = app.test_client().get("/feeds/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.ics")

    assert (response.status_code, b"VCALENDAR" in response.data) == (503, False)


def test_feed_is_read_from_the_replica_where_there_is_one(engine_url: str, tmp_path: Path) -> None:
    replica = f"sqlite:///{tmp_path}/empty.db"
    app = create_app(settings_for(engine_url, read_database_url=replica))

    response = app.test_client().get("/feeds/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.ics")

    assert response.status_code == 503  # the replica has no tables; our own database would say 404
    dispose(app)


@pytest.mark.both_databases
def test_feed_reads_alike_on_both_databases(fed: Fed, fetch: Fetch, clock: Clock) -> None:
    change(book(fed), status=Status.CANCELLED, updated_at=clock.now - timedelta(minutes=30))
    book(fed, hearing=make.during("12:00", "12:30"))

    response = fetch()

    assert faults(response.data) == []
    assert len(events(response)) == 2
    assert fetch(If_None_Match=response.headers["ETag"]).status_code == 304
    assert fetch(If_Modified_Since=response.headers["Last-Modified"]).status_code == 304
    assert response.headers["Last-Modified"] == "Mon, 23 Nov 2026 20:30:00 GMT"


def test_feed_takes_three_queries_however_many_events(fed: Fed, fetch: Fetch) -> None:
    for n in range(12):
        book(fed, hearing=make.during("10:00", "10:30").shifted(timedelta(hours=n)))

    with statements(db.engine) as seen:
        fetch()

    # Whose it is and what is in it, the entries, and noting the visit.
    assert len(seen) == 3
