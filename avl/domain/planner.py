"""Make room: the cheapest sets of moves that let in a booking that fits nowhere as things stand.

The search is exact. The new booking is tried in every way that would do; whatever stands there
must move, and is tried in every way it could go; whatever stands there must move too. Plans with
one move are exhausted before any with two, and days are crossed only when nothing else helps
(iterative deepening, branch and bound on `Cost`). A booking that no other forces to move is never
moved, because a plan without that move would do as well. Every placement of a plan is judged by
`clashes.judge` in the world as the plan leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from avl.domain.clashes import Clash, Rule, Verdict, judge
from avl.domain.lifting import rearranged
from avl.domain.no_room import beyond_help, explained, join, no_escorts, nowhere, too_few
from avl.domain.plan_cost import WARNED, Cost, importance_of
from avl.domain.plan_escorts import HOPELESS, NOBODY, Crowd, Escorts, never_enough
from avl.domain.plan_options import Option, Options, Places, Where
from avl.domain.plan_parts import Cells, Nearness, in_the_way_of_bridge, only_once, reach
from avl.domain.plans import NEW, Aim, NoRoom, PlannedMove, Plans, RoomPlan, Standing
from avl.domain.resources import Placement
from avl.domain.ways import ways_for_booking, ways_for_wish
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

LOOKS = 32
"""After so many steps the search looks whether its time is over."""


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
class _State:
    """How far the search has come down one path.

    Attributes:
        laid: where bookings have been put, by id, and ``cells`` what they hold there.
        lifted: the bookings that move, one bit each; those in ``waiting`` have no place yet.
    """

    laid: Mapping[int, Placement]
    cells: int
    lifted: int
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
        self.bits = {key: 1 << place for place, key in enumerate(sorted(self.movable))}
        self.near = Nearness(self.world, self.movable)
        self.escorts = Escorts(self.world, self.bits)
        self.places = Places(
            self.world,
            self.empty,
            bits=self.bits,
            near=self.near,
            cells=Cells(reach(aim, world)),
            once=only_once(aim, self.movable.values()),
        )
        self.options: dict[int, Options] = {
            NEW: Options(self.places, NEW, ways_for_wish(aim.wish, aim.starts, world))
        }
        self.reached: dict[tuple[object, ...], int] = {}
        self.best: dict[int, RoomPlan] = {}
        self.limits: dict[int, int] = {}
        self.closed: list[int] = []
        self.was_cut = False
        self.crossing = 0
        self.level = 0
        self.ticks = 0

    def find(self) -> Plans:
        """Deepen: first without crossing a day, then crossing as few as can be."""
        if (never := self._never_enough_escorts()) is not None:
            return Plans((), never)
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
                self.reached, self.limits = {}, {}
                self._place(NEW, _State({}, 0, 0, (), 0, 0))
                needs_crossing = needs_crossing or self.was_crossed
                self.closed = list(self.best)
                if len(self.best) >= MOST_PLANS or not self.was_cut:
                    break
                was_limited = level == self.aim.most_moves
            if self.best or not needs_crossing:
                break
        return bool(self.best) or not was_limited

    def _never_enough_escorts(self) -> NoRoom | None:
        """A proof that needs no search."""
        found = never_enough(self.escorts, self.options[NEW], self._options_of, self._ids)
        if found is None:
            return None
        names = [self.movable[key].name for key in found.candidates]
        return no_escorts(self.world.sites[found.shortage.site_id], found, names)

    def _options_of(self, booking_id: int) -> Options:
        if booking_id not in self.options:
            now = self.movable[booking_id].placement
            ways = ways_for_booking(now, self.aim.days, self.aim.step, self.world)
            self.options[booking_id] = Options(self.places, booking_id, ways)
        return self.options[booking_id]

    def _place(self, booking_id: int, state: _State) -> None:
        """Try every way for one booking, and go on with what each way pushes aside."""
        so_far = state.minutes + self._least(state.waiting)
        company: dict[tuple[datetime, Where], Crowd] = {}
        for option in self._options_of(booking_id):
            self._tick()
            crossed = state.crossed + option.crosses
            if crossed > self.crossing:
                # The ways are sorted: all that follow are on other days too.
                self.was_crossed = True
                break
            if so_far + option.minutes >= self._limit(state.lifted):
                if not self.crossing:
                    break
                continue  # Another day's ways are sorted after, not by how unwelcome they are.
            lifted = state.lifted | option.blockers
            if lifted.bit_count() > self.level:
                self.was_cut = True
                continue
            if option.cells & state.cells or self._is_closed(lifted):
                continue
            # Of the people it is all the same which rooms they are in.
            when = option.start, option.where
            if when not in company:
                company[when] = self._company(option, state)
            if company[when] is HOPELESS:
                continue
            if state.lifted.bit_count() + company[when].most > self.level:
                self.was_cut = True
                continue
            after = _State(
                {**state.laid, booking_id: option.placement},
                state.cells | option.cells,
                lifted,
                (*state.waiting, *self._ids(lifted & ~state.lifted)),
                state.minutes + option.minutes,
                crossed,
            )
            self._relieve(option, state, after)

    def _company(self, option: Option, state: _State) -> Crowd:
        """Who must make way for the people of an option, beside those who stand in its rooms."""
        if self.near.is_near(option.placement, state.laid.values()):
            return HOPELESS
        if not self.escorts.is_needed:
            return NOBODY
        return self.escorts.crowd(option.placement, state.laid.values(), state.lifted)

    def _relieve(self, option: Option, before: _State, state: _State) -> None:
        """Lift, in every way, as many more as escorts are too few for what has just been laid."""
        crowd = NOBODY
        if self.escorts.is_needed:
            crowd = self.escorts.crowd(option.placement, before.laid.values(), state.lifted)
        if not crowd.most:
            self._go_on(state)
        elif state.lifted.bit_count() + crowd.most > self.level:
            self.was_cut = True
        else:
            self._lift(self._ids(crowd.candidates), state, partial(self._relieve, option, before))

    def _lift(self, keys: Iterable[int], state: _State, go_on: Callable[[_State], None]) -> None:
        """Go on with one more of these bookings lifted, with each in turn."""
        for key in keys:
            lifted = state.lifted | self.bits[key]
            if not self._is_closed(lifted):
                go_on(replace(state, lifted=lifted, waiting=(*state.waiting, key)))

    def _go_on(self, state: _State) -> None:
        if not state.waiting:
            self._finish(state)
            return
        if state.minutes + self._least(state.waiting) >= self._limit(state.lifted):
            return
        # Two orders of the same moves come to the same state, and so do two bookings of one time
        # that change rooms: only the better one goes on.
        when = frozenset((key, place.hearing.start) for key, place in state.laid.items())
        key = state.cells, when, state.lifted, tuple(sorted(state.waiting))
        if self.reached.get(key, NEVER) <= state.minutes:
            return
        self.reached[key] = state.minutes
        if all(self._has_a_way(waits, state) for waits in state.waiting):
            first, *rest = state.waiting
            self._place(first, replace(state, waiting=tuple(rest)))

    def _has_a_way(self, booking_id: int, state: _State) -> bool:
        """Whether a booking that waits can still go somewhere within this level."""
        for option in self._options_of(booking_id):
            self._tick()
            if option.crosses > self.crossing - state.crossed:
                self.was_crossed = True
                return False
            if option.cells & state.cells:
                continue
            if (state.lifted | option.blockers).bit_count() <= self.level:
                return True
            self.was_cut = True
        return False

    def _finish(self, state: _State) -> None:
        """Judge a complete plan as a whole; keep it, or see whether one more move mends it."""
        verdicts = self._verdicts(state.laid, state.lifted)
        if all(verdict.is_possible for verdict in verdicts.values()):
            if state.lifted.bit_count() == self.level:
                self._keep(state, verdicts)
            return
        # Bridge ports are too few: it may do when one more of those move who have them then.
        clashes = [clash for verdict in verdicts.values() for clash in verdict.clashes]
        others = in_the_way_of_bridge(clashes, self.world, self.movable)
        others -= set(self._ids(state.lifted))
        if others and state.lifted.bit_count() >= self.level:
            self.was_cut = True
            return
        self._lift(sorted(others), state, self._go_on)

    def _ids(self, mask: int) -> list[int]:
        """The bookings of a mask, in id order."""
        return [key for key, bit in self.bits.items() if bit & mask] if mask else []

    def _least(self, waiting: Sequence[int]) -> int:
        """The least trouble that those who wait can be."""
        return sum(self._options_of(key).least_minutes for key in waiting)

    def _is_closed(self, lifted: int) -> bool:
        """Whether fewer of these moves have been found to do: then more are needless."""
        return any(not found & ~lifted for found in self.closed)

    def _limit(self, lifted: int) -> int:
        """From how many minutes on no plan with all these moves is among the cheapest any more."""
        if lifted not in self.limits:
            self.limits[lifted] = self._limit_of(lifted)
        return self.limits[lifted]

    def _limit_of(self, lifted: int) -> int:
        if lifted.bit_count() < self.level:
            return NEVER
        same = self.best.get(lifted)
        limit = NEVER if same is None else same.cost.minutes
        if len(self.best) < MOST_PLANS:
            return limit
        worst = sorted(self.best.values(), key=_by_cost)[MOST_PLANS - 1].cost
        mine, theirs = (self.level, self._importance(lifted)), (worst.moved, worst.importance)
        if theirs == mine:
            return min(limit, worst.minutes)
        return 0 if theirs < mine else limit

    def _importance(self, lifted: int) -> tuple[int, ...]:
        return importance_of(self.movable[key].priority for key in self._ids(lifted))

    def _verdicts(self, laid: Mapping[int, Placement], lifted: int) -> dict[int, Verdict]:
        after = rearranged(self.world, lifted=self._ids(lifted), laid=laid)
        return {key: judge(placement, after, ignoring=key) for key, placement in laid.items()}

    def _keep(self, state: _State, verdicts: Mapping[int, Verdict]) -> None:
        lifted, laid = state.lifted, state.laid
        warned = sum(1 for verdict in verdicts.values() if verdict.warnings)
        minutes = state.minutes + WARNED * warned
        cost = Cost(state.crossed, self.level, self._importance(lifted), minutes)
        same = self.best.get(lifted)
        if same is not None and same.cost <= cost:
            return
        moves = tuple(
            PlannedMove(key, self.movable[key].placement, laid[key], verdicts[key].warnings)
            for key in sorted(
                self._ids(lifted), key=lambda key: self.movable[key].placement.hearing
            )
        )
        self.best[lifted] = RoomPlan(laid[NEW], moves, cost, verdicts[NEW].warnings)
        self.limits = {}

    def _why_none(self) -> NoRoom:
        """Name what stands in the way of the way that was wanted most."""
        mine = self.options[NEW]
        if mine.is_empty:
            refused = self._refused(mine)
            if not refused:
                return NoRoom(Rule.NOT_IN_CUSTODY_THERE, nowhere(self.aim.wish, self.world))
            return beyond_help(refused)
        nearest = next(iter(mine))
        if not nearest.blockers:
            return too_few(judge(nearest.placement, self.world, ignoring=NEW).clashes)
        there = self._ids(nearest.blockers)
        for key in there:
            options = self._options_of(key)
            if options.is_empty and (refused := self._refused(options)):
                return NoRoom(
                    refused[0].rule,
                    f"{self.movable[key].name} would have to move, and can go nowhere that day:"
                    f" {refused[0].sentence}",
                )
        names = [self.movable[key].name for key in there]
        return NoRoom(
            Rule.TAKEN,
            f"{join(names)} would have to move, and there is too little free time that day for"
            f" {'it' if len(names) == 1 else 'all of them'} and whatever else would then have to"
            " move.",
        )

    def _refused(self, options: Options) -> list[Clash]:
        """What is against each way at the start that is wanted most, everything movable lifted."""
        placements = options.refused_first()
        verdicts = (judge(placement, self.empty) for placement in placements)
        return [explained(one.clashes[0], self.empty, self.kept) for one in verdicts if one.clashes]

    def _tick(self) -> None:
        self.ticks += 1
        if self.ticks % LOOKS == 1 and self.is_over():
            raise _Stop


def _by_cost(plan: RoomPlan) -> Cost:
    return plan.cost
