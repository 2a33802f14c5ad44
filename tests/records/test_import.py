"""Importing people: once, again, changed, and broken in every way a person breaks a file."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from avl.commands.outbox import queue_news
from avl.commands.people_import import FILES, PeopleRefused, import_people
from avl.domain.access import SYSTEM, Role
from avl.domain.errors import NotAllowed
from avl.models import AuditEvent, Counsel, CustodyStay, Matter, MatterParty, Person, Sms
from avl.queries.people import search_people
from tests import make

SMALL = {
    "counsel.csv": (
        "name,firm,mobile,email,language\n"
        "Māia Tūhoe,Te Ao Chambers,021 123 4567,maia@teao.nz,mi\n"
        "Rewi Hohepa,,,,\n"
    ),
    "people.csv": (
        "prn,family_name,given_names,born_on,interpreter_language\n"
        "9001 2345,Ngāta-White,Tama,1990-02-03,\n"
        "90012346,Pohatu,Hemi,,Samoan\n"
    ),
    "stays.csv": (
        "prn,site,from,to,status\n"
        "90012345,RIMP,2026-11-01 14:00,2026-11-20 09:30,RMD/ACC\n"
        "90012345,AROH,2026-11-20 09:30,,RMD/ACC\n"
        "90012346,RIMP,2026-11-02,,\n"
    ),
    "matters.csv": "number,court,suppressed\nCRI-2026-096-1234,HUTDC,yes\n",
    "parties.csv": (
        "matter,prn,counsel,firm\n"
        "CRI-2026-096-001234,90012345,maia tuhoe,Te Ao Chambers\n"
        "CRI-2026-096-001234,90012346,,\n"
    ),
}


@pytest.fixture
def country(session):
    make.prison("RIMP", short_name="Rimutaka")
    make.prison("AROH", short_name="Arohata")
    make.court("HUTDC")
    return session


@pytest.fixture
def folder(tmp_path):
    for name, content in SMALL.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def replace(folder: Path, name: str, old: str, new: str) -> None:
    content = (folder / name).read_text(encoding="utf-8")
    assert old in content
    (folder / name).write_text(content.replace(old, new, 1), encoding="utf-8")


def rows(session):
    models = (Counsel, Person, CustodyStay, Matter, MatterParty)
    return [session.scalar(select(func.count()).select_from(model)) for model in models]


@pytest.mark.both_databases
def test_folder_arrives_whole_and_a_second_time_changes_nothing(country, folder, clock):
    first = import_people(folder, by=SYSTEM)
    again = import_people(folder, by=SYSTEM)

    assert rows(country) == [2, 2, 3, 1, 2]
    assert (first.added, first.changed) == (10, 0)
    assert str(again) == "Nothing has changed (10 rows)."
    [found] = search_people(SYSTEM, "ngata", now=make.at("10:00")).people
    assert (found.prn, found.now_at.site_name) == ("90012345", "Arohata")
    party = country.scalars(select(MatterParty).order_by(MatterParty.id)).first()
    assert (party.matter.number, party.matter.is_suppressed) == ("CRI-2026-096-001234", True)
    assert (party.counsel.mobile, party.counsel.language) == ("+64211234567", "mi")
    [event] = country.scalars(select(AuditEvent)).all()
    assert (event.action, event.changes) == ("import_people", {"added": 10, "changed": 0})


def test_changed_files_change_what_differs_and_name_bookings_left_behind(country, folder, clock):
    import_people(folder, by=SYSTEM)
    person = country.scalars(select(Person).where(Person.prn == "90012346")).one()
    rimutaka = person.stays[0].site
    tomorrow = make.during("10:00", "10:30", on="2026-11-25")
    booking = make.booking(person, at_prison=rimutaka, hearing=tomorrow)
    replace(folder, "people.csv", "Pohatu,Hemi,,Samoan", "Pōhatu,Hemi,,")
    replace(
        folder,
        "stays.csv",
        "90012346,RIMP,2026-11-02,,\n",
        "90012346,AROH,2026-11-24 08:00,,\n90012346,RIMP,2026-11-02,2026-11-24 08:00,\n",
    )

    done = import_people(folder, by=SYSTEM)

    assert (done.added, done.changed, done.references) == (1, 2, (booking.reference,))
    assert str(done).endswith(f"Now booked at the wrong place: {booking.reference}.")
    country.expire_all()
    assert (person.family_name, person.resource.name) == ("Pōhatu", "Hemi Pōhatu")
    assert person.interpreter_language == ""
    ends = [(stay.site.code, stay.ends_at) for stay in person.stays]
    assert ends == [("RIMP", make.at("08:00")), ("AROH", None)]


def test_changed_mobile_takes_waiting_texts_along(country, folder, clock):
    import_people(folder, by=SYSTEM)
    counsel = country.scalars(select(Counsel).where(Counsel.mobile != "")).one()
    hearing = make.during("10:00", "10:30", on="2026-11-26")
    booking = make.booking(by=counsel, hearing=hearing)
    queue_news(country, booking)
    country.commit()
    replace(folder, "counsel.csv", "021 123 4567", "027 555 0199")

    import_people(folder, by=SYSTEM)

    assert {sms.to_e164 for sms in country.scalars(select(Sms))} == {"+64275550199"}


BROKEN = [
    ("counsel.csv", "021 123 4567", "04 499 1234", 2, "mobile",
     "This is a landline, which cannot receive texts. Enter a mobile such as 021 123 4567 or"
     " +64 21 123 4567."),
    ("counsel.csv", "maia@teao.nz", "maia", 2, "email",
     "Enter an e-mail address such as mere.parata@chambers.nz."),
    ("counsel.csv", ",mi\n", ",fr\n", 2, "language", "“fr” is not one of en, mi"),
    ("counsel.csv", "Rewi Hohepa,", "MAIA TUHOE,te ao chambers", 3, "name",
     "this name and firm are already in line 2"),
    ("people.csv", "9001 2345", "12", 2, "prn",
     "Enter the PRN: 4 to 12 letters and figures, such as 90012345."),
    ("people.csv", "9001 2345", "90012346", 3, "prn", "“90012346” is already in line 2"),
    ("people.csv", "Pohatu", "", 3, "family_name", "this cannot be empty"),
    ("people.csv", "1990-02-03", "3/2/1990", 2, "born_on",
     "“3/2/1990” is not a date such as 2027-02-03"),
    ("people.csv", "given_names", "first_name", 1, "first_name", "the file has no such column"),
    ("stays.csv", "90012346,RIMP", "90019999,RIMP", 4, "prn",
     "nobody with this PRN is known; add them to people.csv"),
    ("stays.csv", "90012346,RIMP", "90012346,HUTDC", 4, "site",
     "“HUTDC” is not a known place where people are held"),
    ("stays.csv", "2026-11-02", "2026-11-02 2pm", 4, "from",
     "“2026-11-02 2pm” is not a date and time such as 2027-02-03 14:00"),
    ("stays.csv", "2026-11-20 09:30,RMD", "2026-10-20 09:30,RMD", 2, "to",
     "this must come after from"),
    ("stays.csv", "2026-11-20 09:30,RMD", ",RMD", 3, "from",
     "they are recorded at RIMP until further notice; give that stay an earlier end"),
    ("stays.csv", "2026-11-20 09:30,RMD", "2026-11-20 09:31,RMD", 3, "from",
     "they are recorded at RIMP until Fri 20 Nov 2026, 9:31 am; give that stay an earlier end"),
    ("stays.csv", "2026-11-02,", "2026-09-27 02:30,", 4, "from",
     "There is no 2:30 am on Sun 27 Sep 2026: the clocks go forward from 2:00 am to 3:00 am."
     " Choose a time before 2:00 am, or 3:00 am or later."),
    ("matters.csv", "CRI-2026-096-1234", "2026/1234", 2, "number",
     "Enter the whole matter number, such as CRI-2026-096-1234."),
    ("matters.csv", "HUTDC", "RIMP", 2, "court", "“RIMP” is not a known court"),
    ("parties.csv", "001234,90012346", "009999,90012346", 3, "matter",
     "this matter is not known; add it to matters.csv"),
    ("parties.csv", "maia tuhoe,Te Ao Chambers", "maia tuhoe,Elsewhere", 2, "counsel",
     "“maia tuhoe” of “Elsewhere” is not known; add them to counsel.csv"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "column", "reason"),
    BROKEN,
    ids=[f"{name}-{column}-{number}" for number, (name, _, _, _, column, _) in enumerate(BROKEN)],
)
def test_broken_row_is_refused_with_its_place(
    country, folder, name, old, new, line, column, reason
):
    replace(folder, name, old, new)

    with pytest.raises(PeopleRefused) as refusal:
        import_people(folder, by=SYSTEM)

    places = [(one.file, one.line, one.column, one.reason) for one in refusal.value.problems]
    assert (name, line, column, reason) in places
    assert rows(country) == [0, 0, 0, 0, 0]


def test_stay_that_the_database_has_is_not_overlapped(country, folder):
    import_people(folder, by=SYSTEM)
    for name in SMALL:
        (folder / name).unlink()
    (folder / "stays.csv").write_text(
        "prn,site,from,to\n90012346,AROH,2026-11-20,\n", encoding="utf-8"
    )

    with pytest.raises(PeopleRefused) as refusal:
        import_people(folder, by=SYSTEM)

    assert refusal.value.message == (
        "The folder was not imported: 1 problem.\n"
        "- stays.csv line 2, column from: they are recorded at RIMP until further notice; give"
        " that stay an earlier end"
    )


def test_matter_of_another_court_is_not_taken_over(country, folder):
    import_people(folder, by=SYSTEM)
    make.court("PAPDC")
    replace(folder, "matters.csv", "HUTDC", "PAPDC")

    with pytest.raises(PeopleRefused, match="this matter is already recorded at HUTDC"):
        import_people(folder, by=SYSTEM)


def test_only_administrators_import(country, folder):
    with pytest.raises(NotAllowed):
        import_people(folder, by=make.actor(Role.REGISTRY, make.court()))


def test_command_line_imports_and_says_what_is_wrong(app, country, folder):
    country.commit()
    run = app.test_cli_runner().invoke

    done = run(args=["avl", "import-people", str(folder)])
    replace(folder, "people.csv", "Pohatu", "")
    refused = run(args=["avl", "import-people", str(folder)])

    assert done.output == "10 rows added, 0 changed, 0 unchanged.\n"
    assert refused.exit_code == 1
    assert "people.csv line 3, column family_name: this cannot be empty" in refused.output
    assert "Nothing was imported." in refused.output


def test_help_names_every_file_and_column(app):
    said = " ".join(
        app.test_cli_runner().invoke(args=["avl", "import-people", "--help"]).output.split()
    )

    for kind in FILES:
        described = said[said.index(kind.name) :].split(";")[0].split(".csv", 1)[1].split("Rows")[0]
        for column in kind.columns:
            assert (column.name.upper() if column.required else column.name) in described


def test_language_that_comes_and_goes_is_counted_by_booking(country, folder, clock):
    import_people(folder, by=SYSTEM)
    person = country.scalars(select(Person).where(Person.prn == "90012345")).one()
    hearing = make.during("10:00", "10:30", on="2026-12-01")
    make.booking(person, at_prison=person.stays[-1].site, hearing=hearing)

    replace(folder, "people.csv", "1990-02-03,\n", "1990-02-03,Tongan\n")
    more = import_people(folder, by=SYSTEM)
    replace(folder, "people.csv", "1990-02-03,Tongan\n", "1990-02-03,\n")
    less = import_people(folder, by=SYSTEM)

    assert str(more).endswith("\nBookings that need an interpreter now: 1.")
    assert str(less).endswith("\nBookings whose interpreter may not be needed now: 1.")
