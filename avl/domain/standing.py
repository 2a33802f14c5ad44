"""What a rule that changed says against a booking that stands: its mode, and its length.

`clashes.judge` asks whether a placement is possible. This asks whether the booking is still what
the court wants: whether the person may appear by AVL on that date, and whether each part is as
long as the hearing type usually has it. A part that was booked shorter than usual on purpose is
no fault of a later change, so a change is blamed only for what it brings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from avl.domain.booking import LegKind
from avl.domain.clashes import Clash, Rule
from avl.domain.disruption import Cause
from avl.domain.local_time import say_date
from avl.domain.modes import Consent, Decider, Layer, Mode, ModeDecision
from avl.domain.resources import Placement
from avl.domain.world import World

STANDING = frozenset({Cause.MODE, Cause.LENGTH})
"""The causes that come from a rule about the booking, not from where it is placed."""

_PARTS = {
    LegKind.PRE_CONFERENCE: "The conference before",
    LegKind.HEARING: "The hearing",
    LegKind.POST_CONFERENCE: "The conference after",
}


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long a hearing and the conferences around it are, in minutes."""

    hearing: int
    pre: int
    post: int

    def parts(self) -> tuple[tuple[LegKind, int], ...]:
        """Each part with its minutes, in the order they happen."""
        return (
            (LegKind.PRE_CONFERENCE, self.pre),
            (LegKind.HEARING, self.hearing),
            (LegKind.POST_CONFERENCE, self.post),
        )


@dataclass(frozen=True, slots=True)
class Outdated:
    """One thing about a booking that a rule no longer agrees with.

    Attributes:
        about: what it is about; the sentence begins with it, whatever the rule says by now.
        sentence: what is wrong, without anybody's name.
        part: which part of the booking is too short; None where it is the mode.
    """

    cause: Cause
    about: str
    sentence: str
    part: LegKind | None = None

    def is_said_in(self, sentence: str) -> bool:
        """Whether a disruption's sentence speaks of this already."""
        return self.about in sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """What a hearing by AVL takes where in person stands for somebody in it.

    Attributes:
        why: in person stands, without anybody's name.
        role: the least senior officer who may direct AVL for everybody.
    """

    why: str
    role: Decider
    consent: Consent


def what_avl_takes(decisions: Iterable[ModeDecision]) -> Asked | None:
    """What AVL takes for several people at one hearing; None where it stands for everybody."""
    opposed = [one for one in decisions if one.mode is not Mode.AVL]
    if not opposed:
        return None
    takes = [one.against_default(Mode.AVL) for one in opposed]
    deciders, consents = list(Decider), list(Consent)
    return Asked(
        " ".join(dict.fromkeys(_why(one) for one in opposed)),
        max((one.role for one in takes), key=deciders.index),
        max((one.consent for one in takes), key=consents.index),
    )


def outdated(
    placement: Placement,
    *,
    name: str,
    usual: Lengths,
    on: date,
    decisions: Collection[ModeDecision],
) -> tuple[Outdated, ...]:
    """Everything the rules about its mode and length say against a booking where it stands.

    Args:
        name: of the hearing type.
        usual: the lengths its hearing type has; a longer part is nobody's trouble.
        on: the hearing's date at the court.
        decisions: what stands for each person in the booking on that date.
    """
    return (*_in_person(name, on, decisions), *_too_short(placement, name, usual))


def newly_outdated(before: Iterable[Outdated], after: Iterable[Outdated]) -> tuple[Outdated, ...]:
    """What a change of the rules brings to a booking, in the order of ``after``."""
    had = {one.about for one in before}
    return tuple(one for one in after if one.about not in had)


def lengthened(placement: Placement, usual: Lengths, wrong: Iterable[Outdated]) -> Lengths:
    """The lengths a booking should have: as usual where it is too short, else as they are."""
    short = {one.part for one in wrong}

    def minutes(part: LegKind, now: int, wanted: int) -> int:
        return max(now, wanted) if part in short else now

    return Lengths(
        hearing=minutes(LegKind.HEARING, placement.hearing.minutes, usual.hearing),
        pre=minutes(LegKind.PRE_CONFERENCE, placement.pre_minutes, usual.pre),
        post=minutes(LegKind.POST_CONFERENCE, placement.post_minutes, usual.post),
    )


def _in_person(name: str, on: date, decisions: Iterable[ModeDecision]) -> tuple[Outdated, ...]:
    about = f"{name} on {say_date(on)}: how somebody appears"
    whys = [_why(one) for one in decisions if one.mode is Mode.IN_PERSON]
    return tuple(
        Outdated(Cause.MODE, about, f"{about} has changed. {why}") for why in dict.fromkeys(whys)
    )


def _why(decision: ModeDecision) -> str:
    directed = any(one.layer is Layer.DIRECTION and one.mode is not None for one in decision.layers)
    # What an officer wrote may name people; a sentence that is kept and sent on names nobody.
    return "A direction says in person." if directed else decision.why


def _too_short(placement: Placement, name: str, usual: Lengths) -> tuple[Outdated, ...]:
    has = Lengths(placement.hearing.minutes, placement.pre_minutes, placement.post_minutes)
    return tuple(
        Outdated(
            Cause.LENGTH,
            f"{_PARTS[part]} has",
            f"{_PARTS[part]} has {minutes} minutes; the usual for “{name}” is now {wanted}.",
            part,
        )
        for (part, minutes), (_, wanted) in zip(has.parts(), usual.parts(), strict=True)
        if minutes < wanted
    )


def site_of(clash: Clash | Outdated, placement: Placement, world: World) -> int:
    """Where the trouble is: at the room's site, or where the person was to appear from; with the
    court where it is a rule about the hearing itself, or the court's bridge."""
    if isinstance(clash, Outdated) or clash.rule is Rule.BRIDGE_FULL:
        return placement.court_id
    facts = world.resources.get(clash.resource_id or 0)
    if facts is not None and facts.site_id is not None:
        return facts.site_id
    seats = [seat.site_id for seat in placement.seats if seat.person == clash.resource_id]
    return seats[0] if seats else placement.seats[0].site_id
