"""Rows that every list keeps to and that split hearings break, for a tighter relaxation.

Two kinds carry nearly all of what the relaxation of a day misses. A *clique*: options of which no
two can be chosen together, for whatever reasons: these two share a courtroom, those two counsel,
and the third two people who must not meet. A *half*: rows are added up, halved and rounded down
(zero-half cuts), which is how a ring of five such options gives itself away.

Source: A. Caprara and M. Fischetti, "{0,1/2}-Chvatal-Gomory cuts", Mathematical Programming 74
(1996); A. Koster, A. Zymolka and M. Kutschka, "Algorithms to separate {0,1/2}-Chvatal-Gomory
cuts", Algorithmica 55 (2009), for the elimination.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from avl.domain.cells import each
from avl.jobs.day_rows import INFINITY, Row

SPLIT = 1e-5
"""A variable nearer than this to a whole number counts as whole."""

LEAST_BROKEN = 0.03
"""How much a row has to be broken by to be worth laying."""

MOST_CLIQUES, MOST_HALVES = 300, 40
MOST_SLACK = 0.3
"""Rows with more room than this are not worth adding up."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """Rows added up, by halves: what is odd in the sum, and what room it leaves."""

    odd: int
    is_odd: bool
    slack: float
    rows: int

    def plus(self, other: _Sum) -> _Sum:
        return _Sum(
            self.odd ^ other.odd,
            self.is_odd ^ other.is_odd,
            self.slack + other.slack,
            self.rows ^ other.rows,
        )


class Cutter:
    """Looks for rows that a split list breaks."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Begin with the rows of a model."""
        self.rows: list[Row] = []
        self._of: dict[int, list[int]] = defaultdict(list)
        self._under: dict[int, list[int]] = {}
        self._over: dict[int, list[int]] = defaultdict(list)
        self._near: dict[int, frozenset[int]] = {}
        self.grow(rows)

    def grow(self, rows: Sequence[Row]) -> None:
        """Add rows that the model has been given since."""
        self._near.clear()
        for row in rows:
            self.lay(row)
            if (leader := _leader(row)) is not None:
                followers = [one for one in row.weights if one != leader]
                self._under.setdefault(leader, []).extend(followers)
                for one in followers:
                    self._over[one].append(leader)

    def lay(self, row: Row) -> None:
        """Add a row that was found, for later rows to build on."""
        self._index(len(self.rows), row)
        self.rows.append(row)

    def _index(self, number: int, row: Row) -> None:
        for one in row.weights:
            self._of[one].append(number)

    def near(self, one: int) -> frozenset[int]:
        """Every variable that cannot be chosen together with this one, as far as is plain."""
        if one not in self._near:
            found = self._beside(one)
            for leader in self._over.get(one, ()):
                # Whoever is chosen has its leader chosen, which rules out other leaders' people.
                for other in self._beside(leader):
                    found.add(other)
                    found.update(self._under.get(other, ()))
            found.discard(one)
            self._near[one] = frozenset(found)
        return self._near[one]

    def _beside(self, one: int) -> set[int]:
        found: set[int] = set()
        for number in self._of[one]:
            row = self.rows[number]
            if row.is_clique:
                found.update(row.weights)
            elif 0 < row.most < INFINITY and min(row.weights.values()) > 0:
                most = row.most - row.weights[one]
                found.update(other for other, weight in row.weights.items() if weight > most)
        found.discard(one)
        return found

    def cliques(self, values: Sequence[float], costs: Sequence[float]) -> list[Row]:
        """Find cliques that are broken, made as large as they can be.

        Args:
            values: of the variables in the relaxation; ``costs`` their reduced costs there.
        """
        split = [one for one, value in enumerate(values) if SPLIT < value < 1 - SPLIT]
        # The lowest bit of a set is then the one that weighs most.
        split.sort(key=lambda one: -values[one])
        place = {one: number for number, one in enumerate(split)}
        beside = [
            sum(1 << place[other] for other in self.near(one) if other in place) for one in split
        ]
        found: dict[frozenset[int], float] = {}
        for way in (_heaviest, _best_connected):
            for number in range(len(split)):
                clique = [split[one] for one in (number, *way(beside[number], beside))]
                weight = sum(values[one] for one in clique)
                if weight > 1 + LEAST_BROKEN:
                    found[frozenset(clique)] = weight
        best = sorted(found, key=lambda clique: (-found[clique], sorted(clique)))
        return [self._widened(clique, costs) for clique in best[:MOST_CLIQUES]]

    def _widened(self, clique: frozenset[int], costs: Sequence[float]) -> Row:
        members = set(clique)
        common = frozenset.intersection(*(self.near(one) for one in clique))
        while common:
            one = min(common, key=lambda other: (costs[other], other))
            members.add(one)
            common &= self.near(one)
        return Row(dict.fromkeys(sorted(members), 1), -INFINITY, 1)

    def halves(self, values: Sequence[float]) -> list[Row]:
        """Find sums of rows that are broken once they are halved and rounded down."""
        split = [one for one, value in enumerate(values) if SPLIT < value < 1 - SPLIT]
        split.sort(key=lambda one: -values[one])
        alive = list(self._tight(values, {one: 1 << n for n, one in enumerate(split)}))
        for number in range(len(split)):
            bit = 1 << number
            having = [one for one in alive if one.odd & bit]
            if not having:
                continue
            pivot = min(having, key=lambda one: one.slack)
            alive = [one for one in alive if not one.odd & bit]
            alive += [
                one.plus(pivot)
                for one in having
                if one is not pivot and one.slack + pivot.slack < 1 - LEAST_BROKEN
            ]
        found: dict[int, tuple[float, Row]] = {}
        for one in alive:
            if not one.odd and one.is_odd and (half := self._half(one.rows, values)) is not None:
                found[one.rows] = half
        best = sorted(found.values(), key=lambda half: -half[0])
        return [row for _, row in best[:MOST_HALVES]]

    def _tight(self, values: Sequence[float], bits: Mapping[int, int]) -> Iterator[_Sum]:
        """The rows that leave hardly any room, each once."""
        filled: dict[int, float] = defaultdict(float)
        odd: dict[int, int] = defaultdict(int)
        turned: dict[int, int] = defaultdict(int)
        for one, value in enumerate(values):
            if value <= SPLIT:
                continue
            for number in self._of.get(one, ()):
                weight = self.rows[number].weights[one]
                filled[number] += weight * value
                if weight & 1:
                    odd[number] ^= bits.get(one, 0)
                    turned[number] ^= one not in bits
        seen: dict[tuple[int, bool], _Sum] = {}
        for number, bits_odd in odd.items():
            row = self.rows[number]
            side = row.most if row.most < INFINITY else row.least
            slack = 0.0 if row.least == row.most else abs(side - filled[number])
            if not bits_odd or slack > MOST_SLACK:
                continue
            is_odd = bool(int(side) & 1 ^ turned[number])
            if (bits_odd, is_odd) not in seen or seen[bits_odd, is_odd].slack > slack:
                seen[bits_odd, is_odd] = _Sum(bits_odd, is_odd, slack, 1 << number)
        yield from seen.values()

    def _half(self, numbers: int, values: Sequence[float]) -> tuple[float, Row] | None:
        """Add rows up, halve and round down; how far it is broken for its length, and the row."""
        sums: dict[int, int] = defaultdict(int)
        most = 0
        while numbers:
            lowest = numbers & -numbers
            row = self.rows[lowest.bit_length() - 1]
            numbers ^= lowest
            sign = 1 if row.most < INFINITY else -1
            most += sign * int(row.most if sign > 0 else row.least)
            for one, weight in row.weights.items():
                sums[one] += sign * weight
        for one, weight in sums.items():
            if weight & 1:
                # Taking one away uses that it is at least 0, adding one that it is at most 1.
                is_up = values[one] > 0.5
                sums[one] += 1 if is_up else -1
                most += is_up
        weights = {one: weight // 2 for one, weight in sums.items() if weight}
        most //= 2
        broken = sum(weight * values[one] for one, weight in weights.items()) - most
        if broken <= LEAST_BROKEN:
            return None
        length = sqrt(sum(weight * weight for weight in weights.values()))
        return broken / length, Row(weights, -INFINITY, most)


def _heaviest(open_to: int, beside: Sequence[int]) -> Iterator[int]:
    """Fill a clique up with whoever weighs most."""
    while open_to:
        one = (open_to & -open_to).bit_length() - 1
        yield one
        open_to &= beside[one]


def _best_connected(open_to: int, beside: Sequence[int]) -> Iterator[int]:
    """Fill a clique up with whoever leaves most others to choose from."""
    while open_to:
        one = max(each(open_to), key=lambda other: (open_to & beside[other]).bit_count())
        yield one
        open_to &= beside[one]


def _leader(row: Row) -> int | None:
    """Who is chosen as soon as anybody else of a row is: "these together at most as that"."""
    if row.most != 0 or row.least != -INFINITY:
        return None
    below = [one for one, weight in row.weights.items() if weight < 0]
    if len(below) != 1 or row.weights[below[0]] != -1:
        return None
    return below[0]
