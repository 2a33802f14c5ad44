"""The real country's calendars: the test vectors of its holiday notices, read through the rows."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import event, select

from avl.commands.areas import import_area
from avl.domain.access import SYSTEM
from avl.domain.errors import InvalidInput
from avl.domain.interval import Interval
from avl.domain.local_time import to_utc
from avl.models import Site, db
from avl.queries.calendars import calendars_for, load_calendars, public_holidays

# The courts named in the Ministry's notices for Wellington's and Auckland's anniversary days.
WITH_WELLINGTON = {
    *("DNVDC", "LEVDC", "MRTDC", "MSTDC", "HUTDC"),
    *("PMNDC", "PORDC", "TAIDC", "WLGDC", "WHGDC"),
}
WITH_AUCKLAND = {
    *("KTADC", "KKEDC", "WHRDC", "NSHDC", "WTKDC", "AKLDC", "MANDC", "PPKDC", "PUKDC"),
    *("HLYDC", "HAMDC", "MVLDC", "TOKDC", "TAWDC", "TKTDC", "THMDC", "WHIDC", "TRGDC"),
    *("WHKDC", "OPODC", "ROTDC", "TPODC", "TMRDC", "RUADC", "GISDC"),
}


def sites(session, *codes):
    found = {site.code: site for site in session.scalars(select(Site).where(Site.code.in_(codes)))}
    return [found[code] for code in codes]


def calendar(session, code, on):
    [site] = sites(session, code)
    return calendars_for(session, [site.id], on, on)[site.id]


def at(on, clock="10:00", minutes=30, zone="Pacific/Auckland"):
    start = to_utc(datetime.combine(on, time.fromisoformat(clock)), zone)
    return Interval(start, start + timedelta(minutes=minutes))


def test_vector_1_both_ends_are_checked_on_anniversary_days(country):
    wellington, auckland = date(2026, 1, 19), date(2026, 1, 26)

    closed = calendar(country, "HUTDC", wellington).why_shut(at(wellington))

    assert closed == (
        "Hutt Valley District Court is closed on Mon 19 Jan 2026: Wellington Anniversary Day."
    )
    assert calendar(country, "MECF", wellington).why_shut(at(wellington)) is None
    assert calendar(country, "HUTDC", auckland).why_shut(at(auckland)) is None
    assert calendar(country, "MECF", auckland).why_shut(at(auckland)) == (
        "Mount Eden Corrections Facility is closed on Mon 26 Jan 2026: Auckland Anniversary Day."
    )


def test_vector_1_a_prison_may_be_set_to_run_on_its_anniversary(country):
    [prison] = sites(country, "MECF")
    prison.observes_anniversary = False
    country.commit()

    on = date(2026, 1, 26)
    assert calendar(country, "MECF", on).why_shut(at(on)) is None
    waitangi = date(2026, 2, 6)
    assert calendar(country, "MECF", waitangi).why_shut(at(waitangi)) is not None


VECTORS = [
    ("GISDC", date(2026, 1, 26), False),  # vector 2: the library's GIS has no anniversary
    ("TIUDC", date(2026, 11, 13), True),  # vector 3: not Canterbury's show day
    ("TIUDC", date(2026, 9, 28), False),
    ("CHCDC", date(2026, 11, 13), False),
    ("HUTDC", date(2026, 4, 27), False),  # vector 4: Anzac Day, kept on the Monday
    ("RIMP", date(2026, 4, 27), False),
    ("CHTDC", date(2026, 4, 27), False),
    ("HUTDC", date(2026, 4, 25), False),  # vector 4: a Saturday
    ("TMRDC", date(2026, 1, 26), False),  # keeps Auckland's day, not its region's
    ("TMRDC", date(2026, 1, 19), True),
    ("DNVDC", date(2026, 1, 19), False),  # keeps Wellington's day, not Hawke's Bay's
    ("DNVDC", date(2026, 10, 23), True),
    ("PMNDC", date(2026, 1, 19), False),
    ("HAMDC", date(2026, 1, 26), False),
    ("NPLDC", date(2026, 3, 9), False),
    ("DUDDC", date(2026, 3, 23), False),
    ("IVCDC", date(2026, 4, 7), False),  # Easter Tuesday
    ("NPRDC", date(2026, 10, 23), False),
    ("BLNDC", date(2026, 11, 2), False),
    ("NSNDC", date(2026, 2, 2), False),
    ("GMNDC", date(2026, 11, 30), False),
    ("CHTDC", date(2026, 11, 30), False),
    ("HUTDC", date(2027, 2, 8), False),  # Waitangi Day, kept on the Monday
    ("HUTDC", date(2026, 7, 10), False),  # Matariki
    ("HUTDC", date(2027, 6, 25), False),
    ("PWTE", date(2026, 4, 27), True),  # custody units never close
]


def test_holiday_vectors_of_the_notices(country):
    found = [
        (code, on, site.why_shut(at(on, zone=site.zone)) is None)
        for code, on, _ in VECTORS
        for site in [calendar(country, code, on)]
    ]

    assert found == VECTORS


def test_ministrys_notices_of_january_2026_name_exactly_the_courts_that_close(country):
    courts = country.scalars(
        select(Site).where(Site.kind == "court", Site.subkind == "DC", Site.is_active)
    ).all()
    closed = {}
    for on in (date(2026, 1, 19), date(2026, 1, 26)):
        found = calendars_for(country, [court.id for court in courts], on, on)
        closed[on] = {c.code for c in courts if found[c.id].why_shut(at(on, zone=c.zone))}

    assert closed == {date(2026, 1, 19): WITH_WELLINGTON, date(2026, 1, 26): WITH_AUCKLAND}


def test_vector_5_weekday_hours_keep_wall_clock_time_over_the_change(country):
    friday, monday = date(2026, 9, 25), date(2026, 9, 28)
    hutt = calendar(country, "HUTDC", friday)

    assert hutt.open_intervals(friday)[0].start == datetime(2026, 9, 24, 20, 30, tzinfo=UTC)
    assert hutt.open_intervals(monday)[0].start == datetime(2026, 9, 27, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(("on", "hours"), [(date(2026, 9, 27), 23), (date(2027, 4, 4), 25)])
def test_vector_5_custody_unit_is_open_for_every_hour_of_the_change_days(country, on, hours):
    unit = calendar(country, "PWTE", on)

    assert sum(span.minutes for span in unit.open_intervals(on)) == hours * 60


def test_chatham_court_opens_45_minutes_before_the_mainland(country):
    on = date(2026, 11, 24)
    chatham, hutt = calendar(country, "CHTDC", on), calendar(country, "HUTDC", on)

    lead = hutt.open_intervals(on)[0].start - chatham.open_intervals(on)[0].start
    assert lead == timedelta(minutes=45)


def test_summer_closure_lets_arrest_courts_sit(country):
    on = date(2026, 12, 30)
    hutt = calendar(country, "HUTDC", on)

    assert hutt.why_shut(at(on), "FIRST_POLICE") is None
    assert hutt.why_shut(at(on), "BAIL") == (
        "Hutt Valley District Court is closed on Wed 30 Dec 2026:"
        " summer closure (arrest courts only)."
    )


def test_courtrooms_adjourn_for_lunch_while_the_court_stays_open(country):
    on = date(2026, 11, 24)
    [hutt] = sites(country, "HUTDC")
    calendars = load_calendars(country, [hutt.id], on, on)
    rooms = {room.code: room for room in hutt.resources}

    courtroom = calendars.of(hutt.id, rooms["CR1"].id)
    suite = calendars.of(hutt.id, rooms["IS1"].id)

    assert courtroom.why_shut(at(on, "13:30")) == (
        "Courtroom 1 at Hutt Valley is not available 1:00 pm to 2:15 pm on Tue 24 Nov 2026:"
        " lunch adjournment."
    )
    assert suite.why_shut(at(on, "13:30")) is None


def test_suites_with_hours_of_their_own_narrow_their_prison(country):
    on = date(2026, 11, 24)
    [prison] = sites(country, "CHMP")
    calendars = load_calendars(country, [prison.id], on, on)

    suite = calendars.of(prison.id, prison.resources[0].id)

    assert calendars.of(prison.id).why_shut(at(on, "15:30")) is None
    assert suite.why_shut(at(on, "15:30")) == (
        "Suite 1 at Christchurch Men's is open only 9:00 am to 3:00 pm on Tue 24 Nov 2026."
    )


def test_closures_part_of_a_day_and_dated_openings_come_through_the_rows(session, tiny):
    import_area(tiny, by=SYSTEM)
    court, prison = sites(session, "CRT", "PRN")
    found = calendars_for(session, [court.id, prison.id], date(2026, 10, 26), date(2026, 12, 31))
    strike, labour, saturday = date(2026, 11, 25), date(2026, 10, 26), date(2026, 11, 28)

    assert found[prison.id].why_shut(at(strike, "12:15")) == (
        "Small Prison is closed on Wed 25 Nov 2026, 10:30 am to 12:30 pm: strike."
    )
    assert found[prison.id].why_shut(at(strike, "12:30")) is None
    assert found[court.id].why_shut(at(labour), "BAIL") is None
    assert found[court.id].why_shut(at(labour), "LIST") == (
        "Small Court is closed on Mon 26 Oct 2026: arrest court."
    )
    assert found[court.id].open_intervals(saturday) == (at(saturday, "09:00", 180),)


def test_calendars_of_all_sites_take_one_query(country):
    ids = country.scalars(select(Site.id)).all()
    statements = []
    event.listen(db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))

    found = load_calendars(country, ids, date(2026, 11, 1), date(2026, 11, 30))

    assert (len(found.sites), len(statements)) == (107, 1)


def test_unknown_holiday_region_is_refused():
    with pytest.raises(InvalidInput, match="not a holiday region"):
        public_holidays("Atlantis", 2026)


@pytest.mark.parametrize(
    ("region", "keeps"),
    [("BOP", "AUK"), ("GIS", "AUK"), ("WKO", "AUK"), ("MWT", "WGN"), ("TAS", "NSN")],
)
def test_regions_without_an_anniversary_keep_their_neighbours(region, keeps):
    assert public_holidays(region, 2026) == public_holidays(keeps, 2026)
    assert sum(is_anniversary for _, _, is_anniversary in public_holidays(region, 2026)) == 1
