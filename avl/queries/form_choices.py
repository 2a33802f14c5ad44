"""What there is to choose from on a booking form, read in one query however much it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, bindparam, or_, select
from sqlalchemy.orm import Session

from avl.domain.access import Actor, Role
from avl.domain.folding import fold
from avl.domain.resources import in_whole_steps
from avl.models import Access, HearingType, ModeRule, Resource, ResourceKind, Site
from avl.queries.gathering import among, gathered
from avl.queries.kept_country import RULE_COLUMNS, RuleRead, rule_read


@dataclass(frozen=True, slots=True)
class Room:
    """A courtroom, or an instruction suite, that the officer may book."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Court:
    """One of the officer's courts with its courtrooms, by name.

    Attributes:
        subkind: what kind of court it is, for rules that stand in one kind only.
        instruction_suites: rooms there from which counsel speaks with a client in prison.
    """

    id: int
    name: str
    zone: str
    subkind: str
    rooms: tuple[Room, ...]
    instruction_suites: tuple[Room, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeOfHearing:
    """A hearing type and its usual lengths, in minutes.

    Attributes:
        act_class: how the Act classes it.
        interpreter_days: how far ahead it wants interpreters asked for; None: as its court does.
    """

    code: str
    name: str
    minutes: int
    pre_minutes: int
    post_minutes: int
    is_closed: bool
    act_class: str
    interpreter_days: int | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What an officer chooses from.

    Attributes:
        rules: about AVL or in person, as far as they may concern the hearing type asked about.
    """

    courts: tuple[Court, ...]
    hearing_types: tuple[TypeOfHearing, ...]
    rules: tuple[RuleRead, ...]


_ROOMS = (
    select(
        gathered(
            Site.short_name,
            Resource.sort_order,
            Resource.name,
            Resource.id,
            Resource.kind,
            Site.id,
            Site.zone,
            Site.subkind,
        )
    )
    .select_from(Site)
    .join(Resource, Resource.site_id == Site.id)
    .where(
        or_(bindparam("is_everywhere", type_=Boolean()), among(Site.id, "courts")),
        Site.is_active,
        Resource.kind.in_((ResourceKind.COURTROOM, ResourceKind.INSTRUCTION_SUITE)),
        Resource.is_active,
    )
    .scalar_subquery()
)
_TYPES = (
    select(
        gathered(
            HearingType.code,
            HearingType.name,
            HearingType.typical_minutes,
            HearingType.pre_minutes,
            HearingType.post_minutes,
            HearingType.access,
            HearingType.act_class,
            HearingType.interpreter_days,
        )
    )
    .where(HearingType.is_bookable)
    .scalar_subquery()
)
_RULES = (
    select(gathered(*RULE_COLUMNS))
    .select_from(HearingType)
    .join(ModeRule, ModeRule.act_class.in_(("", HearingType.act_class)))
    .where(
        HearingType.code == bindparam("code"),
        or_(ModeRule.hearing_type_code.is_(None), ModeRule.hearing_type_code == HearingType.code),
    )
    .scalar_subquery()
)
_CHOICES = select(_ROOMS, _TYPES, _RULES)


def form_choices(session: Session, actor: Actor, *, hearing_type: str) -> Choices:
    """The officer's courts with their rooms, the hearing types, and one type's rules.

    Args:
        hearing_type: the code chosen so far; "" while there is none.
    """
    values = {
        "is_everywhere": actor.is_system or Role.REGISTRY in actor.everywhere,
        "courts": actor.sites_as(Role.REGISTRY),
        "code": hearing_type,
    }
    rooms, types, rules = session.execute(_CHOICES, values).one()
    return Choices(
        courts=tuple(_courts(rooms or ())),
        hearing_types=tuple(
            _type(*kind) for kind in sorted(types or (), key=lambda kind: fold(kind[1]))
        ),
        rules=tuple(rule_read(spelt) for spelt in rules or ()),
    )


def _courts(rows: Iterable[list[Any]]) -> Iterable[Court]:
    """Courts that have a courtroom, with their rooms in the order they are shown."""
    found: dict[tuple[int, str, str, str], tuple[list[Room], list[Room]]] = {}
    for name, _, room, room_id, kind, site_id, zone, subkind in sorted(rows):
        both = found.setdefault((site_id, name, zone, subkind), ([], []))
        both[kind == ResourceKind.INSTRUCTION_SUITE].append(Room(room_id, room))
    for court, (courtrooms, instruction) in found.items():
        if courtrooms:
            yield Court(*court, tuple(courtrooms), tuple(instruction))


def _type(
    code: str, name: str, minutes: int, before: int, after: int, access: str, *others: Any
) -> TypeOfHearing:
    # A usual length is measured and need not be one that can be booked: a list hearing's is 8.
    hearing, pre, post = (in_whole_steps(usual) for usual in (minutes, before, after))
    return TypeOfHearing(code, name, hearing, pre, post, access != Access.OPEN, *others)
