"""Steps shared by every command that can break a booking, or mend one.

A command calls `watch_resources` or `watch_people` before it changes anything and `sweep` after it:
every booking made invalid gets its disruption in the same transaction as the change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from avl import clock
from avl.commands.audit import record
from avl.commands.waitlist_steps import note_freed
from avl.domain.access import Actor
from avl.domain.booking import Action
from avl.domain.clashes import Clash
from avl.domain.disruption import (
    Cause,
    Resolution,
    cause_of,
    due_by,
    newly_broken,
    still_broken,
)
from avl.domain.lifting import presence_of
from avl.domain.resources import Placement
from avl.domain.standing import STANDING, Outdated, newly_outdated, site_of
from avl.domain.world import World
from avl.models import Booking, Disruption, Resource
from avl.queries.disruptions import (
    MOVABLE,
    facts_about,
    people_resources,
    say_clashes,
    standing_ids,
    standing_on,
    with_parts,
)
from avl.queries.placements import placement_of
from avl.queries.standing import outdated_in

Wrong = tuple[Clash | Outdated, ...]

RESOLVED_BY: dict[Action, Resolution] = {
    Action.MOVE: Resolution.MOVED,
    Action.CANCEL: Resolution.CANCELLED,
    Action.DECLINE: Resolution.ENDED,
    Action.LAPSE: Resolution.ENDED,
    Action.COMPLETE: Resolution.ENDED,
}
"""What happens to a booking, and what that means for its disruption."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a change did to standing bookings, by booking id.

    Attributes:
        warned: bookings that may stand, and what the registry has to do about each.
        less: bookings that asked for an interpreter whom no record names now.
    """

    opened: tuple[int, ...] = ()
    mended: tuple[int, ...] = ()
    warned: Mapping[int, str] = field(default_factory=dict, compare=False)
    less: Mapping[int, str] = field(default_factory=dict, compare=False)


NOTHING = Swept()


@dataclass(frozen=True, slots=True)
class Named:
    """What a change calls a closed place, and somebody who is in custody no longer."""

    closed: Cause
    gone: Cause


@dataclass
class Watch:
    """Bookings that a change may touch, and the world before it.

    Attributes:
        before: None when there are no such bookings.
        was: how each was placed, by booking id.
        outdated: what the rules about mode and length said against each; None where the change
            is not to these rules.
    """

    bookings: list[Booking] = field(default_factory=list)
    before: World | None = None
    was: dict[int, Placement] = field(default_factory=dict)
    outdated: Mapping[int, tuple[Outdated, ...]] | None = None

    def sweep(
        self,
        session: Session,
        *,
        by: Actor,
        closed: Cause = Cause.CLOSURE,
        gone: Cause = Cause.RELEASE,
    ) -> Swept:
        """Open a disruption for each booking the change has broken; close those it has mended.

        Args:
            closed: what a closed place comes from, when that is what broke a booking.
            gone: why somebody is in custody no longer, when that is.
        """
        names = Named(closed, gone)
        note_freed(session, None)
        if self.before is None:
            return Swept()
        session.flush()
        after = self._facts(session)
        ids = [booking.id for booking in self.bookings]
        rows = session.scalars(
            select(Disruption).where(
                Disruption.booking_id.in_(ids), Disruption.resolved_at.is_(None)
            )
        )
        known = {row.booking_id: row for row in rows}
        outdated = self._outdated(session, known)
        opened, mended = [], []
        for booking in self.bookings:
            placement, row = placement_of(booking), known.get(booking.id)
            said = outdated.get(booking.id, ())
            wrong = self._wrong(booking.id, placement, after, said, row)
            if row is None and wrong:
                _open(session, booking, wrong, placement, after, by=by, names=names)
                opened.append(booking.id)
            elif row is not None and wrong:
                _say_anew(row, wrong, placement, after, names)
            elif row is not None:
                _mend(session, booking, row, by=by)
                mended.append(booking.id)
        session.flush()
        return Swept(tuple(opened), tuple(mended))

    def _facts(self, session: Session) -> World:
        """The world after the change, in which everybody counts as what they are by now."""
        after = facts_about(session, self.bookings)
        noted = [_note_status(one, placement_of(one), after) for one in self.bookings]
        if not any(noted):
            return after
        # Who is near somebody is read from the rows, which say it anew now.
        session.flush()
        return facts_about(session, self.bookings)

    def _outdated(
        self, session: Session, known: Mapping[int, Disruption]
    ) -> dict[int, tuple[Outdated, ...]]:
        """What the rules about mode and length say now, wherever it may matter."""
        concerned = [
            booking
            for booking in self.bookings
            if self.outdated is not None
            or (booking.id in known and known[booking.id].cause in STANDING)
        ]
        return outdated_in(session, concerned)

    def _wrong(
        self,
        booking_id: int,
        placement: Placement,
        after: World,
        said: tuple[Outdated, ...],
        row: Disruption | None,
    ) -> Wrong:
        """What the change breaks, or all that is left of what had broken a booking before it."""
        assert self.before is not None
        new: tuple[Outdated, ...] = ()
        if self.outdated is not None:
            new = newly_outdated(self.outdated.get(booking_id, ()), said)
        if row is not None:
            left = [one for one in said if one in new or one.is_said_in(row.sentence)]
            return (*left, *still_broken(placement, after, booking_id=booking_id))
        was = self.was.get(booking_id)
        return (
            *new,
            *newly_broken(placement, self.before, after, booking_id=booking_id, was=was),
        )


def _note_status(booking: Booking, placement: Placement, world: World) -> bool:
    """Let a corrected birth date or custody status reach the rules that the database keeps; says
    whether anything differed."""
    presence, differs = presence_of(booking.id, placement, world), False
    for appearance, one in zip(booking.appearances, presence, strict=True):
        now = one.is_young, one.is_sentenced
        differs = differs or now != (appearance.is_young, appearance.is_sentenced)
        appearance.is_young, appearance.is_sentenced = now
    return differs


def watch_resources(
    session: Session,
    resource_ids: Collection[int],
    start: datetime,
    end: datetime | None = None,
    *,
    beside: Collection[int] = (),
) -> Watch:
    """Watch what holds some resources between two moments (None: for ever after).

    ``beside`` are resources that the change gives to those bookings: they are locked as well.

    Bookings are locked before resources, as every command that changes one does. A booking that
    is made meanwhile waits for its resources and then sees the change; one that two changes
    break at once is judged by the second in the light of the first.
    """
    waiting = standing_ids(session, resource_ids, start, end)
    lock_rows(session, Booking.id, waiting)
    lock_rows(session, Resource.id, {*resource_ids, *beside})
    lock_rows(session, Booking.id, standing_ids(session, resource_ids, start, end) - waiting)
    bookings = standing_on(session, resource_ids, start, end)
    if not bookings:
        return Watch()
    was = {booking.id: placement_of(booking) for booking in bookings}
    return Watch(bookings, facts_about(session, bookings), was)


def watch_people(session: Session, person_ids: Collection[int]) -> Watch:
    """Watch everything still to come for some people."""
    if not person_ids:
        return Watch()
    return watch_resources(session, people_resources(session, person_ids), clock.now())


def watch_bookings(session: Session, booking_ids: Collection[int]) -> Watch:
    """Watch some bookings that may stand again because others have gone."""
    lock_rows(session, Booking.id, booking_ids)
    wanted = (
        select(Booking)
        .where(Booking.id.in_(sorted(booking_ids)), Booking.status.in_(MOVABLE))
        .order_by(Booking.starts_at, Booking.id)
    )
    bookings = list(session.scalars(with_parts(wanted)))
    return Watch(bookings, facts_about(session, bookings)) if bookings else Watch()


def look_again(session: Session, booking: Booking, *, by: Actor) -> None:
    """Judge a booking whose rule of mode or length broke it, once something was decided on it."""
    row = session.scalars(
        select(Disruption).where(
            Disruption.booking_id == booking.id,
            Disruption.resolved_at.is_(None),
            Disruption.cause.in_(STANDING),
        )
    ).one_or_none()
    if row is None:
        return
    Watch([booking], facts_about(session, [booking])).sweep(session, by=by)


def what_else_is_wrong(session: Session, booking: Booking, said: str) -> str:
    """What is wrong with a booking besides the lengths its disruption speaks of; "" for nothing."""
    left = [
        one
        for one in outdated_in(session, [booking])[booking.id]
        if one.cause is not Cause.LENGTH and one.is_said_in(said)
    ]
    placement = placement_of(booking)
    clashes = still_broken(placement, facts_about(session, [booking]), booking_id=booking.id)
    return say_clashes((*left, *clashes))


def lock_rows(session: Session, key: InstrumentedAttribute[int], ids: Collection[int]) -> None:
    """Lock rows in id order."""
    if ids:
        locked = select(key).where(key.in_(sorted(ids))).order_by(key)
        session.execute(locked.with_for_update(key_share=True)).all()


def resolve_by(session: Session, booking: Booking, action: Action, *, by: Actor) -> None:
    """Let what is done to a booking resolve its open disruption, if it has one."""
    if (resolution := RESOLVED_BY.get(action)) is not None:
        resolve(session, booking.id, resolution, by=by)


def resolve(session: Session, booking_id: int, resolution: Resolution, *, by: Actor) -> None:
    """End a booking's open disruption, if it has one, under a name."""
    session.execute(
        update(Disruption)
        .where(Disruption.booking_id == booking_id, Disruption.resolved_at.is_(None))
        .values(resolution=resolution, resolved_at=clock.now(), resolved_by_id=by.user_id)
        .execution_options(synchronize_session=False)
    )


