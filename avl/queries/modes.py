"""Which mode stands for each person at a hearing, from the rules and directions on record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from avl.domain.modes import Directed, ModeDecision, ModeFacts, Rule, Trigger, decide_mode
from avl.models import Direction, HearingType, ModeRule, Person, Site
from avl.queries.gathering import among
from avl.queries.ready import Ready

ADULT_AGE = 18


class Asked(Protocol):
    """What is asked of a person; a row of `Person` satisfies it."""

    @property
    def id(self) -> int: ...
    @property
    def born_on(self) -> date | None: ...
    @property
    def interpreter_language(self) -> str: ...


class Classed(Protocol):
    """What is asked of a hearing type; a row of `HearingType` satisfies it."""

    @property
    def code(self) -> str: ...
    @property
    def act_class(self) -> str: ...


class DirectedPerson(Directed, Protocol):
    """A direction that says about whom, and in which matter; a row of `Direction` satisfies it."""

    @property
    def person_id(self) -> int: ...
    @property
    def matter_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class RuleRead:
    """One rule as the domain asks about it, where a whole row was not read."""

    layer: str
    hearing_type_code: str | None
    act_class: str
    court_id: int | None
    court_subkind: str
    in_custody: bool | None
    trigger: str
    mode: str
    override_role: str
    consent: str
    from_on: date
    to_on: date | None
    sentence: str
    source: str


RULE_COLUMNS = (
    ModeRule.layer,
    ModeRule.hearing_type_code,
    ModeRule.act_class,
    ModeRule.court_id,
    ModeRule.court_subkind,
    ModeRule.in_custody,
    ModeRule.trigger,
    ModeRule.mode,
    ModeRule.override_role,
    ModeRule.consent,
    ModeRule.from_on,
    ModeRule.to_on,
    ModeRule.sentence,
    ModeRule.source,
)
"""What a rule is read from, in the order of `RuleRead`."""

# Built once: building these anew for each booking costs more than the database does to answer.
_RULES = Ready(
    select(*RULE_COLUMNS, Site.subkind)
    .join(Site, Site.id == bindparam("court_id"))
    .where(
        or_(
            ModeRule.hearing_type_code.is_(None),
            ModeRule.hearing_type_code == bindparam("code"),
        ),
        ModeRule.act_class.in_(("", bindparam("act_class"))),
        or_(ModeRule.court_id.is_(None), ModeRule.court_id == bindparam("court_id")),
        ModeRule.court_subkind.in_(("", Site.subkind)),
        ModeRule.from_on <= bindparam("on"),
        or_(ModeRule.to_on.is_(None), ModeRule.to_on > bindparam("on")),
    )
    .order_by(ModeRule.id)
)
_DIRECTIONS = Ready(
    select(
        Direction.person_id,
        Direction.matter_id,
        Direction.mode,
        Direction.role,
        Direction.officer_name,
        Direction.reason,
        Direction.consent_given,
        Direction.directed_on,
        Direction.recorded_at,
    )
    .where(
        among(Direction.person_id, "people"),
        Direction.hearing_type_code == bindparam("code"),
    )
    .order_by(Direction.id)
)
_PEOPLE = Ready(
    select(Person.id, Person.born_on, Person.interpreter_language).where(among(Person.id, "people"))
)


def decide_modes(
    session: Session,
    *,
    court_id: int,
    hearing_type: HearingType,
    matters: Mapping[int, int | None],
    on: date,
    people: Collection[Asked] | None = None,
) -> dict[int, ModeDecision]:
    """Decide AVL or in person for several people at one hearing.

    Args:
        matters: for each person id, the id of the matter they appear on, if it is known.
        on: the hearing's date at the court.
        people: the same people, where the caller has read them already.

    Returns:
        A decision for each person id.
    """
    rules, subkind = _rules_for(session, court_id, hearing_type, on)
    values = {"people": list(matters), "code": hearing_type.code}
    directions = _DIRECTIONS.rows(session, values)
    if people is None:
        people = _PEOPLE.rows(session, values)
    return decide_each(
        people,
        hearing_type=hearing_type,
        court_id=court_id,
        court_subkind=subkind,
        matters=matters,
        rules=rules,
        directions=directions,
        on=on,
    )


def decide_each(
    people: Iterable[Asked],
    *,
    hearing_type: Classed,
    court_id: int,
    court_subkind: str,
    matters: Mapping[int, int | None],
    rules: Sequence[Rule],
    directions: Sequence[DirectedPerson],
    on: date,
) -> dict[int, ModeDecision]:
    """Decide for each person, from rules and directions that have been read already.

    Args:
        matters, on: see `decide_modes`.
        rules, directions: may hold others that do not concern this hearing or these people.
    """
    return {
        person.id: decide_mode(
            ModeFacts(
                hearing_type=hearing_type.code,
                act_class=hearing_type.act_class,
                court_id=court_id,
                court_subkind=court_subkind,
                triggers=_triggers(person, on),
            ),
            rules,
            [
                direction
                for direction in directions
                if direction.person_id == person.id
                and direction.matter_id in (None, matters[person.id])
            ],
            on,
        )
        for person in people
    }


def _rules_for(
    session: Session, court_id: int, hearing_type: HearingType, on: date
) -> tuple[list[Any], str]:
    """Rules that could speak for this hearing type at this court, and the court's kind.

    The kind comes along with the rules: without a rule nothing would ask for it.
    """
    values = {
        "court_id": court_id,
        "code": hearing_type.code,
        "act_class": hearing_type.act_class,
        "on": on,
    }
    found = _RULES.rows(session, values)
    return found, next((row.subkind for row in found), "")


def _triggers(person: Asked, on: date) -> frozenset[str]:
    found = set()
    if person.born_on and _age(person.born_on, on) < ADULT_AGE:
        found.add(Trigger.YOUTH.value)
    if person.interpreter_language:
        found.add(Trigger.INTERPRETER.value)
    return frozenset(found)


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
