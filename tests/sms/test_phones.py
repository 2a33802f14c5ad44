"""The console phones, and the worker that fills them."""

from __future__ import annotations

import pytest

from avl import create_app
from avl.jobs import JOBS, run_job
from avl.models import Heartbeat, db
from avl.queries.sms import worker_health
from tests import make
from tests.conftest import settings_for
from tests.sms.carrying import tell


@pytest.fixture
def booking(session, clock):
    found = make.booking(
        by=make.counsel(language="mi"),
        hearing=make.during("10:00", "10:30", on="2026-11-27"),
        is_published=False,
    )
    tell(found.id)
    return found


def test_phones_page_without_texts_says_what_to_do(client, session):
    page = client.get("/dev/phone")

    assert page.status_code == 200
    assert "No text has been sent yet" in page.text


@pytest.mark.both_databases
def test_text_arrives_on_the_console_phone(app, client, booking):
    assert run_job(app, "dispatch") == 1
    page = client.get("/dev/phone").text

    assert "+64211234567" in page
    assert "Mere Parata" in page
    assert '<p class="avl-phone__body" lang="mi">' in page
    assert f"{booking.reference} kua whakaritea" in page
    assert "Tue 24 Nov 2026, 10:00 am" in page
    assert "2 more texts are" in " ".join(page.split())


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"public_base_url": "https://avl.example.nz"}, 404),
        ({"public_base_url": "https://avl.example.nz", "demo": True}, 200),
        ({"sms_gateway": "twilio"}, 404),
    ],
)
def test_phones_are_shown_only_where_nobody_real_is_on_them(engine_url, changes, status):
    app = create_app(settings_for(engine_url, **changes))
    host = changes.get("public_base_url", "http://localhost")

    assert app.test_client().get("/dev/phone", base_url=host).status_code == status


@pytest.mark.both_databases
@pytest.mark.parametrize("name", sorted(JOBS))
def test_every_job_runs_and_leaves_a_sign_of_life(app, booking, name):
    run_job(app, name)
    run_job(app, name)

    beat = db.session.get(Heartbeat, name)
    assert beat.error == ""
    assert beat.ended_at is not None


def test_worker_is_well_only_while_it_ticks_and_nothing_is_late(app, booking, clock):
    assert not worker_health().is_well
    db.session.rollback()
    run_job(app, "dispatch")
    assert worker_health().is_well

    clock.forward(seconds=61)
    assert not worker_health().is_well


def test_failing_job_is_noted_by_its_class_only(app, booking, monkeypatch, caplog):
    def fail(shift):
        raise RuntimeError("+64211234567")

    monkeypatch.setitem(
        JOBS, "dispatch", type(JOBS["dispatch"])("dispatch", JOBS["dispatch"].every, fail)
    )
    with pytest.raises(RuntimeError):
        run_job(app, "dispatch")

    assert db.session.get(Heartbeat, "dispatch").error == "RuntimeError"
    assert "64211234567" not in caplog.text
