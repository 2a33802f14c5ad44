"""A day's list while it is being made: what is laid where, and where the next hearing could go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from avl.domain.cells import runs, shifted, stretch
from avl.domain.day_plan import (
    DayCost,
    DayProblem,
    Group,
    GroupKind,
    Hearing,
    Member,
    Spot,
    add_one,
    booth_uses,
    counts_at,
    covered,
    idle_minutes,
    meets_itself,
    own_cost,
    spans_of,
    uses_of,
)
from avl.domain.needs import share_out

_Mask = tuple[int, int, bool]
"""In a group: the side, the cells, and whether the hearing only stays where it stands."""


class DayList:
    """Hearings laid on a day, none of them against a rule.

    A hearing that cannot stay where it stands and finds no other place is ``left``: it keeps its
    rooms until somebody deals with it, and counts as unplaced.
    """

    def __init__(self, problem: DayProblem) -> None:
        """Begin with an empty day."""
        self.problem = problem
        self.spots: dict[int, Spot] = {}
        self.left: frozenset[int] = frozenset()
        self._taken: dict[int, int] = {}
        self._members: dict[int, dict[tuple[int, int], _Mask]] = {}
        self._counts: dict[int, tuple[int, ...]] = {}
        self._people = problem.by_person()
        self._watched = _watched(problem, self._people)

    def copy(self) -> DayList:
        """A list that can be changed while this one stays as it is."""
        other = object.__new__(DayList)
        other.problem, other._people = self.problem, self._people
        other._watched = self._watched
        other.spots, other.left = dict(self.spots), self.left
        other._taken = dict(self._taken)
        # The members of one group are never changed in place, so both lists may share them.
        other._members = dict(self._members)
        other._counts = dict(self._counts)
        return other

    def cost(self, places: frozenset[int] | None = None) -> DayCost:
        """What the list costs, or some hearings' part of it (and their people's waiting)."""
        sums = [0, 0, 0, 0]
        for place in places if places is not None else range(len(self.problem.hearings)):
            own = own_cost(self.problem.hearings[place], self.spots.get(place))
            for level, part in enumerate(own):
                sums[level] += part
        for person in self._concerned(places):
            spans = spans_of(self.problem, person, self._people[person], self.spots)
            sums[3] += idle_minutes(spans)
        return DayCost(*sums)

    def waiting(self) -> int:
        """Minutes people wait between their own legs, all together."""
        return sum(
            idle_minutes(spans_of(self.problem, person, places, self.spots))
            for person, places in self._people.items()
        )

    def _concerned(self, places: frozenset[int] | None) -> Iterator[int]:
        if places is None:
            yield from self._people
            return
        yield from sorted({one for place in places for one in self._watched.get(place, ())})

    def lay(self, place: int, spot: Spot, *, left: bool = False) -> None:
        """Put a hearing somewhere; it must have been found possible."""
        hearing = self.problem.hearings[place]
        for key, first, length in uses_of(self.problem, hearing, spot):
            self._taken[key] = self._taken.get(key, 0) | _cells(first, length)
        for number, member in enumerate(hearing.members):
            if counts_at(self.problem, member, spot):
                cells = covered(self.problem, hearing, member, spot.start)
                stays = left or self._stays(member, hearing, spot)
                mask = (member.side, cells, stays)
                masks = self._members.get(member.group, {})
                self._members[member.group] = {**masks, (place, number): mask}
                self._count(member.group, mask)
        if left:
            self.left |= {place}
        else:
            self.spots[place] = spot

    def lift(self, place: int) -> None:
        """Take a hearing off the list, whether it is placed or left."""
        hearing = self.problem.hearings[place]
        spot = self.spots.pop(place, None)
        if spot is None:
            if place not in self.left or hearing.now is None:
                return
            spot = hearing.now
            self.left -= {place}
        for key, first, length in uses_of(self.problem, hearing, spot):
            self._taken[key] &= ~_cells(first, length)
        for number, member in enumerate(hearing.members):
            masks = self._members.get(member.group, {})
            mine = (place, number)
            if mine in masks:
                rest = {other: mask for other, mask in masks.items() if other != mine}
                self._members[member.group] = rest
                # Counting down is not possible with bits: they are counted anew when needed.
                self._counts.pop(member.group, None)

    def _count(self, number: int, mask: _Mask) -> None:
        """Keep the count of a group that is counted already."""
        if number in self._counts:
            levels = list(self._counts[number])
            for _ in range(mask[0]):
                add_one(levels, mask[1])
            self._counts[number] = tuple(levels)

    def _levels(self, number: int) -> tuple[int, ...]:
        """How many of a group there are in each cell (see `Group.levels`)."""
        if number not in self._counts:
            levels = list(self.problem.groups[number].levels)
            for many, cells, _ in self._members.get(number, {}).values():
                for _ in range(many):
                    add_one(levels, cells)
            self._counts[number] = tuple(levels)
        return self._counts[number]

    def _stays(self, member: Member, hearing: Hearing, spot: Spot) -> bool:
        is_counsel = self.problem.groups[member.group].kind is GroupKind.COUNSEL
        return is_counsel and hearing.now == spot

    def may_lay(self, place: int, spot: Spot, *, left: bool = False) -> bool:
        """Whether a hearing could be put exactly here.

        Args:
            left: it would only be left where it stands, whatever else speaks against that.
        """
        hearing = self.problem.hearings[place]
        if not left and not _is_allowed(self.problem, hearing, spot):
            return False
        for key, first, length in uses_of(self.problem, hearing, spot):
            if self._taken.get(key, 0) & _cells(first, length):
                return False
        for member in hearing.members:
            if counts_at(self.problem, member, spot):
                stays = left or self._stays(member, hearing, spot)
                cells = covered(self.problem, hearing, member, spot.start)
                if self._barred(member, stays=stays) & cells:
                    return False
        return True

    def _barred(self, member: Member, *, stays: bool) -> int:
        """The cells in which a group leaves no room for one more on this member's side."""
        group = self.problem.groups[member.group]
        masks = self._members.get(member.group, {}).values()
        if group.kind is GroupKind.AT_MOST:
            return _full(group, self._levels(member.group), masks, member.side, stays=stays)
        bits = 0
        if not stays:
            for side, cells in group.fixed:
                if side != member.side:
                    bits |= cells
        for side, cells, is_staying in masks:
            if stays and is_staying:
                continue
            if group.kind is GroupKind.COUNSEL or side != member.side:
                bits |= cells
        return bits

    def starts_of(self, place: int) -> tuple[dict[int, int], list[dict[int, int]]]:
        """Where a hearing could go: by courtroom the starts at which everybody else it needs is
        free too, and for each seat, by suite, the starts at which it is free."""
        hearing = self.problem.hearings[place]
        alive = self.problem.grid.whole
        local: dict[tuple[int, int], int] = {}
        for member in hearing.members:
            barred = self._barred(member, stays=False)
            if not barred:
                continue
            free = self._free(barred, member)
            if member.seat is None or member.site_id is None:
                alive &= free
            else:
                key = member.seat, member.site_id
                local[key] = local.get(key, self.problem.grid.whole) & free
        seats = []
        for number, seat in enumerate(hearing.seats):
            alive &= self._open(seat.person, -hearing.pre, hearing.span)
            suites = {}
            served = 0
            for suite, starts in seat.suites.items():
                length = hearing.span + self.problem.after.get(suite, 0)
                site = self.problem.site_of.get(suite, 0)
                bits = starts & self._open(suite, -hearing.pre, length)
                bits &= local.get((number, site), bits)
                suites[suite] = bits
                served |= bits
            seats.append(suites)
            alive &= served
            if seat.booths:
                alive &= self._any_booth(hearing, seat.booths)
        rooms = {}
        for room, starts in hearing.courtrooms.items():
            length = hearing.length + self.problem.after.get(room, 0)
            rooms[room] = alive & starts & self._open(room, 0, length)
        return rooms, seats

    def _free(self, barred: int, member: Member) -> int:
        if member.length is None:
            return 0
        return _starts(self.problem.grid.whole, barred, member.offset, member.length)

    def _open(self, key: int, offset: int, length: int) -> int:
        whole = self.problem.grid.whole
        taken = self._taken.get(key, 0)
        return _starts(whole, taken, offset, length) if taken else whole

    def _any_booth(self, hearing: Hearing, booths: Mapping[int, int]) -> int:
        bits = 0
        for booth, starts in booths.items():
            bits |= self._booth(hearing, booth, starts)
        return bits

    def _booth(self, hearing: Hearing, booth: int, starts: int) -> int:
        for offset, length in booth_uses(hearing, self.problem.after.get(booth, 0)):
            starts &= self._open(booth, offset, length)
        return starts

    def nearest(self, place: int, *, skip: int = 0) -> Spot | None:
        """The spot nearest to the wanted time; None when the hearing fits nowhere.

        Args:
            skip: how many of the nearest spots to pass over, for a search that tries its luck.
        """
        hearing = self.problem.hearings[place]
        now = hearing.now
        if not skip and now is not None and self.may_lay(place, now):
            return now
        rooms, seats = self.starts_of(place)
        kept = None
        for start, room in _by_distance(rooms, hearing.wanted):
            spot = self._seated(hearing, start, room, seats)
            if spot is not None:
                kept = spot
                if not skip:
                    break
                skip -= 1
        return kept

    def _seated(
        self, hearing: Hearing, start: int, room: int, seats: list[dict[int, int]]
    ) -> Spot | None:
        wanted = []
        for seat, suites in zip(hearing.seats, seats, strict=True):
            free = [suite for suite, bits in suites.items() if bits >> start & 1]
            first = start - hearing.pre
            # A suite just left is better than an empty one: what is whole stays whole.
            free.sort(key=lambda suite: (suite != seat.today, -self._snug(suite, first)))
            wanted.append(free)
        suites_found = share_out(wanted)
        if suites_found is None or meets_itself(self.problem, hearing, suites_found):
            return None
        booths = [
            [
                booth
                for booth, bits in seat.booths.items()
                if self._booth(hearing, booth, bits) >> start & 1
            ]
            for seat in hearing.seats
            if seat.booths
        ]
        booths_found = share_out(booths)
        if booths_found is None:
            return None
        given = iter(booths_found)
        return Spot(
            start,
            room,
            tuple(suites_found),
            tuple(next(given) if seat.booths else None for seat in hearing.seats),
        )

    def _snug(self, suite: int, first: int) -> int:
        """The last cell taken in a suite before this one; -1 when there is none."""
        return (self._taken.get(suite, 0) & stretch(0, max(first, 0))).bit_length() - 1

    def met_by(self, place: int, start: int) -> set[int]:
        """Places of the hearings that are near one start and share something with a hearing."""
        hearing = self.problem.hearings[place]
        mine = set(hearing.courtrooms) | {seat.person for seat in hearing.seats}
        mine |= {suite for seat in hearing.seats for suite in seat.suites}
        groups = {member.group for member in hearing.members}
        first, end = start - hearing.pre - 2, start - hearing.pre + hearing.span + 2
        found = set()
        for other, spot in self.spots.items():
            there = self.problem.hearings[other]
            begins = spot.start - there.pre
            if other == place or begins >= end or begins + there.span <= first:
                continue
            shares = spot.courtroom in mine or not mine.isdisjoint(spot.suites)
            if shares or any(member.group in groups for member in there.members):
                found.add(other)
        return found


