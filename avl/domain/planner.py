"""Make room: the cheapest sets of moves that let in a booking that fits nowhere as things stand.

The search is exact. The new booking is tried in every way that would do; whatever stands there
must move, and is tried in every way it could go; whatever stands there must move too. Plans with
one move are exhausted before any with two, and days are crossed only when nothing else helps
(iterative deepening, branch and bound on `Cost`). A booking that no other forces to move is never
moved, because a plan without that move would do as well. Every placement of a plan is judged by
`clashes.judge` in the world as the plan leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from avl.domain.clashes import Clash, Rule, Verdict, judge
from avl.domain.lifting import rearranged
from avl.domain.no_room import beyond_help, join, nowhere, too_few
from avl.domain.plan_cost import WARNED, Cost, importance_of
from avl.domain.plan_parts import Cells, Nearness, in_the_way_of_bridge
from avl.domain.plans import NEW, Aim, NoRoom, PlannedMove, Plans, RoomPlan, Standing
from avl.domain.resources import Placement, holds_for
from avl.domain.ways import Way, ways_for_booking, ways_for_wish
from avl.domain.world import World

__all__ = [
    "NEW",
    "Aim",
    "Plans",
    "Standing",
    "make_room",
]

MOST_PLANS = 3

NEVER = 10**9


def make_room(
    aim: Aim,
    standing: Sequence[Standing],
    world: World,
    *,
    is_over: Callable[[], bool] = lambda: False,
) -> Plans:
    """Find up to three plans that let a wish in, each moving other bookings than the rest.

    Args:
        standing: the bookings of the day that the viewer may move, and those kept for a reason.
            Every other hold in the world is an obstacle.
        world: covers every day of the aim, with the holds of all of them.
        is_over: asked now and then; when it says yes, what has been found so far is returned.
    """
    return _Search(aim, standing, world, is_over).find()


class _Stop(Exception):
    """The time allowed is over."""


@dataclass(frozen=True, slots=True)
class _Option:
    """A way as the search needs it.

    Attributes:
        cells: what it would hold, one bit for each resource and five minutes.
        blockers: the bookings that stand there now.
    """

    way: Way
    cells: int
    blockers: frozenset[int]


class _Options:
    """All a booking's ways that the rules permit once everything movable is lifted.

    They are looked at one by one, the least trouble first, because most are never needed.
    """

    def __init__(self, search: _Search, booking_id: int, ways: Sequence[Way]) -> None:
        self._search = search
        self._id = booking_id
        self._ways = iter(ways)
        self._found: list[_Option] = []
        self.refused: list[tuple[Way, Clash]] = []

    def __iter__(self) -> Iterator[_Option]:
        place = 0
        while True:
            if place == len(self._found) and not self._find_one():
                return
            yield self._found[place]
            place += 1

    @property
    def least_minutes(self) -> int:
        """The least trouble any of them is."""
        if not self._found:
            self._find_one()
        return self._found[0].way.minutes if self._found else 0

    @property
    def is_empty(self) -> bool:
        """Whether the booking can go nowhere at all."""
        return not self._found and not self._find_one()

    def _find_one(self) -> bool:
        for way in self._ways:
            option = self._search.option_for(self._id, way)
            if isinstance(option, _Option):
                self._found.append(option)
                return True
            self.refused.append((way, option))
        return False


@dataclass(frozen=True, slots=True)
class _State:
    """How far the search has come down one path.

    Attributes:
        laid: where bookings have been put, by id, and ``cells`` what they hold there.
        lifted: the bookings that move; those of them in ``waiting`` have no place yet.
    """

    laid: Mapping[int, Placement]
    cells: int
    lifted: frozenset[int]
    waiting: tuple[int, ...]
    minutes: int
    crossed: int


class _Search:
    """One search, from the aim to the plans."""

    def __init__(
        self,
        aim: Aim,
        standing: Sequence[Standing],
        world: World,
        is_over: Callable[[], bool],
    ) -> None:
        self.aim = aim
        self.is_over = is_over
        gone = set() if aim.wish.ignoring is None else {aim.wish.ignoring}
        self.world = rearranged(world, lifted=gone)
        self.movable = {one.id: one for one in standing if not one.kept and one.id not in gone}
        self.kept = {one.id: one for one in standing if one.kept}
        self.empty = rearranged(self.world, lifted=self.movable)
        self.turnarounds = world.turnarounds()
        self.cells = Cells(world.window)
        self.near = Nearness(self.world, self.movable)
        self.reached: dict[tuple[int, frozenset[int], tuple[int, ...]], int] = {}
        self.options: dict[int, _Options] = {
            NEW: _Options(self, NEW, ways_for_wish(aim.wish, aim.starts, world))
        }
        self.best: dict[frozenset[int], RoomPlan] = {}
        self.closed: list[frozenset[int]] = []
        self.was_cut = False
        self.crossing = 0
        self.level = 0

    def find(self) -> Plans:
        """Deepen: first without crossing a day, then crossing as few as can be."""
        try:
            is_whole = self._deepen()
        except _Stop:
            is_whole = False
        plans = tuple(sorted(self.best.values(), key=_by_cost)[:MOST_PLANS])
        if plans:
            # A level that was searched to its end holds the cheapest plan, whatever came after.
            return Plans(plans, is_proved=is_whole or bool(self.closed))
        return Plans((), self._why_none() if is_whole else None, is_proved=is_whole)

    def _deepen(self) -> bool:
        """Return whether nothing within the aim was left untried."""
        was_limited = False
        for crossing in range(self.aim.most_moves + 1):
            self.crossing, needs_crossing = crossing, False
            self.closed = []
            for level in range(crossing, self.aim.most_moves + 1):
                self.level = level
                self.was_cut = self.was_crossed = False
                self.reached = {}
                self._place(NEW, _State({}, 0, frozenset(), (), 0, 0))
                needs_crossing = needs_crossing or self.was_crossed
                self.closed = list(self.best)
                if len(self.best) >= MOST_PLANS or not self.was_cut:
                    break
                was_limited = level == self.aim.most_moves
            if self.best or not needs_crossing:
                break
        return bool(self.best) or not was_limited

    def option_for(self, booking_id: int, way: Way) -> _Option | Clash:
        """Judge a way with everything movable lifted, and see what would have to move for it."""
        self._tick()
        placement = way.placement
        wanted = [hold for hold in holds_for(placement, self.turnarounds) if hold.is_exclusive]
        verdict = judge(placement, self.empty, ignoring=booking_id)
        if not verdict.is_possible:
            return self._explained(verdict.clashes[0])
        blockers = {
            busy.booking_id
            for hold in wanted
            for busy in self.world.busy_during(hold.resource_id, hold.occupied)
            if busy.is_exclusive and busy.booking_id in self.movable
        }
        blockers |= self.near.blockers(placement)
        return _Option(way, self.cells.of(wanted), frozenset(blockers - {booking_id}))

    def _explained(self, clash: Clash) -> Clash:
        """Say of a booking that stands in the way why it may not be moved."""
        if clash.rule is not Rule.TAKEN or clash.interval is None or clash.resource_id is None:
            return clash
        for busy in self.empty.busy_during(clash.resource_id, clash.interval):
            if busy.booking_id in self.kept:
                one = self.kept[busy.booking_id]
                sentence = f"{clash.sentence} {one.name} may not be moved: {one.kept}."
                return Clash(clash.rule, sentence, clash.resource_id, clash.interval)
        return clash

    def _options_of(self, booking_id: int) -> _Options:
        if booking_id not in self.options:
            now = self.movable[booking_id].placement
            ways = ways_for_booking(now, self.aim.days, self.aim.step, self.world)
            self.options[booking_id] = _Options(self, booking_id, ways)
        return self.options[booking_id]

    def _place(self, booking_id: int, state: _State) -> None:
        """Try every way for one booking, and go on with what each way pushes aside."""
        for option in self._options_of(booking_id):
            self._tick()
            minutes = state.minutes + option.way.minutes
            crossed = state.crossed + option.way.crosses
            if crossed > self.crossing:
                # The ways are sorted: all that follow are on other days too.
                self.was_crossed = True
                break
            if self._is_beaten(state.lifted, self._least(minutes, state.waiting)):
                if not self.crossing:
                    break
                continue  # Another day's ways are sorted after, not by how unwelcome they are.
            lifted = state.lifted | option.blockers
            if len(lifted) > self.level:
                self.was_cut = True
                continue
            if option.cells & state.cells or self._is_closed(lifted):
                continue
            place, laid = option.way.placement, state.laid.values()
            if self.near.is_near(place, laid) or self.near.are_too_many(place, laid):
                continue
            waiting = (*state.waiting, *sorted(lifted - state.lifted))
            more = {**state.laid, booking_id: place}
            cells = state.cells | option.cells
            self._go_on(_State(more, cells, lifted, waiting, minutes, crossed))

    def _go_on(self, state: _State) -> None:
        if not state.waiting:
            self._finish(state)
            return
        if self._is_beaten(state.lifted, self._least(state.minutes, state.waiting)):
            return
        # Two orders of the same moves come to the same state: only the better one goes on.
        key = state.cells, state.lifted, tuple(sorted(state.waiting))
        if self.reached.get(key, NEVER) <= state.minutes:
            return
        self.reached[key] = state.minutes
        if all(self._has_a_way(waits, state) for waits in state.waiting):
            first, *rest = state.waiting
            self._place(first, replace(state, waiting=tuple(rest)))

    def _has_a_way(self, booking_id: int, state: _State) -> bool:
        """Whether a booking that waits can still go somewhere within this level."""
        for option in self._options_of(booking_id):
            if option.way.crosses > self.crossing - state.crossed:
                self.was_crossed = True
                return False
            if option.cells & state.cells:
                continue
            if len(state.lifted | option.blockers) <= self.level:
                return True
            self.was_cut = True
        return False

    def _finish(self, state: _State) -> None:
        """Judge a complete plan as a whole; keep it, or see whether one more move mends it."""
        verdicts = self._verdicts(state.laid, state.lifted)
        if all(verdict.is_possible for verdict in verdicts.values()):
            if len(state.lifted) == self.level:
                self._keep(state, verdicts)
            return
        # Escorts or bridge ports are too few: it may do when one more of those move who have them
        # at that time.
        clashes = [clash for verdict in verdicts.values() for clash in verdict.clashes]
        others = self.near.in_the_way_of_escorts(clashes)
        others |= in_the_way_of_bridge(clashes, self.world, self.movable)
        others -= state.lifted
        if others and len(state.lifted) >= self.level:
            self.was_cut = True
            return
        for key in sorted(others):
            lifted = state.lifted | {key}
            if not self._is_closed(lifted):
                self._go_on(replace(state, lifted=lifted, waiting=(key,)))

    def _least(self, minutes: int, waiting: Sequence[int]) -> int:
        return minutes + sum(self._options_of(key).least_minutes for key in waiting)

    def _is_closed(self, lifted: frozenset[int]) -> bool:
        """Whether fewer of these moves have been found to do: then more are needless."""
        return any(found <= lifted for found in self.closed)

    def _is_beaten(self, lifted: frozenset[int], minutes: int) -> bool:
        """Whether no plan with all these moves can be among the cheapest any more."""
        if len(lifted) < self.level:
            return False
        cost = Cost(0, self.level, self._importance(lifted), minutes)
        same = self.best.get(lifted)
        if same is not None and same.cost.minutes <= minutes:
            return True
        if len(self.best) < MOST_PLANS:
            return False
        worst = sorted(self.best.values(), key=_by_cost)[MOST_PLANS - 1].cost
        return (worst.moved, worst.importance, worst.minutes) <= (
            cost.moved,
            cost.importance,
            cost.minutes,
        )

    def _importance(self, lifted: frozenset[int]) -> tuple[int, ...]:
        return importance_of(self.movable[key].priority for key in lifted)

    def _verdicts(
        self, laid: Mapping[int, Placement], lifted: frozenset[int]
    ) -> dict[int, Verdict]:
        after = rearranged(self.world, lifted=lifted, laid=laid)
        return {key: judge(placement, after, ignoring=key) for key, placement in laid.items()}

    def _keep(self, state: _State, verdicts: Mapping[int, Verdict]) -> None:
        lifted, laid = state.lifted, state.laid
        warned = sum(1 for verdict in verdicts.values() if verdict.warnings)
        minutes = state.minutes + WARNED * warned
        cost = Cost(state.crossed, len(lifted), self._importance(lifted), minutes)
        same = self.best.get(lifted)
        if same is not None and same.cost <= cost:
            return
        moves = tuple(
            PlannedMove(key, self.movable[key].placement, laid[key], verdicts[key].warnings)
            for key in sorted(lifted, key=lambda key: self.movable[key].placement.hearing)
        )
        self.best[lifted] = RoomPlan(laid[NEW], moves, cost, verdicts[NEW].warnings)

    def _why_none(self) -> NoRoom:
        """Name what stands in the way of the way that was wanted most."""
        mine = self.options[NEW]
        if mine.is_empty:
            if not mine.refused:
                return NoRoom(Rule.NOT_IN_CUSTODY_THERE, nowhere(self.aim.wish, self.world))
            return beyond_help(mine.refused)
        nearest = next(iter(mine))
        if not nearest.blockers:
            placement = nearest.way.placement
            return too_few(judge(placement, self.world, ignoring=NEW).clashes)
        for key in sorted(nearest.blockers):
            options = self._options_of(key)
            if options.is_empty and options.refused:
                name = self.movable[key].name
                _, clash = options.refused[0]
                return NoRoom(
                    clash.rule,
                    f"{name} would have to move, and can go nowhere that day: {clash.sentence}",
                )
        names = [self.movable[key].name for key in sorted(nearest.blockers)]
        return NoRoom(
            Rule.TAKEN,
            f"{join(names)} would have to move, and there is too little free time that day for"
            f" {'it' if len(names) == 1 else 'all of them'} and whatever else would then have to"
            " move.",
        )

    def _tick(self) -> None:
        if self.is_over():
            raise _Stop


def _by_cost(plan: RoomPlan) -> Cost:
    return plan.cost
