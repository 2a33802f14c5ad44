"""Which hearings belong to a sitting of a courtroom."""

from __future__ import annotations

from collections.abc import Iterable

from avl.domain.interval import Interval


def is_of_sitting(hearing: Interval, hours: Interval, others: Iterable[Interval]) -> bool:
    """Say whether a hearing in the courtroom is a matter of the sitting with these hours.

    Whatever touches the sitting's hours is. So is a hearing that lies in no sitting at all: it
    cannot stay where it is, and whichever sitting is planned first may take it in.

    Args:
        others: hours of the courtroom's other sittings that day.
    """
    return hearing.overlaps(hours) or not any(hearing.overlaps(other) for other in others)
