"""Random small days for the planner: crowded, and with people who must not meet."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from tests.domain.plan_oracle import (
    NEW,
    PRISON,
    SLOTS,
    SMALL_PRISON,
    Case,
    Company,
    Puzzle,
    Spot,
    stretch,
)

FIRST_PERSON, FIRST_COUNSEL = 100, 200


def draw(seed: int, *, most: int = 6, days: int = 1) -> Puzzle:
    """A random crowded day: up to six bookings in three suites, and a wish that may not fit."""
    dice = random.Random(seed)
    rooms = (11, 12)[: dice.choice([1, 2, 2])]
    suites = dice.choice(
        [
            {21: PRISON},
            {21: PRISON, 22: PRISON},
            {21: PRISON, 22: PRISON, 23: PRISON},
            {21: PRISON, 22: PRISON, 31: SMALL_PRISON},
        ]
    )
    if days > 1:
        rooms, suites = (11,), {21: PRISON}
    puzzle = Puzzle(
        rooms=rooms,
        suites=suites,
        turnaround={suite: dice.choice([0, 0, 1]) for suite in suites},
        shut={},
        refused=frozenset(),
        leaves={},
        soonest=dice.choice([-20, -20, -20, 1, 2]),
        days=days,
    )
    for suite in suites:
        if dice.random() < 0.15:
            puzzle.shut[0, suite] = stretch(dice.randrange(SLOTS), 1)
    if dice.random() < 0.25:
        lunch = stretch(dice.randrange(SLOTS), 1)
        for day in range(days):
            puzzle.shut[day, rooms[0]] = lunch
    if dice.random() < 0.1 and len(rooms) > 1:
        puzzle.refused = frozenset({rooms[1]})
    if dice.random() < 0.1 and len(suites) > 1:
        puzzle.refused |= {22}
    _fill(puzzle, dice, dice.randint(most // 2, most))
    person, site, counsel = _somebody(puzzle, dice)
    puzzle.new = Case(NEW, person, site, counsel, dice.choice([0, 0, 1]), dice.choice([1, 1, 2, 3]))
    puzzle.wanted = dice.randrange(SLOTS)
    puzzle.wanted = max(puzzle.wanted, puzzle.new.pre)
    near = (puzzle.wanted - 1, puzzle.wanted, puzzle.wanted + 1)
    puzzle.starts = near if dice.random() < 0.3 else (puzzle.wanted,)
    puzzle.only_room = dice.choice([None, rooms[0]])
    puzzle.company = _company(puzzle, random.Random(-seed - 1))
    puzzle.transferred = _transferred(puzzle, random.Random(-seed - 2))
    return puzzle


def _transferred(puzzle: Puzzle, dice: random.Random) -> frozenset[int]:
    """In every seventh world, somebody whose booking has not followed them to another prison."""
    assert puzzle.new is not None
    people = {case.person for case in puzzle.cases.values()} - {puzzle.new.person}
    if not people or dice.randrange(7):
        return frozenset()
    return frozenset({dice.choice(sorted(people))})


def _company(puzzle: Puzzle, dice: random.Random, *, chance: float = 0.5) -> Company:
    """In every other world, some who must not be near others, or few to bring them."""
    if dice.random() < 1 - chance:
        return Company()
    assert puzzle.new is not None
    everybody = [*puzzle.cases.values(), puzzle.new]
    people = sorted({person for case in everybody for person, _ in case.people})
    wished = [person for person, _ in puzzle.new.people]
    sites = frozenset({PRISON, SMALL_PRISON})
    company = Company(pickup=dice.choice([0, 1, 1]))
    kind = dice.choice(["pairs", "young", "remand", "escorts", "all"])
    if kind in ("pairs", "all") and len(people) > 1:
        for _ in range(dice.choice([1, 2])):
            who = dice.choice(wished) if len(wished) > 1 else wished[0]
            pair = frozenset({who, dice.choice(people)})
            if len(pair) == 2:
                company.pairs[pair] = dice.choice([0, 0, 1, None])
    if kind in ("young", "all"):
        company.young = frozenset(dice.sample(people, dice.choice([0, 1, 1, 2]) % len(people)))
        company.apart_young = sites
    if kind in ("remand", "all"):
        company.sentenced = {who: dice.random() < 0.5 for who in people if dice.random() < 0.7}
        company.apart_remand = sites
    # With six bookings that all move, proving that no others do takes too long for a test.
    if kind in ("escorts", "all") and len(puzzle.cases) <= 5:
        company.escorts = {PRISON: dice.choice([1, 2, 2]), SMALL_PRISON: 1}
    return company


def draw_bridged(seed: int) -> Puzzle:
    """A random day on which many bookings join two prisons over a bridge of few ports."""
    dice = random.Random(seed)
    suites = {21: PRISON, 22: PRISON, 31: SMALL_PRISON, 32: SMALL_PRISON}
    return _joined(dice, suites, [2, 3, 3, 3, 4, 4, 5, 5, None])


def draw_together(seed: int) -> Puzzle:
    """A random day of co-defendants, in two prisons or both in one, some of whom must be kept from
    others or from each other, with few to bring them."""
    dice = random.Random(seed)
    suites = {21: PRISON, 22: PRISON, 31: SMALL_PRISON}
    puzzle = _joined(dice, suites, [None, None, 4], beside=True)
    puzzle.company = _company(puzzle, dice, chance=0.8)
    return puzzle


def _joined(
    dice: random.Random,
    suites: dict[int, int],
    ports: Sequence[int | None],
    *,
    beside: bool = False,
) -> Puzzle:
    puzzle = Puzzle(
        rooms=(11, 12),
        suites=suites,
        turnaround={suite: dice.choice([0, 0, 1]) for suite in suites},
        shut={
            (0, suite): stretch(dice.randrange(SLOTS), 1) for suite in suites if dice.random() < 0.1
        },
        refused=frozenset(),
        leaves={},
        soonest=dice.choice([-20, -20, 1, 2]),
        days=1,
        ports=dice.choice(ports),
    )
    _fill(puzzle, dice, dice.randint(2, 4), mates=0.0 if puzzle.ports == 2 else 0.7, beside=beside)
    person, site, counsel = _somebody(puzzle, dice)
    new = Case(NEW, person, site, counsel, dice.choice([0, 0, 1]), dice.choice([1, 1, 2, 3]))
    puzzle.new = _with_mate(new, dice, 0.9, beside=beside)
    puzzle.wanted = max(dice.randrange(SLOTS), new.pre)
    near = (puzzle.wanted - 1, puzzle.wanted, puzzle.wanted + 1)
    puzzle.starts = near if dice.random() < 0.2 else (puzzle.wanted,)
    return puzzle


def draw_full(seed: int, *, days: int = 1, most: int = 11) -> Puzzle:
    """A random day whose suites are nearly full, in two prisons, with courtrooms for everybody;
    and a wish that may be for two at once, and longer than most.

    Args:
        most: so many bookings at most; six or more where that is not fewer.
    """
    dice = random.Random(seed)
    suites = (
        {21: PRISON, 31: SMALL_PRISON}
        if days > 1 or dice.random() < 0.5
        else {
            21: PRISON,
            22: PRISON,
            31: SMALL_PRISON,
        }
    )
    puzzle = Puzzle(
        rooms=(11, 12, 13),
        suites=suites,
        turnaround={suite: dice.choice([0, 0, 0, 1]) for suite in suites},
        shut={(0, dice.choice(list(suites))): stretch(dice.randrange(SLOTS), 1)},
        refused=frozenset(),
        leaves={},
        soonest=-20,
        days=days,
    )
    _fill(puzzle, dice, dice.randint(min(6, most), min(9 // days + 2, most)), mates=0.3)
    person, site, _ = _somebody(puzzle, dice)
    new = Case(NEW, person, site, None, dice.choice([0, 0, 1]), dice.choice([1, 1, 2, 3]))
    puzzle.new = _with_mate(new, dice, 0.4)
    puzzle.wanted = max(dice.randrange(SLOTS - 2), new.pre)
    puzzle.starts = (puzzle.wanted, puzzle.wanted + 1)[: dice.choice([1, 1, 2])]
    return puzzle


def draw_changed(seed: int, *, days: int = 1, most: int = 11) -> Puzzle:
    """The same, after a suite's turnaround was changed or a suite went out of use, or both: some
    bookings take another time by now wherever they go, and some stand where nobody may be."""
    puzzle, dice = draw_full(seed, days=days, most=most), random.Random(-seed - 3)
    suites, kind = list(puzzle.suites), dice.choice(["turnaround", "outage", "both"])
    if kind in ("turnaround", "both"):
        for suite in dice.sample(suites, dice.randint(1, len(suites))):
            puzzle.booked_with[suite] = puzzle.turnaround[suite]
            puzzle.turnaround[suite] = dice.choice([0, 1, 1, 2])
    if kind in ("outage", "both"):
        place = dice.randrange(days), dice.choice(suites)
        out = stretch(dice.randrange(SLOTS - 1), dice.choice([1, 1, 2]))
        puzzle.shut[place] = puzzle.shut.get(place, 0) | out
    return puzzle


def _with_mate(case: Case, dice: random.Random, chance: float, *, beside: bool = False) -> Case:
    """Perhaps somebody else appears in the same booking, from the other prison.

    Args:
        beside: every third person's mate is in the same prison, where that is the one of two
            suites.
    """
    if dice.random() >= chance:
        return case
    mate_site = PRISON if case.site == SMALL_PRISON else SMALL_PRISON
    if beside and case.person % 3 == 0:
        mate_site = PRISON
    return replace(
        case,
        mate=case.person + 50,
        mate_site=mate_site,
        is_shared=case.counsel is not None and dice.random() < 0.6,
    )


def _somebody(puzzle: Puzzle, dice: random.Random) -> tuple[int, int, int | None]:
    """Mostly somebody new; sometimes somebody who is in another booking already."""
    counsel = dice.choice([None, None, FIRST_COUNSEL, FIRST_COUNSEL + 1])
    if puzzle.cases and dice.random() < 0.15:
        known = dice.choice(list(puzzle.cases.values()))
        return known.person, known.site, counsel
    person = FIRST_PERSON + len(puzzle.cases)
    site = dice.choice(list(puzzle.suites.values()))
    if dice.random() < 0.12:
        puzzle.leaves[person] = (dice.randrange(puzzle.days), dice.randrange(1, SLOTS + 1))
    return person, site, counsel


def _fill(
    puzzle: Puzzle, dice: random.Random, most: int, *, mates: float = 0.0, beside: bool = False
) -> None:
    for _ in range(40):
        if len(puzzle.cases) == most:
            return
        person, site, counsel = _somebody(puzzle, dice)
        kept = "it is marked fixed" if dice.random() < 0.1 else ""
        case = Case(
            id=len(puzzle.cases) + 1,
            person=person,
            site=site,
            counsel=counsel,
            pre=dice.choice([0, 0, 1]),
            length=dice.choice([1, 1, 1, 2]),
            priority=dice.choice([20, 60, 60, 90]),
            kept=kept,
            is_ours=dice.random() > 0.07,
        )
        if mates:
            case = _with_mate(case, dice, mates, beside=beside)
        fits = [
            spot
            for spot in (
                Spot(day, start, room, suite, mate_suite)
                for day in range(puzzle.days)
                for start in range(SLOTS)
                for room in puzzle.rooms
                for suite, mate_suite in puzzle.seatings(case)
            )
            if puzzle.stands(case, spot)
            and not any(
                puzzle.meet(case, spot, other, puzzle.spots[key])
                or puzzle.share_bridge(case, spot, other, puzzle.spots[key])
                for key, other in puzzle.cases.items()
            )
        ]
        if fits:
            puzzle.cases[case.id] = case
            puzzle.spots[case.id] = dice.choice(fits)
