"""Hand over the texts that are due."""

from __future__ import annotations

from avl.commands.sms import Claim, claim_one, record_held_up, record_result
from avl.domain.sms import Hindrance, NotSent, Refusal, Rejected, SendResult
from avl.jobs.shift import Shift, boottime


def deliver_due(shift: Shift) -> int:
    """Send what is due, longest due first, one at a time; returns how many requests were made.

    Between the claim and the note of its result no transaction is open: the provider may think
    for twenty seconds, and nobody else should wait for that.
    """
    count = 0
    while shift.may_go_on():
        claimed_at = boottime()
        claim = claim_one(owner=shift.owner, timing=shift.timing)
        if claim is None:
            break
        # This is the last look before the text may leave. Do not move it away from the request.
        if boottime() - claimed_at > claim.lease.total_seconds() / 2:
            record_held_up(claim, timing=shift.timing)
            continue
        result = _send(shift, claim)
        record_result(claim, result, timing=shift.timing)
        count += 1
        if _everybody_should_wait(result):
            break
    return count


def _send(shift: Shift, claim: Claim) -> SendResult:
    return shift.gateway.send(
        claim.to,
        claim.body,
        callback_url=shift.callback_url(claim.token),
        validity_seconds=claim.validity_seconds,
    )


def _everybody_should_wait(result: SendResult) -> bool:
    """Whether the next text would meet the same wall, so that the tick had better end."""
    if isinstance(result, NotSent):
        return result.hindrance in (Hindrance.THROTTLED, Hindrance.NO_CONNECTION)
    return isinstance(result, Rejected) and result.refusal is Refusal.ACCOUNT
