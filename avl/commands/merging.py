"""Merging two records of one person: everything of the one becomes the other's, or nothing."""

from __future__ import annotations

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.disruption_steps import Watch
from avl.commands.foreseeing import foresee
from avl.commands.keeping import changed
from avl.commands.record_steps import check_person_version, lock_person
from avl.commands.record_watch import watch_records
from avl.commands.records import Move, moved, note
from avl.commands.stale_plans import set_merged_plans_aside
from avl.commands.transaction import command
from avl.domain.access import Actor
from avl.domain.booking import Action
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotAllowed, NotFound
from avl.domain.merging import join_stays
from avl.models import (
    Appearance,
    Booking,
    CustodyStay,
    Direction,
    Hold,
    KeepApart,
    MatterParty,
    Person,
    WaitlistEntry,
    db,
)
from avl.queries.merging import (
    MergeSeen,
    doubts_about,
    may_merge,
    merge_of,
    obstacles_to,
    say_both,
    stays_of,
)
from avl.queries.previews import Preview

CONFIRM = "Confirm that they are one person, who goes by both."


@command
def merge_people(
    session: Session,
    kept_id: int,
    other_id: int,
    *,
    by: Actor,
    version: int | None = None,
    other_version: int | None = None,
    is_one_person: bool = False,
) -> Move:
    """Make two records of one person one: stays, bookings, matters, keep-aparts and waits move.

    The other record's PRN still finds the person. Bookings that cannot stand afterwards go on
    the worklist.

    Args:
        version: of the record that is kept, as it was read; None for any. ``other_version``
            likewise.
        is_one_person: somebody has confirmed it, whatever speaks against it (`doubts_about`).

    Raises:
        StaleVersion: one of them was changed since its version was read.
        NotFound: one of them is not there, or has been merged already.
        NotAllowed: the actor keeps the stays of neither.
        ActionNotAllowed: they cannot be one person as they stand; the message says why.
        InvalidInput: something speaks against it, and nobody has confirmed it.
    """
    if kept_id == other_id:
        raise InvalidInput("prn", "Choose two records.")
    locked = {key: lock_person(session, key) for key in sorted((kept_id, other_id))}
    kept, other = _mergeable(session, locked[kept_id], locked[other_id], by=by)
    check_person_version(kept, version)
    check_person_version(other, other_version)
    # Bookings and rooms are locked before anything is compared, so that nothing comes between.
    watch = watch_records(session, [kept.id, other.id])
    if obstacles := obstacles_to(session, by, kept, other):
        raise ActionNotAllowed(" ".join(obstacles))
    if not is_one_person and (doubts := doubts_about(kept, other)):
        raise InvalidInput("is_one_person", f"{' '.join(doubts)} {CONFIRM}")
    theirs = {
        booking.id
        for booking in watch.bookings
        if any(one.person_id == other.id for one in booking.appearances)
    }
    _join_stays(session, kept, other)
    _move_rows(session, kept, other)
    _join_matters(session, kept, other)
    _join_apart(session, kept, other)
    _move_waits(session, kept, other)
    kept.born_on = kept.born_on or other.born_on
    kept.interpreter_language = kept.interpreter_language or other.interpreter_language
    other.version += 1
    note(session, "merge_people", kept, by=by, merged=[other.id, kept.id])
    note(session, "merged_into", other, by=by, merged=[other.id, kept.id])
    _tell(session, watch, theirs, kept, other, by=by)
    set_merged_plans_aside(session, [kept.id, other.id])
    return moved(session, kept, f"They are one now: {say_both(kept, other)}.", by=by, watch=watch)


def look_at_merge(kept_id: int, other_id: int, *, by: Actor) -> MergeSeen:
    """Say what merging two records would move, and what stands in its way; nothing is changed.

    Raises:
        NotFound: one of them is not there, or has been merged already.
        NotAllowed: the actor keeps the stays of neither.
    """
    session = db.session()
    people = session.get(Person, kept_id), session.get(Person, other_id)
    kept, other = _mergeable(session, *people, by=by)
    return merge_of(by, kept, other, now=clock.now())


def foresee_merge(
    kept_id: int,
    other_id: int,
    *,
    by: Actor,
    version: int | None = None,
    other_version: int | None = None,
    is_one_person: bool = False,
) -> Preview:
    """Say which bookings merging two records would break; nothing is changed.

    Raises:
        DomainError: as `merge_people` would.
    """
    return foresee(
        merge_people,
        kept_id,
        other_id,
        by=by,
        version=version,
        other_version=other_version,
        is_one_person=is_one_person,
        what="Making these two records one",
    )


