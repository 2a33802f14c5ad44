"""Importing an area: once, again, changed, and broken in every way a person breaks a file."""

import csv
import re
from datetime import date, time

import pytest
from sqlalchemy import func, select

from avl import clock
from avl.commands.area_columns import FILES
from avl.commands.areas import AREAS, AreaRefused, area_folders, import_area
from avl.domain.access import SYSTEM, Actor, Grant, Role
from avl.domain.errors import NotAllowed
from avl.domain.local_time import END_OF_DAY
from avl.models import (
    AuditEvent,
    Base,
    Closure,
    FeedEvent,
    HearingType,
    ModeRule,
    Permission,
    Resource,
    ResourceKind,
    Site,
    Window,
)
from tests import make


def replace(folder, name, old, new):
    path = folder / name
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")


def everything(session) -> dict[str, list[tuple]]:
    session.rollback()
    return {
        table.name: sorted(map(tuple, session.execute(select(table))), key=repr)
        for table in Base.metadata.sorted_tables
    }


@pytest.mark.both_databases
def test_import_whole_country_twice_changes_nothing_the_second_time(session):
    first = [import_area(folder, by=SYSTEM) for folder in area_folders()]
    before = everything(session)

    again = [import_area(folder, by=SYSTEM) for folder in area_folders()]

    assert [done.is_unchanged for done in first] == [False] * 6
    assert [done.is_unchanged for done in again] == [True] * 6
    assert everything(session) == before


def test_country_holds_every_site_once_and_the_rooms_the_load_model_asks_for(country):
    kinds = dict(country.execute(select(Site.kind, func.count()).group_by(Site.kind)).all())
    rooms = dict(country.execute(select(Resource.kind, func.count()).group_by(Resource.kind)).all())

    assert kinds == {"court": 76, "prison": 18, "youth_residence": 5, "police": 7, "mobile": 1}
    assert 100 <= rooms[ResourceKind.SUITE] <= 150
    assert 120 <= rooms[ResourceKind.COURTROOM] <= 150
    assert 50 <= rooms[ResourceKind.INSTRUCTION_SUITE] <= 70


def test_first_sites_have_their_rooms(country):
    counted = {
        code: country.scalar(
            select(func.count())
            .select_from(Resource)
            .join(Site, Site.id == Resource.site_id)
            .where(Site.code == code, Resource.kind.in_(("courtroom", "suite")))
        )
        for code in ("HUTDC", "RIMP", "AROH", "MECF")
    }

    assert counted == {"HUTDC": 4, "RIMP": 6, "AROH": 3, "MECF": 12}


def test_every_figure_in_the_country_has_a_source_and_every_guess_is_marked(country):
    for model in (Site, Resource, Window, HearingType, ModeRule):
        rows = country.scalars(select(model)).all()
        assert all(row.source for row in rows)
        unmarked = [row for row in rows if "ASSUMED" in row.source and not row.assumed]
        assert unmarked == []


def test_chatham_islands_keep_their_own_clock(country):
    site = country.scalars(select(Site).where(Site.code == "CHTDC")).one()

    assert (site.zone, site.holiday_subdiv) == ("Pacific/Chatham", "CIT")


def test_tiny_area_arrives_whole(session, tiny):
    done = import_area(tiny, by=SYSTEM)

    suites = session.scalars(select(Resource).where(Resource.kind == "suite")).all()
    windows = session.scalars(select(Window)).all()
    lunches = [(row.weekday, row.resource_id) for row in windows if row.kind == "break"]
    assert lunches == [(day, suite.id) for day in (0, 2) for suite in suites]
    assert sum(row.closes_at == END_OF_DAY for row in windows) == 7
    closures = session.scalars(select(Closure).order_by(Closure.on_date)).all()
    assert [(row.on_date.day, row.from_time) for row in closures] == [
        (26, None), (25, time(10, 30)), (28, time(9)), (29, None), (30, None), (31, None),
    ]  # fmt: skip
    permission = session.scalars(select(Permission)).one()
    assert (permission.resource_id, permission.hearing_type_code) == (suites[1].id, "BAIL")
    prison = session.scalars(select(Site).where(Site.code == "PRN")).one()
    assert (prison.area, prison.holiday_subdiv, prison.latitude) == ("tiny", "AUK", None)
    assert session.scalars(select(AuditEvent)).one().subject == "tiny"
    assert str(done) == (
        "tiny: 32 rows added, 0 changed, 0 opening hours removed, 0 unchanged."
        " No booking is affected."
    )


