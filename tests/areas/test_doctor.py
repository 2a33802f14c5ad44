"""The doctor finds nothing wrong with a fresh country, and names each thing taken away."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, text, update

from avl.commands.areas import AREAS, area_folders, import_area
from avl.domain.access import SYSTEM
from avl.models import (
    HearingType,
    ModeRule,
    Permission,
    Resource,
    Site,
    Window,
)
from avl.queries.calendars import LAST_MATARIKI
from avl.queries.doctor import examine

FIRST_AREAS = ("00_new_zealand", "hutt_valley")


@pytest.fixture
def hutt(session):
    """The first area alone: one court, two prisons, a van."""
    for name in FIRST_AREAS:
        import_area(AREAS / name, by=SYSTEM)
    return session


def missing(session, settings) -> list[str]:
    return [finding.what for finding in examine(session, settings) if not finding.ok]


@pytest.mark.both_databases
def test_doctor_finds_nothing_missing_in_the_fresh_country(session, settings):
    for folder in area_folders():
        import_area(folder, by=SYSTEM)

    found = examine(session, settings)

    assert [finding.what for finding in found if not finding.ok] == []
    assert {finding.area for finding in found} == {
        *("places", "company", "hours", "holidays", "modes"),
        *("clock", "database", "gateway", "keys"),
    }
    assert [finding.what for finding in found if finding.is_note] == []


def test_doctor_notes_a_prison_whose_company_nobody_has_decided(hutt, settings):
    hutt.execute(
        update(Site)
        .where(Site.code.in_(["RIMP", "AROH"]))
        .values(escort_capacity=None, separates_remand=False)
    )
    hutt.execute(update(Site).where(Site.code == "AROH").values(separates_remand=True))
    hutt.commit()
    hutt.expire_all()

    [note] = [finding for finding in examine(hutt, settings) if finding.is_note]

    assert note.ok
    assert note.what.startswith("Rimutaka Prison moves any number of people at once")
    assert note.mend == "Decide escort_capacity and separates_remand for RIMP in sites.csv."


@pytest.mark.parametrize("folder", area_folders()[1:], ids=lambda folder: folder.name)
def test_each_area_is_complete_on_its_own(session, settings, folder):
    import_area(AREAS / "00_new_zealand", by=SYSTEM)
    import_area(folder, by=SYSTEM)

    assert missing(session, settings) == []


def test_doctor_of_an_empty_installation_says_what_to_import(session, settings):
    found = [finding for finding in examine(session, settings) if not finding.ok]

    assert [finding.what for finding in found] == [
        "There is no court in the system.",
        "There is no prison in the system.",
        "There are no hearing types, so nothing can be booked.",
    ]
    assert {finding.mend for finding in found} == {
        "Import the areas: flask avl import-area avl/areas/…"
    }


def site(code):
    return select(Site.id).where(Site.code == code).scalar_subquery()


BREAKS = {
    "courtrooms switched off": (
        update(Resource).where(Resource.kind == "courtroom").values(is_active=False),
        ["Hutt Valley District Court has no AVL courtroom."],
    ),
    "suites of one prison": (
        update(Resource).where(Resource.site_id == site("AROH")).values(is_active=False),
        ["Arohata Prison has no AVL suite."],
    ),
    "hours of a site": (
        delete(Window).where(Window.site_id == site("AROH"), Window.kind == "open"),
        ["Arohata Prison has no opening hours."],
    ),
    "hours in common": (
        update(Window)
        .where(Window.site_id == site("HUTDC"), Window.kind == "open")
        .values(weekday=6),
        [
            "Hutt Valley District Court cannot reach any prison: no suite may serve it at a time"
            " when both are open."
        ],
    ),
    "anniversary day": (
        update(Site).where(Site.code == "RIMP").values(holiday_subdiv=""),
        [
            "Rimutaka Prison has no anniversary day in 2026.",
            "Rimutaka Prison has no anniversary day in 2027.",
        ],
    ),
    "zone": (
        update(Site).where(Site.code == "RIMP").values(zone="Pacific/Atlantis"),
        [
            "Rimutaka Prison has no working calendar: “Pacific/Atlantis” is not a time zone this"
            " system knows. Use Pacific/Auckland."
        ],
    ),
    "holiday region": (
        update(Site).where(Site.code == "RIMP").values(holiday_subdiv="Atlantis"),
        [
            "Rimutaka Prison has no working calendar: “Atlantis” is not a holiday region."
        ],
    ),
    "prisons": (
        update(Site).where(Site.kind == "prison").values(is_active=False),
        [
            "There is no prison in the system.",
            "Hutt Valley District Court cannot reach any prison: no suite may serve it at a time"
            " when both are open.",
        ],
    ),
    "statute": (
        delete(ModeRule).where(ModeRule.code == "ACT8-2"),
        ["No rule of statute says whether “Sentencing, defendant in custody” is by AVL or in"
         " person."],
    ),
    "hearing types": (
        update(HearingType).values(is_bookable=False),
        ["There are no hearing types, so nothing can be booked."],
    ),
    "double booking rule": (
        text("DROP TRIGGER hold_never_overlaps_update"),
        ["The database rule hold_never_overlaps_update is missing, so nothing stops what it"
         " forbids."],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_doctor_names_what_was_taken_away(hutt, settings, name):
    statement, said = BREAKS[name]
    hutt.execute(statement, execution_options={"synchronize_session": False})
    hutt.commit()
    hutt.expire_all()

    found = missing(hutt, settings)

    assert found == said


def test_doctor_of_an_old_database_asks_for_the_upgrade_before_it_reads_on(hutt, settings):
    hutt.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    hutt.execute(text("DROP TABLE permission"))

    [found] = [finding for finding in examine(hutt, settings) if finding.area == "database"][:1]

    assert found.what.startswith("The database is at migration 0001, this version needs")
    assert found.mend == "Run: flask db upgrade"


def test_doctor_follows_permissions_to_the_court(hutt, settings):
    suites = hutt.query(Resource).filter(Resource.kind == "suite").all()
    van = hutt.query(Site).filter(Site.code == "MVHUT").one()
    hutt.add_all(Permission(resource_id=suite.id, court_id=van.id) for suite in suites)
    hutt.commit()

    [found] = missing(hutt, settings)

    assert found.startswith("Hutt Valley District Court cannot reach any prison")


@pytest.mark.both_databases
def test_doctor_misses_each_guard_of_the_database_by_name(session, settings):
    dropped = {
        "sqlite": ["DROP TRIGGER hold_never_overlaps_insert"],
        "postgresql": ["ALTER TABLE hold DROP CONSTRAINT hold_never_overlaps"],
    }
    engine = session.get_bind().dialect.name
    import_area(AREAS / "00_new_zealand", by=SYSTEM)
    import_area(AREAS / "hutt_valley", by=SYSTEM)
    for statement in dropped[engine]:
        session.execute(text(statement))
    session.commit()

    [found] = missing(session, settings)

    assert found.startswith("The database rule hold_never_overlaps")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"public_base_url": "https://avl.example.nz"},
            "Text messages are only shown on this machine; no telephone receives them.",
        ),
        (
            {
                "sms_gateway": "twilio",
                "twilio_account_sid": "AC1",
                "twilio_auth_token": "t",
                "public_base_url": "https://avl.example.nz",
            },
            "Text messages cannot be sent: TWILIO_MESSAGING_SERVICE_SID or TWILIO_FROM is not set.",
        ),
        (
            {
                "sms_gateway": "twilio",
                "twilio_account_sid": "AC1",
                "twilio_auth_token": "t",
                "twilio_from": "+6421",
            },
            "Twilio cannot report back whether a message arrived: our address is not public.",
        ),
        ({"secret_key": "short"}, "The secret key is too short."),
        ({"testing": False, "secret_key": "a" * 40}, "The secret key is easy to guess."),
    ],
)
def test_doctor_names_settings_that_are_missing(hutt, settings, changes, said):
    assert missing(hutt, replace(settings, **changes)) == [said]


def test_doctor_says_when_holidays_run_out(hutt, settings, clock):
    clock.set(datetime(LAST_MATARIKI, 3, 1, tzinfo=UTC))

    assert missing(hutt, settings)[:1] == [f"Public holidays of {LAST_MATARIKI + 1} are not known."]
