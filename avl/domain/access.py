"""Who may do what: one table for routes, commands and buttons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """What an administrator grants at a site, at an agency, or everywhere."""

    REGISTRY = "registry"
    AVL_COORDINATOR = "avl_coordinator"
    PRISON_OFFICER = "prison_officer"
    COUNSEL = "counsel"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Do(StrEnum):
    """What is asked. Booking actions carry the booking's own verbs."""

    SEE = "see"
    BOOK = "book"
    AMEND = "amend"
    MOVE = "move"
    CANCEL = "cancel"
    CONFIRM = "confirm"
    DECLINE = "decline"
    RUN = "run"  # connect, stand down, complete
    CHANGE_SUITE = "change_suite"  # same prison, same time: nothing changes for the court
    SEE_NAMES = "see_names"
    SEE_STAFF_NOTES = "see_staff_notes"
    SEE_PRISON_NOTES = "see_prison_notes"
    SEE_MESSAGES = "see_messages"
    SEE_HISTORY = "see_history"
    SEARCH_PEOPLE = "search_people"
    DIRECT_MODE = "direct_mode"
    SEE_CALENDAR = "see_calendar"
    MAKE_FEED = "make_feed"
    ADD_PEOPLE = "add_people"
    KEEP_STAYS = "keep_stays"  # where a person is held
    CHANGE_RECORD = "change_record"  # a person's birth date, language and custody status
    KEEP_APART = "keep_apart"  # who must be kept apart from whom, and why
    KEEP_MATTERS = "keep_matters"
    KEEP_COUNSEL = "keep_counsel"
    KEEP_PLACES = "keep_places"  # take a room out of use, close the site for a day
    KEEP_SITE = "keep_site"  # its weekly hours, its rooms and its own rules
    KEEP_SITTINGS = "keep_sittings"  # when a court sits in which courtroom, and who presides
    ADMINISTER = "administer"


