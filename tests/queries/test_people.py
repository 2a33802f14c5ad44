"""Finding people: macrons, capitals, order, PRN, matter; and what belongs to other courts."""

from __future__ import annotations

import pytest

from avl.domain.access import Role
from avl.domain.errors import NotAllowed, NotFound
from avl.queries.people import MOST, get_person, search_people
from tests import make
from tests.conftest import TUESDAY_10_AM
from tests.counting import statements

NOW = TUESDAY_10_AM


def names(found):
    return [person.name for person in found.people]


@pytest.fixture
def officer(session):
    return make.actor(Role.REGISTRY, make.court("HVDC", short_name="Hutt Valley"))


@pytest.mark.parametrize(
    "typed", ["Rāwiri", "rawiri", "RAWIRI tane", "tāne rāw", "tane", "  Rawiri   "]
)
def test_search_by_name_ignores_macrons_capitals_and_order(officer, typed):
    make.person("Rāwiri", "Tāne")
    make.person("Smith", "John")

    found = search_people(officer, typed, now=NOW)

    assert names(found) == ["Tāne RĀWIRI"]


@pytest.mark.parametrize("typed", ["wiri", "Rawiri John", "%", "_____", "", "   "])
def test_search_that_fits_nobody_finds_nobody(officer, typed):
    make.person("Rāwiri", "Tāne")

    assert names(search_people(officer, typed, now=NOW)) == []


def test_search_by_prn_finds_the_one_person(officer):
    make.person("Rāwiri", "Tāne", prn="AB123456")
    make.person("Smith", "John", prn="AB999999")

    assert names(search_people(officer, " ab 123456", now=NOW)) == ["Tāne RĀWIRI"]


@pytest.mark.parametrize("typed", ["PRN AB123456", "prn:ab 123456", "PRN 1234", "PRN AB12"])
def test_search_by_prn_as_our_pages_show_it(officer, typed):
    make.person("Rāwiri", "Tāne", prn="AB123456")
    make.person("Smith", "John", prn="PRN1234")

    assert len(search_people(officer, typed, now=NOW).people) == 1


def test_search_by_matter_finds_everybody_on_it(officer):
    court = make.court("HVDC2")
    mine = make.actor(Role.REGISTRY, court)
    tane, john = make.person("Rāwiri", "Tāne"), make.person("Smith", "John")
    make.matter(court, tane, john, number="CRI-2026-096-001234")

    found = search_people(mine, "cri-2026-96-1234", now=NOW)

    assert names(found) == ["Tāne RĀWIRI", "John SMITH"]
    assert [other.name for other in found.people[0].matters[0].others] == ["John SMITH"]


def test_matters_of_another_court_stay_out_of_sight(officer):
    tane = make.person("Rāwiri", "Tāne")
    make.matter(make.court("WNDC"), tane, number="CRI-2026-085-000077")

    by_name = search_people(officer, "rawiri", now=NOW)
    by_matter = search_people(officer, "CRI-2026-085-77", now=NOW)

    assert by_name.people[0].matters == ()
    assert by_matter.people == ()


def test_search_says_where_the_person_is_and_goes(officer):
    rimutaka, arohata = make.prison(short_name="Rimutaka"), make.prison(short_name="Arohata")
    tane, moves = make.person("Rāwiri", "Tāne"), make.at("09:00", on="2026-12-01")
    make.stay(tane, rimutaka, until=moves)
    make.stay(tane, arohata, since=moves)

    person = search_people(officer, "rawiri", now=NOW).people[0]

    assert person.now_at.site_name == "Rimutaka"
    assert person.now_at.ends_at == moves
    assert person.next_at.site_name == "Arohata"


def test_search_shows_a_page_and_says_there_are_more(officer):
    for number in range(MOST + 1):
        make.person("Smith", f"John{number}")

    found = search_people(officer, "smith", now=NOW)

    assert (len(found.people), found.has_more) == (MOST, True)


@pytest.mark.both_databases
def test_people_of_my_court_stand_on_the_page_however_many_others_fit(session):
    court = make.court("HVDC4")
    mine = make.actor(Role.REGISTRY, court)
    ours = make.person("Smith", "Zoe")
    make.matter(court, ours)
    make.matter(make.court("WNDC4"), *(make.person("Smith", f"A{n:02}") for n in range(MOST + 1)))

    found = search_people(mine, "smith", now=NOW)

    assert names(found)[:2] == ["Zoe SMITH", "A00 SMITH"]
    assert names(search_people(make.actor(Role.REGISTRY), "smith", now=NOW))[0] == "A00 SMITH"


def test_search_asks_the_same_number_of_questions_for_one_as_for_many(officer, app):
    court = make.court("HVDC3")
    mine = make.actor(Role.REGISTRY, court)
    for number in range(6):
        person = make.person("Smith", f"John{number}", held_at=make.prison())
        make.matter(court, person, by=make.counsel())
    from avl.models import db

    counts = []
    for typed in ("smith john1", "smith"):
        db.session.expunge_all()
        with statements(db.engine) as seen:
            search_people(mine, typed, now=NOW)
        counts.append(len(seen))

    assert counts == [4, 4]


def test_counsel_may_not_search_for_people(session):
    counsel = make.actor(Role.COUNSEL)

    with pytest.raises(NotAllowed):
        search_people(counsel, "rawiri", now=NOW)


def test_get_person_refuses_an_id_that_is_not_there(officer):
    with pytest.raises(NotFound):
        get_person(officer, 99999, now=NOW)
