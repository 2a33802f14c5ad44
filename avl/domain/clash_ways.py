"""The ways out of a clash: which of them apply, in what order, and why.

One table for the page and for the API, so that both offer the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from avl.domain.elsewhere import Elsewhere, PrisonNear, say_far
from avl.domain.local_time import say_day
from avl.domain.modes import Decider
from avl.domain.verdict import Clash, Rule

MOST_SWAPS = 2
"""How many bookings to change places with are named; more would be a list to study."""

MOST_PRISONS_NAMED = 3
"""How many prisons one sentence names."""

NO_ROOM_HELPS = frozenset(
    {
        Rule.IN_THE_PAST,
        Rule.TOO_SOON,
        Rule.UNKNOWN_PLACE,
        Rule.SAME_TWICE,
        Rule.NOT_IN_CUSTODY_THERE,
        Rule.INTERPRETER_LATE,
    }
)
"""What no other booking's going would mend."""

NOTHING_HELPS = frozenset({Rule.UNKNOWN_PLACE, Rule.SAME_TWICE})
"""What is wrong with the wish itself: it has to be mended, not to be got round."""

AT_ONE_PRISON = frozenset({Rule.KEPT_APART, Rule.ESCORTS_BUSY, Rule.YOUNG_APART, Rule.REMAND_APART})
"""Rules about the people in one prison: at another they may not stand in the way."""

_SAY_DECIDER = {
    Decider.NONE: "Record who decided on an appearance in person.",
    Decider.REGISTRAR: "A registrar or a judicial officer may direct an appearance in person.",
    Decider.JUDICIAL_OFFICER: "A judicial officer may direct an appearance in person.",
}


class ClashWayKind(StrEnum):
    """The ways out of a clash, in the order in which they are shown."""

    OFFER = "offer"
    MAKE_ROOM = "make_room"
    SWAP = "swap"
    WAIT = "wait"
    ANOTHER_PRISON = "another_prison"
    IN_PERSON = "in_person"


@dataclass(frozen=True, slots=True)
class ClashWay:
    """One way out.

    Attributes:
        title: what it is, in a few words; ``sentence`` what it does, or whom to ask.
        reference: of the booking to change places with.
        since: from when the person is at another prison, in whose ``zone`` days are told.
        prisons: those to ask about, where they have been looked for; ``ask`` is whom to ask, the
            end of the sentence.
        may_look: whether prisons can be looked for at this time, and have not been.
        is_settled: nothing is left to do here: in person stands already.
    """

    kind: ClashWayKind
    title: str
    sentence: str
    reference: str = ""
    since: datetime | None = None
    zone: str = ""
    is_settled: bool = False
    prisons: tuple[PrisonNear, ...] = ()
    ask: str = ""
    may_look: bool = False


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where somebody is held, and where next, as far as it is recorded.

    Attributes:
        phone: of the site; "" when it is not known.
        next_at: when they come to ``next_site``; None when no other stay is recorded.
        zone: of the next site.
    """

    name: str
    site: str = ""
    phone: str = ""
    next_site: str = ""
    next_at: datetime | None = None
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What stands against a time.

    Attributes:
        rules: the rules that refuse it; none where nothing was refused.
        is_at_prison: whether it is about a prison's suites or the people in them.
        alone: references of bookings each of which is all there is in the way.
    """

    rules: frozenset[Rule] = frozenset()
    is_at_prison: bool = False
    alone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stuck:
    """A time that cannot be had, and what is known about it.

    Attributes:
        has_offers: whether other times were found.
        is_exact: whether one date and time was asked for.
        moving: the reference of the booking that is being moved; "" for a new one.
        movable: those of ``trouble.alone`` that the reader may move, each with what it is and when.
        people: who is to appear.
        elsewhere: prisons that would have room, for each of them; None where nobody looked yet.
        may_wait: whether this hearing can be put on the waiting list.
        in_person_by: who may direct that they appear in person.
        in_person_why: why in person stands already; "" where AVL does.
    """

    trouble: Trouble
    has_offers: bool = False
    is_exact: bool = True
    moving: str = ""
    movable: Mapping[str, str] = field(default_factory=dict)
    people: tuple[Whereabouts, ...] = ()
    elsewhere: tuple[Elsewhere, ...] | None = None
    may_wait: bool = False
    in_person_by: Decider = Decider.REGISTRAR
    in_person_why: str = ""

    @property
    def rules(self) -> frozenset[Rule]:
        """The rules that refuse the time."""
        return self.trouble.rules

    @property
    def is_room_enough(self) -> bool:
        """Whether the time itself would do, if only others gave it up."""
        return self.is_exact and not self.rules & NO_ROOM_HELPS


def ways_out_of(stuck: Stuck) -> tuple[ClashWay, ...]:
    """Every way out that applies, in order: offers, make room, swap, wait, another prison, in
    person."""
    if not stuck.rules:
        return ()
    found = list(_offers(stuck))
    if not stuck.rules & NOTHING_HELPS:
        found += _make_room(stuck)
        found += _swaps(stuck)
        found += _wait(stuck)
        found += _another_prison(stuck)
        found += _in_person(stuck)
    return tuple(found)


def trouble_with(
    clashes: Sequence[Clash], suites: Collection[int], *, alone: tuple[str, ...] | None = None
) -> Trouble:
    """Sum up why a placement was refused.

    Args:
        suites: the prison suites it was to use.
        alone: worked out over all the ways there were to place it; by default over this one.
    """
    return Trouble(
        frozenset(clash.rule for clash in clashes),
        any(clash.resource_id in suites or clash.rule in AT_ONE_PRISON for clash in clashes),
        alone_in_the_way([clashes]) if alone is None else alone,
    )


