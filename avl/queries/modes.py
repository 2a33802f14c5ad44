"""Which mode stands for each person at a hearing, from the rules and directions on record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from avl.domain.modes import ModeDecision, ModeFacts, Trigger, decide_mode
from avl.models import Direction, HearingType, ModeRule, Person, Site

ADULT_AGE = 18


def decide_modes(
    session: Session,
    *,
    court_id: int,
    hearing_type: HearingType,
    matters: Mapping[int, int | None],
    on: date,
    people: Collection[Person] | None = None,
) -> dict[int, ModeDecision]:
    """Decide AVL or in person for several people at one hearing.

    Args:
        matters: for each person id, the id of the matter they appear on, if it is known.
        on: the hearing's date at the court.
        people: the same people, where the caller has read them already.

    Returns:
        A decision for each person id.
    """
    rules, subkind = _rules_for(session, court_id, hearing_type.code)
    directions = session.scalars(
        select(Direction).where(
            Direction.person_id.in_(matters), Direction.hearing_type_code == hearing_type.code
        )
    ).all()
    if people is None:
        people = session.scalars(select(Person).where(Person.id.in_(matters))).all()
    return {
        person.id: decide_mode(
            ModeFacts(
                hearing_type=hearing_type.code,
                act_class=hearing_type.act_class,
                court_id=court_id,
                court_subkind=subkind,
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


def _rules_for(session: Session, court_id: int, code: str) -> tuple[list[ModeRule], str]:
    """Rules that could speak for this hearing type at this court, and the court's kind.

    The kind comes along with the rules: without a rule nothing would ask for it.
    """
    found = session.execute(
        select(ModeRule, Site.subkind)
        .join(Site, Site.id == court_id)
        .where(
            or_(ModeRule.hearing_type_code.is_(None), ModeRule.hearing_type_code == code),
            or_(ModeRule.court_id.is_(None), ModeRule.court_id == court_id),
            ModeRule.court_subkind.in_(("", Site.subkind)),
        )
    ).all()
    return [rule for rule, _ in found], next((kind for _, kind in found), "")


def _triggers(person: Person, on: date) -> frozenset[str]:
    found = set()
    if person.born_on and _age(person.born_on, on) < ADULT_AGE:
        found.add(Trigger.YOUTH.value)
    if person.interpreter_language:
        found.add(Trigger.INTERPRETER.value)
    return frozenset(found)


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
