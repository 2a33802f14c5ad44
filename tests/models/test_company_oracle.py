"""Whatever is written, the database refuses exactly the company that minutes on paper refuse.

The oracle knows no triggers and no instants: a person is in a site's area for a set of minutes of
one fortnight, and is brought and taken back for two others.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError

from avl.domain.booking import Status
from avl.models import Appearance, KeepApart, Site, db
from tests import make

pytestmark = pytest.mark.both_databases

MIDNIGHT = make.at("00:00")
DAY = 24 * 60
STEP = 15
WORLDS, WRITES = 20, 60
FOCUS = ("pairs", "young", "remand", "escorts", "all")


@dataclass(frozen=True)
class There:
    """Where somebody is, and from which to which minute; nobody is anywhere without minutes."""

    who: int
    site: int
    start: int
    end: int
    is_young: bool
    is_sentenced: bool | None


@dataclass(frozen=True)
class Rules:
    """What one site says; times in minutes."""

    pickup: int
    escorts: int | None
    is_young_apart: bool
    is_remand_apart: bool


@dataclass(frozen=True)
class Pair:
    """Two who are kept apart."""

    people: frozenset[int]
    gap: int
    is_all_day: bool
    is_ended: bool


@dataclass
class Town:
    """Two sites, who is kept apart from whom, and who is there."""

    rules: dict[int, Rules]
    pairs: list[Pair]
    there: dict[int, There]

    def broken_by(self, new: There) -> set[str]:
        """The rules against somebody's being there with all the others."""
        others = [one for one in self.there.values() if one.who != new.who and one.site == new.site]
        rules = self.rules[new.site]
        found = set()
        if any(self._are_kept_apart(new, one) for one in others):
            found.add("appearance_kept_apart")
        meets = [one for one in others if self._area(one) & self._area(new)]
        if rules.is_young_apart and any(one.is_young != new.is_young for one in meets):
            found.add("appearance_young_apart")
        if rules.is_remand_apart and any(
            {one.is_sentenced, new.is_sentenced} == {True, False} for one in meets
        ):
            found.add("appearance_remand_apart")
        moving = [minute for one in [*others, new] for minute in self._moves(one)]
        if rules.escorts is not None and any(
            moving.count(minute) > rules.escorts for minute in self._moves(new)
        ):
            found.add("appearance_escorts_busy")
        return found

    def _are_kept_apart(self, one: There, other: There) -> bool:
        return any(
            pair.people == {one.who, other.who}
            and not pair.is_ended
            and (
                (pair.is_all_day and one.start // DAY == other.start // DAY)
                or any(
                    abs(mine - theirs) <= pair.gap
                    for mine in self._area(one)
                    for theirs in self._area(other)
                )
            )
            for pair in self.pairs
        )

    def _area(self, one: There) -> set[int]:
        """Minutes in steps, so a gap of so many minutes is as long in them as on the clock."""
        return set(range(one.start - self.rules[one.site].pickup, one.end, STEP))

    def _moves(self, one: There) -> list[int]:
        pickup = self.rules[one.site].pickup
        brought = range(one.start - pickup, one.start, STEP)
        return [*brought, *range(one.end, one.end + pickup, STEP)]


@pytest.fixture
def people(session: Any) -> Mapping[int, int]:
    """Six people in one booking that keeps no place: the id of each one's appearance."""
    prison, elsewhere = make.prison(suites=6), make.prison()
    who = [make.person(held_at=prison) for _ in range(6)]
    made = make.booking(*who, status=Status.CANCELLED, at_prison=prison, is_published=False)
    assert elsewhere.id != prison.id
    return {one.person_id: one.id for one in made.appearances}


def test_the_database_refuses_the_company_that_counting_minutes_refuses(people):
    sites = sorted(site_id for (site_id,) in db.session.query(Site.id).filter_by(kind="prison"))
    seen: dict[str, int] = {}
    for seed in range(WORLDS):
        draw = random.Random(seed)
        # Mostly one rule at a time, since any other that refuses too would hide what it lets pass.
        about = FOCUS[seed % len(FOCUS)]
        town = Town({}, pairs_of(draw, list(people), about), {})
        clear(town)
        for number in range(WRITES):
            if number % (WRITES // 2) == 0:  # Who is there already is left where they are.
                town.rules = {site: rules_of(draw, about) for site in sites}
                write_rules(town)
            new, statement = some_write(draw, town, people)
            wrong = town.broken_by(new)
            said = refusal_of(statement)

            assert (said in wrong) if wrong else said is None, (seed, new, wrong, said, town)
            if not wrong:
                town.there[new.who] = new
            for rule in wrong or {"none"}:
                seen[rule] = seen.get(rule, 0) + 1
    assert min(seen.values()) >= WORLDS, seen
    assert len(seen) == 5


def rules_of(draw: random.Random, about: str) -> Rules:
    return Rules(
        pickup=draw.choice((0, 15, 30, 90)),
        escorts=draw.choice((None, 1, 1, 2)) if about in ("escorts", "all") else None,
        is_young_apart=about in ("young", "all") and draw.random() < 0.8,
        is_remand_apart=about in ("remand", "all") and draw.random() < 0.8,
    )


def pairs_of(draw: random.Random, people: list[int], about: str) -> list[Pair]:
    if about not in ("pairs", "all"):
        return []
    couples = dict.fromkeys(frozenset(draw.sample(people, 2)) for _ in range(8))
    return [
        Pair(couple, draw.choice((0, 15, 30)), draw.random() < 0.3, draw.random() < 0.2)
        for couple in couples
    ]


def clear(town: Town) -> None:
    """Let nobody be anywhere, and write who is kept apart from whom."""
    nobody = {"present_from": None, "present_to": None, "present_on": None}
    db.session.execute(update(Appearance).values(**nobody))
    db.session.execute(delete(KeepApart))
    for pair in town.pairs:
        first, second = sorted(pair.people)
        db.session.add(
            KeepApart(
                first_id=first,
                second_id=second,
                gap_minutes=pair.gap,
                other_site_too=pair.is_all_day,
                made_at=MIDNIGHT,
                ended_at=MIDNIGHT if pair.is_ended else None,
            )
        )
    db.session.commit()


def write_rules(town: Town) -> None:
    for site, rules in town.rules.items():
        db.session.execute(
            update(Site)
            .where(Site.id == site)
            .values(
                pickup_minutes=rules.pickup,
                escort_capacity=rules.escorts,
                separates_youth=rules.is_young_apart,
                separates_remand=rules.is_remand_apart,
            )
        )
    db.session.commit()


def some_write(
    draw: random.Random, town: Town, people: Mapping[int, int]
) -> tuple[There, list[Any]]:
    """Somebody's new place: from nowhere, all at once, or one column of it alone."""
    who = draw.choice(list(people))
    mine = Appearance.id == people[who]
    was = town.there.get(who)
    how = draw.choice(("anew", "whole", "start", "end", "site")) if was else "anew"
    day = draw.choice((0, 0, 0, 0, 1)) * DAY
    start = day + 9 * 60 + STEP * draw.randrange(16)
    new = There(
        who,
        draw.choice(sorted(town.rules)),
        start,
        start + STEP * draw.choice((1, 2, 3, 4, 12)),
        was.is_young if was else draw.random() < 0.3,
        was.is_sentenced if was else draw.choice((None, True, True, False, False)),
    )
    if was and how == "start":
        early = was.start - was.start % DAY + new.start % DAY
        new = replace(was, start=min(early, was.end - STEP))
        return new, [update(Appearance).where(mine).values(present_from=instant(new.start))]
    if was and how == "end":
        longer = new.end - new.start + STEP * draw.choice((0, 5))
        new = replace(was, end=was.start + longer)
        return new, [update(Appearance).where(mine).values(present_to=instant(new.end))]
    if was and how == "site":
        new = replace(was, site=new.site)
        return new, [update(Appearance).where(mine).values(site_id=new.site)]
    if how == "whole":
        return new, [update(Appearance).where(mine).values(**columns(new))]
    row = db.session.get_one(Appearance, people[who])
    kept = ("id", "booking_id", "person_id", "suite_id", "courtroom_id")
    values = {name: getattr(row, name) for name in kept} | columns(new)
    return new, [delete(Appearance).where(mine), insert(Appearance).values(**values)]


def columns(one: There) -> dict[str, Any]:
    return {
        "site_id": one.site,
        "present_from": instant(one.start),
        "present_to": instant(one.end),
        "present_on": date.fromisoformat(make.TODAY) + timedelta(days=one.start // DAY),
        "is_young": one.is_young,
        "is_sentenced": one.is_sentenced,
    }


def instant(minute: int) -> Any:
    return MIDNIGHT + timedelta(minutes=minute)


def refusal_of(statements: list[Any]) -> str | None:
    """Write in one step, or not at all; the name of the rule that refuses it."""
    try:
        with db.session.begin_nested():
            for statement in statements:
                db.session.execute(statement, execution_options={"synchronize_session": False})
    except IntegrityError as refusal:
        diag = getattr(refusal.orig, "diag", None)
        return diag.constraint_name if diag is not None else str(refusal.orig)
    return None