def alone_in_the_way(verdicts: Sequence[Sequence[Clash]]) -> tuple[str, ...]:
    """References of bookings that are all there is against one of several placements."""
    found = []
    for clashes in verdicts:
        holders = {clash.held_by for clash in clashes}
        if len(holders) == 1 and all(clash.rule is Rule.TAKEN for clash in clashes):
            found += [holder for holder in holders if holder]
    return tuple(dict.fromkeys(found))


def _offers(stuck: Stuck) -> Iterator[ClashWay]:
    if stuck.has_offers:
        words = "Choose one of the times offered: everybody and every room is free then."
        yield ClashWay(ClashWayKind.OFFER, "Another time", words)


def _make_room(stuck: Stuck) -> Iterator[ClashWay]:
    if stuck.is_room_enough:
        others = "other bookings" if stuck.moving else "bookings"
        yield ClashWay(
            ClashWayKind.MAKE_ROOM,
            "Make room at this time",
            f"Looks for the fewest, least important {others} of your court that could move."
            " Nothing moves before you agree.",
        )


def _swaps(stuck: Stuck) -> Iterator[ClashWay]:
    if not stuck.is_room_enough:
        return
    for reference, what in list(stuck.movable.items())[:MOST_SWAPS]:
        if stuck.moving:
            title = f"Swap with {reference}"
            words = "Each takes the other's start. You see both before anything changes."
        else:
            title = f"Take the place of {reference}"
            words = (
                "Only this one need move, and your court may move it. You see where it would"
                " go before anything changes."
            )
        yield ClashWay(ClashWayKind.SWAP, title, f"{what}. {words}", reference=reference)


def _wait(stuck: Stuck) -> Iterator[ClashWay]:
    if not (stuck.may_wait and stuck.is_room_enough):
        return
    if stuck.moving:
        words = (
            "It keeps the time it has. When this one comes free, it is kept for it and stands on"
            " your first screen; you then decide whether it moves."
        )
        yield ClashWay(ClashWayKind.WAIT, "Wait for this time", words)
        return
    words = (
        "When one comes free that fits, it is kept for this person and stands on your first screen."
    )
    yield ClashWay(ClashWayKind.WAIT, "Wait for a time", words)


def transfers_for(
    people: Sequence[Whereabouts], elsewhere: Sequence[Elsewhere]
) -> tuple[ClashWay, ...]:
    """The transfers to ask for, in the order of `ways_out_of`, once prisons were looked for."""
    return tuple(
        _transfer(person, elsewhere, is_exact=True) for person in people if _may_transfer(person)
    )


def _may_transfer(person: Whereabouts) -> bool:
    return bool(person.site) and not (person.next_at is not None and person.next_site)


def _another_prison(stuck: Stuck) -> Iterator[ClashWay]:
    for person in stuck.people:
        if person.next_at is not None and person.next_site:
            yield ClashWay(
                ClashWayKind.ANOTHER_PRISON,
                f"From {person.next_site}",
                f"{person.name} is at {person.next_site} from"
                f" {say_day(person.next_at, person.zone)}. Times there are looked for from that"
                " day on.",
                since=person.next_at,
                zone=person.zone,
            )
        elif stuck.trouble.is_at_prison and _may_transfer(person):
            yield _transfer(person, stuck.elsewhere, is_exact=stuck.is_exact)


def _transfer(
    person: Whereabouts, elsewhere: Sequence[Elsewhere] | None, *, is_exact: bool
) -> ClashWay:
    """Ask for a transfer, and whereto: where somebody is held is the prisons' decision."""
    ring = f" on {person.phone}" if person.phone else ""
    whom = f"Ask the AVL coordinator at {person.site}{ring} whether a transfer is possible"
    ask = f"{whom}; once it is recorded, times there are offered."
    there = [one for one in elsewhere or () if one.name == person.name]
    prisons = tuple(prison for one in there for prison in one.prisons)
    if elsewhere is None:
        said = f"No other prison is recorded for {person.name}. {ask}"
    elif prisons:
        named = _join([_say_prison(prison) for prison in prisons[:MOST_PRISONS_NAMED]])
        have = "have a suite" if len(prisons[:MOST_PRISONS_NAMED]) > 1 else "has a suite"
        said = f"{named} {have} free then. {ask}"
    else:
        why = "".join(f" {one.why_none}" for one in there if one.why_none)
        said = f"No other prison near {person.site} would do at that time.{why}"
    return ClashWay(
        ClashWayKind.ANOTHER_PRISON,
        "Another prison: ask for a transfer",
        said,
        prisons=prisons,
        ask=ask,
        may_look=elsewhere is None and is_exact,
    )


def _say_prison(prison: PrisonNear) -> str:
    far = say_far(prison)
    return f"{prison.name} ({far})" if far else prison.name


def _in_person(stuck: Stuck) -> Iterator[ClashWay]:
    if Rule.IN_THE_PAST in stuck.rules:
        return
    names = _join([person.name for person in stuck.people]) or "the person"
    if stuck.in_person_why:
        yield ClashWay(
            ClashWayKind.IN_PERSON,
            f"In person: have {names} brought to court",
            f"{stuck.in_person_why} That stands without another direction.",
            is_settled=True,
        )
        return
    yield ClashWay(
        ClashWayKind.IN_PERSON,
        f"In person: have {names} brought to court",
        f"AVL is the default while it can be had. {_SAY_DECIDER[stuck.in_person_by]} The reason is"
        " filled in for you.",
    )


def _join(names: Sequence[str]) -> str:
    *first, last = names or [""]
    return f"{', '.join(first)} and {last}" if first else last
