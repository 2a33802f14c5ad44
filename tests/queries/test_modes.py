"""The mode that stands at a court, read from the real rules."""

from datetime import date

from sqlalchemy import select

from avl.commands.areas import AREAS, import_area
from avl.domain.access import SYSTEM
from avl.domain.modes import Mode
from avl.models import HearingType, Site, db
from avl.queries.modes import decide_modes
from tests import make
from tests.counting import statements

ON = date(2026, 11, 24)


def test_protocol_of_the_district_court_stands_in_district_courts_only(session):
    import_area(AREAS / "00_new_zealand", by=SYSTEM)
    district, high = make.court(subkind="DC"), make.court(subkind="HC")
    person = make.person()
    kind = session.scalars(select(HearingType).where(HearingType.code == "SENT_IND")).one()

    def why(court: Site):
        found = decide_modes(
            session, court_id=court.id, hearing_type=kind, matters={person.id: None}, on=ON
        )
        return found[person.id]

    assert (why(district).mode, why(high).mode) == (Mode.IN_PERSON, Mode.AVL)
    assert why(high).why.startswith("AVL, by statute: ")


def test_directions_are_found_by_person_however_many_were_ever_recorded(session):
    court, person = make.court(), make.person()
    kind = make.hearing_type()
    with statements(db.engine) as seen:
        decide_modes(
            session, court_id=court.id, hearing_type=kind, matters={person.id: None}, on=ON
        )
    [asked] = [one for one in seen if "FROM direction" in one]

    read = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", ("[1]", kind.code))

    assert any("ix_direction_person" in row[-1] for row in read)
