"""What a change means to one counsel: told nothing, booked, moved or cancelled.

The decision never looks at which button was pressed. It compares what counsel was last told
with what is now true, so five moves in a minute make one text for the last time, a move there
and back makes none, and a change that alters nothing for this counsel tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from avl.domain.booking import Status
from avl.domain.sms import SmsKind

ON = frozenset({Status.CONFIRMED, Status.CONNECTED})
"""Statuses counsel may be told of as fact: everybody who must agree has agreed."""

OFF = frozenset({Status.CANCELLED, Status.DECLINED, Status.LAPSED})
"""Statuses in which the hearing link will not happen."""

# Held and requested bookings are nobody's news yet: they may still come to nothing. Stood down
# and completed ones are settled in the courtroom, where counsel is.


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What counsel must know to be at the right place in time.

    Attributes:
        court: the court's name as counsel knows it.
        zone: the court's zone; the day and times are said by its clock.
        hearing_at: when the hearing starts, aware UTC.
        conference_at: when the private conference before it starts, when there is one.
    """

    court: str
    zone: str
    hearing_at: datetime
    conference_at: datetime | None

    @property
    def first_at(self) -> datetime:
        """When counsel is first needed."""
        return min(self.hearing_at, self.conference_at or self.hearing_at)


def decide_news(
    told: Arrangement | None, status: Status, now_true: Arrangement | None
) -> SmsKind | None:
    """Which text, if any, brings one counsel up to date.

    Args:
        told: the arrangement counsel may believe in; None when never told, or told it is off.
        status: the booking's status.
        now_true: the arrangement as it stands for this counsel; None when this counsel is no
            longer on the booking.
    """
    if now_true is None or status in OFF:
        return SmsKind.CANCELLED if told is not None else None
    if status not in ON:
        return None
    if told is None:
        return SmsKind.BOOKED
    return SmsKind.MOVED if told != now_true else None
