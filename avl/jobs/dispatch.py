"""Hand over the texts that are due."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from avl.commands.sms import (
    Claim,
    claim_one,
    hand_back,
    record_and_claim,
    record_held_up,
    record_result,
)
from avl.domain.sms import Hindrance, NotSent, Refusal, Rejected, SendResult
from avl.jobs.shift import Shift, boottime


def deliver_due(shift: Shift) -> int:
    """Send what is due, longest due first, one at a time; returns how many requests were made.

    While the provider thinks about one text, the answer about the last is written down and the
    next is claimed: a worker has one request on its way, and one text ready to follow it. Between
    the claim and the note of its result no transaction is open, because the provider may think
    for twenty seconds, and nobody else should wait for that.
    """
    claimed_at = boottime()
    first = claim_one(owner=shift.owner, timing=shift.timing)
    if first is None:
        return 0
    with ThreadPoolExecutor(1, thread_name_prefix="courier") as courier:
        return _Round(shift, courier).run(first, claimed_at)


class _Round:
    """One run of the job, from the first text that is due.

    Attributes:
        answered: what the provider has said and nobody has written down yet.
        ahead: the text that is to follow, and when it was claimed.
    """

    def __init__(self, shift: Shift, courier: ThreadPoolExecutor) -> None:
        self.shift, self.courier = shift, courier
        self.answered: list[tuple[Claim, SendResult]] = []
        self.ahead: tuple[Claim, float] | None = None
        self.count = 0

    def run(self, first: Claim, claimed_at: float) -> int:
        """Send one after another until nothing is due, or it is time to end."""
        self.ahead = first, claimed_at
        try:
            while (ready := self._ready()) is not None:
                if not self._send(*ready):
                    break
        finally:
            # Whatever went wrong: an answer is written down, and what was not handed over is
            # given back.
            while self.answered:
                record_result(*self.answered.pop(0), timing=self.shift.timing)
            if (left := self._ahead_now()) is not None:
                hand_back(left[0])
        return self.count

    def _ready(self) -> tuple[Claim, float] | None:
        """The text to hand over now: the one claimed ahead, or else whatever is due by now."""
        if self.ahead is None:
            self._take()
        return self._ahead_now()

    def _ahead_now(self) -> tuple[Claim, float] | None:
        ahead, self.ahead = self.ahead, None
        return ahead

    def _send(self, claim: Claim, claimed_at: float) -> bool:
        """Hand one text over and claim the next meanwhile; return whether that may follow."""
        # A test's clock goes along to the other thread.
        sending = self.courier.submit(copy_context().run, _hand_over, self.shift, claim, claimed_at)
        try:
            self._take()
        finally:
            result = sending.result()
            if result is not None:
                self.answered.append((claim, result))
                self.count += 1
        if result is None:
            record_held_up(claim, timing=self.shift.timing)
            return True
        return not _everybody_should_wait(result) and not self.shift.stopping.is_set()

    def _take(self) -> None:
        """Write down the last answer, if there is one, and claim what follows."""
        if not self.shift.may_go_on():
            return
        owner, timing, claimed_at = self.shift.owner, self.shift.timing, boottime()
        if self.answered:
            claim = record_and_claim(*self.answered[0], owner=owner, timing=timing)
            self.answered.clear()
        else:
            claim = claim_one(owner=owner, timing=timing)
        self.ahead = None if claim is None else (claim, claimed_at)


def _hand_over(shift: Shift, claim: Claim, claimed_at: float) -> SendResult | None:
    """Make the request; None, and none made, when the claim has become too old for it."""
    # This is the last look before the text may leave. Do not move it away from the request.
    if boottime() - claimed_at > claim.lease.total_seconds() / 2:
        return None
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