@dataclass(frozen=True, slots=True)
class Grant:
    """One membership: a role at a site, across an agency's sites, or (both None) everywhere."""

    role: Role
    site_id: int | None = None
    agency_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a signed-in person, a service user, or the system itself.

    Attributes:
        user_id: None only for the system (worker, command line).
        sites: every site id the grants reach, by role, worked out when the actor is loaded.
    """

    user_id: int | None
    name: str
    grants: tuple[Grant, ...] = ()
    counsel_id: int | None = None
    sites: tuple[tuple[Role, frozenset[int]], ...] = ()
    everywhere: frozenset[Role] = frozenset()

    @property
    def is_system(self) -> bool:
        return self.user_id is None

    def sites_as(self, *roles: Role) -> frozenset[int]:
        """Site ids where one of these roles is held (an 'everywhere' grant adds none)."""
        found: set[int] = set()
        for role, ids in self.sites:
            if role in roles:
                found |= ids
        return frozenset(found)

    def holds(self, *roles: Role) -> bool:
        """Whether one of these roles is held anywhere."""
        return any(grant.role in roles for grant in self.grants)


SYSTEM = Actor(user_id=None, name="the system")


class BookingSubject(Protocol):
    """What access rules need to know of a booking; a row satisfies it."""

    @property
    def requested_at(self) -> datetime | None: ...
    @property
    def court_id(self) -> int: ...
    @property
    def remote_site_ids(self) -> frozenset[int]: ...
    @property
    def counsel_ids(self) -> frozenset[int]: ...


@dataclass(frozen=True, slots=True)
class AppearanceSubject:
    """One appearance as the thing asked about: a co-defendant's prison and counsel learn nothing
    about the others in the booking."""

    requested_at: datetime | None
    court_id: int
    remote_site_ids: frozenset[int]
    counsel_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class SiteSubject:
    """A site (with id) as the thing asked about."""

    site_id: int


@dataclass(frozen=True, slots=True)
class PersonSubject:
    """A person as the thing asked about.

    Attributes:
        held_at: the site where they are now; None where no stay says so.
        court_ids: the courts at which they have a matter or a booking.
    """

    held_at: int | None
    court_ids: frozenset[int]


COURT_ROLES = (Role.REGISTRY,)
PRISON_ROLES = (Role.AVL_COORDINATOR, Role.PRISON_OFFICER)
WATCHING_ROLES = (Role.MANAGER, Role.ADMINISTRATOR)

# For each question about a booking: roles that may at the booking's court, roles that may at one
# of its remote sites, and whether its counsel may.
_BOOKING: dict[Do, tuple[tuple[Role, ...], tuple[Role, ...], bool]] = {
    Do.SEE: ((Role.REGISTRY, Role.MANAGER), (*PRISON_ROLES, Role.MANAGER), True),
    Do.SEE_NAMES: (COURT_ROLES, PRISON_ROLES, True),
    Do.SEE_STAFF_NOTES: (COURT_ROLES, (), False),
    Do.SEE_PRISON_NOTES: (COURT_ROLES, PRISON_ROLES, False),
    Do.SEE_MESSAGES: (COURT_ROLES, (), False),
    Do.SEE_HISTORY: ((Role.REGISTRY, Role.MANAGER), (*PRISON_ROLES, Role.MANAGER), False),
    Do.BOOK: (COURT_ROLES, (), False),
    Do.AMEND: (COURT_ROLES, (), False),
    Do.MOVE: (COURT_ROLES, (), False),
    Do.CANCEL: (COURT_ROLES, (), False),
    Do.CONFIRM: ((), (Role.AVL_COORDINATOR,), False),
    Do.DECLINE: ((), (Role.AVL_COORDINATOR,), False),
    Do.RUN: (COURT_ROLES, PRISON_ROLES, False),
    Do.CHANGE_SUITE: (COURT_ROLES, (Role.AVL_COORDINATOR,), False),
}

# Questions about a site: the roles that may there.
_SITE: dict[Do, tuple[Role, ...]] = {
    Do.BOOK: COURT_ROLES,
    Do.DIRECT_MODE: COURT_ROLES,
    Do.SEARCH_PEOPLE: (*COURT_ROLES, Role.AVL_COORDINATOR),
    Do.SEE_CALENDAR: (Role.REGISTRY, *PRISON_ROLES, Role.MANAGER),
    Do.MAKE_FEED: (Role.REGISTRY, *PRISON_ROLES),
    Do.ADD_PEOPLE: (*COURT_ROLES, Role.AVL_COORDINATOR),
    Do.KEEP_STAYS: (Role.AVL_COORDINATOR,),
    Do.KEEP_APART: (Role.AVL_COORDINATOR,),
    Do.KEEP_MATTERS: COURT_ROLES,
    Do.KEEP_COUNSEL: COURT_ROLES,
    Do.KEEP_PLACES: (*COURT_ROLES, Role.AVL_COORDINATOR),
    Do.KEEP_SITE: (Role.MANAGER, Role.ADMINISTRATOR),
    Do.KEEP_SITTINGS: (*COURT_ROLES, Role.MANAGER),
}

# Questions about a person: the roles that may where they are, and those that may at a court that
# has a case of theirs. Any registry finds anybody; of whom it has no case it corrects nothing.
_PERSON: dict[Do, tuple[tuple[Role, ...], tuple[Role, ...]]] = {
    Do.CHANGE_RECORD: ((Role.AVL_COORDINATOR,), COURT_ROLES),
}


def may(
    actor: Actor, do: Do, subject: BookingSubject | SiteSubject | PersonSubject | None = None
) -> bool:
    """Whether this actor may do this to this subject (None: anywhere at all).

    The system may do everything: it acts only on rules people have set. Administrators set the
    system up but do not read bookings, names or notes by virtue of that role.
    """
    if actor.is_system:
        return True
    if do is Do.ADMINISTER:
        return actor.holds(Role.ADMINISTRATOR)
    if subject is None:
        if do in _SITE:
            return actor.holds(*_SITE[do])
        some, others = _PERSON[do] if do in _PERSON else _BOOKING[do][:2]
        return actor.holds(*some, *others)
    if isinstance(subject, SiteSubject):
        roles = _SITE[do]
        return subject.site_id in actor.sites_as(*roles) or _everywhere(actor, roles)
    if isinstance(subject, PersonSubject):
        return _may_with_person(actor, do, subject)
    court_roles, remote_roles, counsel_may = _BOOKING[do]
    if subject.requested_at is None:
        # An offer only held, or given back, never left the court: nobody else knows of it.
        court_roles = tuple(role for role in court_roles if role in COURT_ROLES)
        remote_roles, counsel_may = (), False
    if counsel_may and _is_counsel_of(actor, subject):
        return True
    if subject.court_id in actor.sites_as(*court_roles) or _everywhere(actor, court_roles):
        return True
    return bool(subject.remote_site_ids & actor.sites_as(*remote_roles)) or _everywhere(
        actor, remote_roles
    )


def _may_with_person(actor: Actor, do: Do, person: PersonSubject) -> bool:
    held_roles, court_roles = _PERSON[do]
    if person.court_ids & actor.sites_as(*court_roles) or _everywhere(actor, court_roles):
        return True
    if person.held_at is None:
        return False
    return person.held_at in actor.sites_as(*held_roles) or _everywhere(actor, held_roles)


def _is_counsel_of(actor: Actor, subject: BookingSubject) -> bool:
    return actor.holds(Role.COUNSEL) and actor.counsel_id in subject.counsel_ids


def _everywhere(actor: Actor, roles: tuple[Role, ...]) -> bool:
    return any(role in actor.everywhere for role in roles)
