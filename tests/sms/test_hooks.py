"""What the provider calls: only what it signed, for this account, in reasonable size."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from avl.commands.sms import claim_one
from avl.domain.sms import SmsKind, SmsState
from avl.models import Inbound, OptOut, Sms, SmsAttempt, db
from tests import make
from tests.conftest import settings_for
from tests.sms.carrying import tell
from tests.sms.fake_twilio import ACCOUNT, TOKEN

BASE = "https://avl.example.nz"
SID = "SM" + "1" * 32


@pytest.fixture
def settings(engine_url):
    return settings_for(
        engine_url,
        sms_gateway="twilio",
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_from="3201",
        public_base_url=BASE,
    )


@pytest.fixture
def token(session, clock) -> str:
    """The token of an attempt that is under way."""
    at = make.during("14:00", "14:30")
    tell(make.booking(by=make.counsel(), hearing=at, is_published=False).id)
    return claim_one(owner="worker-1").token


def call(client, path: str, *, signed_with: str = TOKEN, base: str = BASE, headers=None, **form):
    given = {"AccountSid": ACCOUNT, "MessageSid": SID} | form
    signature = RequestValidator(signed_with).compute_signature(base + path, given)
    sent = {"X-Twilio-Signature": signature} if headers is None else headers
    return client.post(path, data=given, headers=sent, base_url=BASE)


def state() -> str:
    db.session.expire_all()
    return db.session.scalars(select(Sms.state).where(Sms.kind == SmsKind.BOOKED)).one()


@pytest.mark.both_databases
def test_signed_report_moves_the_text_forward(client, token):
    answer = call(client, f"/hooks/twilio/status/{token}", MessageStatus="delivered")

    assert (answer.status_code, answer.data) == (204, b"")
    assert state() == SmsState.DELIVERED
    assert db.session.scalars(select(SmsAttempt.sid)).one() == SID


def test_report_carries_its_error_code(client, token):
    path = f"/hooks/twilio/status/{token}"
    call(client, path, MessageStatus="undelivered", ErrorCode="30007")

    assert state() == SmsState.UNDELIVERED
    assert db.session.scalars(select(Sms.result_code).where(Sms.sid == SID)).one() == "30007"


def test_report_over_a_proxy_is_judged_by_our_public_address(client, token):
    path = f"/hooks/twilio/status/{token}"
    signature = RequestValidator(TOKEN).compute_signature(
        BASE + path, {"AccountSid": ACCOUNT, "MessageSid": SID, "MessageStatus": "sent"}
    )
    answer = client.post(
        path,
        data={"AccountSid": ACCOUNT, "MessageSid": SID, "MessageStatus": "sent"},
        headers={"X-Twilio-Signature": signature},
        base_url="http://127.0.0.1:8000",
    )

    assert answer.status_code == 204


@pytest.mark.parametrize(
    "how",
    [
        {"signed_with": "another-secret"},
        {"signed_with": ""},
        {"base": "https://evil.example"},
        {"headers": {}},
        {"headers": {"X-Twilio-Signature": ""}},
        {"AccountSid": "AC" + "9" * 32},
    ],
    ids=["secret", "empty secret", "address", "no header", "empty header", "account"],
)
def test_forged_report_is_refused_and_changes_nothing(client, token, how):
    answer = call(client, f"/hooks/twilio/status/{token}", MessageStatus="delivered", **how)

    assert answer.status_code == 403
    assert state() == SmsState.SENDING


def test_parameters_that_sign_alike_are_not_mistaken(client, token):
    """`{a: bc}` and `{ab: c}` sign alike; only named parameters are read."""
    path = f"/hooks/twilio/status/{token}"
    real = {"AccountSid": ACCOUNT, "MessageSid": SID, "MessageStatus": "delivered"}
    signature = RequestValidator(TOKEN).compute_signature(BASE + path, real)
    twisted = {"AccountSid": ACCOUNT, "MessageSid": SID, "MessageStatu": "sdelivered"}
    answer = client.post(
        path, data=twisted, headers={"X-Twilio-Signature": signature}, base_url=BASE
    )

    assert answer.status_code in (204, 403)
    assert state() == SmsState.SENDING


def test_report_with_an_unknown_token_is_refused(client, token):
    answer = call(client, "/hooks/twilio/status/" + "x" * 22, MessageStatus="delivered")

    assert answer.status_code == 403


def test_replayed_report_is_harmless(client, token):
    path = f"/hooks/twilio/status/{token}"
    for status in ("delivered", "sent", "delivered", "sending"):
        assert call(client, path, MessageStatus=status).status_code == 204

    assert state() == SmsState.DELIVERED


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_posts_are_answered(client, token, method):
    answer = getattr(client, method)(f"/hooks/twilio/status/{token}", base_url=BASE)

    assert answer.status_code in (403, 405)


def test_big_body_is_refused(client, token):
    path = f"/hooks/twilio/status/{token}"

    assert call(client, path, MessageStatus="sent", Body="x" * 70_000).status_code == 413
    assert state() == SmsState.SENDING


@pytest.mark.both_databases
def test_inbound_text_is_kept_once_and_answered_with_nothing(client, session):
    for _ in range(3):
        answer = call(
            client, "/hooks/twilio/inbound", From="+64211234567", Body="STOP", OptOutType="STOP"
        )
        assert answer.status_code == 200
        assert answer.content_type == "text/xml; charset=utf-8"
        assert answer.text.endswith("<Response/>")

    kept = session.scalars(select(Inbound)).one()
    assert (kept.sid, kept.from_e164, kept.body) == (SID, "+64211234567", "STOP")
    assert session.scalars(select(OptOut)).all() == []


def test_without_the_provider_there_are_no_hooks(engine_url):
    from avl import create_app

    app = create_app(settings_for(engine_url))
    answer = app.test_client().post("/hooks/twilio/inbound", data={"MessageSid": SID})

    assert answer.status_code == 404
