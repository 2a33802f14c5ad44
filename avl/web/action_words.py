"""What was done to a booking, in the words of its history: at court and in prison the same."""

from __future__ import annotations

ACTION_WORDS: dict[str, str] = {
    "hold": "Kept an offer",
    "request": "Booked",
    "confirm": "Confirmed",
    "decline": "Declined",
    "move": "Moved",
    "amend": "Amended",
    "cancel": "Cancelled",
    "connect": "Connected",
    "complete": "Completed",
    "stand_down": "Stood down",
    "lapse": "Lapsed",
    "disrupt": "No longer possible",
    "restore": "Possible again",
    "keep": "Kept as it is",
    "direct": "Recorded a direction",
    "apply_plan": "Applied a plan that made room",
    "wait": "Put on the waitlist for a better time",
    "offer_wait": "Offered from the waitlist",
    "take_wait": "Took the better time it waited for",
}


def say_action(action: str) -> str:
    """Say what an audit event about a booking records."""
    return ACTION_WORDS[action]
