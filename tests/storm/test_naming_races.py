"""Counsel, or a judicial officer, whom many record at once is recorded once."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from flask import Flask

from avl.commands.counsel_records import CounselTyped, SameCounsel, add_counsel
from avl.commands.people_import import PeopleImport, import_people
from avl.commands.rosters import RosterDone, import_roster
from avl.commands.sittings import SittingTerms, add_sitting
from avl.domain.access import SYSTEM
from avl.models import Counsel, Resource, ResourceKind, db
from tests.storm.crowd import Crowd, at_once, patiently, rounds

pytestmark = pytest.mark.both_databases

MANY = 6


def test_counsel_added_by_many_is_recorded_once(app: Flask, crowd: Crowd) -> None:
    typed = CounselTyped("Maia Tuhoe", "Te Ao Chambers")

    outcomes = at_once(app, [patiently(partial(add_counsel, typed, by=crowd.registrar))] * MANY)

    assert [type(one) for one in outcomes].count(SameCounsel) == MANY - 1, outcomes
    db.session.rollback()
    assert db.session.query(Counsel).count() == 1


def test_counsel_in_two_files_at_once_is_recorded_once(
    app: Flask, crowd: Crowd, tmp_path: Path
) -> None:
    head = "name,firm,mobile,email,language"
    (tmp_path / "counsel.csv").write_text(f"{head}\nMaia Tuhoe,,,,\n", encoding="utf-8")

    outcomes = at_once(app, [patiently(partial(import_people, tmp_path, by=SYSTEM))] * 3)

    assert [type(one) for one in outcomes] == [PeopleImport] * 3, outcomes
    assert sorted(one.added for one in outcomes) == [0, 0, 1]
    db.session.rollback()
    assert db.session.query(Counsel).count() == 1


@pytest.mark.parametrize("is_roster", [False, True])
def test_an_officer_named_in_many_courtrooms_at_once_is_recorded_once(
    app: Flask, crowd: Crowd, is_roster: bool
) -> None:
    """Not at the same hours, so that nobody presides in two places."""
    starts = [start for start, _ in zip(rounds(), range(MANY), strict=False)]

    def naming(number: int, start) -> object:
        if is_roster:
            day = start.astimezone().strftime("%Y-%m-%d")
            room = crowd.courtrooms[number].name
            content = (
                f"date,courtroom,from,to,judicial officer\n{day},{room},10:00,11:00,Judge Rua\n"
            )
            return partial(import_roster, crowd.court_id, content.encode(), by=SYSTEM)
        terms = SittingTerms(start, start.replace(minute=45), officer="Judge Rua")
        return partial(add_sitting, crowd.courtroom_ids[number], terms, by=SYSTEM)

    acts = [patiently(naming(number, start)) for number, start in enumerate(starts)]
    db.session.commit()
    outcomes = at_once(app, acts)

    assert not any(isinstance(one, Exception) for one in outcomes), outcomes
    assert isinstance(outcomes[0], RosterDone) is is_roster
    db.session.rollback()
    officers = db.session.query(Resource).filter_by(kind=ResourceKind.JUDICIAL_OFFICER)
    assert officers.count() == 1
