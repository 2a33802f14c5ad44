"""Two records' stays put together, against asking each about every hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from avl.domain.merging import Stayed, join_stays

START = datetime(2026, 11, 1, tzinfo=UTC)
HOURS = 24


def hour(n: int) -> datetime:
    return START + timedelta(hours=n)


@st.composite
def records(draw: st.DrawFn) -> list[Stayed]:
    """Stays one after the other, the last one perhaps until further notice."""
    cuts = sorted(draw(st.sets(st.integers(0, HOURS), min_size=0, max_size=6)))
    found = []
    for first, last in zip(cuts[::2], cuts[1::2], strict=False):
        status = draw(st.sampled_from(["", "remand", "sentenced"]))
        found.append(Stayed(draw(st.integers(1, 2)), hour(first), hour(last), status))
    if found and draw(st.booleans()):
        last_one = found[-1]
        found[-1] = Stayed(last_one.site_id, last_one.start, None, last_one.status)
    return found


def at(stays: list[Stayed], moment: datetime) -> list[Stayed]:
    return [one for one in stays if one.start <= moment < one.until]


@given(records(), records())
def test_every_hour_is_where_either_record_says_it_is(
    kept: list[Stayed], other: list[Stayed]
) -> None:
    joined, apart = join_stays(kept, other)

    moments = [hour(n) for n in range(HOURS + 5)]
    torn = any(
        {one.site_id for one in at(kept, moment)} | {one.site_id for one in at(other, moment)}
        == {1, 2}
        for moment in moments
    )
    assert bool(apart) is torn
    if torn:
        return
    for moment in moments:
        there = at(joined, moment)
        expected = at(kept, moment) or at(other, moment)
        assert [(one.site_id, one.status) for one in there] == [
            (one.site_id, one.status) for one in expected
        ]