def test_changed_files_change_only_what_differs(session, tiny):
    import_area(tiny, by=SYSTEM)
    replace(tiny, "sites.csv", "Small Court", "Little Court")
    replace(tiny, "opening_hours.csv", "CRT,,open,Mon-Fri,09:00", "CRT,,open,Mon-Fri,08:30")
    replace(tiny, "resources.csv", "PRN,S2,suite,Suite 2,2\n", "PRN,S2,suite,Suite 2,9\n")

    done = import_area(tiny, by=SYSTEM)

    assert (done.added, done.changed, done.removed) == (5, 2, 5)
    opens = session.scalars(
        select(Window.opens_at).join(Site, Site.id == Window.site_id).where(Site.code == "CRT")
    )
    assert set(opens) == {time(8, 30)}


def test_area_in_decomposed_macrons_is_stored_composed(session, tiny):
    replace(tiny, "sites.csv", "Small Court", "O\u0304po\u0304tiki Court")

    import_area(tiny, by=SYSTEM)

    assert session.scalars(select(Site.name).where(Site.code == "CRT")).one() == "Ōpōtiki Court"


BROKEN = [
    ("sites.csv", "PRN,Small", "CRT,Small", 3, "code", "“CRT” is already in line 2"),
    ("sites.csv", "CRT,Small Court", "CRT,", 2, "name", "this cannot be empty"),
    ("sites.csv", "CRT,Small", "crt,Small", 2, "code",
     "“crt” is not a code; use capitals and digits without spaces"),
    ("sites.csv", ",court,", ",castle,", 2, "kind",
     "“castle” is not one of court, prison, youth_residence, police, forensic, mobile, marae,"
     " chambers, probation"),
    ("sites.csv", "Pacific/Auckland", "Pacific/Atlantis", 2, "zone",
     "“Pacific/Atlantis” is not a time zone this system knows. Use Pacific/Auckland."),
    ("sites.csv", ",MOJ,WGN", ",ABC,WGN", 2, "agency",
     "“ABC” is not known; add it to agencies.csv or import its area first"),
    ("sites.csv", "-41.2", "north", 2, "latitude", "“north” is not a number of degrees"),
    ("sites.csv", "-41.2", "-141", 2, "latitude", "“-141” is not between -90 and 90 degrees"),
    ("sites.csv", ",24,5,15,", ",24,500,15,", 3, "turnaround_minutes",
     "“500” is not a whole number from 0 to 120"),
    ("sites.csv", "yes,yes,self", "yes,maybe,self", 2, "observes_anniversary",
     "“maybe” is not one of yes, no"),
    ("sites.csv", ",S,all", ",S,all,more", 3, "",
     "the line has more cells than the file has columns"),
    ("sites.csv", "short_name", "nickname", 1, "nickname", "the file has no such column"),
    ("resources.csv", "CRT,CR1,courtroom", "CRT,CR1,suite", 2, "kind",
     "a court has courtrooms and instruction suites; AVL suites are elsewhere"),
    ("resources.csv", "PRN,S1,suite", "PRN,S1,courtroom", 3, "kind", "only a court has courtrooms"),
    ("resources.csv", "PRN,S2", "PRX,S2", 4, "site",
     "“PRX” is not known; add it to sites.csv or import its area first"),
    ("resources.csv", "PRN,S2", "PRN,S1", 4, "code", "“S1” is already in line 3"),
    ("opening_hours.csv", "09:00,17:00", "9am,17:00", 2, "opens_at",
     "“9am” is not a time such as 09:00"),
    ("opening_hours.csv", "09:00,17:00", "09:00,08:00", 2, "closes_at",
     "this must come after opens_at"),
    ("opening_hours.csv", "Mon-Fri", "Fri-Mon", 2, "weekdays",
     "“Fri-Mon” runs backwards; write the earlier day first"),
    ("opening_hours.csv", "Mon-Fri", "weekdays", 2, "weekdays",
     "“weekdays” is not a day or range of days such as Mon-Fri"),
    ("opening_hours.csv", "PRN,S2", "PRN,S9", 5, "resources",
     "PRN has no room “S9”, and it is not a kind of room"),
    ("closures.csv", "2026-12-29", "29/12/2026", 2, "on_date",
     "“29/12/2026” is not a date such as 2027-02-03"),
    ("closures.csv", "2026-12-31", "2026-12-01", 2, "last_date",
     "this must be within a year after on_date"),
    ("closures.csv", "10:30,12:30", "12:30,10:30", 3, "to_time", "this must come after from_time"),
    ("closures.csv", "court,closed", "castle,closed", 2, "site",
     "“castle” is not a known site, nor a kind of site such as court"),
    ("closures.csv", "closure,BAIL", "closure,ARREST", 2, "allowed_hearing_types",
     "“ARREST” is not a known hearing type"),
    ("mode_rules.csv", "BAIL,CRT", "BALE,CRT", 2, "hearing_type",
     "“BALE” is not known; add it to hearing_types.csv or import its area first"),
    ("mode_rules.csv", "BAIL,CRT", "BAIL,CRX", 2, "court",
     "“CRX” is not known; add it to sites.csv or import its area first"),
    ("mode_rules.csv", "2026-01-01,,", "2026-01-01,2025-01-01,", 2, "to_on",
     "this must come after from_on"),
    ("mode_rules.csv", "CRT,,avl", "CRT,,video", 2, "mode",
     "“video” is not one of avl, in_person, mandatory_in_person"),
    ("mode_rules.csv", "CRT,,avl", "CRT,XC,avl", 2, "court_subkind", "“XC” is not one of DC, HC"),
    ("permissions.csv", "PRN,S2", "PRN,S7", 2, "resource", "the site has no such room"),
    ("hearing_types.csv", ",20,20,10,", ",9999,20,10,", 2, "typical_minutes",
     "“9999” is not a whole number from 0 to 600"),
    ("hearing_types.csv", "Bail hearing,", "B" * 121 + ",", 2, "name",
     "at most 120 characters fit here, and this has 121"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "column", "reason"),
    BROKEN,
    ids=[f"{name}-{column}-{number}" for number, (name, _, _, _, column, _) in enumerate(BROKEN)],
)
def test_broken_row_is_refused_with_its_place(session, tiny, name, old, new, line, column, reason):
    replace(tiny, name, old, new)

    with pytest.raises(AreaRefused) as refusal:
        import_area(tiny, by=SYSTEM)

    first = next(one for one in refusal.value.problems if one.reason == reason)
    assert (first.file, first.line, first.column) == (name, line, column)
    assert session.scalar(select(func.count()).select_from(Site)) == 0


