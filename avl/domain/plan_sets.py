"""The sets of bookings that could move, put off until plans of their size are looked for."""

from __future__ import annotations

from collections.abc import Iterator

NEVER = 10**9

State = tuple[int, int, int]
"""The bookings that move, one bit each; those of them for whom no way has been chosen yet; and
those of these who must leave their suites, or their time, and not just their courtroom."""


class Sets:
    """Which sets wait, and which have been looked at.

    Args:
        most: how many bookings a plan may move.

    Attributes:
        crossing: how many of them may go to another day.
        was_crossed: there may be more if more were to go to another day.
        was_limited: some are left out as more would move than a plan may.
        closed: the sets that have been found to do, to which nobody need be added.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.was_limited = False
        self.begin(0)

    def begin(self, crossing: int) -> None:
        """Look at everything anew, with so many who may go to another day."""
        self.crossing, self.was_crossed = crossing, False
        self.closed: list[int] = []
        self._waiting: list[dict[State, int]] = [{} for _ in range(self._most + 1)]
        self._done: dict[State, int] = {}
        self._asking: list[tuple[State, int]] = []

    def wait(self, state: State, crossed: int, size: int) -> None:
        """Put a set off until plans of a size are looked for.

        Args:
            crossed: how many of the set go to another day.
        """
        if crossed > self.crossing:
            self.was_crossed = True
        elif size > self._most:
            self.was_limited = True
        elif self._waiting[size].get(state, NEVER) > crossed:
            self._waiting[size][state] = crossed

    def of_size(self, size: int) -> Iterator[tuple[State, int]]:
        """Those that wait for a size, as they are put there, until nobody puts any there."""
        waiting = self._waiting[size]
        while waiting:
            state, crossed = waiting.popitem()
            if not self.is_closed(state[0]) and self._done.get(state, NEVER) > crossed:
                yield state, crossed

    def done(self, state: State, crossed: int) -> None:
        """Remember that a set has been looked at, and need not be again."""
        self._done[state] = crossed

    def ask_later(self, state: State, crossed: int) -> None:
        """Put off asking others to make way for a set, until plans of more are looked for.

        Perhaps none are wanted: then it need not be found out who the others would be.
        """
        self._asking.append((state, crossed))

    def asking(self) -> Iterator[tuple[State, int]]:
        """Those for which others are to be asked now."""
        asking, self._asking = self._asking, []
        for state, crossed in asking:
            if not self.is_closed(state[0]) and self._done[state] == crossed:
                yield state, crossed

    def is_closed(self, lifted: int) -> bool:
        """Whether fewer of these moves have been found to do: then more are needless."""
        return any(not found & ~lifted for found in self.closed)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to be looked at."""
        return not self._asking and not any(self._waiting)
