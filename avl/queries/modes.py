"""Which mode stands for each person at a hearing, from the rules and directions on record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

from sqlalchemy import ColumnElement, SQLColumnExpression, bindparam, select
from sqlalchemy.orm import Session

from avl.domain.modes import Directed, ModeDecision, ModeFacts, Rule, Trigger, decide_mode
from avl.models import Direction, Person
from avl.queries.gathering import among
from avl.queries.kept_country import country_of
from avl.queries.kept_places import look_at, places_of
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


DIRECTION_COLUMNS = (
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
"""What a direction is read from where a whole row is not (`DirectedPerson`)."""

# Built once: building these anew for each booking costs more than the database does to answer.
_DIRECTIONS = Ready(
    select(*DIRECTION_COLUMNS)
    .where(
        among(Direction.person_id, "people"),
        Direction.hearing_type_code == bindparam("code"),
    )
    .order_by(Direction.id)
)
_PEOPLE = Ready(
    select(Person.id, Person.born_on, Person.interpreter_language).where(among(Person.id, "people"))
)


def is_directed_about(person_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Whether any direction is on record about a person, whatever it is for."""
    return select(Direction.id).where(Direction.person_id == person_id).exists()


def decide_modes(
    session: Session,
    *,
    court_id: int,
    hearing_type: Classed,
    matters: Mapping[int, int | None],
    on: date,
    people: Collection[Asked] | None = None,
    stamps: Mapping[int, int] | None = None,
    is_directed: bool = True,
) -> dict[int, ModeDecision]:
    """Decide AVL or in person for several people at one hearing.

    Args:
        matters: for each person id, the id of the matter they appear on, if it is known.
        on: the hearing's date at the court.
        people: the same people, where the caller has read them already.
        stamps: the country's and the court's, where they have just been read.
        is_directed: False where no direction about any of them is known to be on record: then
            none is looked for.

    Returns:
        A decision for each person id.
    """
    if stamps is None:
        places, stamps = look_at(session, [court_id], on)
    else:
        places = places_of(session, [court_id], on, stamps)
    rules, court = country_of(session, stamps).rules, places.get(court_id)
    values = {"people": list(matters), "code": hearing_type.code}
    directions = _DIRECTIONS.rows(session, values) if is_directed else []
    if people is None:
        people = _PEOPLE.rows(session, values)
    return decide_each(
        people,
        hearing_type=hearing_type,
        court_id=court_id,
        court_subkind=court.row.subkind if court else "",
        matters=matters,
        rules=[rule for rule in rules if _may_speak(rule, hearing_type, court_id, on)],
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


def _may_speak(rule: Rule, hearing_type: Classed, court_id: int, on: date) -> bool:
    """Whether a rule could speak for a hearing type at a court on a date."""
    return (
        rule.hearing_type_code in (None, hearing_type.code)
        and rule.act_class in ("", hearing_type.act_class)
        and rule.court_id in (None, court_id)
        and rule.from_on <= on
        and (rule.to_on is None or on < rule.to_on)
    )


def _triggers(person: Asked, on: date) -> frozenset[str]:
    found = set()
    if person.born_on and _age(person.born_on, on) < ADULT_AGE:
        found.add(Trigger.YOUTH.value)
    if person.interpreter_language:
        found.add(Trigger.INTERPRETER.value)
    return frozenset(found)


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
