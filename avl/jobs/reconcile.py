"""Settle texts that may or may not have left, and ask about those gone silent."""

from __future__ import annotations

from avl.commands.sms import lapse_leases
from avl.commands.sms_settling import (
    DoubtCase,
    Found,
    record_answer,
    settle_doubt,
    take_doubts,
    take_silent,
)
from avl.gateways import ListUnreachable
from avl.jobs.shift import Shift


def settle_doubts(shift: Shift) -> int:
    """Put orphaned texts into doubt, then look for doubtful ones in the provider's list."""
    count = lapse_leases(timing=shift.timing)
    while shift.may_go_on():
        cases = take_doubts(timing=shift.timing)
        if not cases:
            break
        for case in cases:
            settle_doubt(case, _look_for(shift, case), timing=shift.timing)
            count += 1
    return count


def _look_for(shift: Shift, case: DoubtCase) -> list[Found] | None:
    try:
        listed = shift.gateway.list_messages(case.to, case.since)
    except ListUnreachable:
        return None
    # The list is newest first, and the first to leave is the one to keep.
    return [Found(sms.sid, sms.status) for sms in reversed(listed) if case.mark in sms.body]


def ask_about_silent(shift: Shift) -> int:
    """Ask the provider about texts it has said nothing final about; returns how many."""
    count = 0
    while shift.may_go_on():
        silent = take_silent(timing=shift.timing)
        for text in silent:
            answer = shift.gateway.fetch(text.sid)
            if answer is not None:
                record_answer(text, answer.status, answer.code, timing=shift.timing)
            count += 1
        if not silent:
            break
    return count
