"""The only place that asks the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _system_now() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_now


def now() -> datetime:
    """The present instant, aware UTC."""
    return _source()


def is_held() -> bool:
    """Whether tests or demonstration data have replaced the system's time."""
    return _source is not _system_now


def set_clock(source: Callable[[], datetime] | None) -> None:
    """Use another source of time (tests, demonstration data); None restores the system's."""
    global _source
    _source = source or _system_now


@contextmanager
def frozen(at: datetime) -> Iterator[datetime]:
    """Hold the clock at one aware instant inside the block."""
    if at.tzinfo is None:
        raise ValueError("the clock needs an aware instant")
    before = _source
    set_clock(lambda: at.astimezone(UTC))
    try:
        yield at
    finally:
        set_clock(before)
