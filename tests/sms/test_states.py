"""The life of a text: one table, and what must never be possible in it."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from gsm0338 import Codec
from hypothesis import given
from hypothesis import strategies as st

from avl.domain.sms import (
    NEEDS_STAFF,
    NEXT_STATE,
    WAITING,
    WITH_PROVIDER,
    Accepted,
    Doubt,
    Hindrance,
    NotSent,
    Refusal,
    Rejected,
    SmsEvent,
    SmsState,
    backoff,
    event_of,
    event_of_report,
    next_state,
    refusal_of,
    segments,
    validity_seconds,
)
from avl.models import SMS_STATES

events = st.lists(st.sampled_from(SmsEvent), max_size=60)
FINAL = set(SmsState) - WAITING - {SmsState.MISSED, SmsState.UNCONFIRMED}
REPORTS = {event for event in SmsEvent if event.startswith("reported_")}


def test_states_and_the_columns_check_name_the_same_words():
    assert set(SMS_STATES) == {state.value for state in SmsState}


def test_every_state_can_be_reached_from_pending():
    reached = {SmsState.PENDING}
    for _ in SmsState:
        reached |= {after for (before, _), after in NEXT_STATE.items() if before in reached}

    assert reached == set(SmsState)


@given(events)
def test_a_text_the_provider_has_is_never_sent_again(history):
    state, has_left = SmsState.PENDING, False
    for event in history:
        state = next_state(state, event)
        has_left = has_left or state in WITH_PROVIDER
        if has_left:
            assert state in WITH_PROVIDER


@given(events)
def test_a_doubt_is_only_sent_again_after_two_lists_without_it(history):
    state = SmsState.PENDING
    for event in history:
        before, state = state, next_state(state, event)
        if before is SmsState.DOUBT and state is SmsState.PENDING:
            assert event is SmsEvent.ABSENT_TWICE


@given(events)
def test_reports_never_take_a_text_backwards(history):
    rank = {
        SmsState.ACCEPTED: 1,
        SmsState.SENT: 2,
        SmsState.UNCONFIRMED: 2,
        SmsState.DELIVERED: 3,
        SmsState.UNDELIVERED: 3,
    }
    state = SmsState.ACCEPTED
    for event in history:
        before, state = state, next_state(state, event)
        assert rank[state] >= rank[before]


@pytest.mark.parametrize(("state", "event"), sorted(product(FINAL, SmsEvent)))
def test_final_states_change_no_more(state, event):
    assert next_state(state, event) is state


@pytest.mark.parametrize("event", sorted(set(SmsEvent) - REPORTS))
def test_a_missed_text_changes_only_by_proof(event):
    assert next_state(SmsState.MISSED, event) is SmsState.MISSED


def test_states_that_need_staff_are_not_waiting_for_anything():
    assert set() == NEEDS_STAFF & WAITING


def test_results_mean_what_the_protocol_says():
    assert event_of(Accepted("SM1")) is SmsEvent.TAKEN
    assert event_of(NotSent(Hindrance.NO_CONNECTION)) is SmsEvent.NOT_SENT
    assert event_of(Doubt("reset")) is SmsEvent.NO_CLEAR_ANSWER
    assert event_of(Rejected(Refusal.ACCOUNT, 401)) is SmsEvent.ACCOUNT_REFUSED
    assert event_of(Rejected(Refusal.OPTED_OUT, 400)) is SmsEvent.OPTED_OUT
    assert event_of(Rejected(Refusal.UNKNOWN, 400)) is SmsEvent.REFUSED


@pytest.mark.parametrize(
    ("http_status", "code", "refusal"),
    [
        (401, 20003, Refusal.ACCOUNT),
        (403, None, Refusal.ACCOUNT),
        (400, 21408, Refusal.ACCOUNT),
        (400, 21610, Refusal.OPTED_OUT),
        (400, 21211, Refusal.BAD_NUMBER),
        (400, 21614, Refusal.BAD_NUMBER),
        (400, 21617, Refusal.OUR_TEXT),
        (400, 99999, Refusal.UNKNOWN),
        (404, None, Refusal.UNKNOWN),
    ],
)
def test_refusals_are_sorted(http_status, code, refusal):
    assert refusal_of(http_status, code) is refusal


def test_reports_in_unknown_words_mean_nothing():
    assert event_of_report("Delivered ") is SmsEvent.REPORTED_DELIVERED
    assert event_of_report("teleported") is None


def test_waits_grow_and_keep_their_bounds():
    waits = [
        backoff(Hindrance.NO_CONNECTION, tries, jitter=1.0, retry_after=None) for tries in range(20)
    ]
    assert waits == sorted(waits)
    assert waits[0] == 5.0
    assert waits[-1] == 600.0
    assert backoff(Hindrance.THROTTLED, 0, jitter=0.0, retry_after=17.0) == 17.0
    assert backoff(Hindrance.THROTTLED, 99, jitter=1.0, retry_after=None) == 300.0


def test_validity_is_what_twilio_takes():
    assert validity_seconds(timedelta(minutes=5)) == 300
    assert validity_seconds(timedelta(days=3)) == 36_000
    assert validity_seconds(timedelta(seconds=-5)) == 1


# Segments against the standard's own table ----------------------------------------------------

GSM = Codec()


def _septets(text: str) -> int | None:
    try:
        return len(GSM.encode(text)[0])
    except (UnicodeEncodeError, LookupError, ValueError):
        return None


@given(st.text(max_size=400) | st.text(alphabet="abcæØ€[]{}~|^\\@ \n\u0101", max_size=400))
def test_segments_agree_with_the_standard(text):
    counted = segments(text)
    septets = _septets(text)

    assert counted.is_gsm == (septets is not None)
    if septets is not None:
        assert counted.units == septets
    else:
        assert counted.units == len(text.encode("utf-16-be", "surrogatepass")) // 2


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ā" * 70, 1),
        ("ā" * 71, 2),
        ("ā" * 134, 2),
        ("ā" * 135, 3),
        ("ā" * 66 + "😀" + "ā" * 66, 3),
    ],
)
def test_segments_are_cut_where_phones_cut_them(text, count):
    assert segments(text).count == count
