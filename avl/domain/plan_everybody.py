"""Everybody of a plan: where each booking that may be moved could go, and the one wished for."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from avl.domain.plan_choices import Choices, Wished
from avl.domain.plan_kinds import Kind
from avl.domain.plan_options import Options
from avl.domain.plan_places import Places
from avl.domain.plans import NEW, Aim, Standing
from avl.domain.ways import ways_for_booking, ways_for_wish
from avl.domain.world import World


class Everybody:
    """Whose ways are asked for are found when they are asked for, because most never are."""

    def __init__(
        self, aim: Aim, movable: Mapping[int, Standing], places: Places, world: World
    ) -> None:
        self._aim, self._movable, self._places, self._world = aim, movable, places, world
        self._options = {NEW: Options(places, NEW, ways_for_wish(aim.wish, aim.starts, world))}
        self._sorts: dict[int, Hashable] = {
            key: sort
            for key, one in movable.items()
            if (sort := places.sort_of(one.placement, aim.step)) is not None
        }
        self._crossing = 0
        self._kinds: dict[Hashable, Kind] = {}
        self._choices: dict[int, Choices] = {}

    def may_cross(self, count: int) -> None:
        """Say how many bookings may go to another day from now on."""
        crossing = min(count, 1)
        if crossing != self._crossing:
            self._crossing, self._kinds, self._choices = crossing, {}, {}

    def options_of(self, booking_id: int) -> Options:
        """Everything the rules permit of a booking."""
        if booking_id not in self._options:
            now = self._movable[booking_id].placement
            ways = ways_for_booking(now, self._aim.days, self._aim.step, self._world)
            self._options[booking_id] = Options(self._places, booking_id, ways)
        return self._options[booking_id]

    def kind_of(self, booking_id: int) -> Kind:
        """What a booking has in common with all that the rules see alike."""
        key = self._sorts.get(booking_id, booking_id)
        if key not in self._kinds:
            self._kinds[key] = Kind(self.options_of(booking_id), self._crossing)
        return self._kinds[key]

    def has_choices(self, booking_id: int) -> bool:
        """Whether a booking's ways have been asked for before."""
        return booking_id in self._choices

    def choices_of(self, booking_id: int) -> Choices:
        """The ways of a booking."""
        if booking_id not in self._choices:
            kind = self.kind_of(booking_id)
            if booking_id == NEW:
                self._choices[NEW] = Choices(kind, Wished(self._options[NEW].groups))
            else:
                now = self._movable[booking_id].placement
                self._choices[booking_id] = Choices.of_moved(kind, now)
        return self._choices[booking_id]
