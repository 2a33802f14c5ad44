"""Every way a request to Twilio can end, one by one, against a Twilio of our own."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from avl.domain.sms import Accepted, Doubt, Hindrance, NotSent, Refusal, Rejected
from avl.gateways import ListUnreachable
from avl.gateways.twilio import TwilioSms
from tests.sms import fake_twilio
from tests.sms.fake_twilio import ACCOUNT, TOKEN, FakeTwilio

TO = "+64211234567"


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with FakeTwilio(patience=0.6) as fake:
        yield fake


def gateway(url: str, **changes) -> TwilioSms:
    given = {
        "account_sid": ACCOUNT,
        "user": ACCOUNT,
        "password": TOKEN,
        "sender": {"from_": "3201"},
        "timeout": (0.3, 0.3),
    }
    return TwilioSms(base_url=url, **given | changes)


def send(fake: FakeTwilio, *, mode: str | int = fake_twilio.OK):
    fake.plan.append(mode)
    return gateway(fake.url).send(
        TO, "Kia ora #4QX7P", callback_url="https://avl.test/x", validity_seconds=600
    )


def test_accepted_text_comes_back_with_its_id(fake):
    result = send(fake)

    assert result == Accepted(fake.ledger[0].sid, "queued")
    assert fake.ledger[0].form == {
        "To": TO,
        "From": "3201",
        "Body": "Kia ora #4QX7P",
        "StatusCallback": "https://avl.test/x",
        "ValidityPeriod": "600",
    }


def test_messaging_service_sends_instead_of_a_number(fake):
    service = gateway(fake.url, sender={"messaging_service_sid": "MG1"})
    service.send(TO, "x", callback_url="https://avl.test/x", validity_seconds=600)

    assert fake.ledger[0].form["MessagingServiceSid"] == "MG1"
    assert "From" not in fake.ledger[0].form


def test_refused_connection_is_not_sent():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    result = gateway(url).send(TO, "x", callback_url="https://a.test", validity_seconds=9)

    assert result == NotSent(Hindrance.NO_CONNECTION)


def test_unknown_host_is_not_sent():
    nowhere = gateway("http://nowhere.invalid")
    result = nowhere.send(TO, "x", callback_url="https://a.test", validity_seconds=9)

    assert result == NotSent(Hindrance.NO_CONNECTION)


def test_failed_handshake_is_not_sent(fake):
    result = gateway(fake.url.replace("http:", "https:")).send(
        TO, "x", callback_url="https://a.test", validity_seconds=9
    )

    assert result == NotSent(Hindrance.NO_CONNECTION)
    assert fake.ledger == []


def test_full_backlog_that_never_connects_is_not_sent():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = deaf.getsockname()
        callers = []
        for _ in range(8):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(address)
            callers.append(caller)
        url = f"http://127.0.0.1:{address[1]}"
        result = gateway(url).send(TO, "x", callback_url="https://a.test", validity_seconds=9)
        for caller in callers:
            caller.close()

    assert result == NotSent(Hindrance.NO_CONNECTION)


def test_throttled_text_is_not_sent_and_says_how_long_to_wait(fake):
    assert send(fake, mode=fake_twilio.THROTTLED) == NotSent(Hindrance.THROTTLED, 7.0, 429, 20429)
    assert fake.ledger == []


@pytest.mark.parametrize(
    ("mode", "kept", "http_status"),
    [
        (fake_twilio.SLOW, True, None),
        (fake_twilio.SLOW_LOST, False, None),
        (fake_twilio.LOST_REPLY, True, None),
        (fake_twilio.RESET, False, None),
        (fake_twilio.ERROR_500, False, 500),
        (fake_twilio.ERROR_500_KEPT, True, 500),
        (fake_twilio.HTML_502, False, 502),
        (fake_twilio.BROKEN_JSON, True, 201),
        (fake_twilio.HTML_403, False, 403),
        (fake_twilio.REDIRECT, False, 307),
    ],
)
def test_an_unclear_end_is_doubt_whether_or_not_it_was_taken(fake, mode, kept, http_status):
    result = send(fake, mode=mode)

    assert isinstance(result, Doubt)
    assert result.http_status == http_status
    assert len(fake.ledger) == kept
    assert [method for method, _ in fake.asked] == ["POST"], "one request, never repeated"


@pytest.mark.parametrize(
    ("mode", "http_status", "refusal"),
    [
        (20003, 401, Refusal.ACCOUNT),
        (21606, 400, Refusal.ACCOUNT),
        (21610, 400, Refusal.OPTED_OUT),
        (21211, 400, Refusal.BAD_NUMBER),
        (21614, 400, Refusal.BAD_NUMBER),
        (21617, 400, Refusal.OUR_TEXT),
        (29999, 400, Refusal.UNKNOWN),
    ],
)
def test_a_clear_no_is_a_refusal(fake, mode, http_status, refusal):
    assert send(fake, mode=mode) == Rejected(refusal, http_status, mode)


def test_a_throttle_code_under_another_status_is_not_sent(fake):
    assert send(fake, mode=21611) == NotSent(Hindrance.THROTTLED, None, 400, 21611)


def test_a_refusal_as_problem_details_is_a_refusal_too(fake):
    assert send(fake, mode=fake_twilio.PROBLEM) == Rejected(Refusal.BAD_NUMBER, 400, 21211)


def test_list_finds_every_page_back_to_the_moment_asked(fake):
    now = datetime.now(UTC)
    for n in range(230):
        entry = fake.accept({"To": TO, "Body": f"#{n}"})
        entry.created_at = now - timedelta(minutes=230 - n)
    fake.accept({"To": "+64219999999", "Body": "other"})

    found = gateway(fake.url).list_messages(TO, now - timedelta(minutes=150, seconds=1))

    assert [sms.body for sms in found] == [f"#{n}" for n in range(229, 79, -1)]
    assert found[0].sid == fake.ledger[229].sid
    assert found[0].created_at is not None


def test_a_list_that_cannot_be_read_proves_nothing(fake):
    fake.list_is_down = True

    with pytest.raises(ListUnreachable):
        gateway(fake.url).list_messages(TO, datetime.now(UTC))


def test_one_text_can_be_asked_for(fake):
    entry = fake.accept({"To": TO, "Body": "x"})
    entry.status, entry.error_code = "undelivered", 30003

    known = gateway(fake.url).fetch(entry.sid)

    assert known is not None
    assert (known.status, known.code) == ("undelivered", 30003)
    assert gateway(fake.url).fetch("SM" + "f" * 32) is None


def test_no_number_and_no_text_is_ever_logged(fake, caplog):
    caplog.set_level(logging.DEBUG)
    send(fake)
    send(fake, mode=fake_twilio.LOST_REPLY)
    gateway(fake.url).list_messages(TO, datetime.now(UTC) - timedelta(hours=1))
    ours = [r for r in caplog.records if not r.name.startswith("urllib3")]

    assert not any("64211234567" in r.getMessage() or "Kia ora" in r.getMessage() for r in ours)