def _mergeable(
    session: Session, kept: Person | None, other: Person | None, *, by: Actor
) -> tuple[Person, Person]:
    """Both records, where they are there and this actor merges them."""
    if kept is None or other is None or kept.merged_into_id or other.merged_into_id:
        raise NotFound("There is no such person.")
    if not may_merge(session, by, kept, other):
        raise NotAllowed("Only the AVL coordinator of the place where the person is merges them.")
    return kept, other


def _join_stays(session: Session, kept: Person, other: Person) -> None:
    joined, _ = join_stays(stays_of(session, kept), stays_of(session, other))
    session.execute(delete(CustodyStay).where(CustodyStay.person_id.in_((kept.id, other.id))))
    session.expire(kept, ["stays"])
    session.expire(other, ["stays"])
    session.add_all(
        CustodyStay(
            person_id=kept.id,
            site_id=stay.site_id,
            starts_at=stay.start,
            ends_at=stay.end,
            status=stay.status,
        )
        for stay in joined
    )
    session.flush()


def _move_rows(session: Session, kept: Person, other: Person) -> None:
    for table, column, value in (
        (Appearance, Appearance.person_id, other.id),
        (Direction, Direction.person_id, other.id),
        (WaitlistEntry, WaitlistEntry.person_id, other.id),
        (Person, Person.merged_into_id, other.id),
    ):
        session.execute(
            update(table)
            .where(column == value)
            .values({column: kept.id})
            .execution_options(synchronize_session=False)
        )
    session.execute(
        update(Hold)
        .where(Hold.resource_id == other.resource_id)
        .values(resource_id=kept.resource_id)
        .execution_options(synchronize_session=False)
    )
    other.merged_into_id = kept.id


def _join_matters(session: Session, kept: Person, other: Person) -> None:
    parties = session.scalars(
        select(MatterParty).where(MatterParty.person_id.in_((kept.id, other.id)))
    ).all()
    mine = {party.matter_id: party for party in parties if party.person_id == kept.id}
    for party in parties:
        if party.person_id != other.id:
            continue
        if (same := mine.get(party.matter_id)) is None:
            party.person_id = kept.id
        else:
            same.counsel_id = same.counsel_id or party.counsel_id
            session.delete(party)
    session.flush()


def _join_apart(session: Session, kept: Person, other: Person) -> None:
    """Keep the person apart from everybody either record named, by the stricter of two rules."""
    pairs = session.scalars(
        select(KeepApart).where(
            or_(
                KeepApart.first_id.in_((kept.id, other.id)),
                KeepApart.second_id.in_((kept.id, other.id)),
            )
        )
    ).all()
    both = {kept.id, other.id}
    mine = {one.first_id + one.second_id - kept.id: one for one in pairs if kept.id in _ids(one)}
    for pair in pairs:
        if other.id not in _ids(pair):
            continue
        if _ids(pair) == both:
            session.delete(pair)
            continue
        from_whom = pair.first_id + pair.second_id - other.id
        same = mine.get(from_whom)
        if same is None:
            pair.first_id, pair.second_id = sorted((kept.id, from_whom))
            continue
        is_over = same.ended_at is not None and pair.ended_at is not None
        if pair.ended_at is None:
            same.gap_minutes = max(same.gap_minutes, pair.gap_minutes)
            same.other_site_too = same.other_site_too or pair.other_site_too
        same.ended_at = same.ended_at if is_over else None
        session.delete(pair)
    session.flush()


def _ids(pair: KeepApart) -> set[int]:
    return {pair.first_id, pair.second_id}


def _move_waits(session: Session, kept: Person, other: Person) -> None:
    waits = session.scalars(select(WaitlistEntry).where(WaitlistEntry.ended_at.is_(None)))
    for entry in waits:
        seats = entry.wish["room"]["seats"]
        if any(seat["person_id"] == other.id for seat in seats):
            named = [
                {**seat, "person_id": kept.id} if seat["person_id"] == other.id else seat
                for seat in seats
            ]
            entry.wish = {**entry.wish, "room": {**entry.wish["room"], "seats": named}}


def _tell(
    session: Session, watch: Watch, theirs: set[int], kept: Person, other: Person, *, by: Actor
) -> None:
    """Publish the bookings that name another record now."""
    session.flush()
    for booking in watch.bookings:
        for appearance in booking.appearances:
            session.refresh(appearance, ["person_id", "person"])
        if booking.id in theirs:
            _changed(session, booking, kept, other, by=by)


def _changed(session: Session, booking: Booking, kept: Person, other: Person, *, by: Actor) -> None:
    changes = {"person": [other.id, kept.id]}
    changed(session, booking, Action.AMEND, by=by, reason="Two records are one.", changes=changes)