def _watched(problem: DayProblem, people: dict[int, list[int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for person, places in people.items():
        for place in places:
            found.setdefault(place, []).append(person)
    return found


def _cells(first: int, length: int) -> int:
    return stretch(max(first, 0), first + length)


def _starts(whole: int, taken: int, offset: int, length: int) -> int:
    return shifted(runs(whole & ~taken, length), -offset) & whole


def _is_allowed(problem: DayProblem, hearing: Hearing, spot: Spot) -> bool:
    if not hearing.courtrooms.get(spot.courtroom, 0) >> spot.start & 1:
        return False
    for seat, suite, booth in zip(hearing.seats, spot.suites, spot.booths, strict=True):
        if not seat.suites.get(suite, 0) >> spot.start & 1:
            return False
        if booth is not None and not seat.booths.get(booth, 0) >> spot.start & 1:
            return False
    if meets_itself(problem, hearing, spot.suites):
        return False
    return len(set(spot.suites)) == len(spot.suites)


def _full(
    group: Group, levels: Sequence[int], masks: Iterable[_Mask], more: int, *, stays: bool
) -> int:
    """The cells in which so many are there that these would be too many."""
    least = group.limit - more
    bits = levels[least] if 0 <= least < len(levels) else 0
    if least < 0:
        bits = ~0
    if not stays:
        return bits
    strict = 0
    for _, cells, is_staying in masks:
        strict |= 0 if is_staying else cells
    return bits & strict


def _by_distance(rooms: dict[int, int], wanted: int) -> Iterator[tuple[int, int]]:
    """Every start and courtroom, the nearest start first, the courtroom liked best first."""
    alive = 0
    for bits in rooms.values():
        alive |= bits
    before, after = alive & stretch(0, wanted), alive >> wanted
    while before or after:
        earlier = before.bit_length() - 1
        later = (after & -after).bit_length() - 1 + wanted if after else -1
        if earlier < 0 or (later >= 0 and later - wanted <= wanted - earlier):
            start = later
            after ^= 1 << (later - wanted)
        else:
            start = earlier
            before ^= 1 << earlier
        for room, bits in rooms.items():
            if bits >> start & 1:
                yield start, room