def test_every_problem_is_reported_at_once_and_nothing_is_imported(session, tiny):
    import_area(tiny, by=SYSTEM)
    before = everything(session)
    replace(tiny, "sites.csv", "Small Court", "Renamed Court")
    replace(tiny, "sites.csv", ",approval,24,5,15,30", ",approval,24,x,15,y")
    replace(tiny, "mode_rules.csv", "CRT,,avl", "CRX,,video")

    with pytest.raises(AreaRefused) as refusal:
        import_area(tiny, by=SYSTEM)

    assert refusal.value.message == (
        "The area was not imported: 4 problems.\n"
        "- mode_rules.csv line 2, column mode: “video” is not one of avl, in_person,"
        " mandatory_in_person\n"
        "- mode_rules.csv line 2, column court: “CRX” is not known; add it to sites.csv or import"
        " its area first\n"
        "- sites.csv line 3, column turnaround_minutes: “x” is not a whole number from 0 to 120\n"
        "- sites.csv line 3, column notice_minutes: “y” is not a whole number from 0 to 20160"
    )
    assert everything(session) == before


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("sites.csv", b"code,name\nX,\xff\xfe\n", "the text is not UTF-8"),
        ("agencies.csv", b'code,name\nMOJ,"Ministry\n', "the line is broken"),
        ("rooms.csv", b"code\n", "an area has no such file"),
        ("agencies.csv", b"", "the column is missing"),
    ],
)
def test_broken_file_is_refused_by_name(session, tiny, name, content, said):
    (tiny / name).write_bytes(content)

    with pytest.raises(AreaRefused) as refusal:
        import_area(tiny, by=SYSTEM)

    assert [one.file for one in refusal.value.problems if said in one.reason][:1] == [name]


