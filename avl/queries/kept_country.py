"""What is the same everywhere: hearing types and the rules about the mode, read once and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, make_transient_to_detached

from avl.models import Access, HearingType, ModeRule, PlaceStamp
from avl.queries.gathering import gathered
from avl.queries.lending import lend
from avl.queries.ready import Ready
from avl.queries.stamps import COUNTRY, Kept, stamps_of


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


@dataclass(frozen=True, slots=True)
class Country:
    """What is kept of the country.

    Attributes:
        types: by code. They belong to no session: give a session its own copy (`type_in`).
        rules: all of them, in the order they were recorded.
    """

    types: Mapping[str, HearingType]
    rules: tuple[RuleRead, ...]

    def type_in(self, session: Session, code: str) -> HearingType | None:
        """The hearing type with this code, as if the session had read it."""
        kept = self.types.get(code)
        return lend(session, kept) if kept else None


_TYPES = select(
    gathered(
        HearingType.code,
        HearingType.name,
        HearingType.access,
        HearingType.act_class,
        HearingType.is_bookable,
        HearingType.interpreter_days,
    )
).scalar_subquery()
_RULES = select(gathered(ModeRule.id, *RULE_COLUMNS)).scalar_subquery()
_STAMP = select(PlaceStamp.stamp).where(PlaceStamp.place_id == COUNTRY).scalar_subquery()
# The stamp comes with the facts: both are of one moment, whatever is saved meanwhile.
_COUNTRY = Ready(select(_STAMP.label("stamp"), _TYPES.label("types"), _RULES.label("rules")))
_KEPT: Kept[Country] = Kept(1)


def country_of(session: Session, stamps: Mapping[int, int] | None = None) -> Country:
    """Hearing types and rules as this transaction sees them.

    Args:
        stamps: the country's stamp among others, where it has just been read.
    """
    if stamps is None:
        stamps = stamps_of(session, [COUNTRY])
    kept = _KEPT.get(session, COUNTRY, stamps.get(COUNTRY))
    return kept or _read(session)


def _read(session: Session) -> Country:
    (row,) = _COUNTRY.rows(session, {})
    country = Country(
        {spelt[0]: _type(*spelt) for spelt in row.types or ()},
        tuple(rule_read(spelt[1:]) for spelt in sorted(row.rules or (), key=lambda one: one[0])),
    )
    _KEPT.put(session, COUNTRY, row.stamp, country)
    return country


def _type(
    code: str, name: str, access: str, act_class: str, is_bookable: bool, days: int | None
) -> HearingType:
    kind = HearingType(
        code=code,
        name=name,
        access=Access(access),
        act_class=act_class,
        is_bookable=bool(is_bookable),
        interpreter_days=days,
    )
    make_transient_to_detached(kind)
    return kind


def rule_read(spelt: Sequence[Any]) -> RuleRead:
    """A rule from its columns as the database gathered them; dates come as text."""
    from_on, to_on = spelt[10:12]
    dates = (date.fromisoformat(from_on), date.fromisoformat(to_on) if to_on else None)
    return RuleRead(*(*spelt[:10], *dates, *spelt[12:]))
