"""Rules about AVL or in person: a dated one added, ended, or withdrawn before it begins.

A rule that has begun is never rewritten: what stood on a date can be read for ever. It is ended,
and another begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.area_columns import MODE_RULES
from avl.commands.audit import record
from avl.commands.cells import CellsRefused, read_cells, spell_cell, what_changed
from avl.commands.hearing_types import require_administrator
from avl.commands.outages import PlaceChange
from avl.commands.ruling import rule_ruled, watch_rules
from avl.commands.transaction import command
from avl.domain.access import Actor
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotFound
from avl.domain.local_time import local_day, say_date
from avl.domain.seen import require_seen
from avl.models import HearingType, ModeRule, Site, SiteKind
from avl.queries.mode_rules import mark_of_rule
from avl.queries.standing import Ruled

LAW_ZONE = "Pacific/Auckland"
"""By whose clock a rule begins and ends: the country's, not one court's."""


@command
def add_mode_rule(session: Session, cells: Mapping[str, str], *, by: Actor) -> PlaceChange:
    """Add a dated rule; every booking that may no longer be by AVL goes on the worklist at once.

    Args:
        cells: its columns as in mode_rules.csv, the code aside; ``court`` is a site's code.

    Raises:
        NotAllowed: the actor does not administer the system.
        CellsRefused: a column cannot be read, or there is no source.
        InvalidInput: there is no such hearing type or court.
    """
    require_administrator(by)
    values = _values(session, cells)
    watch = watch_rules(session, [], list(rule_ruled(None, values)))
    rule = ModeRule(**values)
    session.add(rule)
    session.flush()
    cells_now = {name: spell_cell(value) for name, value in values.items()}
    changes = what_changed({}, cells_now)
    record(session, "add_mode_rule", by=by, subject=subject_of(rule.code), changes=changes)
    return PlaceChange(rule.id, watch.sweep(session, by=by))


@command
def end_mode_rule(
    session: Session, code: str, on: date | None, *, mark: str | None = None, by: Actor
) -> PlaceChange:
    """Let a rule stand until a date, the first on which it no longer does (None: for ever).

    Raises:
        NotFound: there is no such rule.
        NotAllowed: the actor does not administer the system.
        StaleVersion: somebody changed it meanwhile.
        ActionNotAllowed: it has ended already.
        InvalidInput: a date gone by, or before it begins.
    """
    rule = _locked(session, code, mark, by)
    today = local_day(clock.now(), LAW_ZONE)
    if rule.to_on is not None and rule.to_on <= today:
        raise ActionNotAllowed(f"This rule ended on {say_date(rule.to_on)}.")
    if on is not None and on < today:
        raise InvalidInput("to_on", "This date has passed. Choose today or a later date.")
    if on is not None and on <= rule.from_on:
        begins = say_date(rule.from_on)
        raise InvalidInput("to_on", f"It begins on {begins}. Choose a later date, or withdraw it.")
    watch = watch_rules(session, [], [Ruled(rule.hearing_type_code, rule.court_id)])
    before, rule.to_on = rule.to_on, on
    session.flush()
    changes = {"to_on": [spell_cell(before), spell_cell(on)]}
    record(session, "end_mode_rule", by=by, subject=subject_of(code), changes=changes)
    return PlaceChange(0, watch.sweep(session, by=by))


@command
def withdraw_mode_rule(
    session: Session, code: str, *, mark: str | None = None, by: Actor
) -> PlaceChange:
    """Take a rule back that has not begun.

    Raises:
        NotFound, NotAllowed, StaleVersion: as `end_mode_rule`.
        ActionNotAllowed: it has begun.
    """
    rule = _locked(session, code, mark, by)
    if rule.from_on <= local_day(clock.now(), LAW_ZONE):
        raise ActionNotAllowed("This rule has begun, so it stays on record. End it instead.")
    watch = watch_rules(session, [], [Ruled(rule.hearing_type_code, rule.court_id)])
    changes = {"sentence": [rule.sentence, ""], "from_on": [spell_cell(rule.from_on), ""]}
    session.delete(rule)
    session.flush()
    record(session, "withdraw_mode_rule", by=by, subject=subject_of(code), changes=changes)
    return PlaceChange(0, watch.sweep(session, by=by))


def subject_of(code: str) -> str:
    """How the audit names a rule."""
    return f"mode rule {code}"


def _locked(session: Session, code: str, mark: str | None, by: Actor) -> ModeRule:
    require_administrator(by)
    rule = session.scalars(
        select(ModeRule).where(ModeRule.code == code).with_for_update(key_share=True)
    ).one_or_none()
    if rule is None:
        raise NotFound(f"There is no rule {code}.")
    require_seen(mark, mark_of_rule(rule))
    return rule


def _values(session: Session, cells: Mapping[str, str]) -> dict[str, Any]:
    values = read_cells(MODE_RULES, {**cells, "code": "NEW"})
    if not values["source"]:
        raise CellsRefused({"source": "Say where this rule is written."})
    if values["to_on"] is not None and values["to_on"] <= values["from_on"]:
        raise InvalidInput("to_on", "The end must come after the start.")
    code, court = values.pop("hearing_type"), values.pop("court")
    if code is not None and session.get(HearingType, code) is None:
        raise InvalidInput("hearing_type", f"There is no hearing type {code}.")
    values |= {"hearing_type_code": code, "court_id": _court_id(session, court)}
    values["code"] = _new_code(session, values["layer"].value, values["from_on"])
    return values


def _court_id(session: Session, code: str | None) -> int | None:
    if code is None:
        return None
    court = select(Site.id).where(Site.code == code, Site.kind == SiteKind.COURT)
    if (found := session.scalar(court)) is None:
        raise InvalidInput("court", f"There is no court {code}.")
    return found


def _new_code(session: Session, layer: str, from_on: date) -> str:
    stem = f"{layer.upper()}-{from_on:%Y%m%d}-"
    taken = session.scalar(
        select(func.count()).select_from(ModeRule).where(ModeRule.code.startswith(stem))
    )
    number = (taken or 0) + 1
    # A rule withdrawn meanwhile leaves a gap, so the count alone may name one that stands.
    while session.scalar(select(ModeRule.id).where(ModeRule.code == f"{stem}{number}")):
        number += 1
    return f"{stem}{number}"