def test_folder_without_files_is_refused(session, tmp_path):
    with pytest.raises(AreaRefused, match="there are no CSV files here"):
        import_area(tmp_path / "nowhere", by=SYSTEM)


def test_area_may_not_take_over_another_areas_site(session, tiny):
    import_area(tiny, by=SYSTEM)
    other = tiny.rename(tiny.parent / "greedy")

    with pytest.raises(AreaRefused, match="“CRT” already belongs to the area tiny"):
        import_area(other, by=SYSTEM)


def test_only_administrators_import(session, tiny):
    officer = Actor(1, "Officer", (Grant(Role.REGISTRY),))

    with pytest.raises(NotAllowed):
        import_area(tiny, by=officer)


def test_areas_without_the_national_one_say_what_to_import_first(session):
    [hutt] = [folder for folder in area_folders() if folder.name == "hutt_valley"]

    with pytest.raises(AreaRefused, match=r"“MOJ” is not known; add it to agencies\.csv or import"):
        import_area(hutt, by=SYSTEM)


def test_closures_in_the_areas_reach_into_the_future():
    last = max(
        line.split(",")[2]
        for folder in area_folders()
        if (folder / "closures.csv").exists()
        for line in (folder / "closures.csv").read_text(encoding="utf-8").splitlines()[1:]
    )
    assert date.fromisoformat(last) > date(2027, 6, 1)


def test_readme_of_the_areas_names_every_file_and_column():
    text = (AREAS / "README.md").read_text(encoding="utf-8")

    described = dict(re.findall(r"^\*\*(\w+\.csv)\*\* .*\n\n(.*)$", text, re.MULTILINE))

    assert described == {
        kind.name: ", ".join(
            f"`{column.name}`{'*' if column.required else ''}" for column in kind.columns
        )
        for kind in FILES
    }


def test_readme_of_the_areas_explains_every_source_key_that_is_used():
    text = (AREAS / "README.md").read_text(encoding="utf-8")
    keys = set(re.findall(r"\b[A-Z][A-Z0-9]{2,}\b", text))
    used = {
        key
        for folder in area_folders()
        for file in folder.glob("*.csv")
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
        for key in (row.get("source") or "ASSUMED").split(";")
    }

    assert used - keys == set()


def test_import_that_closes_a_hearing_type_hides_it_in_calendars(tiny, session):
    import_area(tiny, by=SYSTEM)
    court, prison = (
        session.scalars(select(Site).where(Site.code == code)).one() for code in ("CRT", "PRN")
    )
    kind = session.get_one(HearingType, "BAIL")
    make.booking(
        make.person(held_at=prison),
        suites=[make.rooms(prison, "suite")[0]],
        room=make.rooms(court, "courtroom")[0],
        kind=kind,
        hearing=make.span(clock.now(), 30),
    )
    entries = session.scalars(select(FeedEvent.body)).all()
    assert all(b"Bail hearing" in body for body in entries)

    types = tiny / "hearing_types.csv"
    types.write_text(types.read_text().replace(",open,", ",private,"))
    import_area(tiny, by=SYSTEM)

    session.expire_all()
    assert not any(b"Bail" in body for body in session.scalars(select(FeedEvent.body)))
