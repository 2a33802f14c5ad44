"""Make room: the cheapest sets of moves that let in a booking that fits nowhere as things stand.

The search is exact, in two steps. The sets of bookings that could move are found by size: the new
booking pushes aside who stands where it would do, each of those pushes aside others or finds a
place of its own, and so on, without regard to whether they get into each other's way. Only then is
each such set packed (`domain/plan_packing.py`), which is where most of them fail; many ways that
push the same bookings aside are so one set. Sets of one booking are exhausted before any of two,
and a set waits until plans are looked for of as many bookings as must move with it at least
(`domain/plan_bound.py`). Days are crossed only when nothing else helps. A booking that no other
forces to move is never moved, because a plan without that move would do as well. Every placement
of a plan is judged by `clashes.judge` in the world as the plan leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from avl.domain.bridges import ports_of
from avl.domain.clashes import Clash, Rule, Verdict, judge
from avl.domain.lifting import rearranged
from avl.domain.no_room import (
    beyond_help,
    explained,
    no_escorts,
    no_ports,
    no_time_left,
    no_way_for,
    nowhere,
    too_few,
)
from avl.domain.plan_bound import MOST_AHEAD, Bound
from avl.domain.plan_choices import Choices
from avl.domain.plan_cost import Cost, importance_of
from avl.domain.plan_escorts import Crowd, Escorts, never_enough
from avl.domain.plan_everybody import Everybody
from avl.domain.plan_fullness import fullest
from avl.domain.plan_options import Options
from avl.domain.plan_packing import Judging, Packed, Packing
from avl.domain.plan_parts import Cells, Nearness, in_the_way_of_bridge, only_once, reach
from avl.domain.plan_places import Places
from avl.domain.plan_ports import Ports
from avl.domain.plan_sets import NEVER, Sets, State
from avl.domain.plan_space import is_short
from avl.domain.plans import NEW, Aim, NoRoom, PlannedMove, Plans, RoomPlan, Standing
from avl.domain.resources import Placement
from avl.domain.world import World

__all__ = ["NEW", "Aim", "Plans", "Standing", "make_room"]

MOST_PLANS = 3

LOOKS, PACKED, JUDGED = 512, 16, 256
"""After so many steps the search looks whether its time is over; packing a set and judging a plan
take as long as so many of them."""


def make_room(
    aim: Aim,
    standing: Sequence[Standing],
    world: World,
    *,
    is_over: Callable[[], bool] = lambda: False,
    least_crossing: int = 0,
) -> Plans:
    """Find up to three plans that let a wish in, each moving other bookings than the rest.

    Args:
        standing: the bookings of the day that the viewer may move, and those kept for a reason.
            Every other hold in the world is an obstacle.
        world: covers every day of the aim, with the holds of all of them.
        is_over: asked now and then; when it says yes, what has been found so far is returned.
        least_crossing: so many bookings at least must go to another day, as is proven already.
    """
    return _Search(aim, standing, world, is_over, least_crossing).find()


class _Stop(Exception):
    """The time allowed is over."""


class _Search:
    """One search, from the aim to the plans."""

    def __init__(
        self,
        aim: Aim,
        standing: Sequence[Standing],
        world: World,
        is_over: Callable[[], bool],
        least_crossing: int,
    ) -> None:
        self.aim = aim
        self.is_over = is_over
        gone = set() if aim.wish.ignoring is None else {aim.wish.ignoring}
        self.world = rearranged(world, lifted=gone)
        self.movable = {one.id: one for one in standing if not one.kept and one.id not in gone}
        self.kept = {one.id: one for one in standing if one.kept}
        self.empty = rearranged(self.world, lifted=self.movable)
        self.bits = {key: 1 << place for place, key in enumerate(sorted(self.movable))}
        self.keys = {bit: key for key, bit in self.bits.items()}
        self.own = 1 << len(self.bits)
        self.keys[self.own] = NEW
        self.near = Nearness(self.world, self.movable)
        self.escorts = Escorts(self.world, self.bits)
        self.ports = Ports(self.world, self.bits)
        self.places = Places(
            self.world,
            self.empty,
            bits=self.bits,
            near=self.near,
            cells=Cells(reach(aim, world)),
            once=only_once(aim, self.movable.values()),
        )
        self.everybody = Everybody(aim, self.movable, self.places, self.world)
        self.wished = self.everybody.options_of(NEW)
        self.judging = Judging(
            is_watched=self.near.is_watched or self.escorts.is_needed or self.ports.is_needed,
            is_near=self.near.is_near,
            crowd=self._crowd,
            verdicts=self._verdicts,
            in_the_way=self._in_the_way,
            tick=self._tick,
        )
        self.bound = Bound(aim, self.movable, self.wished, self.world, self.bits)
        self.sets = Sets(aim.most_moves)
        self.best: dict[int, RoomPlan] = {}
        self.ruled_out = -1
        self.least_crossing = least_crossing
        self.ticks = 0

    def find(self) -> Plans:
        """Deepen: first without crossing a day, then crossing as few as can be."""
        if (never := self._never_enough() or self._too_full()) is not None:
            return Plans((), never)
        try:
            self._deepen()
            is_whole = True
        except _Stop:
            is_whole = False
        plans = tuple(sorted(self.best.values(), key=_by_cost)[:MOST_PLANS])
        if plans:
            # A size that was searched to its end holds the cheapest plan, whatever came after.
            return Plans(plans, is_proved=is_whole or bool(self.sets.closed))
        none = self._why_none() if is_whole else None
        return Plans((), none, is_proved=is_whole, ruled_out=self.ruled_out)

    def _deepen(self) -> None:
        """Leave nothing within the aim untried, or stop in the middle."""
        for crossing in range(self.least_crossing, self.aim.most_moves + 1):
            self.sets.begin(crossing)
            self.everybody.may_cross(crossing)
            self.bound.may_cross(crossing)
            self._by_size()
            if self.best or not self.sets.was_crossed:
                break

    def _by_size(self) -> None:
        """Try all sets of bookings that could move, the smallest first, until three will do."""
        self.sets.wait((0, self.own, 0), 0, 0)
        for size in range(self.aim.most_moves + 1):
            for state, crossed in self.sets.asking():
                self._ask(state, crossed, size)
            # Of sets as good as each other the same is packed first, whichever was found first.
            for lifted in sorted(sorted(self._settled(size)), key=self._importance):
                self._pack(lifted, size)
            self.sets.closed = list(self.best)
            if not self.best and not self.sets.crossing:
                self.ruled_out = size
            if len(self.best) >= MOST_PLANS or self.sets.is_empty:
                return

    def _settled(self, size: int) -> set[int]:
        """The sets in which everybody has a way that asks nobody else to go."""
        found = set()
        for state, crossed in self.sets.of_size(size):
            lifted, pending, _ = state
            self._tick()
            if not self._is_in_reach(state, size):
                self._may_be_short()
                if pending:
                    self.sets.wait(state, crossed, size + 1)
                continue
            self.sets.done(state, crossed)
            if pending:
                self._push(state, crossed, size)
            else:
                found.add(lifted)
        return found

    def _is_in_reach(self, state: State, size: int) -> bool:
        """Whether a set may be enough, or part of one of a size that is."""
        lifted, pending, _ = state
        # Nothing can be said before the wish has pushed aside who stands where it is to be.
        return bool(pending & self.own) or self.bound.is_in_reach(
            lifted, size - lifted.bit_count() if pending else 0
        )

    def _push(self, state: State, crossed: int, size: int) -> None:
        """Let one who has no way yet take one that is free, or push aside who stands there."""
        lifted, pending, leaving = state
        bit = pending & -pending
        choices = self._choices_of(self.keys[bit])
        alone = choices.least_crossing(lifted, leaves=bool(leaving & bit))
        if alone is not None:
            self.sets.wait((lifted, pending ^ bit, leaving & ~bit), crossed + alone, size)
        if lifted.bit_count() == size < self.aim.most_moves:
            # Nobody more may go in a plan of this size, and perhaps none of a greater is wanted.
            self.sets.ask_later(state, crossed)
        else:
            self._ask(state, crossed, size)

    def _ask(self, state: State, crossed: int, size: int) -> None:
        """Push aside who stands where one could be who has no way yet."""
        lifted, pending, leaving = state
        bit = pending & -pending
        others, count = pending ^ bit, lifted.bit_count()
        if count == self.aim.most_moves and self.sets.was_limited:
            return  # Nobody more may go, and it is known already that more are asked to.
        choices, leaves = self._choices_of(self.keys[bit]), bool(leaving & bit)
        left = max(size - count, 1)
        is_last = left <= MOST_AHEAD and bit != self.own
        useless = ~self.bound.useful(lifted, left) if is_last else 0
        spare, is_few = self.aim.most_moves - count, False
        for seats, room, crosses in choices.asking(lifted, leaves=leaves):
            pushed = (seats | room) & ~lifted
            if not pushed:
                continue
            more = pushed.bit_count()
            if more <= left and pushed & useless:
                more, is_few = left + 1, True
            if more > spare:
                self.sets.was_limited = True
                continue
            self._tick()
            after = others | pushed
            state = lifted | pushed, after, (leaving | seats) & after
            self.sets.wait(state, crossed + crosses, max(size, count + more))
        self._may_be_short(is_few)

    def _may_be_short(self, may_cross: bool = True) -> None:
        """Should more be allowed to go to another day, there may be enough for who stays."""
        self.sets.was_crossed = self.sets.was_crossed or (may_cross and len(self.aim.days) > 1)

    def _pack(self, lifted: int, size: int) -> None:
        """Find where a set of bookings goes best, or whom else they would need to go."""
        self._tick()
        ids = [NEW, *self._ids(lifted)]
        kinds = [self.everybody.kind_of(key) for key in ids]
        if is_short(kinds, lifted, self.sets.crossing, self.places.suites):
            self._may_be_short(any(kind.may_cross for kind in kinds))
            return
        self._tick(PACKED)
        packing = Packing(
            {key: self._choices_of(key) for key in ids},
            lifted,
            self.judging,
            crossing=self.sets.crossing,
            limit=self._limit(lifted, size),
        )
        self.sets.was_crossed = self.sets.was_crossed or packing.is_crossed
        if packing.best is not None:
            self._keep(lifted, packing.best)
            return
        more = packing.more
        while more:
            bit = more & -more
            more ^= bit
            self.sets.wait((lifted | bit, bit, 0), 0, size + 1)

    def _crowd(self, placement: Placement, laid: Sequence[Placement], lifted: int) -> Crowd:
        crowd = self.escorts.crowd(placement, laid, lifted)
        return crowd if crowd.most else self.ports.crowd(placement, laid, lifted)

    def _never_enough(self) -> NoRoom | None:
        """A proof that needs no search: of escorts, or of bridge ports."""
        for shared in (self.escorts, self.ports):
            found = never_enough(shared, self.wished, self.everybody.options_of, self._ids)
            if found is not None:
                names = [self.movable[key].name for key in found.candidates]
                site = self.world.sites[found.shortage.site_id]
                if shared is self.escorts:
                    return no_escorts(site, found, names)
                return no_ports(site, len(ports_of(site.id, self.world)), found, names)
        return None

    def _too_full(self) -> NoRoom | None:
        """A proof that needs no search either; else how many must go to another day is noted."""
        fullness = fullest(self.aim, self.movable.values(), self.wished, self.world)
        if fullness is None or not fullness.crossing:
            return None
        if fullness.is_shut:
            return None  # Whether it is closed or everything there is fixed, the search says.
        if len(self.aim.days) > 1 and fullness.crossing <= self.aim.most_moves:
            self.least_crossing = max(self.least_crossing, fullness.crossing)
            return None
        return no_time_left(self.world.sites[fullness.site_id], fullness.free, fullness.wanted)

    def _choices_of(self, booking_id: int) -> Choices:
        if not self.everybody.has_choices(booking_id):
            self._look()
            if not self.sets.crossing and self.everybody.kind_of(booking_id).may_cross:
                self.sets.was_crossed = True
        return self.everybody.choices_of(booking_id)

    def _ids(self, mask: int) -> list[int]:
        """The bookings of a mask, in id order."""
        found = []
        while mask:
            bit = mask & -mask
            found.append(self.keys[bit])
            mask ^= bit
        return found

    def _limit(self, lifted: int, size: int) -> int:
        """From how many minutes on no plan with just these moves is among the cheapest any more."""
        if len(self.best) < MOST_PLANS:
            return NEVER
        worst = sorted(self.best.values(), key=_by_cost)[MOST_PLANS - 1].cost
        mine, theirs = (size, self._importance(lifted)), (worst.moved, worst.importance)
        if theirs == mine:
            return worst.minutes
        return 0 if theirs < mine else NEVER

    def _in_the_way(self, verdicts: Iterable[Verdict]) -> int:
        clashes = [clash for verdict in verdicts for clash in verdict.clashes]
        return self.places.mask(in_the_way_of_bridge(clashes, self.world, self.movable))

    def _importance(self, lifted: int) -> tuple[int, ...]:
        return importance_of(self.movable[key].priority for key in self._ids(lifted))

    def _verdicts(self, laid: Mapping[int, Placement], lifted: int) -> dict[int, Verdict]:
        self._tick(JUDGED)
        after = rearranged(self.world, lifted=self._ids(lifted), laid=laid)
        return {key: judge(placement, after, ignoring=key) for key, placement in laid.items()}

    def _keep(self, lifted: int, packed: Packed) -> None:
        laid, verdicts = packed.laid, packed.verdicts
        ids = self._ids(lifted)
        cost = Cost(packed.crossed, len(ids), self._importance(lifted), packed.minutes)
        moves = tuple(
            PlannedMove(key, self.movable[key].placement, laid[key], verdicts[key].warnings)
            for key in sorted(ids, key=lambda key: self.movable[key].placement.hearing)
        )
        self.best[lifted] = RoomPlan(laid[NEW], moves, cost, verdicts[NEW].warnings)

    def _why_none(self) -> NoRoom:
        """Name what stands in the way of the way that was wanted most."""
        mine = self.wished
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
            options = self.everybody.options_of(key)
            if options.is_empty and (refused := self._refused(options)):
                return NoRoom(
                    refused[0].rule,
                    f"{self.movable[key].name} would have to move, and can go nowhere that day:"
                    f" {refused[0].sentence}",
                )
        names = [self.movable[key].name for key in there]
        return no_way_for(names, self.aim.most_moves if self._may_more_help() else None)

    def _may_more_help(self) -> bool:
        """Whether there may be a plan that moves more than a plan may; it is not searched for."""
        if not self.sets.was_limited or len(self.movable) <= self.aim.most_moves:
            return False
        return len(self.aim.days) > 1 or self.bound.is_ever_in_reach()

    def _refused(self, options: Options) -> list[Clash]:
        """What is against each way at the start that is wanted most, everything movable lifted."""
        placements = options.refused_first()
        verdicts = (judge(placement, self.empty) for placement in placements)
        return [explained(one.clashes[0], self.empty, self.kept) for one in verdicts if one.clashes]

    def _tick(self, steps: int = 1) -> None:
        self.ticks += steps
        if self.ticks >= LOOKS:
            self.ticks = 0
            self._look()

    def _look(self) -> None:
        if self.is_over():
            raise _Stop


def _by_cost(plan: RoomPlan) -> Cost:
    return plan.cost