def _open(
    session: Session,
    booking: Booking,
    clashes: Wrong,
    placement: Placement,
    world: World,
    *,
    by: Actor,
    names: Named,
) -> None:
    now, sentence = clock.now(), say_clashes(clashes)
    session.add(
        Disruption(
            booking_id=booking.id,
            court_id=booking.court_id,
            site_id=site_of(clashes[0], placement, world),
            cause=_cause_of(clashes[0], placement, world, names),
            sentence=sentence,
            opened_at=now,
            opened_by_id=by.user_id,
            due_at=due_by(now, booking.starts_at, world.sites[booking.court_id].calendar),
            way={},
        )
    )
    record(session, "disrupt", by=by, booking=booking, reason=sentence[:300])


def _cause_of(wrong: Clash | Outdated, placement: Placement, world: World, names: Named) -> Cause:
    if isinstance(wrong, Outdated):
        return wrong.cause
    return cause_of(wrong, placement, world, closed=names.closed, gone=names.gone)


def _mend(session: Session, booking: Booking, row: Disruption, *, by: Actor) -> None:
    row.resolution, row.resolved_at = Resolution.VALID_AGAIN, clock.now()
    row.resolved_by_id = by.user_id
    record(session, "restore", by=by, booking=booking)


def _say_anew(
    row: Disruption,
    clashes: Wrong,
    placement: Placement,
    world: World,
    names: Named,
) -> None:
    """What is wrong has changed, so the way out is looked for again."""
    if (sentence := say_clashes(clashes)) == row.sentence:
        return
    row.sentence = sentence
    row.cause = _cause_of(clashes[0], placement, world, names)
    row.way, row.way_version, row.way_found_at = {}, None, None
