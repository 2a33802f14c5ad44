"""How instants are written: in UTC, each as the one it is."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.dialects import sqlite

from avl.models.base import UtcDateTime

WRITTEN = UtcDateTime().bind_processor(sqlite.dialect())
REPEATED = datetime(2027, 4, 4, 2, 30, tzinfo=ZoneInfo("Pacific/Auckland"))


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (REPEATED, "2027-04-03 13:30:00.000000"),
        (REPEATED.replace(fold=1), "2027-04-03 14:30:00.000000"),
        (datetime(2027, 2, 9, 20, 30, tzinfo=UTC), "2027-02-09 20:30:00.000000"),
        (datetime(2027, 2, 9, 20, 30, 0, 7, tzinfo=UTC), "2027-02-09 20:30:00.000007"),
        (None, None),
    ],
)
def test_instant_is_written_in_utc(at, text):
    assert [WRITTEN(at), WRITTEN(at)] == [text, text]


def test_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        WRITTEN(REPEATED.replace(tzinfo=None))
